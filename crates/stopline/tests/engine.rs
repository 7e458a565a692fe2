//! The command line against a running engine: one engine, asked, paused, resumed, flattened and stopped, and read
//! afterwards from its ledger.
//!
//! Nothing here measures time: what is waited for comes, or the test ends by its own patience.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stopline"));
    command.current_dir(dir).args(arguments).stdin(Stdio::null());
    command
}

fn stopline(dir: &Path, arguments: &[&str]) -> Output {
    command(dir, arguments).output().unwrap()
}

/// What a command that must go well says as JSON.
fn json(dir: &Path, arguments: &[&str]) -> Value {
    let output = stopline(dir, &[&["--json"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// An engine that is ended with its test.
struct Engine(Child);

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until a bot is let in and the engine has decided at least once.
fn wait_for_a_fill(dir: &Path) {
    for _ in 0..600 {
        let output = stopline(dir, &["--json", "fills"]);
        let fills: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        if fills["fills"].as_array().is_some_and(|fills| !fills.is_empty()) {
            return;
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("no fill in a minute at 600 times speed");
}

#[test]
fn an_engine_is_asked_commanded_stopped_and_read_afterwards() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path();
    // The exchange leaves soon after the engine, so that the test leaves nothing behind.
    std::fs::write(dir.join("short.toml"), "[venue.paper]\nidle = \"1s\"\n").unwrap();
    let run = ["run", "--config", "short.toml", "--speed", "600"];
    let child = command(dir, &run).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut engine = Engine(child);
    wait_for_a_fill(dir);

    let second = stopline(dir, &run);
    assert_eq!(second.status.code(), Some(1), "{second:?}");
    assert!(String::from_utf8(second.stderr).unwrap().contains("runs on this data directory"));

    assert_eq!(json(dir, &["status"])["status"]["account"], "PAPER-1");
    assert_eq!(json(dir, &["flatten", "--who", "ann", "--why", "end of test"])["outcome"], "done");
    assert_eq!(json(dir, &["resume", "--why", "go on"])["outcome"], "done");
    assert_eq!(json(dir, &["pause", "cross"])["outcome"], "done");
    let book = json(dir, &["venue", "book"]);
    assert!(!book["executions"].as_array().unwrap().is_empty());
    assert_eq!(json(dir, &["stop"])["outcome"], "done");
    assert_eq!(engine.0.wait().unwrap().code(), Some(0));

    let told = std::io::read_to_string(engine.0.stdout.take().unwrap()).unwrap();
    assert!(told.starts_with("This market is SIMULATED"), "{told}");
    assert!(!told.contains('\u{1b}'), "no colours where no terminal is");
    for word in ["signal", "decision", "order", "fill", "position", "halt", "command", "by ann: end of test"]
    {
        assert!(told.contains(word), "{word} is missing:\n{told}");
    }
    read_afterwards(dir, &book);
}

/// Orders, fills and positions are read without an engine, and every order explains itself.
fn read_afterwards(dir: &Path, book: &Value) {
    let fills = json(dir, &["fills"]);
    let booked = fills["fills"].as_array().unwrap();
    assert_eq!(booked.len(), book["executions"].as_array().unwrap().len(), "every execution is booked once");
    assert!(json(dir, &["positions"])["positions"].is_array());
    for order in json(dir, &["orders"])["orders"].as_array().unwrap() {
        let id = order["cl_ord_id"].as_str().unwrap();
        let story = &json(dir, &["explain", id])["story"];
        assert!(!story["records"].as_array().unwrap().is_empty(), "{id}");
        let text = stopline(dir, &["explain", id]);
        assert!(String::from_utf8(text.stdout).unwrap().contains("\nmoney\n"), "{id}");
    }
    assert_eq!(json(dir, &["check"])["verdict"], "sound");
    let log = std::fs::read_to_string(dir.join("stopline-data/log/stopline.jsonl")).unwrap();
    assert!(log.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
}
