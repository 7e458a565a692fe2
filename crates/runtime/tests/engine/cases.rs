//! What has to hold of a whole engine, whoever dies in it.
//!
//! Each case has a data directory and an exchange of its own; no two share anything.

use std::process::Command;

use crate::roles::pid_file;
use crate::stage::{Engine, dir, signal};

type Case = (&'static str, fn());

/// All of them.
pub(crate) const ALL: &[Case] = &[
    ("a_bot_trades_and_the_engine_stops_in_order", trades),
    ("a_signal_stops_the_engine_in_order_and_the_exchange_lives_on", stops_on_signal),
    ("a_second_engine_on_the_same_directory_is_refused", refuses_a_second),
    ("an_engine_that_was_killed_recovers_and_trades_on", recovers),
    ("an_exchange_that_was_killed_is_started_again", restarts_the_exchange),
    ("a_full_disk_ends_the_process_by_rule", full_disk),
    ("a_bot_that_crashes_is_started_again_and_named", || bad_bot("crasher", "process ended")),
    ("a_bot_that_stalls_is_started_again_and_named", || bad_bot("staller", "stalled")),
    ("a_bot_that_floods_is_started_again_and_named", || bad_bot("flooder", "flood")),
    ("a_bot_that_shouts_is_started_again_and_named", || bad_bot("shouter", "JSON")),
    ("a_lane_that_panics_ends_the_process_by_rule", || by_rule("panic:lane:300", "`lane` panicked")),
    ("a_lane_that_stalls_ends_the_process_by_rule", || by_rule("stall:lane:300", "`lane` showed no life")),
    ("a_ledger_that_panics_ends_the_process_by_rule", || by_rule("panic:ledger:20", "`ledger` panicked")),
    ("a_ledger_that_stalls_ends_the_process_by_rule", || {
        by_rule("stall:ledger:20", "`ledger` showed no life")
    }),
    ("quotes_that_panic_are_down_and_come_back", || session("panic:quotes:100", "Quotes")),
    ("quotes_that_stall_are_down_and_come_back", || session("stall:quotes:100", "Quotes")),
    ("orders_that_panic_are_down_and_come_back", || session("panic:orders:100", "Orders")),
    ("orders_that_stall_are_down_and_come_back", || session("stall:orders:100", "Orders")),
    ("a_bot_host_that_panics_is_started_again", || host("panic:bot-b1:50")),
    ("a_bot_host_that_stalls_is_started_again", || host("stall:bot-b1:50")),
    ("what_only_shows_may_die_alone", shows_die_alone),
];

fn trades() {
    let dir = dir();
    let mut engine = Engine::start(dir.path(), "cross", 600, "");
    engine.wait_for_each(&[&["bot b1 up=true"], &["transition Sent"], &["filled"]]);
    signal(engine.pid(), "-INT");
    engine.over().assert_in_order();
    let taken = std::fs::read_dir(dir.path().join("taken")).unwrap().next().unwrap().unwrap().path();
    let taken = std::fs::read_to_string(taken).unwrap();
    assert!(taken.contains(":MESH6:"), "{taken}");
}

fn stops_on_signal() {
    let dir = dir();
    let mut engine = Engine::start(dir.path(), "cross", 600, "");
    engine.wait_for(&["agreed"]);
    signal(engine.pid(), "-TERM");
    let over = engine.over();
    over.assert_in_order();
    assert_eq!(over.count(&["halt Stopping"]), 1);
    let exchange = std::fs::read_to_string(pid_file(&dir.path().join("exchange"))).unwrap();
    signal(exchange.parse().unwrap(), "-0");
}

fn refuses_a_second() {
    let dir = dir();
    let mut first = Engine::start(dir.path(), "cross", 600, "");
    first.wait_for(&["agreed"]);
    let second = Engine::start(dir.path(), "cross", 600, "").over();
    assert_eq!(second.status.code(), Some(1));
    assert!(second.stderr.contains(&format!("process {} runs", first.pid())), "{}", second.stderr);
    signal(first.pid(), "-INT");
    first.over().assert_in_order();
}

fn recovers() {
    let dir = dir();
    let mut engine = Engine::start(dir.path(), "cross", 600, "");
    engine.wait_for(&["filled"]);
    signal(engine.pid(), "-KILL");
    engine.over();
    let mut engine = Engine::start(dir.path(), "cross", 600, "");
    engine.wait_for(&["started"]);
    engine.wait_for_each(&[&["agreed"], &["bot b1 up=true"], &["decided"]]);
    signal(engine.pid(), "-INT");
    engine.over().assert_in_order();
}

fn restarts_the_exchange() {
    let dir = dir();
    let mut engine = Engine::start(dir.path(), "cross", 600, "");
    engine.wait_for(&["agreed"]);
    let exchange = std::fs::read_to_string(pid_file(&dir.path().join("exchange"))).unwrap();
    signal(exchange.parse().unwrap(), "-KILL");
    engine.wait_for_each(&[&["stream", "up=false"], &["notice", "started again"], &["agreed"]]);
    signal(engine.pid(), "-INT");
    engine.over().assert_in_order();
}

/// The system lets no file grow beyond a bound, which the ledger soon meets.
fn full_disk() {
    let dir = dir();
    let this = std::env::current_exe().unwrap();
    let script = "trap '' XFSZ; ulimit -f 600; exec \"$0\" engine \"$1\" cross 600";
    let mut command = Command::new("sh");
    command.args(["-c", script, this.to_str().unwrap(), dir.path().to_str().unwrap()]);
    let over = Engine::spawn(command, "").over();
    over.assert_by_rule("commit failed");
}

fn bad_bot(kind: &str, why: &str) {
    let dir = dir();
    let mut engine = Engine::start(dir.path(), kind, 600, "");
    for _ in 0..2 {
        engine.wait_for(&["bot b1 up=true"]);
        engine.wait_for(&["bot b1 up=false", why]);
    }
    signal(engine.pid(), "-INT");
    engine.over().assert_in_order();
}

fn by_rule(hook: &str, named: &str) {
    if skipped(hook) {
        return;
    }
    let dir = dir();
    Engine::start(dir.path(), "cross", 600, hook).over().assert_by_rule(named);
}

fn session(hook: &str, stream: &str) {
    if skipped(hook) {
        return;
    }
    let dir = dir();
    let mut engine = Engine::start(dir.path(), "cross", 600, hook);
    engine.wait_for(&["stream", stream, "up=true"]);
    engine.wait_for(&["stream", stream, "up=false", "its thread"]);
    engine.wait_for(&["stream", stream, "up=true"]);
    signal(engine.pid(), "-INT");
    engine.over().assert_in_order();
}

fn host(hook: &str) {
    if skipped(hook) {
        return;
    }
    let dir = dir();
    let mut engine = Engine::start(dir.path(), "cross", 600, hook);
    engine.wait_for(&["bot b1 up=true"]);
    engine.wait_for(&["bot b1 up=false", "its thread"]);
    engine.wait_for(&["bot b1 up=true"]);
    signal(engine.pid(), "-INT");
    engine.over().assert_in_order();
}

/// Nothing is told of what comes after, so the end is all there is to see.
fn shows_die_alone() {
    if skipped("panic:show") {
        return;
    }
    let dir = dir();
    let engine = Engine::start(dir.path(), "cross", 3, "panic:show:20");
    let over = engine.over();
    assert!(over.status.success(), "{:?} {}", over.status, over.stderr);
}

/// Whether this build has no hooks; says so where `./test` looks.
fn skipped(what: &str) -> bool {
    if cfg!(feature = "hooks") {
        return false;
    }
    let target = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target");
    let line = format!("skipped: {what}: built without the feature `hooks`\n");
    let written = std::fs::create_dir_all(target).and_then(|()| {
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.create(true).append(true).open(format!("{target}/skipped.txt"))?;
        std::io::Write::write_all(&mut file, line.as_bytes())
    });
    assert!(written.is_ok(), "{written:?}");
    true
}
