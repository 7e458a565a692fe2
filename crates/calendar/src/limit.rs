//! Price limits and circuit breakers of the session groups, as `data/price_limits.toml` has them.
//!
//! It reads rules and checks them. It never decides what a price may do: that is the exchange's business.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time};
use serde::Deserialize;
use stopline_kernel::num::Bps;
use stopline_kernel::time::Span;

use crate::data::{Confidence, PRICE_LIMITS, Sources, bad, check_version, parse};
use crate::day::{parse_date, parse_time};
use crate::error::CalendarError;

/// The rules of a session group at some time; times count from the opening of the trading day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceLimits {
    /// Shares count from the last trade before this time of the day before.
    pub settles: Span,
    /// What holds from when on, in order of time.
    pub windows: Vec<LimitWindow>,
    /// How long a level that is met stops trading.
    pub halt: Span,
    /// The share of a fast move, within what time, and for how long it stops trading.
    pub dynamic: Option<(Bps, Span, Span)>,
    /// A key of the file's `[sources]`.
    pub source: String,
    /// How far it can be trusted.
    pub confidence: Confidence,
}

/// What holds from some time of the trading day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitWindow {
    /// From when.
    pub from: Span,
    /// Nothing trades higher above the reference.
    pub up: Option<Bps>,
    /// Nothing trades farther below it.
    pub down: Option<Bps>,
    /// Limits below the reference that stop trading when they are met, the nearest first; the last one ends the day.
    pub levels: Vec<Bps>,
    /// Whether `up` and `down` count from the last trade before the window.
    pub of_window: bool,
    /// Whether fast moves stop trading.
    pub dynamic: bool,
}

/// Every regime of every group, checked.
#[derive(Debug)]
pub(crate) struct LimitTable(BTreeMap<String, Vec<(Date, Option<Date>, PriceLimits)>>);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitFile {
    version: u32,
    expires: String,
    sources: BTreeMap<String, String>,
    group: BTreeMap<String, Vec<RegimeEntry>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RegimeEntry {
    from: String,
    last: Option<String>,
    reference: String,
    halt_minutes: u32,
    source: String,
    confidence: Confidence,
    window: Vec<WindowEntry>,
    dynamic: Option<DynamicEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowEntry {
    from: String,
    up: Option<String>,
    down: Option<String>,
    #[serde(default)]
    levels: Vec<String>,
    of: Option<String>,
    #[serde(default)]
    dynamic: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DynamicEntry {
    share: String,
    within_minutes: u32,
    pause_minutes: u32,
}

impl LimitTable {
    /// Reads and checks the file, where each group opens at `opens`; gives the file's last day too.
    pub(crate) fn read(
        text: &str,
        opens: impl Fn(&str) -> Option<Time>,
    ) -> Result<(LimitTable, Date), CalendarError> {
        let file: LimitFile = parse(PRICE_LIMITS, text)?;
        check_version(PRICE_LIMITS, file.version)?;
        let sources = Sources { file: PRICE_LIMITS, named: &file.sources };
        let mut table = BTreeMap::new();
        for (group, regimes) in &file.group {
            let mend = "name a group that has a [group.NAME] in data/sessions.toml";
            let opens = opens(group).ok_or_else(|| bad(PRICE_LIMITS, "group", group, mend))?;
            let read = regimes.iter().enumerate().map(|(i, entry)| {
                let field = format!("group.{group}[{i}]");
                sources.check_name(&field, &entry.source)?;
                let last =
                    entry.last.as_deref().map(|day| parse_date(PRICE_LIMITS, &field, day)).transpose()?;
                Ok((parse_date(PRICE_LIMITS, &field, &entry.from)?, last, regime(&field, entry, opens)?))
            });
            table.insert(group.clone(), read.collect::<Result<Vec<_>, CalendarError>>()?);
        }
        Ok((LimitTable(table), parse_date(PRICE_LIMITS, "expires", &file.expires)?))
    }

    /// The rules of a group on a day; `None` where it has none.
    pub(crate) fn of(&self, group: &str, day: Date) -> Option<&PriceLimits> {
        let held = |from: Date, last: Option<Date>| from <= day && last.is_none_or(|last| day <= last);
        let mut regimes = self.0.get(group)?.iter();
        regimes.find(|(from, last, _)| held(*from, *last)).map(|(.., limits)| limits)
    }
}

fn regime(field: &str, entry: &RegimeEntry, opens: Time) -> Result<PriceLimits, CalendarError> {
    let minutes = |n: u32| Span::secs(i64::from(n).saturating_mul(60));
    let windows = entry.window.iter().map(|window| {
        let levels = window.levels.iter().map(|share| share_of(field, share));
        let of_window = match window.of.as_deref() {
            None => false,
            Some("window") => true,
            Some(other) => return Err(bad(PRICE_LIMITS, field, other, "write of = \"window\", or nothing")),
        };
        Ok(LimitWindow {
            from: into_day(field, &window.from, opens)?,
            up: window.up.as_deref().map(|share| share_of(field, share)).transpose()?,
            down: window.down.as_deref().map(|share| share_of(field, share)).transpose()?,
            levels: levels.collect::<Result<_, _>>()?,
            of_window,
            dynamic: window.dynamic,
        })
    });
    let windows = windows.collect::<Result<Vec<_>, CalendarError>>()?;
    if !windows.windows(2).all(|pair| matches!(pair, [a, b] if a.from < b.from)) {
        return Err(bad(PRICE_LIMITS, field, &entry.from, "order the windows by time, from the opening on"));
    }
    let rising = |levels: &Vec<Bps>| levels.windows(2).all(|pair| matches!(pair, [a, b] if a < b));
    if !windows.iter().all(|window| rising(&window.levels)) {
        return Err(bad(PRICE_LIMITS, field, &entry.from, "order the levels, the nearest first"));
    }
    let dynamic = entry.dynamic.as_ref().map(|told| {
        Ok((share_of(field, &told.share)?, minutes(told.within_minutes), minutes(told.pause_minutes)))
    });
    if windows.iter().any(|window| window.dynamic) != dynamic.is_some() {
        return Err(bad(
            PRICE_LIMITS,
            field,
            &entry.from,
            "write `dynamic` in a window and as a table, or in neither",
        ));
    }
    Ok(PriceLimits {
        settles: into_day(field, &entry.reference, opens)?,
        windows,
        halt: minutes(entry.halt_minutes),
        dynamic: dynamic.transpose()?,
        source: entry.source.clone(),
        confidence: entry.confidence,
    })
}

/// How long after the opening the clocks show this time.
fn into_day(field: &str, text: &str, opens: Time) -> Result<Span, CalendarError> {
    const DAY: i64 = 86_400;
    let time = parse_time(PRICE_LIMITS, field, text)?;
    Ok(Span::secs(opens.duration_until(time).as_secs().rem_euclid(DAY)))
}

/// `3.5` percent as a share.
fn share_of(field: &str, text: &str) -> Result<Bps, CalendarError> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let sound = part.len() <= 2
        && [whole, part].iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
    let number = whole.parse::<i64>().ok().zip(format!("{part:0<2}").parse::<i64>().ok());
    match number.map(|(whole, part)| whole.saturating_mul(100).saturating_add(part)) {
        Some(share) if sound && (1..10_000).contains(&share) => Ok(Bps(share)),
        _ => Err(bad(PRICE_LIMITS, field, text, "write percents above 0 and below 100, as in 3.5")),
    }
}
