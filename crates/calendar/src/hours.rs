//! When a session group trades on a given day: usual hours, halts and exceptions, as moments of exchange time.
//!
//! The only place that turns local times into moments. It guesses no holiday: what the data does not list is an
//! ordinary weekday, and days that the data does not cover never get here.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use stopline_kernel::instrument::Session;
use stopline_kernel::time::{ExchangeTime, Span};

use crate::data::{ExceptionEntry, Fact, GroupEntry, HaltEntry, SESSIONS, Sources, bad};
use crate::day::{is_weekend, moment, parse_date, parse_time, trading_day};
use crate::error::CalendarError;

/// A session group, checked.
#[derive(Debug)]
pub(crate) struct Hours {
    zone: TimeZone,
    opens: Time,
    closes: Time,
    halts: Vec<Halt>,
    exceptions: BTreeMap<Date, Change>,
}

/// A daily stop within the session, up to a last day.
#[derive(Debug)]
struct Halt {
    from: Time,
    to: Time,
    last_day: Date,
}

/// How a day differs from the usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Closed,
    Until(Time),
}

impl Hours {
    /// Checks `[group.{name}]` and gathers its exceptions.
    pub(crate) fn new(
        name: &str,
        entry: &GroupEntry,
        exceptions: &[ExceptionEntry],
        sources: Sources<'_>,
    ) -> Result<Hours, CalendarError> {
        let at = format!("group.{name}");
        let zone_mend = "write the name of an IANA time zone, such as America/Chicago";
        let zone = TimeZoneDatabase::bundled()
            .get(&entry.zone)
            .map_err(|_| bad(SESSIONS, format!("{at}.zone"), &entry.zone, zone_mend))?;
        let hours = Hours {
            zone,
            opens: time_fact(&format!("{at}.opens"), &entry.opens, sources)?,
            closes: time_fact(&format!("{at}.closes"), &entry.closes, sources)?,
            halts: halts(&at, entry, sources)?,
            exceptions: changes(name, exceptions, sources)?,
        };
        hours.check_closes(&at)?;
        Ok(hours)
    }

    /// Every halt and every early close ends what is open, and every halt ends before the close.
    fn check_closes(&self, at: &str) -> Result<(), CalendarError> {
        if let Some(halt) = self.halts.iter().find(|h| h.from >= h.to || h.to >= self.closes) {
            let value = format!("{} to {}", halt.from, halt.to);
            return Err(bad(SESSIONS, format!("{at}.halt"), &value, "order it: from, to, closes"));
        }
        let late = |change: &Change| matches!(change, Change::Until(time) if *time >= self.closes);
        match self.exceptions.iter().find(|(_, change)| late(change)) {
            None => Ok(()),
            Some((day, _)) => Err(bad(
                SESSIONS,
                "exception.at",
                &day.to_string(),
                "close before the usual close, or delete it",
            )),
        }
    }

    /// When the group opens, on the eve of its trading day.
    pub(crate) const fn opens(&self) -> Time {
        self.opens
    }

    /// Whether the data lists `date` as a day that differs.
    pub(crate) fn is_exception(&self, date: Date) -> bool {
        self.exceptions.contains_key(&date)
    }

    /// The intervals of trading day `date`, oldest first; empty on weekends and holidays.
    pub(crate) fn of(&self, date: Date) -> Vec<Session> {
        let close = match self.exceptions.get(&date) {
            _ if is_weekend(date) => return Vec::new(),
            Some(Change::Closed) => return Vec::new(),
            Some(Change::Until(time)) => *time,
            None => self.closes,
        };
        let halts = self.halts.iter().filter(|h| date <= h.last_day && h.to < close);
        let starts = halts.clone().map(|h| h.to);
        let ends = halts.map(|h| h.from).chain([close]);
        let Some(open) = date.yesterday().ok().and_then(|eve| moment(eve, self.opens, &self.zone)) else {
            return Vec::new();
        };
        let opens = std::iter::once(Some(open)).chain(starts.map(|t| moment(date, t, &self.zone)));
        let closes = ends.map(|t| moment(date, t, &self.zone));
        let day = trading_day(date);
        opens
            .zip(closes)
            .filter_map(|(open, close)| Some(Session { day, open: open?, close: close? }))
            .collect()
    }

    /// How long before the usual close it is `time`; nothing after it.
    pub(crate) fn before_close(&self, time: Time) -> Span {
        let seconds = time.duration_until(self.closes).as_secs();
        Span::secs(seconds.max(0))
    }

    /// The moment at which the clocks of the group show `time` on `date`.
    pub(crate) fn moment(&self, date: Date, time: Time) -> Option<ExchangeTime> {
        moment(date, time, &self.zone)
    }
}

fn time_fact(field: &str, fact: &Fact<String>, sources: Sources<'_>) -> Result<Time, CalendarError> {
    sources.check(field, fact)?;
    parse_time(SESSIONS, field, &fact.is)
}

fn halts(at: &str, entry: &GroupEntry, sources: Sources<'_>) -> Result<Vec<Halt>, CalendarError> {
    let read = |(i, halt): (usize, &HaltEntry)| {
        let at = format!("{at}.halt[{i}]");
        sources.check(&format!("{at}.last_day"), &halt.last_day)?;
        Ok(Halt {
            from: time_fact(&format!("{at}.from"), &halt.from, sources)?,
            to: time_fact(&format!("{at}.to"), &halt.to, sources)?,
            last_day: parse_date(SESSIONS, &format!("{at}.last_day"), &halt.last_day.is)?,
        })
    };
    let mut halts = entry.halt.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
    halts.sort_by_key(|h| h.from);
    Ok(halts)
}

fn changes(
    group: &str,
    entries: &[ExceptionEntry],
    sources: Sources<'_>,
) -> Result<BTreeMap<Date, Change>, CalendarError> {
    let mut changes = BTreeMap::new();
    for entry in entries {
        let day = parse_date(SESSIONS, "exception.day", &entry.day)?;
        let Some(fact) = entry.at.get(group) else { continue };
        let field = format!("exception[{day}, {}].at.{group}", entry.why);
        sources.check(&field, fact)?;
        if is_weekend(day) {
            return Err(bad(SESSIONS, field, &entry.day, "weekends never trade: delete the entry"));
        }
        if changes.insert(day, change(&field, &fact.is)?).is_some() {
            return Err(bad(SESSIONS, field, &fact.is, "the day is listed twice: keep one entry"));
        }
    }
    Ok(changes)
}

fn change(field: &str, text: &str) -> Result<Change, CalendarError> {
    match text.strip_prefix("until ") {
        Some(time) => parse_time(SESSIONS, field, time).map(Change::Until),
        None if text == "closed" => Ok(Change::Closed),
        None => Err(bad(SESSIONS, field, text, "write \"closed\" or \"until HH:MM\"")),
    }
}
