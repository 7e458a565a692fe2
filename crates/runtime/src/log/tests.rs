//! Tests of the log: stamps gather along a decision's way, files roll, lines parse.
//!
//! Every test writes only into a directory of its own, and takes it away again.

use std::fs;
use std::path::PathBuf;

use stopline_kernel::id::{BotId, ClOrdId};
use stopline_kernel::intent::DecisionId;
use stopline_kernel::record::{Record, Stamps, Transition};
use stopline_kernel::table::{Ask, Life, OrderEvent};
use stopline_kernel::time::{ExchangeTime, LocalTime, Mono};

use super::*;

const LIMITS: LogConfig = LogConfig { max_bytes: 1_000_000, keep: 2 };

fn stamp() -> Stamp {
    Stamp { mono: Mono(7), local: LocalTime(1_700_000_000_000_000_000), market: None }
}

fn entry(seq: u64, record: Record) -> Entry {
    let decision = Some(DecisionId(ClOrdId::from_digest(1)));
    Entry { seq, at: stamp(), input: seq, decision, record }
}

fn moved(stamps: Stamps) -> Record {
    Record::Transition(Box::new(Transition {
        root: ClOrdId::from_digest(2),
        event: OrderEvent::Sent,
        life: Life::Submitted,
        ask: Ask::Nothing,
        worth: None,
        order_id: None,
        reason: None,
        not_sent: None,
        payload: None,
        stamps,
    }))
}

fn dir(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("stopline-log-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    dir
}

#[test]
fn stamps_gather_along_a_decisions_way() {
    let mut lines = Lines::default();
    lines.entry(&entry(
        1,
        moved(Stamps { durable: Some(Mono(10)), sent: Some(Mono(20)), ..Stamps::default() }),
    ));
    let later = Stamps { exchange: Some(ExchangeTime(1_700_000_000_000_000_000)), ..Stamps::default() };
    let line = lines.entry(&entry(2, moved(later)));
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["stamps"]["durable_mono"], 10);
    assert_eq!(line["stamps"]["sent_mono"], 20);
    assert_eq!(line["stamps"]["exchange"], "2023-11-14T22:13:20Z");
    assert_eq!(line["what"], "transition");
    assert_eq!(line["at"], "2023-11-14T22:13:20Z");
    assert!(line["stamps"].get("fill").is_none(), "what is not known is absent");
}

#[test]
fn everything_is_written_when_the_last_handle_is_gone() {
    let dir = dir("written");
    let (log, writer) = Logbook::open(&dir, LIMITS).unwrap();
    let bot = BotId::from_static("cross");
    log.entries(&[entry(1, Record::BotChanged { bot, up: false, why: "it crashed".into() })]);
    let text = "a \"text\"\nof two lines".to_owned();
    log.event(EngineEvent { at: stamp(), severity: Severity::Error, what: "loop_died", text });
    drop(log);
    writer.finish();
    let text = fs::read_to_string(dir.join("stopline.jsonl")).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[0]["level"], &lines[0]["seq"]), (&"warn".into(), &1.into()));
    assert_eq!((&lines[1]["level"], &lines[1]["what"]), (&"error".into(), &"loop_died".into()));
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_long_file_is_put_aside_and_the_oldest_forgotten() {
    let dir = dir("roll");
    let mut file = RollingFile::open(&dir, LogConfig { max_bytes: 10, keep: 2 }).unwrap();
    for line in ["first", "second", "third", "fourth"] {
        file.line(line).unwrap();
    }
    let read = |name: &str| fs::read_to_string(dir.join(name)).unwrap();
    assert_eq!(read("stopline.jsonl"), "fourth\n");
    assert_eq!(read("stopline.1.jsonl"), "third\n");
    assert_eq!(read("stopline.2.jsonl"), "second\n");
    assert!(!dir.join("stopline.3.jsonl").exists());
    fs::remove_dir_all(dir).unwrap();
}
