//! `stopline report` as a script meets it: beside a writing engine, on an empty run, on damage, over strangers' files.
//!
//! Each test runs the real binary on a ledger of its own; no test needs an engine, a clock or another test.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use stopline_kernel::commit::Log;
use stopline_kernel::limits::LaneConfig;
use stopline_kernel::record::{Entry, Record};
use stopline_kernel::time::{ExchangeTime, LocalTime, Mono, Stamp};
use stopline_ledger::SqliteLog;
use tempfile::TempDir;

const MORNING: i64 = 1_789_566_300_000_000_000;

fn stopline(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stopline"));
    command.current_dir(dir).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// A run that began and did nothing, with its ledger still open for writing.
fn running() -> (TempDir, SqliteLog) {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("stopline-data");
    fs::create_dir(&data).unwrap();
    let (mut log, _) = stopline_ledger::open(&data, "PAPER-1".parse().unwrap(), LocalTime(0)).unwrap();
    let records = [Record::Started { build: "test".into() }, Record::Configured(Box::new(config()))];
    let entries: Vec<Entry> = (1..).zip(records).map(|(seq, record)| entry(seq, record)).collect();
    log.append(&entries).and_then(|()| log.sync()).unwrap();
    (dir, log)
}

fn entry(seq: u64, record: Record) -> Entry {
    let at = Stamp { mono: Mono(seq), local: LocalTime(0), market: Some(ExchangeTime(MORNING)) };
    Entry { seq, at, input: seq, decision: None, record }
}

fn config() -> LaneConfig {
    let second: i64 = 1_000_000_000;
    let timings: Value = [
        "intent_age",
        "data_age",
        "bar_lateness",
        "rate_window",
        "send_deadline",
        "answer",
        "protect",
        "detect",
        "settle",
        "quotes_gone",
        "reprice",
    ]
    .into_iter()
    .map(|name| (name.to_owned(), Value::from(second)))
    .collect::<serde_json::Map<_, _>>()
    .into();
    let limits = serde_json::json!({
        "max_order_lots": 1, "max_instrument_lots": 1, "risk_per_trade": 1, "daily_loss": 1, "collar": 1,
        "collar_ticks": 1, "max_orders_per_window": 1, "through": 1, "cash_tolerance": 1,
    });
    serde_json::from_value(serde_json::json!({
        "account": "PAPER-1", "start_cash": 50_000_000_000_i64, "limits": limits, "timings": timings,
        "bots": [{ "bot": "cross", "symbol": "MESZ6", "bar": 60 * second, "warm_up": 0 }],
        "on_stop": "keep_protection",
    }))
    .unwrap()
}

#[test]
fn an_empty_run_is_reported_beside_the_engine_that_writes_it() {
    let (dir, mut log) = running();
    let output = stopline(dir.path(), &["report"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    for said in ["0 closed", "undefined (no closed trades)", "no price chart", "50000.00 to 50000.00"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    log.append(&[entry(3, Record::Agreed { evidence: "flat".into() })]).and_then(|()| log.sync()).unwrap();
    let output = stopline(dir.path(), &["report", "--json"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["report"]["last_record"], 3);
    assert_eq!(document["report"]["total"]["profit_factor"]["value"], Value::Null);
}

#[test]
fn the_page_is_written_again_over_itself_and_never_over_a_strangers_file() {
    let (dir, _log) = running();
    for _ in 0..2 {
        assert_eq!(stopline(dir.path(), &["report", "--html", "out.html"]).status.code(), Some(0));
    }
    assert!(fs::read_to_string(dir.path().join("out.html")).unwrap().contains("No trade was closed"));
    let stranger = dir.path().join("thesis.html");
    fs::write(&stranger, "<p>years of work").unwrap();
    assert_eq!(stopline(dir.path(), &["report", "--html", "thesis.html"]).status.code(), Some(2));
    assert_eq!(fs::read_to_string(&stranger).unwrap(), "<p>years of work");
    assert_eq!(stopline(dir.path(), &["report", "--html", "nowhere/out.html"]).status.code(), Some(1));
}

#[test]
fn a_damaged_ledger_is_one_error_and_a_damaged_journal_is_said_and_not_believed() {
    let (dir, log) = running();
    let venue = dir.path().join("stopline-data/venue");
    fs::create_dir(&venue).unwrap();
    fs::write(venue.join("exchange.journal"), "no line of ours\n").unwrap();
    let output = stopline(dir.path(), &["report"]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("the exchange's journal is not believed"), "{text}");
    drop(log);
    fs::write(dir.path().join("stopline-data/ledger.sqlite"), "nothing of SQLite's").unwrap();
    let output = stopline(dir.path(), &["report"]);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert_eq!(errors.trim().lines().count(), 1, "{errors}");
    assert!(errors.contains("ledger.sqlite") && errors.contains("stopline check"), "{errors}");
}

#[test]
fn a_bot_that_no_record_names_is_exit_code_2_with_those_that_are() {
    let (dir, _log) = running();
    let output = stopline(dir.path(), &["report", "--bot", "crss"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("cross"));
}
