//! What may leave on a wire: whose account it names, numbers that an exchange can take, and only what is recorded.
//!
//! It knows nothing of why something is sent, and is asked before the bytes leave.

use stopline_kernel::id::ClOrdId;
use stopline_kernel::instrument::Instrument;
use stopline_venues::paper::wire::{ClientMessage, OrderSpec};

use super::{Oracle, Verdict, broken};
use crate::scene;

impl Oracle {
    /// INV-01: every byte that affects an order has its record on the disk. Called before the bytes leave.
    pub(crate) fn write(&mut self, message: &ClientMessage) -> Verdict {
        self.history.iter_mut().for_each(|history| history.sent(message));
        is_valid(message)?;
        match message {
            ClientMessage::Place { order, exits, .. } => {
                for spec in std::iter::once(order).chain(exits) {
                    self.leaves(&spec.cl_ord_id);
                    if !self.placed.contains_key(&spec.cl_ord_id) {
                        return broken(
                            "INV-01",
                            format!("{} was sent before its record was durable", spec.cl_ord_id),
                        );
                    }
                }
                Ok(())
            }
            ClientMessage::Replace { cl_ord_id, .. } => {
                self.leaves(cl_ord_id);
                match self.replaced.contains_key(cl_ord_id) {
                    true => Ok(()),
                    false => broken(
                        "INV-01",
                        format!("replace {cl_ord_id} was sent before its record was durable"),
                    ),
                }
            }
            ClientMessage::Cancel { cl_ord_id, .. } => {
                let root = self.roots.get(cl_ord_id).map_or(cl_ord_id.clone(), ClOrdId::to_string);
                self.cancel_leaves(root)
            }
            ClientMessage::CancelOrder { order_id, .. } => self.cancel_leaves(order_id.clone()),
            _ => Ok(()),
        }
    }

    /// A cancel leaves, of an order by its root or of a stranger's by the venue's number.
    fn cancel_leaves(&mut self, of: String) -> Verdict {
        let (asked, sent) = self.cancels.entry(of.clone()).or_default();
        *sent += 1;
        match sent <= asked {
            true => Ok(()),
            false => broken("INV-01", format!("cancel of {of} was sent before its record was durable")),
        }
    }

    /// An id leaves; what it is worth may rest on a trade of somebody else's that was not heard of yet.
    fn leaves(&mut self, id: &str) {
        self.written.insert(id.to_owned());
        if !self.unheard.is_empty() {
            self.blind.insert(id.to_owned());
        }
    }
}

/// INV-23 and 24: every price lies on a tick, every quantity is one, and every session is for the configured account.
fn is_valid(message: &ClientMessage) -> Verdict {
    match message {
        ClientMessage::Hello { account, .. } if *account != scene::account().to_string() => {
            broken("INV-24", format!("a session was opened for {account}"))
        }
        ClientMessage::Place { order, exits, .. } => {
            std::iter::once(order).chain(exits).try_for_each(spec_is_valid)
        }
        ClientMessage::Replace { cl_ord_id, lots, price, .. } => {
            numbers_are_valid(cl_ord_id, *lots, Some(price))
        }
        _ => Ok(()),
    }
}

fn spec_is_valid(spec: &OrderSpec) -> Verdict {
    if spec.symbol != scene::symbol().to_string() {
        return broken("INV-23", format!("{} is for {}, which nobody trades", spec.cl_ord_id, spec.symbol));
    }
    numbers_are_valid(&spec.cl_ord_id, spec.lots, spec.price.as_ref())
}

fn numbers_are_valid(id: &str, lots: i64, price: Option<&String>) -> Verdict {
    let contract: Instrument = scene::contract();
    if !(1..=1_000).contains(&lots) {
        return broken("INV-23", format!("{id} is for {lots} lots"));
    }
    match price {
        Some(price) if contract.price(price).map_or(true, |price| price.0 <= 0) => {
            broken("INV-23", format!("{id} has the price {price}"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use stopline_venues::paper::wire::{KindName, SideName, StreamName, VERSION};

    use super::*;

    fn order() -> OrderSpec {
        OrderSpec {
            cl_ord_id: "one".to_owned(),
            symbol: scene::symbol().to_string(),
            side: SideName::Buy,
            lots: 1,
            kind: KindName::Limit,
            price: Some("5900.25".to_owned()),
            limit: None,
            trail: None,
        }
    }

    fn place(order: OrderSpec) -> Option<&'static str> {
        let message = ClientMessage::Place { request: 1, order, exits: Vec::new() };
        is_valid(&message).err().map(|why| why.invariant)
    }

    #[test]
    fn numbers_that_no_exchange_takes_are_told() {
        assert_eq!(place(order()), None);
        for price in ["5900.10", "0", "-5900.25", "NaN", "1e9", ""] {
            assert_eq!(
                place(OrderSpec { price: Some(price.to_owned()), ..order() }),
                Some("INV-23"),
                "{price}"
            );
        }
        for lots in [0, -1, 1_001, i64::MAX] {
            assert_eq!(place(OrderSpec { lots, ..order() }), Some("INV-23"), "{lots}");
        }
        assert_eq!(place(OrderSpec { symbol: "ESZ6".to_owned(), ..order() }), Some("INV-23"));
    }

    #[test]
    fn a_session_for_another_account_is_told() {
        let hello = |account: String| ClientMessage::Hello {
            version: VERSION,
            account,
            stream: StreamName::Orders,
            client: "sim".to_owned(),
        };
        assert_eq!(is_valid(&hello(scene::account().to_string())), Ok(()));
        let other = is_valid(&hello("LIVE-1".to_owned()));
        assert_eq!(other.err().map(|why| why.invariant), Some("INV-24"));
    }
}
