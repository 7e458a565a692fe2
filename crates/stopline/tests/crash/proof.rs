//! The checks held against planted faults: what a good case left behind is spoiled in one place at a time, and the check
//! whose business that is must say so. It must never start a process.

use stopline_kernel::incident::{Incident, IncidentKind};
use stopline_kernel::num::Lots;
use stopline_kernel::time::{LocalTime, Mono, Span, Stamp};
use stopline_venues::paper::wire::PositionMessage;

use crate::check::{Check, Evidence, at_end};
use crate::mirror::Bare;

/// How something is spoiled.
type Plant = fn(&mut Evidence);

/// Every fault, with the check that has to find it.
const PLANTS: &[(&str, Check, Plant)] = &[
    ("an order nobody recorded", Check::Recorded, |e| {
        e.book.orders[0].cl_ord_id = Some("SLAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned());
    }),
    ("a cancel nobody recorded", Check::Recorded, |e| e.mirror.cancels.clear()),
    ("an order sent twice", Check::Once, |e| {
        let mut again = e.book.orders[0].clone();
        again.order_id = "O999".to_owned();
        e.book.orders.push(again);
    }),
    ("an execution that is not booked", Check::Booked, |e| {
        e.mirror.booked.pop_first();
    }),
    ("an execution booked twice", Check::Booked, |e| {
        let fills = e.mirror.booked.values_mut().next().unwrap();
        fills.push(fills[0].clone());
    }),
    ("an execution that never was", Check::Booked, |e| {
        e.book.executions.pop();
    }),
    ("an execution booked with other lots", Check::Booked, |e| {
        e.mirror.booked.values_mut().next().unwrap()[0].execution.lots = Lots(99);
    }),
    ("a position the ledger does not have", Check::Positions, |e| {
        let (symbol, average) = ("MESZ6".to_owned(), "6700.00".to_owned());
        e.book.positions.push(PositionMessage { symbol, lots: 1, average });
    }),
    ("an order that still works", Check::End, |e| e.book.orders[0].state = "working".to_owned()),
    ("cash that is missing", Check::Cash, |e| e.book.cash = "1".to_owned()),
    ("a recovery without end", Check::Recovered, |e| {
        let run = e.mirror.runs.iter_mut().find(|run| run.recovered.is_some()).unwrap();
        run.recovered = Some(run.began.plus(Span::secs(60)));
    }),
    ("a position the ledger shows bare", Check::Protected, |e| {
        let (bot, symbol) = ("cross".parse().unwrap(), "MESZ6".parse().unwrap());
        let (from, to) = (Mono(0), Mono(2_100_000_000));
        e.mirror.bare.push(Bare { bot, symbol, from, to, recovered: Some(from), closing: false });
    }),
    ("a position the exchange shows bare", Check::Protected, |e| {
        let run = e.mirror.runs.iter_mut().find(|run| run.recovered.is_some()).unwrap();
        run.ended = None;
        let symbol = "MESZ6".parse().unwrap();
        let bare = e.truth.bare.first().copied().map(|(_, from, _)| from);
        let from = bare.unwrap_or(e.mirror.market().unwrap());
        e.truth.bare.push((symbol, from, from.plus(Span::secs(3_600 * 24))));
    }),
    ("an incident that cannot be", Check::Incidents, |e| {
        let since = Stamp { mono: Mono(0), local: LocalTime(0), market: None };
        let kind = IncidentKind::PositionDisagreement;
        let incident = Incident { number: 1, kind, evidence: "planted".into(), next: "".into(), since };
        e.mirror.incidents.push(incident);
    }),
];

/// Every check finds its own, and finds nothing before anything is spoiled.
pub(crate) fn prove(good: &Evidence) {
    assert!(at_end(good).is_ok(), "the good case is none");
    for (name, check, plant) in PLANTS {
        let mut spoiled = good.clone();
        plant(&mut spoiled);
        let found = at_end(&spoiled).map_err(|finding| finding.check);
        assert_eq!(found, Err(*check), "{name}");
    }
}
