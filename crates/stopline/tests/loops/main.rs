//! Each loop hurt in turn, by a panic and by a stall, with a position open: lane and ledger take the process with them
//! by rule; feed, orders session, bot host and exchange come back, and nobody else notices.
//!
//! It never hurts a loop before the exchange holds a position with its stop, and never ends before ledger and exchange
//! agree.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

#[path = "../stage/mod.rs"]
mod stage;

use std::path::PathBuf;

use serde_json::Value;
use stage::{BUSY, Engine, Place, signal, wait_for};

/// Bars long enough for a position to outlive what is done to it; short limits, so that a test is short.
fn config() -> String {
    let slow = BUSY.replace("[[bots]]", "[[bots]]\nbar = \"3m\"");
    format!("[timings]\ncommit_deadline = \"2s\"\nquotes_gone = \"2s\"\n{slow}")
}

/// An engine with a position, and the file that lets its hooks act.
struct Scene {
    place: Place,
    engine: Engine,
    now: PathBuf,
}

impl Scene {
    /// `hooks` such as `panic:lane`.
    fn with_a_position(hooks: &[&str]) -> Scene {
        let place = Place::new(&config());
        let now = place.root().join("now");
        let hooks: Vec<String> = hooks.iter().map(|hook| format!("{hook}:@{}", now.display())).collect();
        let engine = place.engine(&hooks.join(","));
        place.wait_for_position();
        Scene { place, engine, now }
    }

    fn hurt(&self) {
        std::fs::write(&self.now, b"").unwrap();
    }

    fn relent(&self) {
        std::fs::remove_file(&self.now).unwrap();
    }

    fn told(&self, what: &str) {
        self.engine.wait_until_told(what);
    }

    /// What is open has its stop at the exchange.
    fn assert_protected(&self) {
        wait_for("protection", || self.place.lots() == 0 || self.place.has_stop());
    }

    /// The engine trades, goes flat on command with the exchange's own evidence, and agrees with it.
    fn settle(mut self) {
        assert!(self.engine.is_alive());
        self.place.wait_until_trading();
        settle(&self.place, self.engine);
    }
}

fn settle(place: &Place, engine: Engine) {
    let flat = place.stopline(&["flatten"]);
    assert_eq!(flat.code, 0, "{}", flat.err);
    assert_eq!(place.lots(), 0);
    place.assert_agrees();
    assert_eq!(engine.stop().code, 0);
}

/// The process ends by rule and says which thread; the stop works on; the next start recovers and agrees.
fn ends_by_rule(hook: &str, wanted: &[&str]) {
    let Scene { place, mut engine, now } = Scene::with_a_position(&[hook]);
    std::fs::write(&now, b"").unwrap();
    let said = engine.wait();
    let last = said.err.lines().last().unwrap_or_default();
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(last.contains("ended by rule"), "{}", said.err);
    for word in wanted {
        assert!(last.contains(word), "`{word}` is missing in: {last}");
    }
    let log = std::fs::read_to_string(place.file("log/stopline.jsonl")).unwrap();
    assert!(
        log.lines().last().unwrap_or_default().contains("ended by rule"),
        "the log has the last line too"
    );
    assert!(place.lots() == 0 || place.has_stop(), "what is open is protected without the engine");
    let engine = place.engine("");
    place.wait_until_trading();
    settle(&place, engine);
}

#[test]
fn a_lane_that_panics_ends_the_process_by_rule() {
    ends_by_rule("panic:lane", &["thread `lane` panicked", "a hook panics"]);
}

#[test]
fn a_lane_that_stalls_ends_the_process_by_rule() {
    ends_by_rule("stall:lane", &["thread `lane` showed no life for"]);
}

#[test]
fn a_ledger_thread_that_panics_ends_the_process_by_rule() {
    ends_by_rule("panic:ledger", &["thread `ledger` panicked", "a hook panics"]);
}

#[test]
fn a_ledger_thread_that_stalls_ends_the_process_by_rule() {
    ends_by_rule("stall:ledger", &["thread `ledger` showed no life for"]);
}

/// With the feed gone for good the position is closed through the orders stream; then the feed comes back.
fn closes_without_quotes(hook: &str, wanted: &str) {
    let scene = Scene::with_a_position(&[hook]);
    scene.hurt();
    scene.told(wanted);
    wait_for("a flat account without quotes", || scene.place.lots() == 0);
    assert!(scene.place.status().unwrap()["quotes_up"] == false, "no quotes came back in between");
    let waited = gone_to_closing(&scene.place);
    assert!(waited < 2_000 + 1_000, "{waited} ms from quotes gone to the closing order");
    scene.relent();
    scene.told("quotes connected (connection 2)");
    scene.settle();
}

/// Milliseconds between the records of quotes going down and of the closing that follows.
fn gone_to_closing(place: &Place) -> u64 {
    let conn = rusqlite::Connection::open(place.file("ledger.sqlite")).unwrap();
    let mut select = conn.prepare("SELECT body FROM records ORDER BY seq").unwrap();
    let bodies = select.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let records: Vec<Value> = bodies.map(|body| serde_json::from_str(&body.unwrap()).unwrap()).collect();
    let mono = |record: &Value| record["at"]["mono"].as_u64().unwrap();
    let gone = |record: &&Value| {
        let change = &record["record"]["StreamChanged"];
        change["stream"] == "Quotes" && change["up"] == false
    };
    let closing = |record: &&Value| {
        record["record"]["ClosingBegan"]["cause"].as_str().is_some_and(|cause| cause.contains("no quotes"))
    };
    let (down, close) = (records.iter().find(gone).unwrap(), records.iter().find(closing).unwrap());
    (mono(close) - mono(down)) / 1_000_000
}

#[test]
fn with_a_feed_that_panics_the_position_is_closed_through_the_orders_stream() {
    closes_without_quotes("panic:quotes", "thread `quotes` panicked: a hook panics");
}

#[test]
fn with_a_feed_that_stalls_the_position_is_closed_through_the_orders_stream() {
    closes_without_quotes("stall:quotes", "thread `quotes` showed no life for");
}

fn orders_session_comes_back(hook: &str, wanted: &str) {
    let scene = Scene::with_a_position(&[hook]);
    scene.hurt();
    scene.told(wanted);
    scene.assert_protected();
    assert!(scene.place.status().unwrap()["quotes_up"] == true, "the feed goes on");
    scene.relent();
    scene.told("orders connected (connection 2)");
    scene.assert_protected();
    scene.settle();
}

#[test]
fn an_orders_session_that_panics_comes_back_and_the_feed_goes_on() {
    orders_session_comes_back("panic:orders", "thread `orders` panicked: a hook panics");
}

#[test]
fn an_orders_session_that_stalls_comes_back_and_the_feed_goes_on() {
    orders_session_comes_back("stall:orders", "thread `orders` showed no life for");
}

/// The second death in a row is answered later than the first, and the stop is there all the while.
fn bot_comes_back(hook: &str, wanted: &str) {
    let scene = Scene::with_a_position(&[hook]);
    scene.hurt();
    scene.told(wanted);
    scene.told("starts again in 1000 ms");
    scene.assert_protected();
    scene.told("starts again in 2000 ms");
    scene.assert_protected();
    scene.relent();
    let up = || scene.engine.told().matches("bot cross is up").count();
    let before = up();
    wait_for("the bot", || up() > before);
    scene.assert_protected();
    scene.settle();
}

#[test]
fn a_bot_host_that_panics_is_started_again_with_backoff() {
    bot_comes_back("panic:bot-cross", "thread `bot-cross` panicked: a hook panics");
}

#[test]
fn a_bot_host_that_stalls_is_started_again_with_backoff() {
    bot_comes_back("stall:bot-cross", "thread `bot-cross` showed no life for");
}

#[test]
fn an_exchange_that_is_killed_is_started_again_and_nothing_is_lost() {
    let scene = Scene::with_a_position(&[]);
    let pid = scene.place.exchange_process().unwrap();
    signal(pid, "KILL");
    scene.told("the exchange was gone; it is started again");
    scene.told("orders connected (connection 2)");
    scene.told("quotes connected (connection 2)");
    assert_ne!(scene.place.exchange_process(), Some(pid));
    scene.assert_protected();
    scene.settle();
}

#[test]
fn an_exchange_that_stalls_is_found_down_and_reconciled_when_it_goes_on() {
    let scene = Scene::with_a_position(&[]);
    let pid = scene.place.exchange_process().unwrap();
    signal(pid, "STOP");
    wait_for("both streams down", || {
        scene.place.status().is_some_and(|s| s["orders_up"] == false && s["quotes_up"] == false)
    });
    signal(pid, "CONT");
    scene.told("orders connected (connection 2)");
    scene.assert_protected();
    scene.settle();
}
