//! The decision of the cross on one bar: rules 3 to 6 of the module above, in that order.
//!
//! Must never decide from anything but the averages, the waiting cross and the view.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::fmt;

use stopline_kernel::bar::Bar;
use stopline_kernel::halt::Level;
use stopline_kernel::intent::{Entry, Intent, Leg, Wish};
use stopline_kernel::num::{Bps, Lots, Side, Ticks};
use stopline_kernel::view::View;

use super::{Cross, Standing};
use crate::indicators::Sma;
use crate::parameters::Distance;
use crate::show;

/// Why a cross makes no entry.
enum Obstacle {
    AlreadyThere,
    NotAllowed,
    Level(Level),
    OrdersWork(usize),
    NoRange,
    NoPrice,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Obstacle::AlreadyThere => f.write_str("already in this position"),
            Obstacle::NotAllowed => f.write_str("this side is not allowed"),
            Obstacle::Level(Level::Running) => f.write_str("running"),
            Obstacle::Level(Level::ReduceOnly) => f.write_str("only reducing is allowed"),
            Obstacle::Level(Level::Halted) => f.write_str("halted"),
            Obstacle::OrdersWork(count) => write!(f, "{count} orders still work"),
            Obstacle::NoRange => f.write_str("too few bars for the ATR"),
            Obstacle::NoPrice => f.write_str("stop or target would leave the range of prices"),
        }
    }
}

impl Cross {
    pub(super) fn decide(
        &mut self,
        standing: Standing,
        waited: Option<Side>,
        bar: &Bar,
        view: &View,
    ) -> Option<Intent> {
        let Standing { side, crossed } = standing;
        if exposure(view) == Some(side.opposite()) {
            self.waiting = (crossed && self.allows(side)).then_some(side);
            let reason = format!("{} while {}", self.words("is", side), position_word(side.opposite()));
            return Some(self.intent(Wish::Exit, reason, bar));
        }
        if !crossed && waited != Some(side) {
            return None;
        }
        let why = match crossed {
            true => self.words("crossed", side),
            false => self.words("is", side) + " one bar after the cross",
        };
        Some(match self.entry(side, bar, view) {
            Ok(entry) => self.intent(Wish::Enter(entry), why, bar),
            Err(obstacle) => {
                let waits = crossed && matches!(obstacle, Obstacle::OrdersWork(_));
                self.waiting = waits.then_some(side);
                self.intent(Wish::Hold, format!("{why}, but {obstacle}"), bar)
            }
        })
    }

    fn entry(&self, side: Side, bar: &Bar, view: &View) -> Result<Entry, Obstacle> {
        if exposure(view) == Some(side) {
            return Err(Obstacle::AlreadyThere);
        }
        if !self.allows(side) {
            return Err(Obstacle::NotAllowed);
        }
        if view.level != Level::Running {
            return Err(Obstacle::Level(view.level));
        }
        if !view.orders.is_empty() {
            return Err(Obstacle::OrdersWork(view.orders.len()));
        }
        let stop = self.away(self.parameters.stop, side.opposite(), bar.close)?;
        let target = self.away(self.parameters.target, side, bar.close)?;
        let lots = Lots(i64::from(self.parameters.lots));
        Ok(Entry { side, lots, limit: None, stop, target: Some(target) })
    }

    /// The price at `distance` from `close`: above it for a buy, below it for a sell.
    fn away(&self, distance: Distance, side: Side, close: Ticks) -> Result<Ticks, Obstacle> {
        let ticks = match distance {
            Distance::Ticks(ticks) => ticks,
            Distance::Atr(hundredths) => self.atr.multiple(hundredths).ok_or(Obstacle::NoRange)?,
        };
        ticks.times(side.sign()).and_then(|step| close.plus(step)).map_err(|_| Obstacle::NoPrice)
    }

    fn allows(&self, side: Side) -> bool {
        match side {
            Side::Buy => self.parameters.allow_long,
            Side::Sell => self.parameters.allow_short,
        }
    }

    fn intent(&self, wish: Wish, reason: String, bar: &Bar) -> Intent {
        Intent {
            symbol: self.seat.symbol,
            wish,
            reason: Box::from(reason),
            confidence: self.confidence(),
            bar_open: bar.open_time,
            data_time: bar.end(),
            sequence: 0,
        }
    }

    fn confidence(&self) -> Bps {
        let both = i128::from(self.fast.period()) * i128::from(self.slow.period());
        self.fast.gap(&self.slow).and_then(|gap| self.atr.share(gap, both)).unwrap_or(Bps::ZERO)
    }

    /// `fast 5901.25 crossed above slow 5900.80`.
    fn words(&self, verb: &str, side: Side) -> String {
        let price = |sma: &Sma| show::mean(sma.sum().unwrap_or_default(), sma.period(), self.seat.tick);
        let how = if side == Side::Buy { "above" } else { "below" };
        format!("fast {} {verb} {how} slow {}", price(&self.fast), price(&self.slow))
    }
}

/// Which way the bot stands, or would if its entry traded.
fn exposure(view: &View) -> Option<Side> {
    let held = Side::reducing(view.position).map(Side::opposite);
    held.or_else(|| view.orders.iter().find(|order| order.leg == Leg::Entry).map(|order| order.side))
}

const fn position_word(side: Side) -> &'static str {
    match side {
        Side::Buy => "long",
        Side::Sell => "short",
    }
}
