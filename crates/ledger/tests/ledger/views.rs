//! The projections: what they show must be what `apply` came to, and any SQLite client may read them while the engine
//! writes. Nothing here reads them through anything but the outside door.

use std::io::Write as _;
use std::process::Command;

use serde_json::{Value, json};
use stopline_kernel::commit::Log;
use stopline_kernel::intent::Leg;
use stopline_kernel::num::{Lots, Side};
use stopline_kernel::table::{Ask, Life, OrderEvent, Published};
use stopline_kernel::time::LocalTime;
use stopline_ledger::SqliteLog;
use stopline_ledger::reader::{Reader, Table, View};
use tempfile::TempDir;

use crate::fixture::{Story, account, bot, mes};
use crate::samples::every_kind;

fn written(story: &Story) -> (TempDir, SqliteLog) {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, _) = stopline_ledger::open(dir.path(), account(), LocalTime(0)).unwrap();
    log.append(&story.entries).and_then(|()| log.sync()).unwrap();
    (dir, log)
}

fn view(story: &Story, view: View) -> Table {
    let (dir, _log) = written(story);
    Reader::open(dir.path()).unwrap().view(view).unwrap()
}

fn row(table: &Table, column: &str, value: &Value) -> usize {
    (0..table.rows.len()).find(|row| table.value(*row, column) == Some(value)).unwrap()
}

#[test]
fn orders_show_what_apply_came_to() {
    let story = every_kind();
    let table = view(&story, View::Orders);
    assert_eq!(table.rows.len(), story.state.orders.len());
    for order in story.state.orders.values() {
        let at = row(&table, "root", &json!(order.root.as_str()));
        let is = |column: &str, value: Value| assert_eq!(table.value(at, column), Some(&value), "{column}");
        is("cl_ord_id", json!(order.spec.cl_ord_id.as_str()));
        is("state", json!(Published::of(order.life, order.ask, !order.filled.is_zero()).word()));
        is("side", json!(order.spec.side.word()));
        is("leg", json!(order.spec.leg.word()));
        is("kind", json!(order.spec.kind.word()));
        is("lots", json!(order.spec.lots.0));
        is("filled", json!(order.filled.0));
        is("price_ticks", json!(order.spec.kind.price().map(|price| price.0)));
        is("order_id", json!(order.order_id.as_ref().map(|id| &*id.0)));
        is("bot", json!(order.bot().as_str()));
    }
}

#[test]
fn an_order_shows_its_times_prices_and_average() {
    let mut story = Story::begun();
    let key = story.trade(Side::Buy, 3);
    story.filled(Some(key.cl_ord_id(Leg::Target, 0)), Side::Sell, 1, 23_565);
    let table = view(&story, View::Orders);
    let at = row(&table, "leg", &json!("target"));
    assert_eq!(table.value(at, "placed_at"), Some(&json!("2026-11-20T14:30:00.010000Z")));
    assert_eq!(table.value(at, "price"), Some(&json!(5891.25)));
    assert_eq!(table.value(at, "average_ticks"), Some(&json!(23_565.0)));
    assert_eq!(table.value(at, "average_price"), Some(&json!(5891.25)));
}

#[test]
fn the_state_word_is_the_kernels_for_every_pair_of_axes() {
    let mut story = Story::begun();
    let mut expected = Vec::new();
    for life in Life::ALL {
        for ask in Ask::ALL {
            for traded in [false, true] {
                let root = story.bracket(Side::Buy, 2).cl_ord_id(Leg::Entry, 0);
                if traded {
                    story.filled(Some(root), Side::Buy, 1, 23_486);
                }
                story.moved(root, OrderEvent::Accepted, life, ask);
                expected.push((root, Published::of(life, ask, traded).word()));
            }
        }
    }
    let table = view(&story, View::Orders);
    for (root, word) in expected {
        let at = row(&table, "root", &json!(root.as_str()));
        assert_eq!(table.value(at, "state"), Some(&json!(word)), "{root}");
    }
}

#[test]
fn positions_show_lots_and_averages_as_the_kernel_counts_them() {
    let mut story = Story::begun();
    let root = story.bracket(Side::Buy, 2).cl_ord_id(Leg::Entry, 0);
    let mut seed = 11_u64;
    for _ in 0..40 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let side = if seed >> 63 == 0 { Side::Buy } else { Side::Sell };
        let (lots, price) =
            (1 + i64::try_from(seed >> 40).unwrap() % 4, 23_400 + i64::try_from(seed >> 44).unwrap() % 90);
        story.filled(Some(root), side, lots, price);
        let position = &story.state.positions[&mes()][&bot()];
        let table = view(&story, View::Positions);
        assert_eq!(table.value(0, "lots"), Some(&json!(position.lots().0)));
        let shown = table.value(0, "average_ticks").and_then(Value::as_f64);
        match (position.average(), shown) {
            (Some(ours), Some(shown)) => assert_eq!(shown.trunc() as i64, ours.0, "{position:?}"),
            (ours, shown) => assert_eq!((ours, shown), (None, None), "{position:?}"),
        }
    }
}

#[test]
fn halts_and_incidents_that_stand_are_those_of_the_state() {
    let story = every_kind();
    let halts = view(&story, View::Halts);
    let shown: Vec<_> = halts.objects().map(|row| (row["scope"].clone(), row["level"].clone())).collect();
    assert_eq!(shown, [(json!("cross"), json!("halted"))]);
    assert_eq!(story.state.halts.0.len(), 1);
    let incidents = view(&story, View::Incidents);
    let open: Vec<_> = incidents.objects().filter(|row| row["state"] == "open").collect();
    assert_eq!(open.len(), story.state.incidents.len());
    assert_eq!(open[0]["number"], 2);
}

#[test]
fn fills_show_money_slippage_and_their_order() {
    let story = every_kind();
    let table = view(&story, View::Fills);
    let first = table.objects().next().unwrap();
    assert_eq!((&first["lots"], &first["price"]), (&json!(2), &json!(5871.5)));
    assert_eq!((&first["slippage_ticks"], &first["fee"]), (&json!(1), &json!(1.24)));
    assert_eq!(table.rows.len(), story.state.executions.len() + story.state.busted.len());
}

#[test]
fn everything_about_an_order_or_a_decision_is_found() {
    let story = every_kind();
    let (dir, _log) = written(&story);
    let reader = Reader::open(dir.path()).unwrap();
    let order = story.state.orders.values().find(|order| order.filled > Lots::ZERO).unwrap();
    let about = reader.about(order.root.as_str()).unwrap();
    assert!(about.len() >= 3 && about.iter().all(|entry| story.entries.contains(entry)));
    let decision = reader.about(order.decision().0.as_str()).unwrap();
    assert!(decision.iter().all(|entry| entry.decision == Some(order.decision())));
    assert!(reader.about("SLNOBODY").unwrap().is_empty());
}

/// The system's own, older SQLite, in another process, while the engine has the ledger open.
#[test]
fn an_older_sqlite_reads_every_view_from_another_process() {
    let story = every_kind();
    let (dir, mut log) = written(&story);
    if Command::new("sqlite3").arg("--version").output().is_err() {
        return crate::full_disk::skip("an_older_sqlite_reads_every_view", "no sqlite3 on this machine");
    }
    let mut more = story.clone();
    let before = more.entries.len();
    more.trade(Side::Sell, 1);
    log.append(&more.entries[before..]).unwrap();
    for name in [
        "decisions",
        "orders",
        "transitions",
        "fills",
        "positions",
        "halts",
        "incidents",
        "commands",
        "stream_changes",
        "journal",
        "instruments",
    ] {
        let sql = format!("SELECT count(*), json_group_array(0) FROM (SELECT * FROM {name})");
        let asked =
            Command::new("sqlite3").arg("-readonly").arg(dir.path().join("ledger.sqlite")).arg(sql).output();
        let answer = asked.unwrap();
        let (said, failed) =
            (String::from_utf8_lossy(&answer.stdout), String::from_utf8_lossy(&answer.stderr));
        assert!(answer.status.success() && !said.starts_with('0'), "{name}: {said}{failed}");
        std::io::stdout().write_all(said.as_bytes()).unwrap();
    }
    log.sync().unwrap();
}
