//! A second engine, and a second exchange, on a data directory that is taken.
//!
//! The first of them never notices.

use crate::assert_one_line;
use crate::stage::{BUSY, Place};

#[test]
fn a_second_engine_is_refused_and_the_first_trades_on() {
    let place = Place::new(BUSY);
    let mut engine = place.engine("");
    place.wait_for_position();
    let pid = engine.pid().to_string();
    let wanted = ["fence", &pid, "runs on this data directory", "stop it first"];
    assert_one_line(&place.stopline(&["run"]), 1, &wanted, "a second engine");
    assert_one_line(&place.stopline(&["check", "--accept"]), 1, &wanted, "accepting under an engine");
    assert_one_line(&place.stopline(&["let-in"]), 1, &wanted, "letting in under an engine");
    let exchange = place.stopline(&["venue", "serve"]);
    assert_one_line(&exchange, 3, &["another exchange serves"], "a second exchange");
    assert!(engine.is_alive());
    place.wait_until_trading();
    assert_eq!(engine.stop().code, 0);
    place.assert_agrees();
    let check = place.json(&["check"]);
    assert_eq!(check["kinds"]["started"], 1, "no other engine wrote: {check}");
}
