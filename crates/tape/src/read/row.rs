//! One row as it stands in a file, and its reading as a bar: exact prices, whole minutes, rising times.
//!
//! Never mends a value. What it does not refuse is a sound bar.

use jiff::Timestamp;
use stopline_kernel::instrument::{Instrument, PriceError};
use stopline_kernel::num::{Lots, Ticks};
use stopline_kernel::time::ExchangeTime;

use crate::bar::TapeBar;
use crate::error::{Fault, Place, TapeError};
use crate::kind::{Cells, Kind, Length, NONE, WIDTH};
use crate::store::tick_nanos;

/// Decimal places of a DBN price.
const DBN_PLACES: u8 = 9;

/// One row, unchecked but for its time.
pub(crate) struct Row<'a> {
    /// The path of the file as it was given.
    pub(crate) file: &'a str,
    /// Where in the file it stands.
    pub(crate) at: Place,
    /// Its time; of a bar, its start.
    pub(crate) time: ExchangeTime,
    /// The contract, as the file names it.
    pub(crate) symbol: &'a str,
    /// What it says.
    pub(crate) what: What<'a>,
}

/// What a row says.
#[derive(Debug, Clone, Copy)]
pub(crate) enum What<'a> {
    /// Open, high, low, close and volume.
    Bar { length: Length, prices: [Value<'a>; 4], volume: Value<'a> },
    /// A trade.
    Trade(Trade<'a>),
    /// The best bid and offer, each a price and its lots, and the trade that changed them.
    Quote { bid: [Value<'a>; 2], ask: [Value<'a>; 2], stamps: Stamps, trade: Option<Trade<'a>> },
    /// What the exchange says of the contract: tick, then activation and expiration, then what one lot is of.
    Definition { tick: Value<'a>, times: [i64; 2], unit: Value<'a> },
}

/// A trade as a row has it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trade<'a> {
    pub(crate) price: Value<'a>,
    pub(crate) lots: Value<'a>,
    /// 1 where the taker bought, -1 where it sold, or [`NONE`].
    pub(crate) taker: i64,
    pub(crate) stamps: Stamps,
}

/// What a feed says beside the event's time; [`NONE`] where it does not.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamps {
    pub(crate) received: i64,
    pub(crate) sequence: i64,
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

    fn is_none(self) -> bool {
        matches!(self, Value::Text("") | Value::Nano(i64::MAX))
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
        let What::Bar { length, prices: [open, high, low, close], volume } = self.what else {
            let file = self.file.to_owned();
            return Err(TapeError::NotMinutes { file, kind: self.kind() });
        };
        self.check_start(length, previous)?;
        let read = |field, value: Value<'_>| self.price(instrument, field, value);
        let bar = TapeBar {
            start: self.time,
            symbol: instrument.symbol,
            open: read("open", open)?,
            high: read("high", high)?,
            low: read("low", low)?,
            close: read("close", close)?,
            volume: self.lots("volume", volume)?,
        };
        self.check_range(&bar, instrument)?;
        Ok(bar)
    }

    /// What the row is.
    pub(crate) fn kind(&self) -> Kind {
        match self.what {
            What::Bar { length, .. } => Kind::Bars(length),
            What::Trade(_) => Kind::Trades,
            What::Quote { .. } => Kind::Quotes,
            What::Definition { .. } => Kind::Definitions,
        }
    }

    /// The row as cells of a store, every price one of `instrument`; it comes after `previous`, or at the same time
    /// where it is no bar.
    pub(crate) fn cells(
        &self,
        instrument: &Instrument,
        previous: Option<ExchangeTime>,
    ) -> Result<Cells, TapeError> {
        let nano = |ticks: Ticks| nano(instrument, ticks);
        if let What::Bar { .. } = self.what {
            let TapeBar { start, open, high, low, close, volume, .. } = self.bar(instrument, previous)?;
            return Ok([start.0, nano(open), nano(high), nano(low), nano(close), volume.0, NONE]);
        }
        if let Some(previous) = previous.filter(|previous| self.time < *previous) {
            return Err(self.error("ts_event", utc(self.time), Fault::Backwards { previous: utc(previous) }));
        }
        match self.what {
            What::Bar { .. } => Ok([NONE; WIDTH]),
            What::Trade(trade) => self.trade(instrument, &trade),
            What::Quote { bid, ask, stamps, .. } => {
                let [bid, bid_lots] = self.level(instrument, ["bid", "bid_lots"], bid)?;
                let [ask, ask_lots] = self.level(instrument, ["ask", "ask_lots"], ask)?;
                Ok([self.time.0, bid, bid_lots, ask, ask_lots, stamps.received, stamps.sequence])
            }
            What::Definition { tick, times: [activation, expiration], unit } => {
                let [tick, unit] = [("tick", tick), ("unit", unit)].map(|(field, value)| match value {
                    Value::Nano(nano) if nano != i64::MAX => Ok(nano),
                    _ => Err(self.error(field, value.show(), Fault::Price(PriceError::NotDecimal))),
                });
                Ok([self.time.0, tick?, activation, expiration, unit.unwrap_or(NONE), NONE, NONE])
            }
        }
    }

    /// A trade as cells.
    pub(crate) fn trade(&self, instrument: &Instrument, trade: &Trade<'_>) -> Result<Cells, TapeError> {
        let price = nano(instrument, self.price(instrument, "price", trade.price)?);
        let lots = self.lots("lots", trade.lots)?;
        if lots.is_zero() {
            return Err(self.error("lots", trade.lots.show(), Fault::NoLots));
        }
        let Stamps { received, sequence } = trade.stamps;
        Ok([self.time.0, price, lots.0, trade.taker, received, sequence, NONE])
    }

    /// One side of the book; a side without a price or without lots is not there.
    fn level(
        &self,
        instrument: &Instrument,
        [price_field, lots_field]: [&'static str; 2],
        [price, lots]: [Value<'_>; 2],
    ) -> Result<[i64; 2], TapeError> {
        if price.is_none() {
            return Ok([NONE; 2]);
        }
        let price = self.price(instrument, price_field, price)?;
        let lots = self.lots(lots_field, lots)?;
        Ok(if lots.is_zero() { [NONE; 2] } else { [nano(instrument, price), lots.0] })
    }

    fn price(
        &self,
        instrument: &Instrument,
        field: &'static str,
        value: Value<'_>,
    ) -> Result<Ticks, TapeError> {
        value.price(instrument).map_err(|e| self.error(field, value.show(), Fault::Price(e)))
    }

    fn lots(&self, field: &'static str, value: Value<'_>) -> Result<Lots, TapeError> {
        value.lots().map_err(|fault| self.error(field, value.show(), fault))
    }

    fn check_start(&self, length: Length, previous: Option<ExchangeTime>) -> Result<(), TapeError> {
        let fault = match previous {
            _ if self.time.0 % length.span().0.max(1) != 0 => Fault::NotAStart { length },
            Some(previous) if self.time <= previous => Fault::NotAfter { previous: utc(previous) },
            _ => return Ok(()),
        };
        Err(self.error("ts_event", utc(self.time), fault))
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

/// A price in units of 1e-9. It was read from at most as many places, so that it fits unless it is absurd.
fn nano(instrument: &Instrument, price: Ticks) -> i64 {
    price.0.saturating_mul(tick_nanos(instrument.tick))
}

/// A moment as people write it.
fn utc(time: ExchangeTime) -> String {
    Timestamp::from_nanosecond(time.0.into()).map_or_else(|_| format!("{} ns", time.0), |t| t.to_string())
}
