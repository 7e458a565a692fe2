//! Trades as they are told: one line each, with the ids by which `stopline explain` tells their whole story.
//!
//! It rounds nothing that is exact; averages of several fills alone are ratios.

use serde::Serialize;
use stopline_kernel::id::{BotId, ClOrdId, Symbol};
use stopline_kernel::instrument::Instrument;
use stopline_kernel::intent::{DecisionId, Leg};
use stopline_kernel::num::{Lots, Money, Overflow, Side, Ticks};
use stopline_kernel::time::{ExchangeTime, Span};

use super::curve::MoneyText;
use super::defined::{Defined, ratio};
use super::trades::Trade;
use crate::look::zone;

/// The price that what is open is valued at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) price: Ticks,
    pub(crate) time: ExchangeTime,
    /// Whether it is a bar's close; else it is the last fill's price.
    pub(crate) is_close: bool,
}

/// A trade.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct TradeTold {
    /// Its place among the trades of this report, from 1.
    pub(crate) number: u64,
    pub(crate) bot: BotId,
    pub(crate) symbol: Symbol,
    pub(crate) direction: &'static str,
    pub(crate) lots: Lots,
    pub(crate) opened: String,
    pub(crate) closed: Option<String>,
    pub(crate) duration_ns: Option<Span>,
    pub(crate) entry_price: String,
    /// The average of what was closed.
    pub(crate) exit_price: Option<String>,
    pub(crate) stop_price: Option<String>,
    /// What closed it last: `stop`, `target`, `flatten`, or `unknown` for an order that is not ours.
    pub(crate) exit: Option<&'static str>,
    pub(crate) gross: MoneyText,
    pub(crate) fees: MoneyText,
    pub(crate) net: MoneyText,
    pub(crate) risk: Defined<MoneyText>,
    pub(crate) r: Defined<f64>,
    pub(crate) decision: Option<DecisionId>,
    pub(crate) entry_order: Option<ClOrdId>,
    pub(crate) exit_orders: Vec<ClOrdId>,
    pub(crate) open: Option<OpenTold>,
}

/// What is left of a trade at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct OpenTold {
    pub(crate) lots: Lots,
    pub(crate) mark_price: String,
    pub(crate) mark_time: String,
    /// `last bar's close` or `last fill`.
    pub(crate) mark_from: &'static str,
    pub(crate) at_mark: MoneyText,
}

impl TradeTold {
    pub(crate) fn of(
        number: u64,
        trade: &Trade,
        mark: Option<Mark>,
        contract: &Instrument,
    ) -> Result<TradeTold, Overflow> {
        let (net, risk) = (trade.net()?, trade.risk()?);
        let orders = trade.exits.iter().filter_map(|exit| exit.order);
        let mut exit_orders: Vec<ClOrdId> = orders.collect();
        exit_orders.dedup();
        Ok(TradeTold {
            number,
            bot: trade.bot,
            symbol: trade.symbol,
            direction: direction(trade.side),
            lots: trade.lots,
            opened: zone::moment(trade.opened),
            closed: trade.closed().map(zone::moment),
            duration_ns: trade.closed().map(|closed| closed.since(trade.opened)),
            entry_price: price(contract, trade.entry()),
            exit_price: trade.exit().map(|exit| price(contract, exit)),
            stop_price: trade.stop.map(|stop| contract.show(stop)),
            exit: trade.exits.last().map(|exit| exit.leg.map_or("unknown", Leg::word)),
            gross: MoneyText(trade.gross),
            fees: MoneyText(trade.fees),
            net: MoneyText(net),
            risk: risk.map(MoneyText),
            r: risk.map(|risk: Money| ratio(net.0.into(), risk.0.into())),
            decision: trade.decision,
            entry_order: trade.order,
            exit_orders,
            open: mark.map(|mark| open(trade, mark, contract)).transpose()?,
        })
    }
}

fn open(trade: &Trade, mark: Mark, contract: &Instrument) -> Result<OpenTold, Overflow> {
    Ok(OpenTold {
        lots: trade.open_lots(),
        mark_price: contract.show(mark.price),
        mark_time: zone::moment(mark.time),
        mark_from: if mark.is_close { "last bar's close" } else { "last fill" },
        at_mark: MoneyText(trade.open_at(mark.price)?),
    })
}

const fn direction(side: Side) -> &'static str {
    match side {
        Side::Buy => "long",
        Side::Sell => "short",
    }
}

/// An average of fills: as the contract writes it where it lies on a tick, with two more places where it does not.
pub(crate) fn price(contract: &Instrument, ticks: f64) -> String {
    let whole = ticks.round();
    if (ticks - whole).abs() < 1e-9 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a whole number of ticks that came from an i64"
        )]
        return contract.show(Ticks(whole as i64));
    }
    let places = usize::from(contract.tick.scale) + 2;
    format!("{:.places$}", value(contract, ticks))
}

/// Ticks as a number on a chart's axis.
pub(crate) fn value(contract: &Instrument, ticks: f64) -> f64 {
    let step = ratio(contract.tick.mantissa.into(), 10_i128.pow(u32::from(contract.tick.scale.min(12))));
    ticks * step
}
