//! The tape of a replay: its bars within the range that was asked for, and the contract with its sessions.
//!
//! Bars are read whole before anything is replayed, so that a bad row is named before a result exists. It never mends one.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::Value;
use stopline_calendar::CalendarError;
use stopline_exchange::presets::WARM_UP;
use stopline_kernel::instrument::{Instrument, Session, TradingDay};
use stopline_kernel::time::{ExchangeTime, Span};
use stopline_runtime::config::Flag;
use stopline_tape::{Bars, TapeBar, TapeError};

use super::store::{self, Ticks};
use super::{Arguments, Of};
use crate::commands::venue::plan;
use crate::exit::Failure;
use crate::look::zone;

/// What is replayed.
pub(super) struct Tape {
    pub(super) instrument: Instrument,
    pub(super) rows: Rows,
    pub(super) from: ExchangeTime,
    pub(super) to: ExchangeTime,
}

/// Its rows, those of the warm-up first.
pub(super) enum Rows {
    /// Minute bars, which the exchange walks.
    Bars(Vec<TapeBar>),
    /// Trades and quotes, which the exchange shows; the first is not before this time.
    Ticks(ExchangeTime, Box<Ticks>),
}

/// The configuration's flags that name the contract of the tape.
pub(super) fn flags(arguments: &Arguments) -> Vec<Flag> {
    let flag = |flag, key, value: String| Flag { flag, key, value: Value::from(value) };
    vec![
        flag("TAPE", "venue.paper.tape", arguments.tape.display().to_string()),
        flag("--symbol", "venue.paper.symbol", arguments.symbol.to_string()),
    ]
}

/// Reads the tape: a store, or a file of somebody else's.
pub(super) fn read(arguments: &Arguments) -> Result<Tape, Failure> {
    if arguments.tape.is_dir() {
        return store::read(arguments);
    }
    if arguments.of == Some(Of::Ticks) {
        let file = arguments.tape.display();
        return Err(Failure::Argument(format!(
            "{file}: only a store has ticks: `stopline import {file} --to DIR`, then replay DIR"
        )));
    }
    let wrong = |why: TapeError| Failure::Argument(why.to_string());
    let file = &arguments.tape;
    plan::has_symbol(file, arguments.symbol).map_err(wrong)?;
    let lookup =
        |symbol: stopline_kernel::id::Symbol, time: ExchangeTime| -> Result<Instrument, CalendarError> {
            let calendar = stopline_calendar::bundled()?;
            let (from, to) = calendar.covers();
            calendar.instrument(symbol.as_str(), plan::day(time).max(from), to)
        };
    let bars = Bars::open(file, Some(arguments.symbol), lookup).map_err(wrong)?;
    let instrument = bars.instrument().clone();
    let bars: Vec<TapeBar> = bars.collect::<Result<_, _>>().map_err(wrong)?;
    let (first, last) = match (bars.first(), bars.last()) {
        (Some(first), Some(last)) => (first.start, last.start.plus(Span::secs(60))),
        _ => return Err(Failure::Argument(format!("{}: no bar of {}", file.display(), arguments.symbol))),
    };
    let (from, to) = range(arguments, &instrument, first, last)?;
    let warm = before(from);
    let bars = bars.into_iter().filter(|bar| (warm..to).contains(&bar.start)).collect();
    Ok(Tape { instrument, rows: Rows::Bars(bars), from, to })
}

/// When the warm-up of a replay from `from` on begins.
pub(super) fn before(from: ExchangeTime) -> ExchangeTime {
    ExchangeTime(from.0.saturating_sub(WARM_UP.0))
}

/// What of a tape from `first` to `last` was asked for.
pub(super) fn range(
    arguments: &Arguments,
    instrument: &Instrument,
    first: ExchangeTime,
    last: ExchangeTime,
) -> Result<(ExchangeTime, ExchangeTime), Failure> {
    let from = bound("--from", arguments.from.as_deref(), instrument, |day| day.open)?.unwrap_or(first);
    let to = bound("--to", arguments.to.as_deref(), instrument, |day| day.close)?.unwrap_or(last);
    if from >= to {
        let (from, to) = (zone::moment(from), zone::moment(to));
        return Err(Failure::Argument(format!("--from {from} is not before --to {to}")));
    }
    if to <= first || last <= from {
        let (first, last) = (zone::moment(first), zone::moment(last));
        return Err(Failure::Argument(format!(
            "{}: its rows of {} go from {first} to {last}, and none lies between --from and --to",
            arguments.tape.display(),
            arguments.symbol
        )));
    }
    Ok((from, to))
}

/// A trading day, of which `end` picks the end that counts, or a moment in Chicago.
fn bound(
    flag: &str,
    text: Option<&str>,
    instrument: &Instrument,
    end: impl Fn(&Session) -> ExchangeTime,
) -> Result<Option<ExchangeTime>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let form = || {
        Failure::Argument(format!("{flag} {text}: write a day such as 2024-11-04 or \"2024-11-04 08:30\""))
    };
    if let Ok(moment) = DateTime::strptime("%Y-%m-%d %H:%M", text) {
        let zone = TimeZone::get("America/Chicago").map_err(|_| form())?;
        let nanos = moment.to_zoned(zone).map_err(|_| form())?.timestamp().as_nanosecond();
        return i64::try_from(nanos).map(|nanos| Some(ExchangeTime(nanos))).map_err(|_| form());
    }
    let date: Date = text.parse().map_err(|_| form())?;
    let day = trading_day(date);
    let of_day = instrument.sessions.0.iter().filter(|session| session.day == day);
    let ends: Vec<ExchangeTime> = of_day.map(end).collect();
    let picked = if flag == "--to" { ends.last() } else { ends.first() };
    let closed =
        || Failure::Argument(format!("{flag} {text}: {} does not trade on that day", instrument.symbol));
    picked.copied().map(Some).ok_or_else(closed)
}

fn trading_day(date: Date) -> TradingDay {
    let number = i32::from(date.year()) * 10_000 + i32::from(date.month()) * 100 + i32::from(date.day());
    TradingDay(u32::try_from(number).unwrap_or(0))
}
