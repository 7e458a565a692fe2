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
use stopline_runtime::config::Config;
use stopline_tape::{Bars, TapeBar, TapeError, walk};

use crate::exit::Failure;

/// The length of a bar of a tape.
const MINUTE: Span = Span::secs(60);

/// Lots that a tape shows on either side of its price.
const SHOWN: Lots = Lots(50);

/// The plan for a configuration.
pub(super) fn plan(config: &Config) -> io::Result<Plan> {
    let (instrument, drive, start) = match &config.paper.tape {
        Some(file) => taped(file, &config.paper.instrument)?,
        None => {
            let drive = Drive::House { temper: Temper::ACTIVE, price: config.paper.price };
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
    })
}

/// Reads a tape to its end: what is wrong with any row of it. The exchange would otherwise stop the market there.
pub(crate) fn verify(config: &Config) -> Result<(), Failure> {
    let Some(file) = &config.paper.tape else { return Ok(()) };
    let wrong = |why: TapeError| Failure::Argument(format!("no market can be made: {why}"));
    let mut bars = bars(file, &config.paper.instrument, |_| ()).map_err(wrong)?;
    bars.try_for_each(|bar| bar.map(drop)).map_err(wrong)
}

/// The contract of a tape, its bars, and the moment at which clients' time begins: late enough to warm up.
fn taped(file: &Path, traded: &Instrument) -> io::Result<(Instrument, Drive, ExchangeTime)> {
    let mut first = ExchangeTime(0);
    let bars = bars(file, traded, |time| first = time).map_err(io::Error::other)?;
    let instrument = bars.instrument().clone();
    let name = file.display().to_string();
    let source = bars.map_while(move |bar| bar.inspect_err(|why| broken(&name, why)).ok()).flat_map(walked);
    let drive = Drive::Tape { source: Box::new(source), shown: SHOWN };
    Ok((instrument, drive, first.plus(WARM_UP)))
}

/// The bars of a tape; `first` is told when they begin.
fn bars(file: &Path, traded: &Instrument, mut first: impl FnMut(ExchangeTime)) -> Result<Bars, TapeError> {
    let lookup = |symbol: Symbol, time: ExchangeTime| -> Result<Instrument, CalendarError> {
        first(time);
        let calendar = stopline_calendar::bundled()?;
        let (from, to) = calendar.covers();
        calendar.instrument(symbol.as_str(), day(time).max(from), to)
    };
    Bars::open(file, Some(traded.symbol), lookup)
}

/// A tape that breaks off ends the market there, as one that is over does; the exchange's output says so.
fn broken(file: &str, why: &stopline_tape::TapeError) {
    anstream::eprintln!("the tape {file} ends here: {why}");
}

fn walked(bar: TapeBar) -> [BarPoint; 4] {
    points(bar.start, MINUTE, walk(&bar), bar.volume)
}

/// The date of a moment in Chicago.
fn day(time: ExchangeTime) -> TradingDay {
    let zone = TimeZone::get("America/Chicago").unwrap_or(TimeZone::UTC);
    let date = Timestamp::from_nanosecond(time.0.into()).map(|t| t.to_zoned(zone).date()).unwrap_or_default();
    let number = i32::from(date.year()) * 10_000 + i32::from(date.month()) * 100 + i32::from(date.day());
    TradingDay(u32::try_from(number).unwrap_or(0))
}
