//! One row as it stands in a file, and its reading as a bar: exact prices, whole minutes, rising times.
//!
//! Never mends a value. What it does not refuse is a sound bar.

use jiff::Timestamp;
use stopline_kernel::instrument::{Instrument, PriceError};
use stopline_kernel::num::{Lots, Ticks};
use stopline_kernel::time::ExchangeTime;

use crate::bar::TapeBar;
use crate::error::{Fault, Place, TapeError};

/// Nanoseconds in a minute.
const MINUTE: i64 = 60_000_000_000;
/// Decimal places of a DBN price.
const DBN_PLACES: u8 = 9;

/// One row, unchecked but for its time.
pub(crate) struct Row<'a> {
    /// The path of the file as it was given.
    pub(crate) file: &'a str,
    /// Where in the file it stands.
    pub(crate) at: Place,
    /// Its time.
    pub(crate) start: ExchangeTime,
    /// The contract, as the file names it.
    pub(crate) symbol: &'a str,
    /// Open, high, low, close.
    pub(crate) prices: [Value<'a>; 4],
    /// The volume.
    pub(crate) volume: Value<'a>,
}

/// A number as a file writes it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    /// Decimal text.
    Text(&'a str),
    /// A price in units of 1e-9, `i64::MAX` for none.
    Nano(i64),
    /// A count.
    Count(u64),
}

impl Value<'_> {
    fn show(self) -> String {
        match self {
            Value::Text(text) => text.to_owned(),
            Value::Nano(i64::MAX) => "none".to_owned(),
            Value::Nano(nano) => format!("{nano}e-9"),
            Value::Count(count) => count.to_string(),
        }
    }

    fn price(self, instrument: &Instrument) -> Result<Ticks, PriceError> {
        match self {
            Value::Text(text) => instrument.price(text),
            Value::Nano(i64::MAX) => Err(PriceError::NotDecimal),
            Value::Nano(nano) => instrument.price_of(nano.into(), DBN_PLACES),
            Value::Count(count) => instrument.price_of(count.into(), 0),
        }
    }

    fn lots(self) -> Result<Lots, Fault> {
        let lots = match self {
            Value::Text(text) => text.parse::<i64>().map_err(|_| Fault::NotAVolume)?,
            Value::Nano(_) => return Err(Fault::NotAVolume),
            Value::Count(count) => i64::try_from(count).map_err(|_| Fault::NotAVolume)?,
        };
        if lots < 0 { Err(Fault::NegativeVolume) } else { Ok(Lots(lots)) }
    }
}

impl Row<'_> {
    /// The row as a bar of `instrument` that starts after `previous`.
    pub(crate) fn bar(
        &self,
        instrument: &Instrument,
        previous: Option<ExchangeTime>,
    ) -> Result<TapeBar, TapeError> {
        self.check_time(previous)?;
        let [open, high, low, close] = self.prices;
        let read = |field, value: Value<'_>| {
            value.price(instrument).map_err(|e| self.error(field, value.show(), Fault::Price(e)))
        };
        let bar = TapeBar {
            start: self.start,
            symbol: instrument.symbol,
            open: read("open", open)?,
            high: read("high", high)?,
            low: read("low", low)?,
            close: read("close", close)?,
            volume: self.volume.lots().map_err(|fault| self.error("volume", self.volume.show(), fault))?,
        };
        self.check_range(&bar, instrument)?;
        Ok(bar)
    }

    fn check_time(&self, previous: Option<ExchangeTime>) -> Result<(), TapeError> {
        let fault = match previous {
            _ if self.start.0 % MINUTE != 0 => Fault::NotAMinute,
            Some(previous) if self.start <= previous => Fault::NotAfter { previous: utc(previous) },
            _ => return Ok(()),
        };
        Err(self.error("ts_event", utc(self.start), fault))
    }

    fn check_range(&self, bar: &TapeBar, instrument: &Instrument) -> Result<(), TapeError> {
        let show = |price| instrument.show(price);
        if bar.high < bar.low {
            return Err(self.error("high", show(bar.high), Fault::HighBelowLow { low: show(bar.low) }));
        }
        for (field, price) in [("open", bar.open), ("close", bar.close)] {
            if price < bar.low || price > bar.high {
                let fault = Fault::OutsideRange { range: format!("{} to {}", show(bar.low), show(bar.high)) };
                return Err(self.error(field, show(price), fault));
            }
        }
        Ok(())
    }

    /// An error about one value of this row.
    pub(crate) fn error(&self, field: &'static str, value: String, fault: Fault) -> TapeError {
        TapeError::Field { file: self.file.to_owned(), at: self.at, field, value, fault }
    }
}

/// A moment as people write it.
fn utc(time: ExchangeTime) -> String {
    Timestamp::from_nanosecond(time.0.into()).map_or_else(|_| format!("{} ns", time.0), |t| t.to_string())
}
