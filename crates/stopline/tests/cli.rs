//! The command line as a script meets it: exit codes, messages, one JSON document.
//!
//! Each test runs the real binary in a directory of its own; no test needs a port, a clock or another test.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// Runs the binary in `dir`.
fn stopline(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stopline"));
    command.current_dir(dir).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The one document on stdout.
fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("{why}: {output:?}"))
}

#[test]
fn a_bad_configuration_is_exit_code_2_and_changes_nothing() {
    for (text, wanted) in [
        (
            "[limits]\ndaly_loss = 5\n",
            "bad.toml:2: unknown key `limits.daly_loss`; did you mean `limits.daily_loss`?",
        ),
        ("[limits]\ndaily_loss = -5\n", "bad.toml:2: `limits.daily_loss = -5`: must be above zero"),
        (
            "[limits]\nrisk_per_trade = 5000\n",
            "`limits.risk_per_trade` and `limits.daily_loss` contradict each other",
        ),
        ("[limits\n", "bad.toml:1: not TOML"),
        ("[[bots]]\nstrategy = \"corss\"\n", "there is no bot `corss`"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("bad.toml"), text).unwrap();
        for command in ["run", "status", "orders", "check", "config"] {
            let output = stopline(dir.path(), &[command, "--config", "bad.toml"]);
            assert_eq!(code(&output), 2, "{command}: {output:?}");
            assert!(errors(&output).contains(wanted), "{command}: {}", errors(&output));
        }
        let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "nothing was made beside the file");
    }
}

#[test]
fn bad_arguments_are_exit_code_2() {
    let dir = tempfile::tempdir().unwrap();
    for arguments in [
        &["explode"][..],
        &["run", "--speed", "fast"],
        &["run", "--speed", "0"],
        &["run", "--for", "soon"],
        &["run", "--tape", "es.dbn"],
        &["run", "--config", "missing.toml"],
        &["pause", "two words"],
        &["report", "--from", "noon"],
        &["report", "--from", "2026-09-17", "--to", "2026-09-16 08:45"],
        &["report", "--bot", "two words"],
        &["explain"],
    ] {
        let output = stopline(dir.path(), arguments);
        assert_eq!(code(&output), 2, "{arguments:?}: {output:?}");
        assert!(!errors(&output).is_empty(), "{arguments:?}");
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn without_an_engine_its_commands_are_exit_code_4() {
    let dir = tempfile::tempdir().unwrap();
    for command in
        [&["status"][..], &["flatten"], &["pause", "cross"], &["resume"], &["stop"], &["venue", "book"]]
    {
        let output = stopline(dir.path(), command);
        assert_eq!(code(&output), 4, "{command:?}: {output:?}");
        assert!(errors(&output).contains("stopline run"), "{}", errors(&output));
    }
}

#[test]
fn without_a_ledger_reading_it_fails_and_makes_none() {
    let dir = tempfile::tempdir().unwrap();
    for command in [&["orders"][..], &["fills"], &["positions"], &["report"], &["explain", "SLX"], &["check"]]
    {
        assert_eq!(code(&stopline(dir.path(), command)), 1, "{command:?}");
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn json_is_exactly_one_document_whatever_happens() {
    let dir = tempfile::tempdir().unwrap();
    for (command, wanted) in [
        (&["--json", "config"][..], 0),
        (&["--json", "orders"], 1),
        (&["--json", "check"], 1),
        (&["--json", "report"], 1),
        (&["--json", "run", "--speed", "fast"], 2),
        (&["--json", "explode"], 2),
        (&["status", "--json"], 4),
    ] {
        let output = stopline(dir.path(), command);
        assert_eq!(code(&output), wanted, "{command:?}");
        let document = document(&output);
        if wanted >= 2 {
            assert_eq!(document["error"]["exit_code"], wanted, "{command:?}");
        }
    }
}

#[test]
fn the_printed_configuration_is_one_that_can_be_used() {
    let dir = tempfile::tempdir().unwrap();
    let printed = stopline(dir.path(), &["run", "--print-config", "--speed", "0.5", "--seed", "7"]);
    assert_eq!(code(&printed), 0, "{printed:?}");
    std::fs::write(dir.path().join("all.toml"), &printed.stdout).unwrap();
    let again = stopline(dir.path(), &["config", "--config", "all.toml"]);
    assert_eq!(printed.stdout, again.stdout);
    assert!(String::from_utf8(again.stdout).unwrap().contains("speed = \"0.5\""));
}

#[test]
fn help_says_the_exit_codes() {
    let dir = tempfile::tempdir().unwrap();
    for command in [&["--help"][..], &["run", "--help"], &["venue", "book", "--help"]] {
        let output = stopline(dir.path(), command);
        assert_eq!(code(&output), 0);
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(help.contains("Exit codes:") || command.len() == 3, "{help}");
    }
}

#[test]
fn a_bot_process_ends_when_nobody_speaks_to_it_and_refuses_nonsense() {
    let dir = tempfile::tempdir().unwrap();
    let silent = stopline(dir.path(), &["bot-process"]);
    assert_eq!((code(&silent), silent.stdout.len()), (0, 0));
    let mut command = Command::new(env!("CARGO_BIN_EXE_stopline"));
    command.arg("bot-process").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"nonsense\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 1);
    assert!(serde_json::from_slice::<Value>(&output.stdout).is_ok(), "its last words are of the protocol");
}
