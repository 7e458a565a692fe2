//! Real minutes through the same exchange, engine and ledger: what was traded is what the exchange says, and a tape
//! that is over ends the run in good order.
//!
//! No market data is kept here: the real tapes are read where they lie, and without them the test says that it was
//! skipped.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// Positions are closed at the end, so that the exchange's account and the ledger stand still to be compared; the
/// limits are wide enough for the days of the crash.
const CONFIG: &str = r#"
on_stop = "flatten"
[limits]
risk_per_trade = 20000
daily_loss = 200000
max_orders_per_window = 256
[account]
start_cash = 500000
[venue.paper]
idle = "20s"
"#;

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
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folder = std::env::var_os("STOPLINE_SHARED_DATA").map_or_else(|| beside.into(), PathBuf::from);
    let path = folder.join(file);
    if !path.exists() {
        skip(test, &format!("{} is not there", path.display()));
        return None;
    }
    Some(path.canonicalize().unwrap())
}

/// Notes a test that cannot run here. Append only: tests run side by side.
fn skip(test: &str, why: &str) {
    let target = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target");
    let written = std::fs::create_dir_all(target)
        .and_then(|()| OpenOptions::new().create(true).append(true).open(format!("{target}/skipped.txt")))
        .and_then(|mut file| file.write_all(format!("skipped: {test}: {why}\n").as_bytes()));
    assert!(written.is_ok(), "{written:?}");
}

/// Plays some hours of a tape; the run traded, and ledger and exchange agree to the last execution.
fn plays(tape: &Path, symbol: &str, start: &str) {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path();
    std::fs::write(dir.join("tape.toml"), CONFIG).unwrap();
    let tape = tape.to_str().unwrap();
    let market = ["--tape", tape, "--symbol", symbol, "--start", start, "--speed", "600"];
    let run = stopline(dir, &[&["run", "--config", "tape.toml", "--for", "15s"][..], &market].concat());
    let told = String::from_utf8(run.stdout.clone()).unwrap();
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    let book = json(dir, &["venue", "book"]);
    let (fills, positions) = (json(dir, &["fills"]), json(dir, &["positions", "--open"]));
    let booked = ids(&fills["fills"]);
    assert!(!booked.is_empty(), "nothing was traded:\n{told}");
    assert_eq!(booked, ids(&book["executions"]), "every execution is booked once:\n{told}");
    assert!(fills["fills"].as_array().unwrap().iter().all(|fill| fill["symbol"] == symbol));
    assert_eq!((&book["positions"], &positions["positions"]), (&Value::Array(vec![]), &Value::Array(vec![])));
    assert_eq!(json(dir, &["check"])["verdict"], "sound");
}

fn ids(executions: &Value) -> Vec<String> {
    let ids = executions.as_array().unwrap().iter().map(|e| e["exec_id"].as_str().unwrap().to_owned());
    let mut ids: Vec<String> = ids.collect();
    ids.sort();
    ids
}

#[test]
fn the_contract_of_december_2024_trades_on_its_tape() {
    let file = "es_nq_2024_2025/glbx-mdp3-20241101-20241130.ohlcv-1m.dbn.zst";
    if let Some(tape) = shared("the_contract_of_december_2024_trades_on_its_tape", file) {
        plays(&tape, "ESZ4", "2024-11-05 08:30");
    }
}

#[test]
fn the_day_that_opened_limit_down_trades_on_its_tape() {
    let file = "es_2020/es_ohlcv1m_dev_20200224-20200311.csv.zst";
    if let Some(tape) = shared("the_day_that_opened_limit_down_trades_on_its_tape", file) {
        plays(&tape, "ESH0", "2020-03-09 08:15");
    }
}

/// Some hours of made-up minutes of ESZ4, from Tuesday 5 November 2024, 07:00 in Chicago.
fn made_up(dir: &Path, minutes: i64) -> PathBuf {
    let mut text = String::from("ts_event,symbol,open,high,low,close,volume\n");
    for minute in 0..minutes {
        let at = |n: i64| 23_200 + (n % 40 - 20).abs();
        let (open, close) = (at(minute), at(minute + 1));
        let [open, high, low, close] = [open, open.max(close) + 1, open.min(close) - 1, close].map(points);
        let (hour, minute) = (13 + minute / 60, minute % 60);
        writeln!(text, "2024-11-05T{hour:02}:{minute:02}:00Z,ESZ4,{open},{high},{low},{close},900").unwrap();
    }
    let file = dir.join("made-up.csv");
    std::fs::write(&file, text).unwrap();
    file
}

/// Quarters of a point as a price.
fn points(ticks: i64) -> String {
    format!("{}.{:02}", ticks / 4, ticks % 4 * 25)
}

#[test]
fn a_tape_that_is_over_ends_the_run_in_good_order() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path();
    made_up(dir, 210);
    std::fs::write(dir.join("short.toml"), "[venue.paper]\nidle = \"1s\"\n").unwrap();
    let market = ["--tape", "made-up.csv", "--symbol", "ESZ4", "--speed", "600"];
    let run = stopline(dir, &[&["run", "--config", "short.toml"][..], &market].concat());
    let told = String::from_utf8(run.stdout.clone()).unwrap();
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    for words in ["the end of the tape", "stopped in good order", "realised", "limits.risk_per_trade"] {
        assert!(told.contains(words), "{words} is missing:\n{told}");
    }
    assert!(!json(dir, &["fills"])["fills"].as_array().unwrap().is_empty(), "nothing was traded:\n{told}");
}

#[test]
fn what_a_tape_does_not_have_is_refused_before_anything_is_made() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path();
    made_up(dir, 210);
    for (arguments, wanted) in [
        (&["--tape", "made-up.csv", "--symbol", "ESH5"][..], "nearest symbols in it are ESZ4"),
        (&["--tape", "made-up.csv", "--symbol", "FOO"], "nearest symbols in it are ESZ4"),
        (&["--tape", "none.dbn.zst", "--symbol", "ESZ4"], "none.dbn.zst cannot be opened"),
        (&["--tape", "made-up.csv"], "--symbol"),
        (
            &["--tape", "made-up.csv", "--symbol", "ESZ4", "--start", "2024-11-05 09:00"],
            "give a later --start",
        ),
        (&["--tape", "made-up.csv", "--symbol", "ESZ4", "--start", "2024-11-06 09:00"], "an earlier --start"),
        (&["--tape", "made-up.csv", "--symbol", "ESZ4", "--start", "noon"], "write a moment in Chicago"),
    ] {
        let refused = stopline(dir, &[&["run"][..], arguments].concat());
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(wanted), "{arguments:?}: {said}");
    }
    assert!(!dir.join("stopline-data").exists());
}
