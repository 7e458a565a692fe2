//! What an import knows of a contract: its ticks, and the trading day of any moment.
//!
//! Never guesses a tick: of a contract that the calendar does not know, prices are kept as they are, and the summary
//! says that nobody checked them.

use std::collections::BTreeMap;
use std::rc::Rc;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use stopline_calendar::Calendar;
use stopline_kernel::id::Symbol;
use stopline_kernel::instrument::{Instrument, Sessions, TickSize, TradingDay};
use stopline_kernel::num::Money;
use stopline_kernel::time::ExchangeTime;

/// Where a trading day of the CME ends and the next begins, in Chicago.
const ROLL: Time = Time::constant(17, 0, 0, 0);

/// How much of a contract is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Known {
    /// Its tick and its sessions.
    All,
    /// Its tick; which days have a session, and until when, was not checked.
    TickAlone,
    /// Nothing: neither prices nor sessions were checked.
    Nothing,
}

/// A contract.
#[derive(Debug)]
pub(super) struct Contract {
    /// With the tick that its prices are read in.
    pub(super) instrument: Instrument,
    pub(super) known: Known,
    sessions: Option<Rc<Sessions>>,
    /// The stretch of time that the last answer holds for.
    current: Option<(ExchangeTime, ExchangeTime, TradingDay)>,
}

/// The sessions of each group that was asked for.
pub(super) type Groups = BTreeMap<String, Rc<Sessions>>;

impl Contract {
    pub(super) fn new(
        symbol: Symbol,
        first: ExchangeTime,
        calendar: &Calendar,
        groups: &mut Groups,
    ) -> Contract {
        // A symbol is a root, a month and the last digit of a year.
        let root = symbol.as_str().get(..symbol.as_str().len().saturating_sub(2)).unwrap_or_default();
        let instrument = |tick| {
            let (tick_value, fee, sessions) = (Money::default(), Money::default(), Sessions::default());
            Instrument { symbol, tick, tick_value, fee, sessions, margin: None }
        };
        let Ok(contract) = calendar.contract(root) else {
            let (instrument, known) = (instrument(TickSize { mantissa: 1, scale: 9 }), Known::Nothing);
            return Contract { instrument, known, sessions: None, current: None };
        };
        let sessions = sessions(&contract.group, calendar, groups)
            .filter(|known| known.0.first().is_some_and(|session| session.open <= first));
        let known = if sessions.is_some() { Known::All } else { Known::TickAlone };
        Contract { instrument: instrument(contract.tick.is), known, sessions, current: None }
    }

    /// The trading day of a moment; `None` where it lies outside every session.
    pub(super) fn day(&mut self, t: ExchangeTime) -> Option<TradingDay> {
        if let Some((from, until, day)) = self.current
            && from <= t
            && t < until
        {
            return Some(day);
        }
        self.current = match &self.sessions {
            Some(sessions) => {
                let next = sessions.0.get(sessions.0.partition_point(|s| s.close <= t));
                next.filter(|s| s.open <= t).map(|s| (s.open, s.close, s.day))
            }
            None => by_rule(t),
        };
        self.current.map(|(_, _, day)| day)
    }

    /// Nanoseconds between two moments in which the contract trades; `None` where its sessions are not known.
    pub(super) fn trading(&self, from: ExchangeTime, until: ExchangeTime) -> Option<i64> {
        let sessions = self.sessions.as_ref()?;
        let first = sessions.0.partition_point(|s| s.close <= from);
        let within = sessions.0.iter().skip(first).take_while(|s| s.open < until);
        Some(within.map(|s| s.close.min(until).0.saturating_sub(s.open.max(from).0)).sum())
    }
}

fn sessions(group: &str, calendar: &Calendar, groups: &mut Groups) -> Option<Rc<Sessions>> {
    if let Some(known) = groups.get(group) {
        return Some(Rc::clone(known));
    }
    let (from, to) = calendar.covers();
    let sessions = Rc::new(calendar.sessions(group, from, to).ok()?);
    groups.insert(group.to_owned(), Rc::clone(&sessions));
    Some(sessions)
}

/// The trading day by the CME's rule alone: from 17:00 to 17:00 in Chicago, Friday evening counting to Monday.
fn by_rule(t: ExchangeTime) -> Option<(ExchangeTime, ExchangeTime, TradingDay)> {
    let zone = TimeZone::get("America/Chicago").ok()?;
    let local = Timestamp::from_nanosecond(t.0.into()).ok()?.to_zoned(zone.clone());
    let mut day = if local.time() >= ROLL { local.date().tomorrow().ok()? } else { local.date() };
    while matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
        day = day.tomorrow().ok()?;
    }
    let roll = |date: Date| {
        let moment = zone.to_zoned(date.to_datetime(ROLL)).ok()?.timestamp().as_nanosecond();
        i64::try_from(moment).ok().map(ExchangeTime)
    };
    let eve = if day.weekday() == Weekday::Monday { 3.days() } else { 1.day() };
    Some((roll(day.checked_sub(eve).ok()?)?, roll(day)?, number(day)))
}

/// A date as `yyyymmdd`.
pub(super) fn number(date: Date) -> TradingDay {
    let n = i32::from(date.year()) * 10_000 + i32::from(date.month()) * 100 + i32::from(date.day());
    TradingDay(u32::try_from(n).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> ExchangeTime {
        ExchangeTime(i64::try_from(text.parse::<Timestamp>().unwrap().as_nanosecond()).unwrap())
    }

    fn contract(symbol: &str, first: &str) -> Contract {
        let calendar = stopline_calendar::bundled().unwrap();
        Contract::new(symbol.parse().unwrap(), at(first), calendar, &mut Groups::new())
    }

    #[test]
    fn a_known_contract_has_the_calendars_days_and_no_day_in_the_break() {
        let mut es = contract("ESZ4", "2024-11-04T15:00:00Z");
        assert_eq!((es.known, es.instrument.tick), (Known::All, TickSize { mantissa: 25, scale: 2 }));
        assert_eq!(es.day(at("2024-11-04T22:59:59Z")), None, "the break from 16:00 to 17:00 in Chicago");
        assert_eq!(es.day(at("2024-11-04T23:00:00Z")), Some(TradingDay(20_241_105)));
        assert_eq!(es.day(at("2024-11-04T21:59:59Z")), Some(TradingDay(20_241_104)));
        assert_eq!(es.day(at("2024-11-02T12:00:00Z")), None, "a Saturday");
        let minute = 60_000_000_000;
        let over_the_break = es.trading(at("2024-11-04T21:59:00Z"), at("2024-11-04T23:02:00Z"));
        assert_eq!(over_the_break, Some(3 * minute));
    }

    #[test]
    fn a_contract_without_sessions_has_days_by_the_rule_and_an_unknown_one_no_tick() {
        let mut early = contract("ESH3", "2013-01-04T15:00:00Z");
        assert_eq!(early.known, Known::TickAlone, "before the calendar begins");
        assert_eq!(early.day(at("2013-01-04T23:30:00Z")), Some(TradingDay(20_130_107)), "Friday evening");
        assert_eq!(early.day(at("2013-01-06T23:30:00Z")), Some(TradingDay(20_130_107)), "Sunday evening");
        assert_eq!(early.day(at("2013-01-07T22:59:00Z")), Some(TradingDay(20_130_107)));
        assert_eq!(early.day(at("2013-01-07T23:00:00Z")), Some(TradingDay(20_130_108)));
        assert_eq!(early.trading(at("2013-01-04T15:00:00Z"), at("2013-01-04T16:00:00Z")), None);
        let unknown = contract("XYZM4", "2024-11-04T15:00:00Z");
        assert_eq!((unknown.known, unknown.instrument.tick.scale), (Known::Nothing, 9));
    }
}
