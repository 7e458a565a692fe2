//! The one who knows: holds what was recorded, what was sent and what the exchange truly has against each other.
//!
//! It never helps the system under test and never trusts it: positions are added up anew from the records, and every
//! end of an order is held against the exchange's own desk.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use stopline_exchange::account::{Order as TheirOrder, State, Trade};
use stopline_exchange::desk::Desk;
use stopline_kernel::id::{AccountId, ClOrdId, Symbol};
use stopline_kernel::intent::{IntentKey, Leg};
use stopline_kernel::ledgered::Ledgered;
use stopline_kernel::num::{Lots, Side};
use stopline_kernel::record::{Entry, Fill, Record, Transition};
use stopline_kernel::table::{Life, OrderEvent};
use stopline_venues::paper::wire::ClientMessage;

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which invariant.
    pub invariant: &'static str,
    /// What was seen.
    pub seen: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.seen)
    }
}

type Verdict = Result<(), Violation>;

fn broken(invariant: &'static str, seen: impl Into<String>) -> Verdict {
    Err(Violation { invariant, seen: seen.into() })
}

/// What the records say, gathered independently of the lane.
#[derive(Debug, Default)]
pub(crate) struct Oracle {
    /// Durable placings: whose leg of which decision an id is.
    placed: BTreeMap<String, (IntentKey, Leg)>,
    /// Durable replaces: the new id and the leg it belongs to.
    replaced: BTreeMap<String, (IntentKey, Leg)>,
    /// Durable cancel requests by the order's first id, and cancels written.
    cancels: BTreeMap<String, (u64, u64)>,
    /// Ids of any revision to the first one.
    roots: BTreeMap<String, ClOrdId>,
    /// Executions booked, by ExecID, with what they change.
    booked: BTreeMap<String, (Symbol, i64)>,
    /// Ids whose bytes were handed to a socket.
    written: BTreeSet<String>,
    /// Trades of the exchange already judged.
    trades_judged: usize,
    /// The true position, trade by trade.
    truth: i64,
    /// Whether an execution was booked since somebody asked.
    filled: bool,
    /// How many records were durable.
    pub durable: u64,
}

impl Oracle {
    /// Takes in records that are durable; INV-05 for every fill among them.
    pub(crate) fn kept(&mut self, entries: &[Entry]) -> Verdict {
        for entry in entries {
            self.durable = entry.seq;
            match &entry.record {
                Record::OrderPlaced { key, order, .. } => {
                    let id = order.cl_ord_id.to_string();
                    self.roots.insert(id.clone(), order.cl_ord_id);
                    self.placed.insert(id, (*key, order.leg));
                }
                Record::ReplaceAsked { root, to, .. } => {
                    if let Some(whose) = self.placed.get(root.as_str()) {
                        self.replaced.insert(to.cl_ord_id.to_string(), *whose);
                        self.roots.insert(to.cl_ord_id.to_string(), *root);
                    }
                }
                Record::Transition(t) if t.event == OrderEvent::CancelAsked => {
                    self.cancels.entry(t.root.to_string()).or_default().0 += 1;
                }
                Record::Filled(fill) => self.fill(fill)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn fill(&mut self, fill: &Fill) -> Verdict {
        let exec = &fill.execution;
        let change = exec.side.sign() * exec.lots.0;
        self.filled = true;
        match self.booked.insert(exec.exec_id.to_string(), (exec.symbol, change)) {
            None => Ok(()),
            Some(_) => broken("INV-05", format!("execution {} was booked twice", exec.exec_id)),
        }
    }

    /// Whether an execution was booked since the last call.
    pub(crate) fn take_filled(&mut self) -> bool {
        std::mem::take(&mut self.filled)
    }

    /// INV-01: every byte that affects an order has its record on the disk. Called before the bytes leave.
    pub(crate) fn write(&mut self, message: &ClientMessage) -> Verdict {
        match message {
            ClientMessage::Place { order, exits, .. } => {
                for spec in std::iter::once(order).chain(exits) {
                    self.written.insert(spec.cl_ord_id.clone());
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
                self.written.insert(cl_ord_id.clone());
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
                let (asked, sent) = self.cancels.entry(root).or_default();
                *sent += 1;
                match sent <= asked {
                    true => Ok(()),
                    false => broken(
                        "INV-01",
                        format!("cancel of {cl_ord_id} was sent before its record was durable"),
                    ),
                }
            }
            _ => Ok(()),
        }
    }

    /// INV-02, 03 and 11, against the exchange's desk after it has worked something off.
    pub(crate) fn look(&mut self, desk: &Desk, account: AccountId) -> Verdict {
        self.new_trades(desk, account)
    }

    /// INV-02 and 03 over every order the exchange ever had.
    pub(crate) fn orders(&self, desk: &Desk, account: AccountId) -> Verdict {
        let mut lineages = BTreeSet::new();
        for order in their_orders(desk, account) {
            let id = order.spec.cl_ord_id.to_string();
            let Some(whose) = self.placed.get(&id).or_else(|| self.replaced.get(&id)) else {
                return broken("INV-03", format!("the exchange has {id}, the ledger has not"));
            };
            if order.state != State::Rejected && !lineages.insert(*whose) {
                return broken("INV-02", format!("a second order of one decision and leg: {id}"));
            }
        }
        Ok(())
    }

    fn new_trades(&mut self, desk: &Desk, account: AccountId) -> Verdict {
        let Some(theirs) = desk.accounts().get(&account) else { return Ok(()) };
        for trade in theirs.executions.iter().skip(self.trades_judged) {
            self.trades_judged += 1;
            let before = self.truth;
            self.truth += trade.side.sign() * trade.lots.0;
            let leg = self.leg_of(trade);
            if leg.is_some_and(|leg| !leg.opens()) && self.truth.abs() > before.abs() {
                return broken(
                    "INV-11",
                    format!(
                        "{:?} {} took the position from {before} to {}",
                        leg, trade.cl_ord_id, self.truth
                    ),
                );
            }
        }
        Ok(())
    }

    fn leg_of(&self, trade: &Trade) -> Option<Leg> {
        let id = trade.cl_ord_id.to_string();
        self.placed.get(&id).or_else(|| self.replaced.get(&id)).map(|(_, leg)| *leg)
    }

    /// INV-04: an order that ended, ended at the exchange too.
    pub(crate) fn ends(&self, entries: &[Entry], desk: &Desk, account: AccountId) -> Verdict {
        for entry in entries {
            if let Record::Transition(t) = &entry.record
                && t.life.is_terminal()
            {
                self.end(t, desk, account)?;
            }
        }
        Ok(())
    }

    fn end(&self, t: &Transition, desk: &Desk, account: AccountId) -> Verdict {
        let names = self.roots.iter().filter(|(_, root)| **root == t.root).map(|(id, _)| id.as_str());
        let names: Vec<&str> = names.collect();
        let theirs =
            their_orders(desk, account).find(|o| names.contains(&o.spec.cl_ord_id.to_string().as_str()));
        let wrong =
            |theirs: &str| broken("INV-04", format!("{} is {:?} by {:?}, {theirs}", t.root, t.life, t.event));
        match (t.event, theirs) {
            (OrderEvent::NotSent, _) if names.iter().any(|id| self.written.contains(*id)) => {
                wrong("its bytes were sent")
            }
            (OrderEvent::NotSent, _) => Ok(()),
            (OrderEvent::ProvenAbsent, Some(o)) => wrong(&format!("the exchange has it {:?}", o.state)),
            (OrderEvent::ProvenAbsent, None) => Ok(()),
            (_, None) => wrong("the exchange never had it"),
            (_, Some(o)) if o.state.is_live() => wrong(&format!("the exchange has it {:?}", o.state)),
            (_, Some(o)) => match (t.life, o.state) {
                (Life::Rejected, State::Rejected) => Ok(()),
                (Life::Canceled | Life::Expired, State::Canceled) => Ok(()),
                (Life::Filled, State::Filled | State::Canceled) if o.cum.0 > 0 => Ok(()),
                // A fill that completes a cancelled order has won its race; the desk calls that filled.
                (Life::Canceled, State::Filled) if o.cum < o.spec.lots => Ok(()),
                _ => wrong(&format!("the exchange has it {:?}", o.state)),
            },
        }
    }

    /// INV-05: the lane's positions are the sum of distinct executions, and each of those is the exchange's.
    pub(crate) fn positions(&self, ledgered: &Ledgered, desk: &Desk, account: AccountId) -> Verdict {
        let mut sums: BTreeMap<Symbol, i64> = BTreeMap::new();
        for (symbol, change) in self.booked.values() {
            *sums.entry(*symbol).or_default() += change;
        }
        for (symbol, sum) in &sums {
            let lane = ledgered.net(*symbol);
            if lane != Lots(*sum) {
                return broken("INV-05", format!("{symbol}: executions sum to {sum}, the lane holds {lane}"));
            }
        }
        let true_execs: BTreeMap<String, i64> =
            desk.accounts().get(&account).map_or_else(BTreeMap::new, |a| {
                a.executions.iter().map(|t| (t.exec.to_string(), t.side.sign() * t.lots.0)).collect()
            });
        for (exec, (_, change)) in &self.booked {
            if true_execs.get(exec) != Some(change) {
                return broken("INV-05", format!("execution {exec} of {change} lots is not the exchange's"));
            }
        }
        Ok(())
    }

    /// INV-18: after a restart every record that was durable is there, and what is there was written.
    pub(crate) fn recovered(&self, seq: u64) -> Verdict {
        match seq >= self.durable {
            true => Ok(()),
            false => broken("INV-18", format!("{} records were durable, {seq} came back", self.durable)),
        }
    }

    /// INV-08 and 14 at rest: nothing unknown, nothing different, nothing unfinished.
    pub(crate) fn at_rest(&self, ledgered: &Ledgered, desk: &Desk, account: AccountId) -> Verdict {
        if let Some(order) = ledgered.live_orders().find(|o| o.life == Life::Unknown) {
            return broken("INV-14", format!("{} is still unknown", order.root));
        }
        let Some(theirs) = desk.accounts().get(&account) else { return Ok(()) };
        for (symbol, position) in &theirs.positions {
            let ours = ledgered.net(*symbol);
            if ours != position.lots {
                return broken("INV-08", format!("{symbol}: ours {ours}, the exchange's {}", position.lots));
            }
        }
        self.live_agree(ledgered, desk, account)?;
        if let Some(closing) = ledgered.closings.values().next() {
            return broken(
                "INV-14",
                format!("the closing {} ({}) is not over", closing.number, closing.cause),
            );
        }
        protected(ledgered)
    }

    fn live_agree(&self, ledgered: &Ledgered, desk: &Desk, account: AccountId) -> Verdict {
        let mut theirs = BTreeSet::new();
        for order in their_orders(desk, account).filter(|o| o.state.is_live()) {
            let id = order.spec.cl_ord_id.to_string();
            theirs.extend(self.roots.get(&id).copied());
        }
        match theirs.symmetric_difference(&ledgered.live).next() {
            None => Ok(()),
            Some(root) => {
                let life = ledgered.orders.get(root).map(|o| o.life);
                broken(
                    "INV-08",
                    format!("{root} is {life:?} here and lives at the exchange: {}", theirs.contains(root)),
                )
            }
        }
    }
}

/// INV-09 at rest: every position is protected in full.
fn protected(ledgered: &Ledgered) -> Verdict {
    for (bot, symbol, position) in ledgered.open_positions() {
        let protected = ledgered.protected(bot, symbol);
        if protected < position.lots().size() {
            let side = Side::reducing(position.lots());
            return broken(
                "INV-09",
                format!("{} lots of {symbol} with {protected} protected ({side:?})", position.lots()),
            );
        }
    }
    Ok(())
}

fn their_orders(desk: &Desk, account: AccountId) -> impl Iterator<Item = &TheirOrder> {
    let numbers = desk.accounts().get(&account).map_or(&[][..], |a| &a.orders);
    numbers.iter().filter_map(|no| desk.order(*no).ok())
}
