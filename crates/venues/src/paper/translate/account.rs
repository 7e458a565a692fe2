//! Orders and the account as the venue tells them.
//!
//! Pure. A word never becomes more than it says: one we do not know stays a word, the refusal of a second order with
//! an id never speaks for the first, and a list with one bad line is no list, because what is missing from a list is
//! taken for proof.

use stopline_kernel::id::{BrokerOrderId, ClOrdId, ExecId};
use stopline_kernel::num::{Lots, Money};
use stopline_kernel::order::{Execution, OrderKind, Payload};
use stopline_kernel::report::{
    BrokerOrder, BrokerPosition, ExecType, ExecutionReport, Found, OrderStatus, Snapshot,
};
use stopline_kernel::time::{ExchangeTime, Mono};

use super::{Contracts, Unclear, count, price, side, some};
use crate::paper::wire::{
    DUPLICATE_ID, ExecMessage, KindName, NO_ORDER, OrderMessage, PositionMessage, TradeMessage,
};

/// When and over which connection a question was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// When.
    pub at: Mono,
    /// The connection.
    pub epoch: u64,
}

/// News about one order, that came over the connection `epoch`.
pub fn exec(
    contracts: &Contracts,
    epoch: u64,
    told: &ExecMessage,
    payload: Payload,
) -> Result<ExecutionReport, Unclear> {
    let order_id = known_order(&told.order_id);
    let quantities = match order_id {
        Some(_) => (Some(count("cum", told.cum)?), Some(count("lots", told.lots)?)),
        None => (None, None),
    };
    Ok(ExecutionReport {
        epoch,
        cl_ord_id: told.cl_ord_id.as_deref().and_then(ours),
        order_id,
        what: exec_type(contracts, told)?,
        cum: quantities.0,
        worth: quantities.1,
        broker_time: None,
        exchange_time: Some(ExchangeTime(told.time)),
        payload,
    })
}

fn exec_type(contracts: &Contracts, told: &ExecMessage) -> Result<ExecType, Unclear> {
    let reason = || told.reason.as_deref().unwrap_or_default().into();
    Ok(match told.what.as_str() {
        "received" => ExecType::Received,
        "held" => ExecType::Held,
        "accepted" => ExecType::Accepted,
        "trade" => ExecType::Trade(own_trade(contracts, told)?),
        "busted" => ExecType::Busted { exec: taken_back(told)? },
        "corrected" => ExecType::Corrected { exec: taken_back(told)?, to: own_trade(contracts, told)? },
        "cancel_refused" => ExecType::CancelRefused { reason: reason() },
        "canceled" => ExecType::CancelDone,
        "replace_refused" => ExecType::ReplaceRefused { reason: reason() },
        "replaced" => ExecType::ReplaceDone,
        // The order that has the id may well be working: this must not end it.
        "rejected" if told.reason.as_deref() == Some(DUPLICATE_ID) => {
            ExecType::Unrecognised { word: "rejected: duplicate cl_ord_id".into() }
        }
        "rejected" => ExecType::Refused { reason: reason() },
        "expired" => ExecType::Elapsed,
        word => ExecType::Unrecognised { word: word.into() },
    })
}

fn taken_back(told: &ExecMessage) -> Result<ExecId, Unclear> {
    exec_id(told.exec_id.as_deref().unwrap_or_default())
}

fn exec_id(text: &str) -> Result<ExecId, Unclear> {
    if text.is_empty() { Err(Unclear::Missing("exec_id")) } else { Ok(ExecId(text.into())) }
}

/// The execution in news about an order, which must be that order's.
fn own_trade(contracts: &Contracts, told: &ExecMessage) -> Result<Execution, Unclear> {
    let trade = told.trade.as_ref().ok_or(Unclear::Missing("trade"))?;
    if trade.order_id == told.order_id {
        execution(contracts, trade)
    } else {
        Err(Unclear::Contradiction("a trade of another order than the news is about"))
    }
}

/// One execution.
pub fn execution(contracts: &Contracts, told: &TradeMessage) -> Result<Execution, Unclear> {
    let instrument = contracts.find(&told.symbol)?;
    Ok(Execution {
        exec_id: exec_id(&told.exec_id)?,
        symbol: instrument.symbol,
        side: side(told.side),
        lots: some("lots", told.lots)?,
        price: price(instrument, &told.price)?,
        fee: Some(Money(told.fee)),
        time: Some(ExchangeTime(told.time)),
    })
}

/// The account in parts, as an answer brings it.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    /// Every live order.
    pub working: &'a [OrderMessage],
    /// Every position that is not flat.
    pub positions: &'a [PositionMessage],
    /// Every execution of the account's life.
    pub executions: &'a [TradeMessage],
    /// The executions that were taken back.
    pub busted: &'a [String],
    /// Cash in millionths.
    pub cash: i64,
}

/// The whole account. The paper exchange keeps every execution, so the list is complete.
pub fn snapshot(contracts: &Contracts, asked: Asked, parts: Parts<'_>) -> Result<Snapshot, Unclear> {
    let trade = |told: &TradeMessage| {
        let order_id = known_order(&told.order_id).ok_or(Unclear::Missing("order_id"))?;
        Ok((told.cl_ord_id.as_deref().and_then(ours), order_id, execution(contracts, told)?))
    };
    let working: Result<_, _> = parts.working.iter().map(|told| live_order(contracts, told)).collect();
    let positions: Result<_, _> = parts.positions.iter().map(|told| position(contracts, told)).collect();
    let executions: Result<_, _> = parts.executions.iter().map(trade).collect();
    let busted: Result<_, _> = parts.busted.iter().map(|id| exec_id(id)).collect();
    Ok(Snapshot {
        asked: asked.at,
        epoch: asked.epoch,
        working: working?,
        positions: positions?,
        executions: executions?,
        busted: busted?,
        complete: true,
        cash: Money(parts.cash),
        broker_time: None,
    })
}

pub(super) fn live_order(contracts: &Contracts, told: &OrderMessage) -> Result<BrokerOrder, Unclear> {
    let held = match told.state.as_str() {
        "held" => true,
        "working" => false,
        other => return Err(Unclear::State(other.to_owned())),
    };
    Ok(BrokerOrder {
        tag: told.cl_ord_id.as_deref().map(Into::into),
        order_id: known_order(&told.order_id).ok_or(Unclear::Missing("order_id"))?,
        symbol: contracts.find(&told.symbol)?.symbol,
        side: side(told.side),
        lots: count("lots", told.lots)?,
        cum: count("cum", told.cum)?,
        kind: kind(contracts, told)?,
        held,
    })
}

fn kind(contracts: &Contracts, told: &OrderMessage) -> Result<OrderKind, Unclear> {
    let instrument = contracts.find(&told.symbol)?;
    let price = || {
        let text = told.price.as_deref().ok_or(Unclear::Missing("price"))?;
        price(instrument, text)
    };
    match told.kind {
        KindName::Market => Ok(OrderKind::Market),
        KindName::Limit => price().map(OrderKind::Limit),
        KindName::Stop => price().map(OrderKind::Stop),
        // None of ours is of these kinds: somebody else's, told by what it does to the account.
        KindName::Protected => Ok(OrderKind::Market),
        KindName::StopLimit => price().map(OrderKind::Stop),
        KindName::Trailing if told.price.is_none() => Ok(OrderKind::Market),
        KindName::Trailing => price().map(OrderKind::Stop),
    }
}

fn position(contracts: &Contracts, told: &PositionMessage) -> Result<BrokerPosition, Unclear> {
    let instrument = contracts.find(&told.symbol)?;
    let average = Some(price(instrument, &told.average)?);
    Ok(BrokerPosition { symbol: instrument.symbol, lots: Lots(told.lots), average })
}

/// What the venue's complete history has of the order asked about.
pub fn order_status(
    contracts: &Contracts,
    asked: (Asked, ClOrdId),
    found: Option<&OrderMessage>,
    executions: &[TradeMessage],
    payload: Payload,
) -> Result<OrderStatus, Unclear> {
    let own = |told: &TradeMessage| found.is_some_and(|order| order.order_id == told.order_id);
    if !executions.iter().all(own) {
        return Err(Unclear::Contradiction("a trade of another order than the answer is about"));
    }
    let executions: Result<Vec<_>, _> = executions.iter().map(|told| execution(contracts, told)).collect();
    let found = match (found, executions?) {
        (None, _) => None,
        (Some(told), executions) => Some(Found {
            order_id: known_order(&told.order_id).ok_or(Unclear::Missing("order_id"))?,
            what: standing(&told.state),
            worth: count("lots", told.lots)?,
            executions,
        }),
    };
    let (Asked { at, epoch }, cl_ord_id) = asked;
    Ok(OrderStatus { cl_ord_id, asked: at, epoch, found, complete: true, payload })
}

/// The state of an order as the news that would have brought it there.
fn standing(state: &str) -> ExecType {
    match state {
        "held" => ExecType::Held,
        "working" => ExecType::Accepted,
        "filled" => ExecType::Completed,
        "canceled" => ExecType::CancelDone,
        "rejected" => ExecType::Refused { reason: "the venue's history has it as rejected".into() },
        "expired" => ExecType::Elapsed,
        word => ExecType::Unrecognised { word: word.into() },
    }
}

fn ours(text: &str) -> Option<ClOrdId> {
    text.parse().ok()
}

fn known_order(text: &str) -> Option<BrokerOrderId> {
    (!text.is_empty() && text != NO_ORDER).then(|| BrokerOrderId(text.into()))
}
