//! Round trips from fills, first in first out, by bot and contract.
//!
//! A trade is what one entry order opened, until the last of it is closed; what closes is taken from the oldest trade
//! first, and a fill through flat is split. No lot and no part of a fee is in two trades.

use std::collections::{BTreeMap, VecDeque};

use stopline_kernel::id::{BotId, ClOrdId, Symbol};
use stopline_kernel::intent::{DecisionId, Leg};
use stopline_kernel::num::{Lots, Money, Overflow, Side, Ticks};
use stopline_kernel::time::ExchangeTime;

use super::defined::{Defined, Why, ratio};
use super::past::Dealt;

/// What closed a trade or a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exit {
    pub(crate) time: ExchangeTime,
    pub(crate) lots: Lots,
    pub(crate) price: Ticks,
    pub(crate) leg: Option<Leg>,
    pub(crate) order: Option<ClOrdId>,
}

/// What one entry opened, and how it was closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trade {
    pub(crate) bot: BotId,
    pub(crate) symbol: Symbol,
    /// Buy for a long.
    pub(crate) side: Side,
    pub(crate) opened: ExchangeTime,
    /// Lots opened, all in all.
    pub(crate) lots: Lots,
    /// Price times lots over the lots opened.
    pub(crate) entry_ticks: Ticks,
    pub(crate) tick_value: Money,
    pub(crate) order: Option<ClOrdId>,
    pub(crate) decision: Option<DecisionId>,
    pub(crate) stop: Option<Ticks>,
    pub(crate) exits: Vec<Exit>,
    /// Realised, before fees.
    pub(crate) gross: Money,
    /// Of its own lots, both ways.
    pub(crate) fees: Money,
    open: VecDeque<(Lots, Ticks)>,
}

impl Trade {
    pub(crate) fn open_lots(&self) -> Lots {
        Lots(self.open.iter().map(|(lots, _)| lots.0).sum())
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// When the last of it was closed; `None` while it is open.
    pub(crate) fn closed(&self) -> Option<ExchangeTime> {
        self.exits.last().filter(|_| !self.is_open()).map(|exit| exit.time)
    }

    /// Realised, after fees.
    pub(crate) fn net(&self) -> Result<Money, Overflow> {
        self.gross.minus(self.fees)
    }

    /// The average entry in ticks.
    pub(crate) fn entry(&self) -> f64 {
        ratio(self.entry_ticks.0.into(), self.lots.0.into())
    }

    /// The average exit in ticks; nothing was closed yet without one.
    pub(crate) fn exit(&self) -> Option<f64> {
        let lots: i128 = self.exits.iter().map(|exit| i128::from(exit.lots.0)).sum();
        let ticks: i128 = self.exits.iter().map(|e| i128::from(e.lots.0) * i128::from(e.price.0)).sum();
        (lots > 0).then(|| ratio(ticks, lots))
    }

    /// What would have been lost from the entry to its stop, before fees.
    pub(crate) fn risk(&self) -> Result<Defined<Money>, Overflow> {
        let Some(stop) = self.stop else { return Ok(Defined(Err(Why::NoStop))) };
        let ticks = self.entry_ticks.minus(stop.times(self.lots.0)?)?.times(self.side.sign())?;
        let risk = self.tick_value.times(ticks.0)?;
        Ok(Defined(if risk.0 > 0 { Ok(risk) } else { Err(Why::StopBehind) }))
    }

    /// What the open lots would make at a price.
    pub(crate) fn open_at(&self, mark: Ticks) -> Result<Money, Overflow> {
        let ticks = self.open.iter().try_fold(Ticks::ZERO, |sum, (lots, price)| {
            sum.plus(mark.minus(*price)?.times(lots.0)?.times(self.side.sign())?)
        })?;
        self.tick_value.times(ticks.0)
    }

    fn begun(fill: &Dealt) -> Trade {
        Trade {
            bot: fill.bot,
            symbol: fill.symbol,
            side: fill.side,
            opened: fill.time,
            lots: Lots::ZERO,
            entry_ticks: Ticks::ZERO,
            tick_value: fill.tick_value,
            order: fill.order,
            decision: fill.decision,
            stop: fill.aim.map(|aim| aim.stop),
            exits: Vec::new(),
            gross: Money::ZERO,
            fees: Money::ZERO,
            open: VecDeque::new(),
        }
    }

    fn add(&mut self, lots: Lots, price: Ticks, fee: Money) -> Result<(), Overflow> {
        self.lots = self.lots.plus(lots)?;
        self.entry_ticks = self.entry_ticks.plus(price.times(lots.0)?)?;
        self.fees = self.fees.plus(fee)?;
        self.open.push_back((lots, price));
        Ok(())
    }

    fn close(&mut self, lots: Lots, fill: &Dealt, fee: Money) -> Result<(), Overflow> {
        let mut rest = lots;
        while let Some((open, price)) = self.open.front_mut() {
            if rest.is_zero() {
                break;
            }
            let taken = rest.min(*open);
            let ticks = fill.price.minus(*price)?.times(taken.0)?.times(self.side.sign())?;
            self.gross = self.gross.plus(self.tick_value.times(ticks.0)?)?;
            (rest, *open) = (rest.minus(taken)?, open.minus(taken)?);
            if open.is_zero() {
                self.open.pop_front();
            }
        }
        self.fees = self.fees.plus(fee)?;
        let (time, price) = (fill.time, fill.price);
        self.exits.push(Exit { time, lots, price, leg: fill.leg, order: fill.order });
        Ok(())
    }
}

/// Every trade, in the order of opening: open ones have something left.
pub(crate) fn trades(fills: &[Dealt]) -> Result<Vec<Trade>, Overflow> {
    let mut all: Vec<Trade> = Vec::new();
    let mut open: BTreeMap<(BotId, Symbol), VecDeque<usize>> = BTreeMap::new();
    for fill in fills {
        let queue = open.entry((fill.bot, fill.symbol)).or_default();
        let (mut lots, mut fee) = (fill.lots, fill.fee);
        while let Some(oldest) = queue.front().and_then(|i| all.get_mut(*i)) {
            if oldest.side == fill.side || lots.is_zero() {
                break;
            }
            let taken = lots.min(oldest.open_lots());
            let part = part(fee, taken, lots);
            oldest.close(taken, fill, part)?;
            (lots, fee) = (lots.minus(taken)?, fee.minus(part)?);
            if !oldest.is_open() {
                queue.pop_front();
            }
        }
        if lots.is_zero() {
            continue;
        }
        let newest = queue
            .back()
            .copied()
            .filter(|i| fill.order.is_some() && all.get(*i).is_some_and(|trade| trade.order == fill.order));
        let index = newest.unwrap_or_else(|| {
            all.push(Trade::begun(fill));
            queue.push_back(all.len() - 1);
            all.len() - 1
        });
        if let Some(trade) = all.get_mut(index) {
            trade.add(lots, fill.price, fee)?;
        }
    }
    Ok(all)
}

/// The share of a fee that some of a fill's lots bear, toward zero; the last of them bear the rest.
fn part(fee: Money, lots: Lots, of: Lots) -> Money {
    let exact = i128::from(fee.0) * i128::from(lots.0) / i128::from(of.0.max(1));
    i64::try_from(exact).map_or(fee, Money)
}
