//! The whole story of one decision, put together from its records: data, rules, orders, fills, slippage, money.
//!
//! Pure: records in, a story out. It adds nothing that no record says; what is not recorded is absent.

mod moment;
mod page;
mod told;

use stopline_kernel::id::BotId;
use stopline_kernel::intent::{IntentKey, Origin};
use stopline_kernel::limits::LaneConfig;
use stopline_kernel::num::{Money, Overflow};
use stopline_kernel::order::NewOrder;
use stopline_kernel::record::{Entry, Fill, Record};
use stopline_kernel::risk::Check;
use stopline_kernel::table::{Life, OrderEvent};
use stopline_kernel::time::ExchangeTime;

use crate::look::prices::Prices;
use crate::look::tell::slippage;
use crate::look::{words, zone};

use moment::Moment;
pub(crate) use told::Story;
use told::{CheckTold, FillTold, LaterFill, MoneyTold, OrderTold, OriginTold, WishTold};

/// Why no story can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Untold {
    /// No record of a decision is there.
    #[error("the records name it, and none of them is a decision or an order")]
    NoDecision,
    /// A sum left its range.
    #[error("a sum of its money leaves its range")]
    Overflow,
}

impl From<Overflow> for Untold {
    fn from(_: Overflow) -> Untold {
        Untold::Overflow
    }
}

impl Story {
    /// Puts a decision's records together. `config` is the one in force when it was made, if it is known.
    pub(crate) fn of(
        entries: &[Entry],
        config: Option<&LaneConfig>,
        prices: &Prices,
    ) -> Result<Story, Untold> {
        // A closing's story begins with the wish it came from, which is another decision.
        let closes = |key: &IntentKey| matches!(key.origin, Origin::Closing { .. });
        let closing = entries.iter().filter_map(key).find(closes);
        let key = closing.or_else(|| entries.iter().find_map(key)).ok_or(Untold::NoDecision)?;
        let fills: Vec<&Fill> = entries.iter().filter_map(fill).collect();
        let decided = entries.iter().find_map(|entry| match &entry.record {
            Record::Decided { intent, checks, denied, .. } => Some((intent, checks, denied)),
            _ => None,
        });
        Ok(Story {
            decision: key.decision().to_string(),
            origin: origin(&key, config, entries),
            account: key.account.to_string(),
            symbol: key.symbol,
            wish: decided.map(|(intent, ..)| WishTold {
                text: words::wish(&intent.wish, intent.symbol, prices),
                reason: intent.reason.to_string(),
                confidence_bps: intent.confidence.0,
                data_time: zone::moment(intent.data_time),
            }),
            checks: decided.map(|(_, checks, _)| checks.iter().map(check).collect()).unwrap_or_default(),
            denied: decided.and_then(|(.., denied)| denied.map(|denial| denial.to_string())),
            orders: entries.iter().filter_map(|entry| order(entry, entries, &fills, prices)).collect(),
            closed_by: Vec::new(),
            money: money(&fills, prices)?,
            records: entries.iter().map(|entry| Moment::of(entry, prices)).collect(),
        })
    }

    /// Goes on with the fills after its own, `later`, until the position is flat; gives nothing if it left nothing open.
    pub(crate) fn followed_by(mut self, later: &[Entry], prices: &Prices) -> Story {
        let mut open = self.money.position_after.is_some_and(|lots| !lots.is_zero());
        for entry in later {
            let Some(fill) = fill(entry).filter(|_| open) else { continue };
            let (execution, symbol) = (&fill.execution, fill.execution.symbol);
            let (side, lots, price) =
                (execution.side.word(), execution.lots, prices.show(symbol, execution.price));
            self.closed_by.push(LaterFill {
                decision: entry.decision.map(|decision| decision.to_string()),
                exec_id: execution.exec_id.to_string(),
                text: format!("{side} {lots} {symbol} at {price}"),
                realised: fill.realised.to_string(),
                fee: fill.fee.to_string(),
                position_after: fill.position,
            });
            open = !fill.position.is_zero();
        }
        self
    }

    /// The bot whose decision it is.
    pub(crate) const fn bot(&self) -> BotId {
        match self.origin {
            OriginTold::Bot { bot, .. } | OriginTold::Closing { bot, .. } => bot,
        }
    }

    /// The story as people read it.
    pub(crate) fn page(&self) -> String {
        page::page(self)
    }
}

fn key(entry: &Entry) -> Option<IntentKey> {
    match &entry.record {
        Record::Decided { key, .. } | Record::OrderPlaced { key, .. } => Some(*key),
        _ => None,
    }
}

fn fill(entry: &Entry) -> Option<&Fill> {
    match &entry.record {
        Record::Filled(fill) => Some(fill),
        _ => None,
    }
}

fn origin(key: &IntentKey, config: Option<&LaneConfig>, entries: &[Entry]) -> OriginTold {
    let bar_end = |bot: BotId, bar_open: ExchangeTime| {
        let seat = config.and_then(|config| config.bots.iter().find(|seat| seat.bot == bot));
        seat.map(|seat| zone::moment(bar_open.plus(seat.bar)))
    };
    match key.origin {
        Origin::Bot { bot, bar_open, .. } => {
            OriginTold::Bot { bot, bar_open: zone::moment(bar_open), bar_end: bar_end(bot, bar_open) }
        }
        Origin::Closing { bot, number, step } => {
            let began = entries.iter().find_map(|entry| match &entry.record {
                Record::ClosingBegan(closing) if closing.number == number => Some(closing.cause.to_string()),
                _ => None,
            });
            let bar = entries.iter().find_map(|entry| match entry.record {
                Record::Decided {
                    key: IntentKey { origin: Origin::Bot { bot, bar_open, .. }, .. }, ..
                } => Some((bot, bar_open)),
                _ => None,
            });
            OriginTold::Closing {
                bot,
                number,
                step,
                cause: began,
                bar_open: bar.map(|(_, open)| zone::moment(open)),
                bar_end: bar.and_then(|(bot, open)| bar_end(bot, open)),
            }
        }
    }
}

fn check(check: &Check) -> CheckTold {
    CheckTold {
        rule: check.rule.to_string(),
        value: check.value.to_string(),
        limit: check.limit.to_string(),
        passed: check.passed,
    }
}

/// The order that an entry places, as it stands after all of its records.
fn order(placed: &Entry, entries: &[Entry], fills: &[&Fill], prices: &Prices) -> Option<OrderTold> {
    let Record::OrderPlaced { order: first, checks, .. } = &placed.record else { return None };
    let root = first.cl_ord_id;
    let (mut spec, mut asked, mut life, mut broker): (NewOrder, Option<NewOrder>, _, _) =
        (*first, None, Life::Draft, None);
    for entry in entries {
        match &entry.record {
            Record::ReplaceAsked { root: of, to, .. } if *of == root => asked = Some(*to),
            Record::Transition(moved) if moved.root == root => {
                life = moved.life;
                broker = moved.order_id.clone().or(broker);
                if moved.event == OrderEvent::ReplaceDone {
                    spec = asked.take().unwrap_or(spec);
                }
            }
            _ => {}
        }
    }
    let of_order = fills.iter().filter(|fill| fill.root == Some(root));
    Some(OrderTold {
        cl_ord_id: root,
        leg: spec.leg.word(),
        order: words::order(&spec, prices),
        broker_order_id: broker.map(|id| id.to_string()),
        state: words::life(life),
        checks: checks.iter().map(check).collect(),
        fills: of_order.map(|fill| told(fill, prices)).collect(),
    })
}

fn told(fill: &Fill, prices: &Prices) -> FillTold {
    let (execution, symbol) = (&fill.execution, fill.execution.symbol);
    let slip = fill.decided_at.and_then(|decided| slippage(execution.side, execution.price, decided));
    let cost = slip.and_then(|ticks| prices.worth(symbol, ticks, execution.lots));
    FillTold {
        exec_id: execution.exec_id.to_string(),
        lots: execution.lots,
        price: prices.show(symbol, execution.price),
        decided_price: fill.decided_at.map(|price| prices.show(symbol, price)),
        slippage_ticks: slip,
        slippage: cost.map(|money| money.to_string()),
        realised: fill.realised.to_string(),
        fee: fill.fee.to_string(),
        exchange_time: fill.stamps.exchange.map(zone::moment),
        position_after: fill.position,
    }
}

fn money(fills: &[&Fill], prices: &Prices) -> Result<MoneyTold, Untold> {
    let realised = fills.iter().try_fold(Money::ZERO, |sum, fill| sum.plus(fill.realised))?;
    let fees = fills.iter().try_fold(Money::ZERO, |sum, fill| sum.plus(fill.fee))?;
    let cost = |fill: &&Fill| {
        let execution = &fill.execution;
        let ticks = slippage(execution.side, execution.price, fill.decided_at?)?;
        prices.worth(execution.symbol, ticks, execution.lots)
    };
    let costs: Vec<Money> = fills.iter().filter_map(cost).collect();
    let slip = costs.iter().try_fold(Money::ZERO, |sum, cost| sum.plus(*cost))?;
    Ok(MoneyTold {
        slippage: (!costs.is_empty()).then(|| slip.to_string()),
        realised: realised.to_string(),
        fees: fees.to_string(),
        net: realised.minus(fees)?.to_string(),
        position_after: fills.last().map(|fill| fill.position),
    })
}

/// The number of the closing that a decision belongs to, if it is one.
pub(crate) fn closing(entries: &[Entry]) -> Option<u64> {
    entries.iter().find_map(|entry| match key(entry)?.origin {
        Origin::Closing { number, .. } => Some(number),
        Origin::Bot { .. } => None,
    })
}

#[cfg(test)]
mod tests;
