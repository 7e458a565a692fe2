//! The one who knows: holds what was recorded, what was sent and what the exchange truly has against each other.
//!
//! It never helps the system under test and never trusts it: positions are added up anew from the records, and every
//! end of an order is held against the exchange's own desk.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use stopline_exchange::account::{Order as TheirOrder, State, Trade};
use stopline_exchange::desk::Desk;
use stopline_kernel::halt::Level;
use stopline_kernel::id::{AccountId, BotId, ClOrdId, ExecId, Symbol};
use stopline_kernel::intent::{IntentKey, Leg};
use stopline_kernel::ledgered::{Ledgered, external_bot};
use stopline_kernel::limits::LaneConfig;
use stopline_kernel::num::Lots;
use stopline_kernel::record::{Entry, Fill, Record, RecoveryStep, Transition};
use stopline_kernel::table::{Life, OrderEvent};
use stopline_kernel::time::Mono;

use crate::coverage::Coverage;
use crate::history::History;

mod day;
mod naked;
mod notes;
mod records;
mod rest;
mod wire;

pub(crate) use naked::stands_bare;
use records::Records;
pub(crate) use rest::Rest;

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which invariant.
    pub invariant: &'static str,
    /// What was seen.
    pub seen: String,
}

impl Violation {
    /// Which check it was: the invariant, and of what was seen the plain words, without ids, numbers and states.
    pub fn check(&self) -> String {
        let plain = |word: &&str| word.len() < 16 && word.bytes().all(|b| b.is_ascii_lowercase());
        let words = self.seen.split(|c: char| c.is_whitespace() || c == ',').filter(plain);
        std::iter::once(self.invariant).chain(words).collect::<Vec<_>>().join(" ")
    }
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
#[derive(Debug)]
pub(crate) struct Oracle {
    config: LaneConfig,
    /// What the records say of orders, halts and closings.
    records: Records,
    /// What was reached.
    pub(crate) coverage: Coverage,
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
    /// What the account truly holds, trade by trade.
    truth: BTreeMap<Symbol, i64>,
    /// Trades of outsiders that the engine has not booked yet, by ExecID.
    unheard: BTreeSet<String>,
    /// Orders that were sent before the engine could know of such a trade.
    blind: BTreeSet<String>,
    /// Orders that the network delivered later than it promises to.
    late: BTreeSet<String>,
    /// Ids of orders that the broker refused or called refused, whatever the exchange knows of them.
    refused: BTreeSet<String>,
    /// Executions that the broker tells and the exchange never had, with what they change.
    extra: BTreeMap<String, i64>,
    /// Orders of which such an execution was told: how they end is the broker's word.
    told_of: BTreeSet<String>,
    /// Executions that a record says were taken back.
    taken_back: BTreeSet<String>,
    /// By how much what the broker tells of a position differs from the exchange's book.
    told_off: BTreeMap<Symbol, i64>,
    /// Orders that somebody else has left to rest, and when.
    strays: BTreeMap<String, Mono>,
    /// What is kept of what it is told, where that is wanted.
    pub(crate) history: Option<History>,
    /// Whether somebody else trades on the account.
    others: bool,
    /// Whether the broker calls refused what works: what is done about an order then rests on its lie.
    lied_to: bool,
    /// The end of the newest commit that was begun.
    offered: u64,
    /// Whether an execution was booked since somebody asked.
    filled: bool,
    /// When an entry was last recorded.
    pub(crate) last_entry: Option<Mono>,
    /// How many records were durable.
    pub(crate) durable: u64,
}

impl Oracle {
    /// One who knows nothing yet, of an account with this configuration.
    pub(crate) fn new(config: LaneConfig, others: bool, lied_to: bool) -> Oracle {
        Oracle {
            config,
            records: Records::default(),
            coverage: Coverage::default(),
            placed: BTreeMap::new(),
            replaced: BTreeMap::new(),
            cancels: BTreeMap::new(),
            roots: BTreeMap::new(),
            booked: BTreeMap::new(),
            written: BTreeSet::new(),
            trades_judged: 0,
            truth: BTreeMap::new(),
            unheard: BTreeSet::new(),
            blind: BTreeSet::new(),
            late: BTreeSet::new(),
            refused: BTreeSet::new(),
            extra: BTreeMap::new(),
            told_of: BTreeSet::new(),
            taken_back: BTreeSet::new(),
            told_off: BTreeMap::new(),
            strays: BTreeMap::new(),
            history: None,
            others,
            lied_to,
            offered: 0,
            filled: false,
            last_entry: None,
            durable: 0,
        }
    }

    /// The account's configuration in this run.
    pub(crate) const fn config(&self) -> &LaneConfig {
        &self.config
    }

    /// All that records said is forgotten, and what an old copy says is learned instead; what the exchange has done and
    /// what was written stays. Trades of orders that the copy does not have are nobody's that it could know.
    pub(crate) fn start_over(&mut self, kept: &[Entry], desk: &Desk, account: AccountId) -> Verdict {
        self.history.iter_mut().for_each(|history| history.records("old", kept));
        self.records = Records::default();
        (self.durable, self.offered) = (0, 0);
        self.placed.clear();
        self.replaced.clear();
        self.roots.clear();
        self.booked.clear();
        self.learn(kept)?;
        // What was sent in the life that is lost was sent by nobody here; the same decision may make the same id again.
        self.blind.append(&mut self.written);
        let theirs = desk.accounts().get(&account);
        for trade in theirs.into_iter().flat_map(|a| &a.executions).take(self.trades_judged) {
            if self.whose(trade).is_none() {
                self.outsider(trade);
            }
        }
        Ok(())
    }

    /// INV-13 at the door: nothing that opens leaves under a halt that is durable.
    pub(crate) fn opens_at_door(&mut self) -> Verdict {
        self.keep("door");
        match self.records.account_level() {
            Level::Running => Ok(()),
            level => broken("INV-13", format!("an opening command left under {level:?}")),
        }
    }

    fn keep(&mut self, line: &str) {
        self.history.iter_mut().for_each(|history| history.line(line));
    }

    /// Whether an execution of the exchange is booked.
    pub(crate) fn is_booked(&self, trade: &Trade) -> bool {
        self.booked.contains_key(&trade.exec.to_string())
    }

    /// A commit that ends with this record is begun.
    pub(crate) fn offer(&mut self, last: u64) {
        self.keep(&format!("offer {last}"));
        self.offered = last;
    }

    /// Takes in records that are durable, and judges each by those before it. `asked` is when the account was asked for
    /// whose newest answer the lane has had.
    pub(crate) fn kept(&mut self, entries: &[Entry], asked: Option<Mono>) -> Verdict {
        if let Some(history) = &mut self.history {
            let asked = asked.map_or_else(|| "-".to_owned(), |asked| asked.0.to_string());
            history.records(&format!("kept {asked}"), entries);
        }
        for entry in entries {
            if let Record::ClosingEnded { number, .. } = entry.record {
                self.records.said_flat(number, asked)?;
            }
            if let Record::RecoveryMoved(to) = &entry.record
                && to.step == RecoveryStep::Confirmed
            {
                self.records.said_recovered(asked)?;
            }
            self.learn(std::slice::from_ref(entry))?;
        }
        Ok(())
    }

    /// Takes in records of an old ledger that was put back: what was said in them was judged when it was said.
    pub(crate) fn learn(&mut self, entries: &[Entry]) -> Verdict {
        for entry in entries {
            self.durable = entry.seq;
            self.records.take(entry, &self.config, &mut self.coverage)?;
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
                Record::StrayCancelAsked { order_id, .. } => {
                    self.cancels.entry(order_id.to_string()).or_default().0 += 1;
                }
                Record::Filled(fill) => self.fill(fill)?,
                Record::Busted(bust) => drop(self.taken_back.insert(bust.exec.to_string())),
                _ => {}
            }
        }
        Ok(())
    }

    fn fill(&mut self, fill: &Fill) -> Verdict {
        let exec = &fill.execution;
        let change = exec.side.sign() * exec.lots.0;
        self.filled = true;
        self.unheard.remove(&exec.exec_id.to_string());
        match self.booked.insert(exec.exec_id.to_string(), (exec.symbol, change)) {
            None => Ok(()),
            Some(_) => broken("INV-05", format!("execution {} was booked twice", exec.exec_id)),
        }
    }

    /// Whether an execution was booked since the last call.
    pub(crate) fn take_filled(&mut self) -> bool {
        std::mem::take(&mut self.filled)
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
                if self.others && id.parse::<ClOrdId>().is_err() {
                    continue;
                }
                return broken("INV-03", format!("the exchange has {id}, the ledger has not"));
            };
            if order.state != State::Rejected && !lineages.insert(*whose) {
                return broken("INV-02", format!("a second order of one decision and leg: {id}"));
            }
        }
        Ok(())
    }

    /// INV-11: an exit never enlarges or turns what the account holds.
    fn new_trades(&mut self, desk: &Desk, account: AccountId) -> Verdict {
        let Some(theirs) = desk.accounts().get(&account) else { return Ok(()) };
        for trade in theirs.executions.iter().skip(self.trades_judged) {
            self.trades_judged += 1;
            let net = self.truth.entry(trade.symbol).or_default();
            let (before, after) = (*net, *net + trade.side.sign() * trade.lots.0);
            *net = after;
            let Some((_, leg)) = self.whose(trade) else {
                self.outsider(trade);
                continue;
            };
            let id = trade.cl_ord_id.to_string();
            // An exit under way when somebody else trades cannot be called back; whoever sent it could not know. Nor can who
            // was told that an order had never come, once the network delivers it later than it may.
            let knew = !self.blind.contains(&id) && self.late.is_empty();
            if !leg.opens() && after.abs() > before.abs() && !self.lied_to && knew {
                return broken("INV-11", format!("{leg:?} {id} took the position from {before} to {after}"));
            }
        }
        Ok(())
    }

    /// Which leg of which decision of ours traded; `None` when it was somebody else's order.
    fn whose(&self, trade: &Trade) -> Option<(IntentKey, Leg)> {
        let id = trade.cl_ord_id.to_string();
        self.placed.get(&id).or_else(|| self.replaced.get(&id)).copied()
    }

    fn owner(&self, trade: &Trade) -> Option<BotId> {
        self.whose(trade).map(|(key, _)| key.origin.bot())
    }

    /// A trade of somebody else on the account, of which the engine does not know yet.
    fn outsider(&mut self, trade: &Trade) {
        let exec = trade.exec.to_string();
        if !self.booked.contains_key(&exec) {
            self.unheard.insert(exec);
        }
        self.blind.extend(self.written.iter().cloned());
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
        // An order keeps every id that it ever had: the ledger may have lost the last of them.
        let theirs = names.iter().find_map(|name| desk.find(account, name.parse().ok()?));
        let wrong =
            |theirs: &str| broken("INV-04", format!("{} is {:?} by {:?}, {theirs}", t.root, t.life, t.event));
        match (t.event, theirs) {
            (OrderEvent::NotSent, _) if names.iter().any(|id| self.written.contains(*id)) => {
                wrong("its bytes were sent")
            }
            (OrderEvent::NotSent, _) => Ok(()),
            // The stamps of a send that the broker's word overtook: the end was judged when that word was recorded.
            (OrderEvent::Sent, _) => Ok(()),
            (OrderEvent::ProvenAbsent, Some(o)) => wrong(&format!("the exchange has it {:?}", o.state)),
            (OrderEvent::ProvenAbsent, None) => Ok(()),
            (OrderEvent::FullyFilled, _) if names.iter().any(|id| self.told_of.contains(*id)) => Ok(()),
            (OrderEvent::Refused, _) if names.iter().any(|id| self.refused.contains(*id)) => Ok(()),
            (_, None) => wrong("the exchange never had it"),
            (_, Some(o)) if o.state.is_live() => wrong(&format!("the exchange has it {:?}", o.state)),
            (_, Some(o)) => match (t.life, o.state) {
                (Life::Rejected, State::Rejected) => Ok(()),
                (Life::Canceled | Life::Expired, State::Canceled) => Ok(()),
                (Life::Filled, State::Filled | State::Canceled) if o.cum.0 > 0 => {
                    let booked = self.records.filled(t.root);
                    match booked == o.cum.0 {
                        true => Ok(()),
                        false => broken(
                            "INV-06",
                            format!("{} is filled with {booked} of {} booked", t.root, o.cum),
                        ),
                    }
                }
                // A fill that completes a cancelled order has won its race; the desk calls that filled.
                (Life::Canceled, State::Filled) if o.cum < o.spec.lots => Ok(()),
                _ => wrong(&format!("the exchange has it {:?}", o.state)),
            },
        }
    }

    /// INV-05: the lane's positions are the sum of distinct executions, and each of those is the exchange's.
    pub(crate) fn positions(&self, ledgered: &Ledgered, desk: &Desk, account: AccountId) -> Verdict {
        let mut sums: BTreeMap<Symbol, i64> = BTreeMap::new();
        let standing = self.booked.iter().filter(|(exec, _)| !self.taken_back.contains(*exec));
        for (symbol, change) in standing.map(|(_, booked)| booked) {
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
            let known = true_execs.get(exec).or_else(|| self.extra.get(exec));
            let gone = self.taken_back.contains(exec);
            if known != Some(change) && !gone {
                return broken("INV-05", format!("execution {exec} of {change} lots is not the exchange's"));
            }
        }
        Ok(())
    }

    /// INV-18: after a restart every record that was durable is there, and what is there was committed whole.
    pub(crate) fn recovered(&mut self, seq: u64) -> Verdict {
        self.keep(&format!("life {seq}"));
        if seq < self.durable {
            return broken("INV-18", format!("{} records were durable, {seq} came back", self.durable));
        }
        if seq != self.durable && seq != self.offered {
            return broken("INV-18", format!("half a commit came back: {seq} of {}", self.offered));
        }
        Ok(())
    }

    /// INV-17: every execution that a report told has been booked.
    pub(crate) fn told(&self, told: &[ExecId]) -> Verdict {
        match told.iter().find(|exec| !self.booked.contains_key(&exec.to_string())) {
            None => Ok(()),
            Some(exec) => broken("INV-17", format!("execution {exec} was told, and is not booked")),
        }
    }

    /// INV-13: who is called flat holds nothing by the records, and no trade of its orders is missing in them. Asked before
    /// the records that say so are taken in.
    pub(crate) fn flat(
        &self,
        entries: &[Entry],
        desk: &Desk,
        account: AccountId,
        asked: Option<Mono>,
    ) -> Verdict {
        for entry in entries {
            let Record::ClosingEnded { number, .. } = entry.record else { continue };
            let Some((bot, symbol)) = self.records.closing(number) else { continue };
            let theirs = desk.accounts().get(&account);
            let unbooked = theirs.into_iter().flat_map(|a| &a.executions).filter(|t| !self.is_booked(t));
            let own = unbooked.filter(|t| t.symbol == symbol && self.owner(t) == Some(bot));
            let missing: i64 = own.map(|t| t.side.sign() * t.lots.0).sum();
            let held = self.records.held(bot, symbol) + missing;
            if held != 0 {
                return broken(
                    "INV-13",
                    format!("closing {number} is called flat with {held} lots of {symbol} held"),
                );
            }
            if bot == external_bot() {
                self.no_stray_from_before(desk, account, asked)?;
            }
        }
        Ok(())
    }
}

impl Oracle {
    /// INV-13: an account is called flat of others only when nothing of theirs rests on it that the answer could have told.
    fn no_stray_from_before(&self, desk: &Desk, account: AccountId, asked: Option<Mono>) -> Verdict {
        let before = self.strays.iter().filter(|(_, placed)| Some(**placed) < asked);
        let mut live = before.filter(|(id, _)| {
            let order = id.parse().ok().and_then(|id| desk.find(account, id));
            order.is_some_and(|order| order.state.is_live())
        });
        match live.next() {
            Some((id, _)) => broken("INV-13", format!("called flat while {id}, a stranger's order, works")),
            None => Ok(()),
        }
    }
}

fn their_orders(desk: &Desk, account: AccountId) -> impl Iterator<Item = &TheirOrder> {
    let numbers = desk.accounts().get(&account).map_or(&[][..], |a| &a.orders);
    numbers.iter().filter_map(|no| desk.order(*no).ok())
}
