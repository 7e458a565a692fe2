//! The rules for what only reduces, and the denials that no rule of the gate gives: of a size, and of a change.
//!
//! No halt and no limit stands in the way of a smaller position.

use super::*;

/// Long 2 with a working stop of 2.
pub(super) fn long() -> Rig {
    let mut rig = Rig::ready();
    rig.line("buy 2 stop=23481");
    rig.line("fill entry 2 @ 23501 ; works stop worth=2");
    rig
}

pub(super) fn reduction(rig: &Rig, closes: Option<(Side, Lots)>) -> Reduction<'_> {
    let book = rig.lane.book();
    Reduction { book, account: book.config.account, bot: bot(), symbol: symbol(), closes }
}

fn reducing_denials(r: &Reduction<'_>) -> Vec<(Denial, Measure, Measure)> {
    let checks = REDUCING.iter().map(|rule| rule(r)).filter(|check| !check.passed);
    checks.map(|c| (c.rule, c.value, c.limit)).collect()
}

#[test]
fn a_cancel_and_a_closing_order_that_fits_pass_the_reducing_rules_under_any_halt() {
    let mut rig = long();
    assert_eq!(reducing_denials(&reduction(&rig, None)), []);
    rig.line("pause");
    rig.line("cancelled stop");
    assert_eq!(reducing_denials(&reduction(&rig, Some((Side::Sell, Lots(2))))), []);
}

#[test]
fn another_account_denies_what_reduces() {
    let rig = long();
    let account = "OTHER".parse::<AccountId>().unwrap();
    let r = Reduction { account, ..reduction(&rig, None) };
    assert_eq!(reducing_denials(&r), [(Denial::NoSuchOrder, NO, YES)]);
}

#[test]
fn an_unknown_contract_denies_a_closing_order_and_never_a_cancel() {
    let rig = long();
    let symbol = Symbol::from_static("ESZ6");
    let close = Reduction { symbol, ..reduction(&rig, Some((Side::Sell, Lots(0)))) };
    let for_no_lots = (Denial::PastFlat, Lots(0).into(), Lots(0).into());
    assert_eq!(reducing_denials(&close), [(Denial::Unmeasurable, NO, YES), for_no_lots]);
    assert_eq!(reducing_denials(&Reduction { symbol, ..reduction(&rig, None) }), []);
}

#[test]
fn a_closing_order_never_goes_past_flat_with_all_that_works_on_its_side() {
    let mut rig = long();
    let with_stop = reducing_denials(&reduction(&rig, Some((Side::Sell, Lots(1)))));
    assert_eq!(with_stop, [(Denial::PastFlat, Lots(3).into(), Lots(2).into())]);
    rig.line("cancelled stop");
    let too_many = reducing_denials(&reduction(&rig, Some((Side::Sell, Lots(3)))));
    assert_eq!(too_many, [(Denial::PastFlat, Lots(3).into(), Lots(2).into())]);
    let wrong_way = reducing_denials(&reduction(&rig, Some((Side::Buy, Lots(1)))));
    assert_eq!(wrong_way, [(Denial::PastFlat, Lots(1).into(), Lots(0).into())]);
    let fewer_than_none = reducing_denials(&reduction(&rig, Some((Side::Sell, Lots(-1)))));
    assert_eq!(fewer_than_none, [(Denial::PastFlat, Lots(-1).into(), Lots(0).into())]);
}

/// The denials recorded after some lines over a long position with its stop.
fn recorded(lines: &[&str]) -> Vec<Denial> {
    let mut rig = long();
    lines.iter().for_each(|line| drop(rig.line(line)));
    let denied = rig.log.0.iter().filter_map(|entry| match &entry.record {
        Record::Decided { denied, .. } => *denied,
        _ => None,
    });
    denied.collect()
}

#[test]
fn a_size_of_less_than_a_lot_or_of_nobody_knows_what_denies() {
    let denied_with = |by, line: &str| {
        let mut config = config();
        config.sizing.push(Sizing { bot: bot(), by, confidence: false });
        let mut rig = Rig::ready_with(config);
        rig.line(line);
        let denied = rig.log.0.iter().rev().find_map(|entry| match &entry.record {
            Record::Decided { checks, denied, .. } => Some((*denied, checks.last().copied().unwrap().value)),
            _ => None,
        });
        denied.unwrap()
    };
    // 21 ticks of 1.25 and two fees of 0.62 are 27.49; 5 basis points of 50000 are 25.
    let risk = SizedBy::Risk(Bps(5));
    let too_small = Some(Denial::TooSmall);
    assert_eq!(denied_with(risk, "buy 1 stop=23480"), (too_small, Lots(0).into()));
    assert_eq!(denied_with(risk, "buy 1 stop=23480 symbol=ESZ6"), (too_small, Measure::Unknown));
}

#[test]
fn a_change_of_what_cannot_be_changed_denies() {
    let lines = ["modify stop price=23485 lots=3", "modify entry price=23485 lots=1", "cancel ghost"];
    let denials = [Denial::NotChangeable, Denial::NotChangeable, Denial::NoSuchOrder];
    assert_eq!(recorded(&lines), denials);
}

#[test]
fn a_change_that_takes_protection_away_denies() {
    assert_eq!(recorded(&["cancel stop", "modify stop price=23485 lots=1"]), [Denial::Protection; 2]);
}
