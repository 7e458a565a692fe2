//! Between the paper protocol's messages and the kernel's values, every field exactly.
//!
//! Pure. What cannot be carried over whole is an error that says which field and why: nothing is rounded, guessed or
//! left out, and an answer with one bad part is never passed on with a hole in it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use stopline_kernel::effect::{Ordered, Query};
use stopline_kernel::id::{ClOrdId, NameError, Symbol};
use stopline_kernel::instrument::{Instrument, PriceError};
use stopline_kernel::num::{Lots, Side};
use stopline_kernel::order::{NewOrder, OrderKind};
use stopline_kernel::time::Span;

use super::wire::{ClientMessage, KindName, OrderSpec, SideName};

pub mod account;
pub mod market;

/// Why a message of the venue says nothing that we understand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unclear {
    /// A name that cannot be one.
    Name {
        /// Which field.
        field: &'static str,
        /// What it says.
        text: String,
        /// What is wrong with it.
        why: NameError,
    },
    /// A contract that the venue did not name in its Welcome.
    UnknownSymbol(String),
    /// A text that is no price of its contract.
    Price {
        /// What it says.
        text: String,
        /// What is wrong with it.
        why: PriceError,
    },
    /// A quantity that cannot be.
    Quantity {
        /// Which field.
        field: &'static str,
        /// What it says.
        lots: i64,
    },
    /// A field that this message cannot do without.
    Missing(&'static str),
    /// Two fields of one message that cannot both be true.
    Contradiction(&'static str),
    /// A state that an order in a list of live orders cannot have.
    State(String),
    /// An answer to another question than the one with its number.
    OtherQuestion,
}

impl fmt::Display for Unclear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unclear::Name { field, text, why } => write!(f, "{field} {text:?}: {why}"),
            Unclear::UnknownSymbol(text) => write!(f, "the venue never named a contract {text:?}"),
            Unclear::Price { text, why } => write!(f, "price {text:?}: {why}"),
            Unclear::Quantity { field, lots } => write!(f, "{field} cannot be {lots}"),
            Unclear::Missing(field) => write!(f, "{field} is missing"),
            Unclear::Contradiction(what) => write!(f, "contradiction: {what}"),
            Unclear::State(text) => write!(f, "an order cannot be live and {text:?}"),
            Unclear::OtherQuestion => f.write_str("it answers another question than its number says"),
        }
    }
}

impl std::error::Error for Unclear {}

/// Why a command or a question cannot be put into this protocol's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwritable {
    /// The venue did not name the contract in its Welcome.
    UnknownSymbol(Symbol),
    /// A replace by a market order: there is no price to write.
    NoPrice(ClOrdId),
    /// A bar length that is not a whole, positive number of seconds.
    BarLength(Span),
}

/// The contracts of a session, as its Welcome named them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contracts(BTreeMap<Symbol, Instrument>);

impl Contracts {
    /// The contracts of a Welcome.
    pub fn new(instruments: &[Instrument]) -> Contracts {
        Contracts(instruments.iter().map(|i| (i.symbol, i.clone())).collect())
    }

    fn get(&self, symbol: Symbol) -> Result<&Instrument, Unwritable> {
        self.0.get(&symbol).ok_or(Unwritable::UnknownSymbol(symbol))
    }

    fn find(&self, text: &str) -> Result<&Instrument, Unclear> {
        let known = text.parse().ok().and_then(|symbol: Symbol| self.0.get(&symbol));
        known.ok_or_else(|| Unclear::UnknownSymbol(text.to_owned()))
    }
}

/// An order command in the protocol's words.
pub fn command(contracts: &Contracts, what: &Ordered, request: u64) -> Result<ClientMessage, Unwritable> {
    match what {
        Ordered::Place(list) => {
            let exits: Result<Vec<_>, _> = list.exits.iter().map(|exit| spec(contracts, exit)).collect();
            Ok(ClientMessage::Place { request, order: spec(contracts, &list.first)?, exits: exits? })
        }
        Ordered::Cancel { order, .. } => Ok(ClientMessage::Cancel { request, cl_ord_id: order.to_string() }),
        Ordered::CancelStray { order_id, .. } => {
            Ok(ClientMessage::CancelOrder { request, order_id: order_id.to_string() })
        }
        Ordered::Replace { order, to } => {
            let price = to.kind.price().ok_or(Unwritable::NoPrice(to.cl_ord_id))?;
            Ok(ClientMessage::Replace {
                request,
                orig_cl_ord_id: order.to_string(),
                cl_ord_id: to.cl_ord_id.to_string(),
                lots: to.lots.0,
                price: contracts.get(to.symbol)?.show(price),
            })
        }
    }
}

/// A question in the protocol's words.
pub fn question(query: &Query, request: u64) -> Result<ClientMessage, Unwritable> {
    match query {
        Query::Snapshot => Ok(ClientMessage::Snapshot { request }),
        Query::OrderStatus { order } => {
            Ok(ClientMessage::OrderStatus { request, cl_ord_id: order.to_string() })
        }
        Query::History { symbol, length, bars } => {
            let seconds = seconds(*length).ok_or(Unwritable::BarLength(*length))?;
            Ok(ClientMessage::History { request, symbol: symbol.to_string(), seconds, bars: *bars })
        }
    }
}

fn seconds(length: Span) -> Option<u32> {
    let whole = u32::try_from(length.0 / Span::secs(1).0).ok()?;
    (whole > 0 && Span::secs(whole.into()) == length).then_some(whole)
}

fn spec(contracts: &Contracts, order: &NewOrder) -> Result<OrderSpec, Unwritable> {
    let instrument = contracts.get(order.symbol)?;
    Ok(OrderSpec {
        cl_ord_id: order.cl_ord_id.to_string(),
        symbol: order.symbol.to_string(),
        side: match order.side {
            Side::Buy => SideName::Buy,
            Side::Sell => SideName::Sell,
        },
        lots: order.lots.0,
        kind: match order.kind {
            OrderKind::Market => KindName::Market,
            OrderKind::Limit(_) => KindName::Limit,
            OrderKind::Stop(_) => KindName::Stop,
        },
        price: order.kind.price().map(|price| instrument.show(price)),
        limit: None,
        trail: None,
    })
}

const fn side(name: SideName) -> Side {
    match name {
        SideName::Buy => Side::Buy,
        SideName::Sell => Side::Sell,
    }
}

fn name<T: FromStr<Err = NameError>>(field: &'static str, text: &str) -> Result<T, Unclear> {
    text.parse().map_err(|why| Unclear::Name { field, text: text.to_owned(), why })
}

fn price(instrument: &Instrument, text: &str) -> Result<stopline_kernel::num::Ticks, Unclear> {
    instrument.price(text).map_err(|why| Unclear::Price { text: text.to_owned(), why })
}

/// A quantity that may be nothing.
fn count(field: &'static str, lots: i64) -> Result<Lots, Unclear> {
    if lots < 0 { Err(Unclear::Quantity { field, lots }) } else { Ok(Lots(lots)) }
}

/// A quantity that is something.
fn some(field: &'static str, lots: i64) -> Result<Lots, Unclear> {
    if lots < 1 { Err(Unclear::Quantity { field, lots }) } else { Ok(Lots(lots)) }
}

#[cfg(test)]
mod tests;
