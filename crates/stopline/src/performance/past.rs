//! The records of a ledger, reduced to what a report needs: fills with their orders, decisions, contracts, the clock.
//!
//! It books nothing by itself: each fill is booked a second time and held against what its record says, and a record
//! that contradicts the ones before it is a fault, never a figure.

use std::collections::{BTreeMap, BTreeSet};

use stopline_kernel::id::{AccountId, BotId, ClOrdId, Symbol, VenueInstance};
use stopline_kernel::input::NotSent;
use stopline_kernel::instrument::Instrument;
use stopline_kernel::intent::{DecisionId, Intent, Leg, Wish};
use stopline_kernel::num::{Lots, Money, Overflow, Side, Ticks};
use stopline_kernel::position::Position;
use stopline_kernel::record::{Entry, Fill, Record};
use stopline_kernel::risk::{Check, Denial, Measure};
use stopline_kernel::time::ExchangeTime;
use thiserror::Error;

use super::period::Period;

/// The kinds of record that a report reads; of a transition only one that names the word.
pub(crate) const KINDS: &[(&str, Option<&str>)] = &[
    ("started", None),
    ("configured", None),
    ("venue_known", None),
    ("decided", None),
    ("order_placed", None),
    ("filled", None),
    ("transition", Some("not_sent")),
];

/// Why there is no report.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Fault {
    /// A sum left its range.
    #[error("a sum of its money leaves its range")]
    Overflow,
    /// Nothing has run on it.
    #[error("it holds no configuration yet: nothing has run on it")]
    Empty,
    /// A fill of a contract that no record describes.
    #[error("record {seq} is a fill of {symbol}, which no record before it describes; run `stopline check`")]
    UnknownContract { seq: u64, symbol: Symbol },
    /// A fill that leaves another position than its record says.
    #[error(
        "record {seq} says {said} lots after its fill, and its fills come to {found}; run `stopline check`"
    )]
    Position { seq: u64, said: Lots, found: Lots },
    /// A fill that realises another amount than its record says.
    #[error("record {seq} says {said} realised, and its fills come to {found}; run `stopline check`")]
    Realised { seq: u64, said: Money, found: Money },
    /// A fill without any lots.
    #[error("record {seq} is a fill of {lots} lots; run `stopline check`")]
    NoLots { seq: u64, lots: Lots },
    /// A fill before any market time was known.
    #[error("record {seq} is a fill, and no record up to it knows the market's time; run `stopline check`")]
    NoTime { seq: u64 },
    /// A bot that the ledger does not know.
    #[error("no record names the bot {bot}; those it names: {known}")]
    NoBot { bot: BotId, known: String },
}

impl From<Overflow> for Fault {
    fn from(_: Overflow) -> Fault {
        Fault::Overflow
    }
}

/// A fill with what its order and decision say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dealt {
    pub(crate) time: ExchangeTime,
    pub(crate) bot: BotId,
    pub(crate) symbol: Symbol,
    pub(crate) side: Side,
    pub(crate) lots: Lots,
    pub(crate) price: Ticks,
    pub(crate) fee: Money,
    /// The worth of one tick of one lot.
    pub(crate) tick_value: Money,
    /// The order; `None` for one we do not know.
    pub(crate) order: Option<ClOrdId>,
    pub(crate) leg: Option<Leg>,
    pub(crate) decision: Option<DecisionId>,
    /// The price on the order at its fill, for a stop its trigger.
    pub(crate) own_price: Option<Ticks>,
    /// What its decision aimed at.
    pub(crate) aim: Option<Aim>,
}

/// What a decision to enter aimed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Aim {
    pub(crate) stop: Ticks,
    /// The price it was decided at, where the record tells it.
    pub(crate) reference: Option<Ticks>,
}

/// What came of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Entered,
    Asked,
    Held,
    Denied(Denial),
    NotSent(NotSent),
}

/// A decision, reduced to who, when and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) time: Option<ExchangeTime>,
    pub(crate) bot: BotId,
    pub(crate) symbol: Symbol,
    pub(crate) outcome: Outcome,
}

/// What was taken in so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Past {
    pub(crate) period: Period,
    pub(crate) account: Option<AccountId>,
    pub(crate) start_cash: Money,
    pub(crate) venue: Option<VenueInstance>,
    pub(crate) instruments: BTreeMap<Symbol, Instrument>,
    /// Who trades what, by configuration, decision or fill.
    pub(crate) seats: BTreeSet<(BotId, Symbol)>,
    /// How many processes drove it.
    pub(crate) runs: u64,
    /// The first moment of the market that a record knows.
    pub(crate) first: Option<ExchangeTime>,
    /// The last one.
    pub(crate) last: Option<ExchangeTime>,
    pub(crate) fills: Vec<Dealt>,
    pub(crate) made: Vec<Made>,
    orders: BTreeMap<ClOrdId, (BotId, Symbol, Leg)>,
    aims: BTreeMap<DecisionId, Aim>,
    positions: BTreeMap<(BotId, Symbol), Position>,
}

impl Past {
    pub(crate) fn new(period: Period) -> Past {
        Past { period, ..Past::default() }
    }

    /// Takes the next record in. What lies past the period's end is passed over.
    pub(crate) fn take(&mut self, entry: &Entry) -> Result<(), Fault> {
        if let Some(at) = entry.at.market {
            self.first = self.first.or(Some(at));
            if self.period.is_over(at) {
                return Ok(());
            }
            self.until(at);
        } else if self.last.is_some_and(|last| self.period.is_over(last)) {
            return Ok(());
        }
        match &entry.record {
            Record::Started { .. } => self.runs += 1,
            Record::Configured(config) => {
                if self.account.is_none() {
                    (self.account, self.start_cash) = (Some(config.account), config.start_cash);
                }
                self.seats.extend(config.bots.iter().map(|seat| (seat.bot, seat.symbol)));
            }
            Record::VenueKnown(welcome) => {
                self.venue = Some(welcome.venue);
                self.instruments.extend(welcome.instruments.iter().map(|i| (i.symbol, i.clone())));
            }
            Record::Decided { key, intent, checks, denied } => {
                let bot = key.origin.bot();
                self.seats.insert((bot, intent.symbol));
                self.decided(bot, key.decision(), intent, checks, *denied, entry.at.market);
            }
            Record::OrderPlaced { key, order, .. } => {
                let placed = (key.origin.bot(), order.symbol, order.leg);
                self.orders.insert(order.cl_ord_id, placed);
            }
            Record::Transition(moved) => {
                if let (Some(why), Some((bot, symbol, Leg::Entry))) =
                    (moved.not_sent, self.orders.get(&moved.root).copied())
                {
                    self.made.push(Made {
                        time: entry.at.market,
                        bot,
                        symbol,
                        outcome: Outcome::NotSent(why),
                    });
                }
            }
            Record::Filled(fill) => self.filled(entry, fill)?,
            _ => {}
        }
        Ok(())
    }

    /// The market reached this moment.
    pub(crate) fn until(&mut self, at: ExchangeTime) {
        if !self.period.is_over(at) {
            self.last = self.last.max(Some(at));
        }
    }

    fn decided(
        &mut self,
        bot: BotId,
        decision: DecisionId,
        intent: &Intent,
        checks: &[Check],
        denied: Option<Denial>,
        time: Option<ExchangeTime>,
    ) {
        let outcome = match (denied, &intent.wish) {
            (Some(denial), _) => Outcome::Denied(denial),
            (None, Wish::Enter(wish)) => {
                let reference = wish.limit.or_else(|| self.reference(intent.symbol, wish, checks));
                self.aims.insert(decision, Aim { stop: wish.stop, reference });
                Outcome::Entered
            }
            (None, Wish::Hold) => Outcome::Held,
            (None, Wish::Exit | Wish::Cancel { .. } | Wish::Modify { .. }) => Outcome::Asked,
        };
        self.made.push(Made { time, bot, symbol: intent.symbol, outcome });
    }

    /// The price that the gate measured a market entry's risk from: the record has no field for it, and its rule of
    /// risk per trade has the money from there to the stop, with the fees of both ways.
    fn reference(
        &self,
        symbol: Symbol,
        wish: &stopline_kernel::intent::Entry,
        checks: &[Check],
    ) -> Option<Ticks> {
        let instrument = self.instruments.get(&symbol)?;
        let risk = checks.iter().find_map(|check| match (check.rule, check.value) {
            (Denial::RiskPerTrade, Measure::Money(risk)) if check.passed => Some(Money(risk)),
            _ => None,
        })?;
        let fees = instrument.fee.times(wish.lots.0).and_then(|fee| fee.times(2)).ok()?;
        let distance = risk.minus(fees).ok()?;
        let step = instrument.tick_value.times(wish.lots.0).ok()?;
        if step.0 <= 0 || distance.0 % step.0 != 0 {
            return None;
        }
        wish.stop.plus(Ticks(distance.0 / step.0).times(wish.side.sign()).ok()?).ok()
    }

    fn filled(&mut self, entry: &Entry, fill: &Fill) -> Result<(), Fault> {
        let (seq, execution) = (entry.seq, &fill.execution);
        let (bot, symbol, side) = (fill.bot, execution.symbol, execution.side);
        if execution.lots.0 <= 0 {
            return Err(Fault::NoLots { seq, lots: execution.lots });
        }
        let contract = self.instruments.get(&symbol).ok_or(Fault::UnknownContract { seq, symbol })?;
        let tick_value = contract.tick_value;
        let position = self.positions.entry((bot, symbol)).or_default();
        let ticks = position.fill(side, execution.lots, execution.price)?;
        let (found, realised) = (position.lots(), tick_value.times(ticks)?);
        if found != fill.position {
            return Err(Fault::Position { seq, said: fill.position, found });
        }
        if realised != fill.realised {
            return Err(Fault::Realised { seq, said: fill.realised, found: realised });
        }
        // Fills are booked in the order in which they were heard of; the curve never goes back in time for one.
        let before = self.fills.last().map(|fill| fill.time);
        let time = fill.stamps.exchange.or(entry.at.market).or(self.last).max(before);
        self.seats.insert((bot, symbol));
        self.fills.push(Dealt {
            time: time.ok_or(Fault::NoTime { seq })?,
            bot,
            symbol,
            side,
            lots: execution.lots,
            price: execution.price,
            fee: fill.fee,
            tick_value,
            order: fill.root,
            leg: fill.root.and_then(|root| self.orders.get(&root)).map(|(.., leg)| *leg),
            decision: entry.decision,
            own_price: fill.decided_at,
            aim: entry.decision.and_then(|decision| self.aims.get(&decision)).copied(),
        });
        Ok(())
    }
}
