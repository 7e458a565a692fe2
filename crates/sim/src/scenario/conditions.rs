//! What can be expected or waited for, read from words: the kernel's own words for states, causes, rules and incidents.
//!
//! A word that the kernel does not have is never passed over: it is an error that lists what there is.

use stopline_kernel::halt::{HaltCause, Level};
use stopline_kernel::incident::IncidentKind;
use stopline_kernel::intent::Leg;
use stopline_kernel::num::{Lots, Money};
use stopline_kernel::report::Stream;
use stopline_kernel::risk::Denial;
use stopline_kernel::table::{Ask, Life};
use stopline_ledger::decode::PRESENT;

use super::read::units;
use super::step::{Condition, Name, Sent};
use super::words::{Read, Why, Words, names};

const LEGS: [(&str, Leg); 4] =
    [("entry", Leg::Entry), ("stop", Leg::Stop), ("target", Leg::Target), ("closing", Leg::Flatten)];

const LIVES: [(&str, Life); 10] = [
    ("draft", Life::Draft),
    ("submitted", Life::Submitted),
    ("acknowledged", Life::Acknowledged),
    ("suspended", Life::Suspended),
    ("working", Life::Working),
    ("filled", Life::Filled),
    ("canceled", Life::Canceled),
    ("rejected", Life::Rejected),
    ("expired", Life::Expired),
    ("unknown", Life::Unknown),
];

const CAUSES: [(&str, HaltCause); 20] = [
    ("operator", HaltCause::Operator),
    ("flatten", HaltCause::Flatten),
    ("daily_loss", HaltCause::DailyLoss),
    ("disagreement", HaltCause::Disagreement),
    ("rolled_back", HaltCause::RolledBack),
    ("foreign", HaltCause::Foreign),
    ("impossible", HaltCause::Impossible),
    ("quotes_gone", HaltCause::QuotesGone),
    ("unprotected", HaltCause::Unprotected),
    ("stopping", HaltCause::Stopping),
    ("busted", HaltCause::Busted),
    ("profit_target", HaltCause::ProfitTarget),
    ("day_drawdown", HaltCause::DayDrawdown),
    ("trailing_drawdown", HaltCause::TrailingDrawdown),
    ("losses_in_row", HaltCause::LossesInRow),
    ("session_end", HaltCause::SessionEnd),
    ("reject_rate", HaltCause::RejectRate),
    ("same_rejection", HaltCause::SameRejection),
    ("cancel_storm", HaltCause::CancelStorm),
    ("wide_spread", HaltCause::WideSpread),
];

const RULES: [(&str, Denial); 33] = [
    ("halted", Denial::Halted),
    ("not_ready", Denial::NotReady),
    ("decided_before", Denial::DecidedBefore),
    ("intent_age", Denial::IntentAge),
    ("data_age", Denial::DataAge),
    ("session_closed", Denial::SessionClosed),
    ("market_status", Denial::MarketStatus),
    ("opposed", Denial::Opposed),
    ("exit_side", Denial::ExitSide),
    ("order_lots", Denial::OrderLots),
    ("instrument_lots", Denial::InstrumentLots),
    ("risk_per_trade", Denial::RiskPerTrade),
    ("daily_loss", Denial::DailyLoss),
    ("collar", Denial::Collar),
    ("order_rate", Denial::OrderRate),
    ("no_such_order", Denial::NoSuchOrder),
    ("protection", Denial::Protection),
    ("not_changeable", Denial::NotChangeable),
    ("past_flat", Denial::PastFlat),
    ("unmeasurable", Denial::Unmeasurable),
    ("open_positions", Denial::OpenPositions),
    ("account_lots", Denial::AccountLots),
    ("notional", Denial::Notional),
    ("leverage", Denial::Leverage),
    ("trades_per_day", Denial::TradesPerDay),
    ("after_open", Denial::AfterOpen),
    ("before_close", Denial::BeforeClose),
    ("quiet_time", Denial::QuietTime),
    ("bot_order_rate", Denial::BotOrderRate),
    ("send_rate", Denial::SendRate),
    ("account_age", Denial::AccountAge),
    ("self_match", Denial::SelfMatch),
    ("too_small", Denial::TooSmall),
];

const INCIDENTS: [(&str, IncidentKind); 17] = [
    ("impossible_transition", IncidentKind::ImpossibleTransition),
    ("over_fill", IncidentKind::OverFill),
    ("fill_after_refusal", IncidentKind::FillAfterRefusal),
    ("foreign_fill", IncidentKind::ForeignFill),
    ("foreign_order", IncidentKind::ForeignOrder),
    ("rolled_back_ledger", IncidentKind::RolledBackLedger),
    ("position_disagreement", IncidentKind::PositionDisagreement),
    ("cash_disagreement", IncidentKind::CashDisagreement),
    ("unprotected", IncidentKind::Unprotected),
    ("quotes_gone", IncidentKind::QuotesGone),
    ("unreadable", IncidentKind::Unreadable),
    ("stuck_unknown", IncidentKind::StuckUnknown),
    ("number_range", IncidentKind::NumberRange),
    ("busted", IncidentKind::Busted),
    ("id_reused", IncidentKind::IdReused),
    ("missed_fill", IncidentKind::MissedFill),
    ("closing_stalled", IncidentKind::ClosingStalled),
];

const KNOWN: &str = "an order (entry, stop, target, closing), position, broker, protected, unprotected, flat, closing, \
                     no closing, trading, running, reduce-only, halted, halt CAUSE, accepted, denied RULE, incident KIND, \
                     no incident, sent, record KIND, cash, orders up, quotes up, engine running, each with `not` before it";

/// One condition.
pub(super) fn condition(words: &mut Words) -> Read<Condition> {
    let first = words.take("a condition")?;
    Ok(match first.as_str() {
        "not" => Condition::Not(Box::new(condition(words)?)),
        "no" => Condition::Not(Box::new(absent(words)?)),
        "position" => Condition::Position(signed(words)?),
        "broker" => broker(words)?,
        "protected" => Condition::Protected,
        "unprotected" => Condition::Unprotected,
        "flat" => Condition::Flat,
        "trading" => Condition::Trading,
        "running" => Condition::Level(Level::Running),
        "reduce-only" => Condition::Level(Level::ReduceOnly),
        "halted" => Condition::Level(Level::Halted),
        "halt" => Condition::Halt(words.one_of("a cause", &CAUSES)?),
        "accepted" => Condition::Accepted,
        "denied" => Condition::Denied(words.one_of("a rule", &RULES)?),
        "incident" => {
            let kind = words.one_of("a kind of incident", &INCIDENTS)?;
            Condition::Incident(Some(kind), words.times()?)
        }
        "sent" => Condition::Sent(sent(words)?),
        "record" => Condition::Record(record_kind(words)?, words.times()?),
        "cash" => Condition::Cash(money(words)?),
        "orders" | "quotes" => {
            let up = words.one_of("up or down", &[("up", true), ("down", false)])?;
            let stream = if first == "orders" { Stream::Orders } else { Stream::Quotes };
            if up { Condition::Up(stream) } else { Condition::Not(Box::new(Condition::Up(stream))) }
        }
        "engine" => {
            let runs = words.one_of("running or dead", &[("running", true), ("dead", false)])?;
            if runs { Condition::Runs } else { Condition::Not(Box::new(Condition::Runs)) }
        }
        "closing" if !order_follows(words) => Condition::Closing,
        _ => match LEGS.iter().find(|(word, _)| *word == first) {
            Some((_, leg)) => of_order(words, *leg)?,
            None => return Err(words.unknown(&first, KNOWN)),
        },
    })
}

/// A kind of record, by the name under which the ledger keeps it.
fn record_kind(words: &mut Words) -> Read<&'static str> {
    let word = words.take("a kind of record")?;
    let kind = PRESENT.kinds.iter().map(|(kind, _)| *kind).find(|kind| *kind == word);
    kind.ok_or_else(|| words.unknown(&word, &names(PRESENT.kinds)))
}

fn order_follows(words: &Words) -> bool {
    words.peek().is_some_and(|word| word != "within")
}

fn absent(words: &mut Words) -> Read<Condition> {
    let what = words.take("incident, closing or an order")?;
    Ok(match what.as_str() {
        "incident" => match words.peek() {
            None | Some("within") => Condition::Incident(None, None),
            Some(_) => Condition::Incident(Some(words.one_of("a kind of incident", &INCIDENTS)?), None),
        },
        "closing" if !order_follows(words) => Condition::Closing,
        "record" => Condition::Record(record_kind(words)?, None),
        _ => match LEGS.iter().find(|(word, _)| *word == what) {
            Some((_, leg)) => Condition::Exists(Name { leg: *leg, number: number(words)? }),
            None => return Err(words.unknown(&what, "incident, closing, record, entry, stop, target")),
        },
    })
}

fn broker(words: &mut Words) -> Read<Condition> {
    let known = "position N, cash AMOUNT, has N working, has ORDER";
    let word = words.take(known)?;
    Ok(match word.as_str() {
        "position" => Condition::BrokerPosition(signed(words)?),
        "cash" => Condition::BrokerCash(money(words)?),
        "has" if words.peek().is_some_and(|word| word.parse::<u64>().is_ok()) => {
            let n = words.number()?;
            words.must("working")?;
            Condition::BrokerHas(n)
        }
        "has" => Condition::BrokerHasOrder(name(words)?),
        other => return Err(words.unknown(other, known)),
    })
}

fn of_order(words: &mut Words, leg: Leg) -> Read<Condition> {
    let order = Name { leg, number: number(words)? };
    if let Some((_, life)) = LIVES.iter().find(|(word, _)| words.peek() == Some(word)) {
        words.take("a state")?;
        return Ok(Condition::Life(order, *life));
    }
    let more = "cancel-pending, replace-pending, at PRICE, x LOTS, traded LOTS";
    let word = words.take("a state")?;
    Ok(match word.as_str() {
        "cancel-pending" => Condition::Ask(order, Ask::CancelPending),
        "replace-pending" => Condition::Ask(order, Ask::ReplacePending),
        "at" => Condition::At(order, words.price()?),
        "x" => Condition::Lots(order, words.lots()?),
        "traded" => Condition::Traded(order, Lots(words.number()?)),
        other => return Err(words.unknown(other, &format!("{}, {more}", names(&LIVES)))),
    })
}

/// Kinds of request, as they are sent.
pub(super) const REQUESTS: [(&str, &str); 3] =
    [("place", "place"), ("cancel", "cancel"), ("replace", "replace")];

fn sent(words: &mut Words) -> Read<Sent> {
    let what = words.take("what was sent")?;
    let request = REQUESTS.iter().find(|(word, _)| *word == what).map(|(_, kind)| *kind);
    let asked = match what.as_str() {
        "status" => Some("order_status"),
        "list" => Some("snapshot"),
        _ => None,
    };
    if asked.is_some() {
        words.must("request")?;
    }
    if request.is_none() && asked.is_none() && what != "nothing" {
        let known = "nothing, place, cancel, replace, status request, list request";
        return Err(words.unknown(&what, known));
    }
    let of = if words.has("of") { Some(name(words)?) } else { None };
    let times = if what == "nothing" { Some(0) } else { words.times()? };
    let since_last = what == "nothing" || words.peek() == Some("since");
    if words.has("since") {
        words.must("last")?;
        words.must("step")?;
    }
    Ok(Sent { what: request.or(asked), of, times, since_last })
}

/// An order by role, and by number where one follows.
pub(super) fn name(words: &mut Words) -> Read<Name> {
    let leg = words.one_of("an order", &LEGS)?;
    Ok(Name { leg, number: number(words)? })
}

fn number(words: &mut Words) -> Read<Option<usize>> {
    // `of entry 1 times` counts; it does not name the first entry.
    if words.counts() {
        return Ok(None);
    }
    let Some(n) = words.peek().and_then(|word| word.parse::<usize>().ok()) else { return Ok(None) };
    let word = words.take("a number")?;
    if n == 0 { Err(words.error(Why::NoNumber(word))) } else { Ok(Some(n)) }
}

/// A position: signed lots.
fn signed(words: &mut Words) -> Read<Lots> {
    words.number().map(Lots)
}

/// An amount of the currency.
pub(super) fn money(words: &mut Words) -> Read<Money> {
    let word = words.take("an amount")?;
    units(&word).ok_or_else(|| words.error(Why::NoNumber(word)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage;

    #[test]
    fn every_kind_of_incident_that_could_be_reached_has_a_word() {
        let worded = |kind: &IncidentKind| INCIDENTS.iter().any(|(_, of)| of == kind);
        assert!(coverage::INCIDENTS.iter().all(worded) && INCIDENTS.len() == coverage::INCIDENTS.len());
    }
}
