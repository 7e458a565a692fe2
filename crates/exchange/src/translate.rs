//! The exchange's values as messages of the paper protocol, and requests as values of the exchange.
//!
//! Pure. A price that is no price of its contract does not get past here.

use stopline_kernel::id::Symbol;
use stopline_kernel::instrument::Instrument;
use stopline_kernel::market::{Bbo, Level, MarketStatus, Tick, TickKind};
use stopline_kernel::num::{Lots, Side, Ticks};
use stopline_kernel::time::{ExchangeTime, MarketClock};
use stopline_venues::paper::wire::{
    BarMessage, ClockMessage, ExecMessage, InstrumentMessage, KindName, LevelMessage, MarginMessage,
    NO_ORDER, OrderMessage, OrderSpec, PositionMessage, SideName, TradeMessage, VenueMessage, WorthMessage,
};

use crate::account::{Account, Order, Trade};
use crate::bars::Bar;
use crate::desk::Desk;
use crate::fact::{Fact, Spec};
use crate::floor::{Asked, Refusal, Standing};
use crate::kind::Kind;
use crate::margin::{LIQUIDATED, Worth, is_liquidation};

/// An order as asked for, or why it is none.
pub(crate) fn spec(desk: &Desk, asked: &OrderSpec) -> Result<Spec, String> {
    let cl_ord_id = asked.cl_ord_id.parse().map_err(|why| format!("bad cl_ord_id: {why}"))?;
    let symbol: Symbol = asked.symbol.parse().map_err(|_| "unknown symbol".to_owned())?;
    let instrument = desk.instrument(symbol).ok_or("unknown symbol")?;
    let kind = kind(instrument, asked)?;
    let side = match asked.side {
        SideName::Buy => Side::Buy,
        SideName::Sell => Side::Sell,
    };
    Ok(Spec { cl_ord_id, symbol, side, lots: Lots(asked.lots), kind })
}

/// What kind of order is asked for, with the prices that belong to it and no others.
fn kind(instrument: &Instrument, asked: &OrderSpec) -> Result<Kind, String> {
    let read = |text: &Option<String>| text.as_deref().map(|text| price(instrument, text)).transpose();
    let (price, limit, trail) = (read(&asked.price)?, read(&asked.limit)?, read(&asked.trail)?);
    match (asked.kind, price, limit, trail) {
        (KindName::Market, None, None, None) => Ok(Kind::Market),
        (KindName::Protected, None, None, None) => Ok(Kind::Protected),
        (KindName::Limit, Some(price), None, None) => Ok(Kind::Limit(price)),
        (KindName::Stop, Some(price), None, None) => Ok(Kind::Stop(price)),
        (KindName::StopLimit, Some(stop), Some(limit), None) => Ok(Kind::StopLimit { stop, limit }),
        (KindName::Trailing, stop, None, Some(by)) => Ok(Kind::Trailing { by, stop }),
        (KindName::Market | KindName::Protected, ..) => Err("a market order has no price".to_owned()),
        (KindName::Limit | KindName::Stop, None, ..) => Err("price is missing".to_owned()),
        (KindName::Limit | KindName::Stop, ..) => {
            Err("only a stop-limit has a limit, only a trailing stop a trail".to_owned())
        }
        (KindName::StopLimit, ..) => Err("a stop-limit has price and limit, and nothing else".to_owned()),
        (KindName::Trailing, ..) => Err("a trailing stop has a trail, and may have a price".to_owned()),
    }
}

/// A price of this contract, or why the text is none.
pub(crate) fn price(instrument: &Instrument, text: &str) -> Result<Ticks, String> {
    instrument.price(text).map_err(|why| format!("bad price {text:?}: {why}"))
}

fn show(desk: &Desk, symbol: Symbol, price: Ticks) -> String {
    desk.instrument(symbol).map_or_else(String::new, |i| i.show(price))
}

const fn side(side: Side) -> SideName {
    match side {
        Side::Buy => SideName::Buy,
        Side::Sell => SideName::Sell,
    }
}

/// The news of a fact, for the account's order sessions. A fact can be two pieces of news, or none.
pub(crate) fn execs(desk: &Desk, fact: &Fact, order: &Standing) -> Vec<ExecMessage> {
    let report = |what: &str, time: &ExchangeTime, reason: Option<&str>| ExecMessage {
        cl_ord_id: Some(order.cl_ord_id.to_string()),
        order_id: order.order.to_string(),
        what: what.to_owned(),
        reason: reason.map(str::to_owned),
        cum: order.cum.0,
        lots: order.worth.0,
        time: time.0,
        trade: None,
        exec_id: None,
    };
    match fact {
        Fact::Placed { time, parent: Some(_), .. } => {
            vec![report("received", time, None), report("held", time, None)]
        }
        Fact::Placed { time, .. } if is_liquidation(order.cl_ord_id) => {
            vec![report("received", time, Some(LIQUIDATED))]
        }
        Fact::Placed { time, .. } => vec![report("received", time, None)],
        Fact::Accepted { time, .. } => vec![report("accepted", time, None)],
        Fact::Traded { time, exec, .. } => {
            let account = desk.accounts().get(&order.account);
            let trade = account.and_then(|a| a.executions.iter().rev().find(|t| t.exec == *exec));
            vec![ExecMessage { trade: trade.map(|t| execution(desk, t)), ..report("trade", time, None) }]
        }
        Fact::Replaced { time, .. } => vec![report("replaced", time, None)],
        Fact::Canceled { time, reason, .. } => vec![report("canceled", time, Some(reason))],
        Fact::Rejected { time, reason, .. } => vec![report("rejected", time, Some(reason))],
        _ => Vec::new(),
    }
}

/// The news of a refusal.
pub(crate) fn refusal(desk: &Desk, refused: &Refusal, now: ExchangeTime) -> ExecMessage {
    let order = refused.order.and_then(|no| desk.order(no).ok());
    let what = match refused.asked {
        Asked::Place => "rejected",
        Asked::Cancel => "cancel_refused",
        Asked::Replace => "replace_refused",
    };
    ExecMessage {
        cl_ord_id: refused.cl_ord_id.map(|id| id.to_string()),
        order_id: order.map_or_else(|| NO_ORDER.to_owned(), |o| o.no.to_string()),
        what: what.to_owned(),
        reason: Some(refused.reason.to_string()),
        cum: order.map_or(0, |o| o.cum.0),
        lots: order.map_or(0, |o| o.worth.0),
        time: now.0,
        trade: None,
        exec_id: None,
    }
}

/// The news that no order of the account has the number that was to be cancelled.
pub(crate) fn cancel_of_none(order_id: &str, now: ExchangeTime) -> ExecMessage {
    ExecMessage {
        cl_ord_id: None,
        order_id: order_id.to_owned(),
        what: "cancel_refused".to_owned(),
        reason: Some("unknown order".to_owned()),
        cum: 0,
        lots: 0,
        time: now.0,
        trade: None,
        exec_id: None,
    }
}

/// An event of the market.
pub(crate) fn tick(desk: &Desk, tick: &Tick) -> VenueMessage {
    let (seq, time, symbol) = (tick.seq, tick.exchange_time.0, tick.symbol.to_string());
    match tick.what {
        TickKind::Trade { price, lots } => {
            VenueMessage::Trade { seq, symbol, time, price: show(desk, tick.symbol, price), lots: lots.0 }
        }
        TickKind::Bbo(Bbo { bid, ask }) => {
            let level = |l: Level| LevelMessage { price: show(desk, tick.symbol, l.price), lots: l.lots.0 };
            VenueMessage::Bbo { seq, symbol, time, bid: bid.map(level), ask: ask.map(level) }
        }
    }
}

/// What an account is worth.
pub(crate) const fn worth(worth: Worth) -> WorthMessage {
    let Worth { equity, initial, maintenance } = worth;
    WorthMessage { equity: equity.0, initial: initial.0, maintenance: maintenance.0 }
}

/// How a contract trades.
pub(crate) fn status(told: &MarketStatus) -> VenueMessage {
    VenueMessage::MarketStatus {
        symbol: told.symbol.to_string(),
        status: told.status.word().to_owned(),
        why: told.why.to_string(),
        until: told.until.map(|until| until.0),
        since: told.since.0,
    }
}

/// One execution.
pub(crate) fn execution(desk: &Desk, trade: &Trade) -> TradeMessage {
    TradeMessage {
        exec_id: trade.exec.to_string(),
        order_id: trade.order.to_string(),
        cl_ord_id: Some(trade.cl_ord_id.to_string()),
        symbol: trade.symbol.to_string(),
        side: side(trade.side),
        lots: trade.lots.0,
        price: show(desk, trade.symbol, trade.price),
        fee: trade.fee.0,
        time: trade.time.0,
    }
}

/// Executions of an account that pass `wanted`, oldest first.
pub(crate) fn executions(
    desk: &Desk,
    account: &Account,
    wanted: impl Fn(&Trade) -> bool,
) -> Vec<TradeMessage> {
    account.executions.iter().filter(|t| wanted(t)).map(|t| execution(desk, t)).collect()
}

/// One order.
pub(crate) fn order(desk: &Desk, order: &Order) -> OrderMessage {
    let spec = &order.spec;
    let shown = |price| show(desk, spec.symbol, price);
    OrderMessage {
        order_id: order.no.to_string(),
        cl_ord_id: Some(spec.cl_ord_id.to_string()),
        symbol: spec.symbol.to_string(),
        side: side(spec.side),
        lots: order.worth.0,
        cum: order.cum.0,
        kind: match spec.kind {
            Kind::Market => KindName::Market,
            Kind::Limit(_) => KindName::Limit,
            Kind::Stop(_) => KindName::Stop,
            Kind::StopLimit { .. } => KindName::StopLimit,
            Kind::Protected => KindName::Protected,
            Kind::Trailing { .. } => KindName::Trailing,
        },
        price: spec.kind.price().map(shown),
        limit: match spec.kind {
            Kind::StopLimit { limit, .. } => Some(shown(limit)),
            _ => None,
        },
        trail: match spec.kind {
            Kind::Trailing { by, .. } => Some(shown(by)),
            _ => None,
        },
        ahead: None,
        state: order.state.word().to_owned(),
    }
}

/// The positions of an account that are not flat.
pub(crate) fn positions(desk: &Desk, account: &Account) -> Vec<PositionMessage> {
    let held = account.positions.iter().filter_map(|(s, p)| p.average().map(|average| (*s, p.lots, average)));
    held.map(|(symbol, lots, average)| PositionMessage {
        symbol: symbol.to_string(),
        lots: lots.0,
        average: show(desk, symbol, average),
    })
    .collect()
}

/// A finished bar.
pub(crate) fn bar(instrument: &Instrument, bar: &Bar) -> BarMessage {
    BarMessage {
        open_time: bar.open_time.0,
        open: instrument.show(bar.open),
        high: instrument.show(bar.high),
        low: instrument.show(bar.low),
        close: instrument.show(bar.close),
        volume: bar.volume.0,
    }
}

/// A contract.
pub(crate) fn instrument(instrument: &Instrument) -> InstrumentMessage {
    InstrumentMessage {
        symbol: instrument.symbol.to_string(),
        tick_mantissa: instrument.tick.mantissa,
        tick_scale: instrument.tick.scale,
        tick_value: instrument.tick_value.0,
        fee: instrument.fee.0,
        sessions: instrument.sessions.0.iter().map(|s| (s.day.0, s.open.0, s.close.0)).collect(),
        margin: instrument.margin.map(|margin| MarginMessage {
            initial: margin.initial.0,
            maintenance: margin.maintenance.0,
            day: margin.day.map(|day| (day.lot.0, day.ends.0)),
        }),
    }
}

/// The clock.
pub(crate) const fn clock(clock: MarketClock) -> ClockMessage {
    ClockMessage { origin: clock.origin.0, mono: clock.at.0, speed_milli: clock.speed_milli }
}
