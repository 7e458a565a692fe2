//! The exchange's journal read again: what its client cancelled, and when the account's position had less than its size
//! in working stops there.
//!
//! It must never look at the ledger: it is the other side's word, whatever ours says.

use std::collections::BTreeMap;
use std::path::Path;

use stopline_exchange::fact::{Fact, OrderNo, Spec};
use stopline_exchange::journal;
use stopline_exchange::kind::Kind;
use stopline_kernel::id::Symbol;
use stopline_kernel::num::Lots;
use stopline_kernel::time::ExchangeTime;

/// The reason that the exchange gives for an order whose client cancelled it.
const BY_CLIENT: &str = "by its client";

/// An order as the exchange has it.
#[derive(Debug, Clone)]
struct Order {
    spec: Spec,
    works: bool,
    worth: Lots,
    traded: Lots,
}

/// What the journal says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Truth {
    orders: BTreeMap<OrderNo, Order>,
    lots: BTreeMap<Symbol, i64>,
    open: BTreeMap<Symbol, ExchangeTime>,
    /// The ids of orders that their client cancelled.
    pub(crate) cancelled: Vec<String>,
    /// From when to when a position stood bare.
    pub(crate) bare: Vec<(Symbol, ExchangeTime, ExchangeTime)>,
}

impl Truth {
    /// The whole journal.
    pub(crate) fn read(file: &Path) -> Result<Truth, String> {
        let bytes = std::fs::read(file).map_err(|why| why.to_string())?;
        let journal = journal::read(&bytes).map_err(|why| why.to_string())?;
        let mut truth = Truth::default();
        for step in &journal.steps {
            let times: Vec<_> = step.iter().filter_map(|fact| truth.take(fact)).collect();
            if let Some(last) = times.last() {
                truth.settle(*last);
            }
        }
        Ok(truth)
    }

    /// Takes a fact in; its time, if it may change what is protected.
    fn take(&mut self, fact: &Fact) -> Option<ExchangeTime> {
        match fact {
            Fact::Placed { time, order, spec, .. } => {
                let placed = Order { spec: *spec, works: false, worth: Lots::ZERO, traded: Lots::ZERO };
                self.orders.insert(*order, placed);
                Some(*time)
            }
            Fact::Accepted { time, order, worth } => self.change(*order, *time, |known| {
                (known.works, known.worth) = (true, *worth);
            }),
            Fact::Traded { time, order, lots, .. } => {
                if let Some(known) = self.orders.get(order) {
                    let held = self.lots.entry(known.spec.symbol).or_default();
                    *held += known.spec.side.sign() * lots.0;
                }
                self.change(*order, *time, |known| known.traded = Lots(known.traded.0 + lots.0))
            }
            Fact::Replaced { time, order, cl_ord_id, worth, .. } => self.change(*order, *time, |known| {
                (known.spec.cl_ord_id, known.worth) = (*cl_ord_id, *worth);
            }),
            Fact::Canceled { time, order, reason } => {
                let by_client = self.orders.get(order).filter(|_| **reason == *BY_CLIENT);
                self.cancelled.extend(by_client.map(|known| known.spec.cl_ord_id.to_string()));
                self.change(*order, *time, |known| known.works = false)
            }
            Fact::Rejected { time, order, .. } => self.change(*order, *time, |known| known.works = false),
            Fact::Created { .. }
            | Fact::Opened { .. }
            | Fact::Started { .. }
            | Fact::Stopped { .. }
            | Fact::Clock { .. }
            | Fact::Bar { .. }
            | Fact::Phased { .. }
            | Fact::Ruled { .. }
            | Fact::Liquidated { .. }
            | Fact::Trailed { .. }
            | Fact::Rests { .. } => None,
        }
    }

    fn change(
        &mut self,
        no: OrderNo,
        at: ExchangeTime,
        how: impl FnOnce(&mut Order),
    ) -> Option<ExchangeTime> {
        self.orders.get_mut(&no).map(how);
        Some(at)
    }

    /// What has to hold holds between steps, not within one.
    fn settle(&mut self, at: ExchangeTime) {
        for (symbol, held) in self.lots.clone() {
            if self.protected(symbol, held.signum()) >= held.abs() {
                if let Some(from) = self.open.remove(&symbol) {
                    self.bare.push((symbol, from, at));
                }
            } else {
                self.open.entry(symbol).or_insert(at);
            }
        }
    }

    /// Lots that working stops would close of a position of this sign.
    fn protected(&self, symbol: Symbol, sign: i64) -> i64 {
        let stops = self.orders.values().filter(|order| {
            let stop = matches!(order.spec.kind, Kind::Stop(_));
            stop && order.works && order.spec.symbol == symbol && order.spec.side.sign() == -sign
        });
        stops.map(|order| (order.worth.0 - order.traded.0).max(0)).sum()
    }
}
