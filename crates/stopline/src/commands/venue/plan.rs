//! What the simulated exchange is made of: its contract with what moves it, its account, its first moment.
//!
//! It makes plans and serves nothing. A tape that cannot be read is refused before anything is made.

use std::io;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use stopline_calendar::CalendarError;
use stopline_exchange::birth::{Drive, Plan};
use stopline_exchange::house::Temper;
use stopline_exchange::presets::WARM_UP;
use stopline_exchange::server::wall;
use stopline_exchange::tape::{BarPoint, points};
use stopline_kernel::id::Symbol;
use stopline_kernel::instrument::{Instrument, TradingDay};
use stopline_kernel::num::Lots;
use stopline_kernel::time::{ExchangeTime, Span};
use stopline_runtime::config::{Config, TapeConfig};
use stopline_tape::{Bars, TapeBar, TapeError, walk};
use thiserror::Error;

use crate::exit::Failure;
use crate::look::zone;

/// The length of a bar of a tape.
const MINUTE: Span = Span::secs(60);

/// Lots that a tape shows on either side of its price.
const SHOWN: Lots = Lots(50);

/// Why there is no market.
#[derive(Debug, Error)]
pub(crate) enum PlanError {
    /// The tape cannot be read.
    #[error(transparent)]
    Tape(#[from] TapeError),
    /// It begins too late.
    #[error(
        "{file}: the first bar of {symbol} is of {}; the market can begin from {} on, three hours of bars later: \
         give a later --start, or none",
        zone::moment(*first),
        zone::moment(first.plus(WARM_UP))
    )]
    BeforeTape {
        /// The tape.
        file: String,
        /// The contract.
        symbol: Symbol,
        /// Its first bar.
        first: ExchangeTime,
    },
    /// It ends too early.
    #[error("{file}: the last bar of {symbol} is of {}, and the market would begin at {}: give an earlier --start, \
             or a tape of more than three hours", zone::moment(*last), zone::moment(*start))]
    AfterTape {
        /// The tape.
        file: String,
        /// The contract.
        symbol: Symbol,
        /// Its last bar.
        last: ExchangeTime,
        /// Where it would begin.
        start: ExchangeTime,
    },
}

impl From<PlanError> for io::Error {
    fn from(why: PlanError) -> io::Error {
        io::Error::other(why)
    }
}

/// The plan for a configuration.
pub(crate) fn plan(config: &Config) -> Result<Plan, PlanError> {
    let (instrument, drive, start) = match &config.paper.tape {
        Some(tape) => taped(tape, config.paper.instrument.symbol)?,
        None => {
            let drive = Drive::House { temper: Temper::ES, price: config.paper.price };
            (config.paper.instrument.clone(), drive, config.paper.start)
        }
    };
    let instrument = Instrument { fee: config.paper.fee.unwrap_or(instrument.fee), ..instrument };
    Ok(Plan {
        contracts: vec![(instrument, drive)],
        accounts: vec![(config.lane.account, config.lane.start_cash)],
        seed: config.paper.seed,
        salt: wall().0.unsigned_abs(),
        start,
        warm_up: WARM_UP,
        models: config.paper.models.clone(),
    })
}

/// Reads a tape to its end: what is wrong with any row of it. The exchange would otherwise stop the market there.
pub(crate) fn verify(config: &Config) -> Result<(), Failure> {
    let Some(tape) = &config.paper.tape else { return Ok(()) };
    let wrong = |why: TapeError| Failure::Argument(format!("no market can be made: {why}"));
    let (mut bars, _) = open(&tape.file, config.paper.instrument.symbol).map_err(wrong)?;
    bars.try_for_each(|bar| bar.map(drop)).map_err(wrong)
}

/// Whether a tape has a symbol: the error names those that are most like it. What is wrong with the symbol itself is
/// not looked at.
pub(crate) fn has_symbol(file: &Path, symbol: Symbol) -> Result<(), TapeError> {
    let found = |symbol: Symbol, _| Err::<Instrument, _>(symbol.to_string());
    match Bars::open(file, Some(symbol), found) {
        Ok(_) | Err(TapeError::Instrument { .. }) => Ok(()),
        Err(why) => Err(why),
    }
}

/// The contract of a tape with its sessions, its bars, and the moment at which clients' time begins: late enough to
/// warm up.
fn taped(tape: &TapeConfig, symbol: Symbol) -> Result<(Instrument, Drive, ExchangeTime), PlanError> {
    let file = tape.file.display().to_string();
    let (bars, first) = open(&tape.file, symbol)?;
    let start = tape.start.unwrap_or(first.plus(WARM_UP));
    if start < first.plus(WARM_UP) {
        return Err(PlanError::BeforeTape { file, symbol, first });
    }
    if let Some(last) = end_before(bars, start)? {
        return Err(PlanError::AfterTape { file, symbol, last, start });
    }
    let (bars, _) = open(&tape.file, symbol)?;
    let instrument = bars.instrument().clone();
    let source = bars.map_while(move |bar| bar.inspect_err(|why| broken(&file, why)).ok()).flat_map(walked);
    Ok((instrument, Drive::Tape { source: Box::new(source), shown: SHOWN }, start))
}

/// The bars of a symbol, and when the first one begins.
fn open(file: &Path, symbol: Symbol) -> Result<(Bars, ExchangeTime), TapeError> {
    let mut first = ExchangeTime(0);
    let lookup = |symbol: Symbol, time: ExchangeTime| -> Result<Instrument, CalendarError> {
        first = time;
        let calendar = stopline_calendar::bundled()?;
        let (from, to) = calendar.covers();
        calendar.instrument(symbol.as_str(), day(time).max(from), to)
    };
    let bars = Bars::open(file, Some(symbol), lookup)?;
    Ok((bars, first))
}

/// The last bar, if none comes at `start` or later.
fn end_before(bars: Bars, start: ExchangeTime) -> Result<Option<ExchangeTime>, TapeError> {
    let mut last = None;
    for bar in bars {
        let bar = bar?;
        if bar.start >= start {
            return Ok(None);
        }
        last = Some(bar.start);
    }
    Ok(last)
}

/// A tape that breaks off ends the market there, as one that is over does; the exchange's output says so.
fn broken(file: &str, why: &TapeError) {
    anstream::eprintln!("the tape {file} ends here: {why}");
}

fn walked(bar: TapeBar) -> [BarPoint; 4] {
    points(bar.start, MINUTE, walk(&bar), bar.volume)
}

/// The date of a moment in Chicago.
pub(crate) fn day(time: ExchangeTime) -> TradingDay {
    let zone = TimeZone::get("America/Chicago").unwrap_or(TimeZone::UTC);
    let date = Timestamp::from_nanosecond(time.0.into()).map(|t| t.to_zoned(zone).date()).unwrap_or_default();
    let number = i32::from(date.year()) * 10_000 + i32::from(date.month()) * 100 + i32::from(date.day());
    TradingDay(u32::try_from(number).unwrap_or(0))
}
