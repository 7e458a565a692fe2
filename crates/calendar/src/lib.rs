//! Contracts, sessions, holidays and scheduled news: what may be traded, in which ticks, and when, as the project's own data.
//!
//! Pure: the data is compiled in, the time zone rules too. Nothing here may read a file, the environment or a clock;
//! "today" is always a parameter. A day that the data does not cover is an error, never a guess.

mod calendar;
mod contract;
mod data;
mod day;
mod error;
mod hours;
mod limit;
mod release;
mod symbol;

use std::sync::LazyLock;

use stopline_kernel::id::Symbol;
use stopline_kernel::instrument::{Instrument, Sessions, TradingDay};

pub use calendar::Calendar;
pub use contract::{Contract, ContractMargin, Expiry};
pub use data::{Confidence, Fact};
pub use error::CalendarError;
pub use limit::{LimitWindow, PriceLimits};
pub use release::{Release, ReleaseKind};

/// The calendar that is compiled in; read once, at the first question.
static BUNDLED: LazyLock<Result<Calendar, CalendarError>> = LazyLock::new(Calendar::bundled);

/// The compiled-in calendar.
///
/// # Errors
/// [`CalendarError::Data`] if the data of this build is broken, which the tests of this crate rule out.
pub fn bundled() -> Result<&'static Calendar, CalendarError> {
    BUNDLED.as_ref().map_err(Clone::clone)
}

/// [`Calendar::instrument`] of the compiled-in calendar.
///
/// # Errors
/// As there.
pub fn instrument(symbol: &str, from: TradingDay, to: TradingDay) -> Result<Instrument, CalendarError> {
    bundled()?.instrument(symbol, from, to)
}

/// [`Calendar::sessions`] of the compiled-in calendar.
///
/// # Errors
/// As there.
pub fn sessions(group: &str, from: TradingDay, to: TradingDay) -> Result<Sessions, CalendarError> {
    bundled()?.sessions(group, from, to)
}

/// [`Calendar::front_contract`] of the compiled-in calendar.
///
/// # Errors
/// As there.
pub fn front_contract(root: &str, day: TradingDay) -> Result<Symbol, CalendarError> {
    bundled()?.front_contract(root, day)
}
