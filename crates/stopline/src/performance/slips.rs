//! Slippage: what fills cost against the price that was meant, in ticks and money.
//!
//! Worse is above zero. A fill whose meant price is not known is counted as such and never taken for zero.

use serde::Serialize;
use stopline_kernel::intent::Leg;
use stopline_kernel::num::{Lots, Money, Overflow, Ticks};

use super::curve::MoneyText;
use super::defined::{Defined, Why, ratio};
use super::past::Dealt;

/// The slippage of some fills.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Slips {
    fills: u64,
    unknown: u64,
    lots: Lots,
    ticks: Ticks,
    worst: Option<Ticks>,
    money: Money,
}

/// The slippage of some fills, as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Slippage {
    pub(crate) fills: u64,
    /// Fills whose meant price no record tells; they are in no other figure here.
    pub(crate) unknown: u64,
    pub(crate) ticks_per_lot: Defined<f64>,
    pub(crate) worst_ticks: Defined<i64>,
    pub(crate) money: Defined<MoneyText>,
}

impl Slips {
    /// Takes an entry in, against the price it was decided at.
    pub(crate) fn entry(&mut self, fill: &Dealt) -> Result<(), Overflow> {
        if fill.leg == Some(Leg::Entry) {
            self.against(fill, fill.aim.and_then(|aim| aim.reference))?;
        }
        Ok(())
    }

    /// Takes a stop in, against its trigger.
    pub(crate) fn stop(&mut self, fill: &Dealt) -> Result<(), Overflow> {
        if fill.leg == Some(Leg::Stop) {
            self.against(fill, fill.own_price)?;
        }
        Ok(())
    }

    fn against(&mut self, fill: &Dealt, meant: Option<Ticks>) -> Result<(), Overflow> {
        self.fills += 1;
        let Some(meant) = meant else {
            self.unknown += 1;
            return Ok(());
        };
        let each = fill.price.minus(meant)?.times(fill.side.sign())?;
        let ticks = each.times(fill.lots.0)?;
        self.lots = self.lots.plus(fill.lots)?;
        self.ticks = self.ticks.plus(ticks)?;
        self.worst = self.worst.max(Some(each));
        self.money = self.money.plus(fill.tick_value.times(ticks.0)?)?;
        Ok(())
    }

    /// As it is shown; without a known fill there is none, for the reason given.
    pub(crate) fn shown(&self, why: Why) -> Slippage {
        let known = self.worst.ok_or(why);
        Slippage {
            fills: self.fills,
            unknown: self.unknown,
            ticks_per_lot: Defined(known.map(|_| ratio(self.ticks.0.into(), self.lots.0.into()))),
            worst_ticks: Defined(known.map(|worst| worst.0)),
            money: Defined(known.map(|_| MoneyText(self.money))),
        }
    }
}
