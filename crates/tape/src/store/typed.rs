//! Rows of a store as the kernel's own values: bars and ticks in the contract's ticks.
//!
//! A price between two ticks is an error that names file and row, never a rounded price.

use stopline_kernel::id::Symbol;
use stopline_kernel::instrument::{Instrument, TickSize};
use stopline_kernel::market::{Bbo, Level, Tick, TickKind};
use stopline_kernel::num::{Lots, Ticks};
use stopline_kernel::time::ExchangeTime;

use super::error::StoreError;
use super::read::{Rows, Source};
use crate::bar::TapeBar;
use crate::kind::{Cells, Kind, NONE};

/// Turns rows into values of one contract.
#[derive(Debug)]
pub struct Typed {
    rows: Rows,
    kind: Kind,
    symbol: Symbol,
    /// The contract's tick in units of 1e-9; above zero.
    tick: i64,
    cells: Vec<Cells>,
    /// The number of the last tick given.
    seq: u64,
}

impl Typed {
    pub(super) fn new(rows: Rows, kind: Kind, instrument: &Instrument) -> Typed {
        let tick = tick_nanos(instrument.tick);
        Typed { rows, kind, symbol: instrument.symbol, tick, cells: Vec::new(), seq: 0 }
    }

    /// How many rows are still to come, whole parts counted.
    pub fn to_come(&self) -> u64 {
        self.rows.to_come()
    }

    /// Puts the next bars into `bars`, in place of what is there; false after the last. Rows of other kinds are none.
    pub fn bars(&mut self, bars: &mut Vec<TapeBar>) -> Result<bool, StoreError> {
        bars.clear();
        let Some(source) = self.rows.next(&mut self.cells)? else { return Ok(false) };
        if matches!(self.kind, Kind::Bars(_)) {
            let priced = Priced { tick: self.tick, symbol: self.symbol };
            for (n, cells) in self.cells.iter().enumerate() {
                bars.push(priced.bar(cells).map_err(|price| priced.off_tick(&source, n, price))?);
            }
        }
        Ok(true)
    }

    /// Puts the next trades or quotes into `ticks`, numbered from 1 on, in place of what is there; false after the
    /// last. Rows of other kinds are none.
    pub fn ticks(&mut self, ticks: &mut Vec<Tick>) -> Result<bool, StoreError> {
        ticks.clear();
        let Some(source) = self.rows.next(&mut self.cells)? else { return Ok(false) };
        let priced = Priced { tick: self.tick, symbol: self.symbol };
        for (n, cells) in self.cells.iter().enumerate() {
            let what = match self.kind {
                Kind::Trades => priced.trade(cells),
                Kind::Quotes => priced.quote(cells),
                Kind::Bars(_) | Kind::Definitions => continue,
            };
            let what = what.map_err(|price| priced.off_tick(&source, n, price))?;
            self.seq += 1;
            let (symbol, seq, exchange_time) = (self.symbol, self.seq, ExchangeTime(cells[0]));
            ticks.push(Tick { symbol, seq, exchange_time, broker_time: None, what });
        }
        Ok(true)
    }
}

/// A tick in units of 1e-9, at least one. No contract here has a finer one.
pub(crate) fn tick_nanos(tick: TickSize) -> i64 {
    let places = u32::from(9_u8.saturating_sub(tick.scale));
    tick.mantissa.saturating_mul(10_i64.saturating_pow(places)).max(1)
}

/// A contract as far as its prices go.
#[derive(Clone, Copy)]
struct Priced {
    tick: i64,
    symbol: Symbol,
}

impl Priced {
    /// The price in ticks, or the price itself.
    fn price(self, nano: i64) -> Result<Ticks, i64> {
        if nano % self.tick == 0 { Ok(Ticks(nano / self.tick)) } else { Err(nano) }
    }

    fn bar(self, cells: &Cells) -> Result<TapeBar, i64> {
        let [time, open, high, low, close, volume, _] = *cells;
        Ok(TapeBar {
            start: ExchangeTime(time),
            symbol: self.symbol,
            open: self.price(open)?,
            high: self.price(high)?,
            low: self.price(low)?,
            close: self.price(close)?,
            volume: Lots(volume),
        })
    }

    fn trade(self, cells: &Cells) -> Result<TickKind, i64> {
        let [_, price, lots, ..] = *cells;
        Ok(TickKind::Trade { price: self.price(price)?, lots: Lots(lots) })
    }

    fn quote(self, cells: &Cells) -> Result<TickKind, i64> {
        let [_, bid, bid_lots, ask, ask_lots, ..] = *cells;
        Ok(TickKind::Bbo(Bbo { bid: self.level(bid, bid_lots)?, ask: self.level(ask, ask_lots)? }))
    }

    fn level(self, price: i64, lots: i64) -> Result<Option<Level>, i64> {
        if price == NONE {
            return Ok(None);
        }
        Ok(Some(Level { price: self.price(price)?, lots: Lots(lots) }))
    }

    fn off_tick(self, source: &Source<'_>, n: usize, price: i64) -> StoreError {
        let row = source.row.saturating_add(u64::try_from(n).unwrap_or(0));
        StoreError::OffTick { path: source.part.path.clone(), row, price, symbol: self.symbol.to_string() }
    }
}
