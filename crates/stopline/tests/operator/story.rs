//! `explain` of every order of a run: from the bar to the money without a gap.
//!
//! It takes nothing for granted because it is there for most orders: each field is looked for in each story.

use serde_json::Value;

use crate::stage::Place;

pub(crate) fn every_order_tells_its_story(place: &Place) {
    let (orders, fills) = (place.json(&["orders"]), place.json(&["fills"]));
    let (orders, fills) = (orders["orders"].as_array().unwrap(), fills["fills"].as_array().unwrap());
    let legs: Vec<&str> = orders.iter().map(|order| order["leg"].as_str().unwrap()).collect();
    for leg in ["entry", "stop", "target", "flatten"] {
        assert!(legs.contains(&leg), "the run has no {leg} to explain");
    }
    for order in orders {
        let id = order["cl_ord_id"].as_str().unwrap();
        let said = place.stopline(&["--json", "explain", id]);
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{id}");
        let story = said.json()["story"].clone();
        origin(&story, id);
        records(&story, id);
        let told = story["orders"].as_array().unwrap().iter().find(|told| told["cl_ord_id"] == id);
        let told = told.unwrap_or_else(|| panic!("{id} is missing in its own story"));
        assert_eq!(told["state"], order["state"], "{id}");
        assert!(told["broker_order_id"].is_string(), "{id}");
        money(told, fills, id);
        let page = place.stopline(&["explain", id]).out;
        for heading in ["made by", "records", "money", id] {
            assert!(page.contains(heading), "{heading}:\n{page}");
        }
    }
}

/// Where it comes from: a bar, data and a reason, or a person or alarm, named; and each rule with its numbers.
fn origin(story: &Value, id: &str) {
    let origin = &story["origin"];
    let closing = origin["kind"] == "closing";
    if closing {
        assert!(filled(&origin["cause"]), "{id}: why was it closed? {origin}");
    }
    let by_a_bot =
        origin["kind"] == "bot" || origin["cause"].as_str().is_some_and(|c| c.starts_with("exit:"));
    if by_a_bot {
        for field in
            [&origin["bar_open"], &origin["bar_end"], &story["wish"]["data_time"], &story["wish"]["reason"]]
        {
            assert!(filled(field), "{id}: {story:#}");
        }
    }
    let own = story["orders"].as_array().unwrap().iter().flat_map(|o| o["checks"].as_array().unwrap());
    let checks: Vec<&Value> = story["checks"].as_array().unwrap().iter().chain(own).collect();
    assert!(!checks.is_empty(), "{id} passed no rule: {story:#}");
    for check in checks {
        assert!(
            filled(&check["rule"]) && filled(&check["value"]) && filled(&check["limit"]),
            "{id}: {check}"
        );
    }
}

/// Every record with its times, in order; every word of the exchange with the exchange's bytes.
fn records(story: &Value, id: &str) {
    let records = story["records"].as_array().unwrap();
    let kinds: Vec<&str> = records.iter().map(|record| record["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"order_placed") && kinds.contains(&"transition"), "{id}: {kinds:?}");
    assert!(records.is_sorted_by_key(|record| record["seq"].as_u64()), "{id}");
    for record in records {
        assert!(
            filled(&record["at"]) && filled(&record["market"]) && record["mono"].is_u64(),
            "{id}: {record}"
        );
        let event = &record["record"]["Transition"]["event"];
        let ours = ["Sent", "NotSent", "CancelAsked", "ReplaceAsked", "Silence"];
        let unsent = filled(&record["record"]["Transition"]["not_sent"]);
        let said = event.is_string() && !unsent && !ours.iter().any(|o| event == o);
        let from_exchange = record["kind"] == "filled" || said;
        assert!(!from_exchange || filled(&record["payload"]), "{id}: no payload: {record}");
    }
    let sent = records.iter().find(|record| record["record"]["Transition"]["event"] == "Sent").unwrap();
    let stamps = sent["stamps"].to_string();
    assert!(stamps.contains("durable at") && stamps.contains("sent at"), "{id}: {stamps}");
}

/// The order's fills are the ledger's, with their money.
fn money(told: &Value, fills: &[Value], id: &str) {
    let told = told["fills"].as_array().unwrap();
    let booked = fills.iter().filter(|fill| fill["root"] == id).count();
    assert_eq!(told.len(), booked, "{id}");
    for fill in told {
        for field in ["exec_id", "price", "realised", "fee", "exchange_time", "decided_price", "slippage"] {
            assert!(filled(&fill[field]), "{id}: no {field} in {fill}");
        }
        assert!(fill["position_after"].is_i64(), "{id}: {fill}");
    }
}

fn filled(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
}
