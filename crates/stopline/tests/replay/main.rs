//! Replays of real minutes: the fills equal those that a script works out anew, the digest is the same twice, and bad
//! arguments are refused in one line.
//!
//! No market data is kept here: the real tapes are read where they lie, and without them a test says that it was skipped.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use stopline_kernel::instrument::{Instrument, TradingDay};
use stopline_kernel::time::ExchangeTime;
use stopline_tape::Bars;

const NOVEMBER: &str = "es_nq_2024_2025/glbx-mdp3-20241101-20241130.ohlcv-1m.dbn.zst";
const CRASH: &str = "es_2020/es_ohlcv1m_dev_20200224-20200311.csv.zst";
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn stopline(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stopline"));
    command.current_dir(dir).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn json(dir: &Path, arguments: &[&str]) -> Value {
    let output = stopline(dir, &[&["--json"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A file of the shared market data, if it is there.
fn shared(test: &str, file: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("STOPLINE_SHARED_DATA")
        .map_or_else(|| Path::new(ROOT).join("../shared/data"), PathBuf::from);
    let path = folder.join(file);
    if !path.exists() {
        skip(test, &format!("{} is not there", path.display()));
        return None;
    }
    Some(path.canonicalize().unwrap())
}

/// Notes a test that cannot run here. Append only: tests run side by side.
fn skip(test: &str, why: &str) {
    let target = format!("{ROOT}/target");
    let written = std::fs::create_dir_all(&target)
        .and_then(|()| OpenOptions::new().create(true).append(true).open(format!("{target}/skipped.txt")))
        .and_then(|mut file| file.write_all(format!("skipped: {test}: {why}\n").as_bytes()));
    assert!(written.is_ok(), "{written:?}");
}

fn twice(test: &str, file: &str, arguments: &[&str], rows: u64) {
    let Some(tape) = shared(test, file) else { return };
    let (dir, tape) = (tempfile::tempdir().unwrap(), tape.display().to_string());
    let replay = |place: &str| {
        let told = [&["replay", &tape, "--data-dir", place], arguments].concat();
        json(dir.path(), &told)["replay"].clone()
    };
    let (one, two) = (replay("one"), replay("two"));
    assert_eq!(one, two);
    assert_eq!(one["rows"], rows);
    assert!(one["trades"].as_u64().unwrap() > 10, "{one}");
    let check = json(dir.path(), &["check", "--data-dir", "one"]);
    assert!(check.to_string().contains(one["digest"].as_str().unwrap()), "{check} {one}");
}

#[test]
fn the_crash_of_2020_replays_twice_to_one_digest() {
    let range = ["--symbol", "ESH0", "--from", "2020-02-25", "--to", "2020-03-09"];
    let test = "the_crash_of_2020_replays_twice_to_one_digest";
    let Some(tape) = shared(test, CRASH) else { return };
    let (dir, tape) = (tempfile::tempdir().unwrap(), tape.display().to_string());
    let replay = |place: &str| {
        let told = [&["replay", &tape, "--data-dir", place], &range[..]].concat();
        json(dir.path(), &told)["replay"].clone()
    };
    assert_eq!(replay("one"), replay("two"));
}

#[test]
fn a_month_of_es_replays_twice_to_one_digest() {
    twice("a_month_of_es_replays_twice_to_one_digest", NOVEMBER, &["--symbol", "ESZ4"], 28_393);
}

#[test]
fn a_month_of_nq_replays_twice_to_one_digest() {
    let test = "a_month_of_nq_replays_twice_to_one_digest";
    let Some(tape) = shared(test, NOVEMBER) else { return };
    let (dir, tape) = (tempfile::tempdir().unwrap(), tape.display().to_string());
    let replay = |place: &str| {
        json(dir.path(), &["replay", &tape, "--symbol", "NQZ4", "--data-dir", place])["replay"].clone()
    };
    assert_eq!(replay("one"), replay("two"));
}

#[test]
fn the_fills_of_the_cross_equal_those_of_an_independent_script() {
    let test = "the_fills_of_the_cross_equal_those_of_an_independent_script";
    let Some(tape) = shared(test, NOVEMBER) else { return };
    let Some(python) = pandas(test) else { return };
    let dir = tempfile::tempdir().unwrap();
    let (bars, settings) = (dir.path().join("bars.csv"), dir.path().join("settings.json"));
    let instrument = write_bars(&tape, &bars);
    std::fs::write(&settings, rules(&instrument).to_string()).unwrap();
    let replayed = ["replay", tape.to_str().unwrap(), "--symbol", "ESZ4", "--bot", "ma-cross"];
    json(dir.path(), &[&replayed[..], &["--data-dir", "out"]].concat());
    let fills = json(dir.path(), &["fills", "--data-dir", "out"]);
    let ours: Vec<Value> = fills["fills"].as_array().unwrap().iter().map(fill).collect();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/replay/cross.py");
    let told = Command::new(python).arg(script).arg(&bars).arg(&settings).output().unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let theirs: Vec<Value> = serde_json::from_slice(&told.stdout).unwrap();
    let theirs: Vec<Value> = theirs.iter().map(|f| json!([micros(&f[0]), f[1], f[2], f[3]])).collect();
    assert!(ours.len() > 1_000, "{} fills prove little", ours.len());
    let different = ours.iter().zip(&theirs).position(|(ours, theirs)| ours != theirs);
    let around = different.map(|n| (ours.get(n), theirs.get(n)));
    assert_eq!(different, None, "ours and the script's differ first in {around:?}");
    assert_eq!(ours.len(), theirs.len());
}

/// The ledger tells a trade to the microsecond.
fn micros(nanos: &Value) -> String {
    let time = jiff::Timestamp::from_microsecond(nanos.as_i64().unwrap() / 1_000).unwrap();
    time.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

fn fill(row: &Value) -> Value {
    json!([row["exchange_time"], row["side"], row["price_ticks"], row["lots"]])
}

/// The bars of ESZ4 in whole ticks.
fn write_bars(tape: &Path, to: &Path) -> Instrument {
    let lookup = |_, _: ExchangeTime| {
        stopline_calendar::instrument("ESZ4", TradingDay(20_241_031), TradingDay(20_241_231))
    };
    let bars = Bars::open(tape, Some("ESZ4".parse().unwrap()), lookup).unwrap();
    let instrument = bars.instrument().clone();
    let mut text = String::from("start,open,high,low,close,volume\n");
    for bar in bars {
        let b = bar.unwrap();
        let prices = format!("{},{},{},{}", b.open.0, b.high.0, b.low.0, b.close.0);
        writeln!(text, "{},{prices},{}", b.start.0, b.volume.0).unwrap();
    }
    std::fs::write(to, text).unwrap();
    instrument
}

/// What the page calls by name: the contract's facts, and the defaults of the limits.
fn rules(instrument: &Instrument) -> Value {
    let sessions: Vec<_> = instrument.sessions.0.iter().map(|s| (s.day.0, s.open.0, s.close.0)).collect();
    json!({
        "sessions": sessions, "tick_value": instrument.tick_value, "fee": instrument.fee, "delay": 50_000_000,
        "daily_loss": 1_000_000_000, "risk_per_trade": 250_000_000, "collar": 100, "collar_ticks": 200, "through": 2,
        "data_age": 180_000_000_000_i64, "fast": 5, "slow": 20, "atr": 14,
    })
}

/// A Python with pandas: the machine's own, or one made under `target/`; `None` after saying why not.
fn pandas(test: &str) -> Option<PathBuf> {
    let has = |python: &Path| {
        let asked = Command::new(python).args(["-c", "import pandas"]).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    };
    let own = PathBuf::from("python3");
    let made = Path::new(ROOT).join("target/venv/bin/python");
    if let Some(python) = [own.clone(), made.clone()].into_iter().find(|python| has(python)) {
        return Some(python);
    }
    let venv = Path::new(ROOT).join("target/venv");
    let quiet = |command: &mut Command| {
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    let installed = quiet(Command::new(&own).args(["-m", "venv"]).arg(&venv))
        && quiet(Command::new(&made).args(["-m", "pip", "install", "--quiet", "pandas"]));
    if installed && has(&made) {
        return Some(made);
    }
    skip(test, "there is no Python with pandas, and none could be made");
    None
}

#[test]
fn bad_arguments_are_refused_in_one_line_and_leave_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let bars = "ts_event,symbol,open,high,low,close,volume\n\
                2024-11-05T15:00:00Z,ESZ4,5800.00,5800.00,5800.00,5800.00,10\n";
    std::fs::write(dir.path().join("bars.csv"), bars).unwrap();
    let refused = |arguments: &[&str], word: &str| {
        let output = stopline(dir.path(), &[&["replay"], arguments].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert_eq!(said.trim().lines().count(), 1, "{said}");
        assert!(said.contains(word), "{arguments:?}: {said}");
    };
    refused(&["bars.csv", "--symbol", "ESM5"], "ESZ4");
    refused(&["absent.csv", "--symbol", "ESZ4"], "absent.csv");
    refused(&["bars.csv", "--symbol", "ESZ4", "--bot", "corss"], "there is no bot `corss`");
    refused(&["bars.csv", "--symbol", "ESZ4", "--from", "2024-11-06"], "is not before");
    refused(&["bars.csv", "--symbol", "ESZ4", "--from", "2024-11-09"], "does not trade");
    refused(&["bars.csv", "--symbol", "ESZ4", "--delay", "soon"], "--delay soon");
    refused(&["bars.csv", "--symbol", "ESZ4", "--walk", "drunk"], "drunk");
    assert!(!dir.path().join("stopline-replay").exists());
}

#[test]
fn a_directory_that_no_replay_made_is_refused_untouched() {
    let dir = tempfile::tempdir().unwrap();
    let bars = "ts_event,symbol,open,high,low,close,volume\n\
                2024-11-05T15:00:00Z,ESZ4,5800.00,5800.00,5800.00,5800.00,10\n";
    std::fs::write(dir.path().join("bars.csv"), bars).unwrap();
    std::fs::create_dir(dir.path().join("engine")).unwrap();
    std::fs::write(dir.path().join("engine/ledger.sqlite"), "an engine's").unwrap();
    let told = ["replay", "bars.csv", "--symbol", "ESZ4", "--data-dir"];
    let output = stopline(dir.path(), &[&told[..], &["engine"]].concat());
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert_eq!(std::fs::read_to_string(dir.path().join("engine/ledger.sqlite")).unwrap(), "an engine's");
    for _ in 0..2 {
        assert_eq!(stopline(dir.path(), &[&told[..], &["mine"]].concat()).status.code(), Some(0));
    }
}
