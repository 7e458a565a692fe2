//! What a person does to a running engine, end to end: pause, resume, flatten, stop, and every question about it.
//!
//! What a command says is held against the exchange's own book, never against the ledger alone.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

#[path = "../stage/mod.rs"]
mod stage;

mod story;

use serde_json::Value;
use stage::{BUSY, Engine, Place, signal, wait_for};

fn trading(config: &str) -> (Place, Engine) {
    let place = Place::new(config);
    let engine = place.engine("");
    place.wait_for_position();
    (place, engine)
}

/// How many entries the ledger has.
fn entries(place: &Place) -> usize {
    let orders = place.json(&["orders"]);
    orders["orders"].as_array().unwrap().iter().filter(|order| order["leg"] == "entry").count()
}

/// Waits until so many more bars of a minute are over.
fn bars(place: &Place, count: i64) {
    let market = || place.status().and_then(|status| status["market"].as_i64()).unwrap_or(0);
    let until = market() + count * 60_000_000_000;
    wait_for("bars", || market() > until);
}

#[test]
fn a_paused_account_takes_no_new_risk_until_it_is_resumed() {
    let (place, engine) = trading(BUSY);
    let paused = place.stopline(&["pause", "--who", "ann", "--why", "lunch"]);
    assert_eq!((paused.code, paused.out.trim()), (0, "done: no new risk is taken"), "{}", paused.err);
    let before = entries(&place);
    bars(&place, 6);
    assert_eq!(entries(&place), before, "no entry while paused");
    let status = place.status().unwrap();
    assert_eq!(status["level"], "reduce_only");
    assert!(status["halts"].to_string().contains("lunch"), "{status}");
    assert!(place.lots() == 0 || place.has_stop(), "what is open stays protected");

    let resumed = place.stopline(&["resume", "--why", "back"]);
    assert_eq!((resumed.code, resumed.out.trim()), (0, "done: new risk is allowed"), "{}", resumed.err);
    wait_for("an entry after the pause", || entries(&place) > before);
    assert_eq!(engine.stop().code, 0);
}

#[test]
fn flatten_ends_with_the_exchange_s_own_evidence_and_stays_flat() {
    let (place, engine) = trading(BUSY);
    let said = place.stopline(&["flatten", "--why", "enough"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("the broker reports 0 lots"), "{}", said.out);
    for told_on_the_way in [": enough", "is over: the broker reports 0 lots"] {
        assert!(said.out.contains(told_on_the_way), "{told_on_the_way}: {}", said.out);
    }
    let book = place.book();
    assert_eq!(place.lots(), 0);
    let works =
        |order: &Value| ["working", "held", "acknowledged"].iter().any(|state| order["state"] == *state);
    assert!(!book["orders"].as_array().unwrap().iter().any(works), "{book}");
    bars(&place, 4);
    assert_eq!(place.book(), book, "it stays closed until a person resumes");
    place.assert_agrees();
    assert_eq!(place.json(&["resume"])["outcome"], "done");
    place.wait_for_position();
    assert_eq!(engine.stop().code, 0);
}

#[test]
fn nothing_is_resumed_while_anything_is_unresolved() {
    let (place, engine) = trading(BUSY);
    assert_eq!(place.stopline(&["pause"]).code, 0);
    let pid = place.exchange_process().unwrap();
    signal(pid, "STOP");
    wait_for("the orders stream down", || place.status().is_some_and(|s| s["orders_up"] == false));
    let said = place.stopline(&["resume"]);
    assert_eq!((said.code, said.err.lines().count()), (3, 1), "{}", said.err);
    assert!(said.err.contains("refused: the orders stream is down"), "{}", said.err);
    let json = place.stopline(&["--json", "resume"]);
    assert_eq!((json.code, json.json()["error"]["exit_code"].as_i64()), (3, Some(3)));
    signal(pid, "CONT");
    wait_for("a resume that is let through", || place.stopline(&["resume"]).code == 0);
    assert_eq!(engine.stop().code, 0);
}

#[test]
fn every_question_is_answered_with_one_json_document_and_every_order_explains_itself() {
    let (place, engine) = trading(BUSY);
    bars(&place, 4);
    for question in ["status", "orders", "fills", "positions", "check"] {
        let said = place.stopline(&["--json", question]);
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{question}");
        assert!(said.json().is_object(), "{question}");
    }
    assert_eq!(place.stopline(&["kill", "--who", "ann"]).code, 0);
    assert_eq!(engine.stop().code, 0);
    story::every_order_tells_its_story(&place);
    place.assert_agrees();
}

#[test]
fn an_orderly_stop_that_keeps_protection_leaves_the_stop_at_the_exchange() {
    let (place, engine) = trading(BUSY);
    let said = engine.stop();
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("stopped in good order"), "{}", said.out);
    assert!(place.lots() == 0 || place.has_stop(), "{}", place.book());
    assert_eq!(place.stopline(&["status"]).code, 4);
    let _engine = place.engine("");
    place.wait_until_trading();
}

#[test]
fn an_orderly_stop_that_flattens_leaves_nothing() {
    let (place, mut engine) = trading(&format!("on_stop = \"flatten\"\n{BUSY}"));
    let asked = place.stopline(&["stop", "--why", "weekend"]);
    assert_eq!(asked.code, 0, "{}", asked.err);
    let said = engine.wait();
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(place.lots(), 0);
    assert!(!place.has_stop());
    place.assert_agrees();
}
