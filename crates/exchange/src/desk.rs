//! The clients' side of the exchange: every account and order, changed by facts and by nothing else.
//!
//! [`Desk::apply`] is the one writer, live and after a restart alike. It never decides anything: a fact that cannot be
//! is an error that names it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use stopline_kernel::id::{AccountId, Symbol, VenueInstance};
use stopline_kernel::instrument::Instrument;
use stopline_kernel::num::{Lots, Overflow};

use crate::account::{Account, Order, State, Trade};
use crate::breaker::Ruled;
use crate::fact::{ClientId, ExecNo, FORMAT, Fact, OrderNo, Spec};
use crate::phase::Phase;

/// Why a fact cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Impossible {
    /// It is about an order that was never placed.
    NoSuchOrder(OrderNo),
    /// It is about an account that was never opened.
    NoSuchAccount(AccountId),
    /// It is about a contract that this exchange was not given.
    NoSuchContract(Symbol),
    /// It gives a number or an id a second time.
    Twice(String),
    /// The order has ended.
    Ended(OrderNo),
    /// It trades more than was left.
    TooMuch(OrderNo),
    /// A number left its range.
    Overflow,
    /// It is written in a format of another release.
    Format(u32),
}

impl From<Overflow> for Impossible {
    fn from(_: Overflow) -> Impossible {
        Impossible::Overflow
    }
}

impl fmt::Display for Impossible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Impossible::NoSuchOrder(order) => write!(f, "there is no order {order}"),
            Impossible::NoSuchAccount(account) => write!(f, "there is no account {account}"),
            Impossible::NoSuchContract(symbol) => {
                write!(
                    f,
                    "it traded {symbol} and is not given that now: name it, or begin in another directory"
                )
            }
            Impossible::Twice(what) => write!(f, "{what} is there already"),
            Impossible::Ended(order) => write!(f, "order {order} has ended"),
            Impossible::TooMuch(order) => write!(f, "order {order} would trade more than it has left"),
            Impossible::Overflow => f.write_str("a number left its range"),
            Impossible::Format(n) => {
                write!(f, "the journal has format {n}, this build reads format {FORMAT}")
            }
        }
    }
}

impl std::error::Error for Impossible {}

/// Who this exchange is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// Its name for its whole life.
    pub venue: VenueInstance,
    /// What its background market is drawn from.
    pub seed: u64,
}

/// Every account, order and id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Desk {
    instruments: BTreeMap<Symbol, Instrument>,
    identity: Option<Identity>,
    accounts: BTreeMap<AccountId, Account>,
    orders: BTreeMap<OrderNo, Order>,
    /// Those that have not ended.
    live: BTreeSet<OrderNo>,
    ids: BTreeMap<(AccountId, ClientId), OrderNo>,
    execs: u64,
    run: u32,
    /// Every phase that a contract has entered, the present one last.
    phases: BTreeMap<Symbol, Vec<Phase>>,
    /// Where the exchange's own rules leave each contract.
    ruled: BTreeMap<Symbol, Ruled>,
}

impl Desk {
    /// A desk that trades these contracts, before its first fact.
    pub fn new(instruments: Vec<Instrument>) -> Desk {
        let instruments = instruments.into_iter().map(|i| (i.symbol, i)).collect();
        Desk { instruments, ..Desk::default() }
    }

    /// Makes `fact` true.
    pub fn apply(&mut self, fact: &Fact) -> Result<(), Impossible> {
        match fact {
            Fact::Created { format, venue, seed, .. } => self.created(*format, *venue, *seed),
            Fact::Opened { account, cash } => {
                let opened = Account { cash: *cash, ..Account::default() };
                let before = self.accounts.insert(*account, opened);
                before.map_or(Ok(()), |_| Err(Impossible::Twice(account.to_string())))
            }
            Fact::Started { run, .. } => {
                self.run = *run;
                Ok(())
            }
            Fact::Stopped { .. } | Fact::Clock { .. } | Fact::Liquidated { .. } => Ok(()),
            // An exchange goes on with the contracts it had, or not at all.
            Fact::Bar { symbol, .. } if self.instruments.contains_key(symbol) => Ok(()),
            Fact::Bar { symbol, .. } => Err(Impossible::NoSuchContract(*symbol)),
            Fact::Phased { symbol, phase, .. } => {
                self.phases.entry(*symbol).or_default().push(*phase);
                Ok(())
            }
            Fact::Ruled { symbol, ruled, .. } => {
                self.ruled.insert(*symbol, *ruled);
                Ok(())
            }
            Fact::Placed { account, order, spec, parent, .. } => {
                self.placed(*account, *order, *spec, *parent)
            }
            Fact::Accepted { order, worth, .. } => {
                let order = self.live(*order)?;
                (order.state, order.worth) = (State::Working, *worth);
                Ok(())
            }
            Fact::Traded { time, order, exec, lots, price, fee } => {
                let order = self.live(*order)?;
                let (cl_ord_id, symbol, side) = (order.spec.cl_ord_id, order.spec.symbol, order.spec.side);
                let (exec, order, price) = (*exec, order.no, *price);
                self.traded(Trade {
                    exec,
                    order,
                    cl_ord_id,
                    symbol,
                    side,
                    lots: *lots,
                    price,
                    fee: *fee,
                    time: *time,
                })
            }
            Fact::Rests { order, price, .. } => {
                self.live(*order)?.rests_at = Some(*price);
                Ok(())
            }
            Fact::Trailed { order, stop, .. } => {
                let order = self.live(*order)?;
                order.spec.kind = order.spec.kind.at(*stop);
                Ok(())
            }
            Fact::Replaced { .. } => self.replaced(fact),
            Fact::Canceled { order, .. } => self.ended(*order, State::Canceled),
            Fact::Rejected { order, .. } => self.ended(*order, State::Rejected),
        }
    }

    fn created(&mut self, format: u32, venue: VenueInstance, seed: u64) -> Result<(), Impossible> {
        if format != FORMAT {
            return Err(Impossible::Format(format));
        }
        let before = self.identity.replace(Identity { venue, seed });
        before.map_or(Ok(()), |_| Err(Impossible::Twice(venue.to_string())))
    }

    fn placed(
        &mut self,
        account: AccountId,
        no: OrderNo,
        spec: Spec,
        parent: Option<OrderNo>,
    ) -> Result<(), Impossible> {
        let state = if parent.is_some() { State::Held } else { State::Working };
        let worth = if parent.is_some() { Lots::ZERO } else { spec.lots };
        let (cum, rests_at, exits) = (Lots::ZERO, None, Vec::new());
        let order = Order { no, account, spec, parent, exits, state, worth, cum, rests_at };
        let owner = self.accounts.get_mut(&account).ok_or(Impossible::NoSuchAccount(account))?;
        owner.orders.push(no);
        if let Some(parent) = parent {
            self.orders.get_mut(&parent).ok_or(Impossible::NoSuchOrder(parent))?.exits.push(no);
        }
        if self.orders.insert(no, order).is_some() {
            return Err(Impossible::Twice(no.to_string()));
        }
        self.live.insert(no);
        self.name(account, spec.cl_ord_id, no)
    }

    fn name(&mut self, account: AccountId, id: ClientId, no: OrderNo) -> Result<(), Impossible> {
        let before = self.ids.insert((account, id), no);
        before.map_or(Ok(()), |_| Err(Impossible::Twice(id.to_string())))
    }

    fn traded(&mut self, trade: Trade) -> Result<(), Impossible> {
        let instrument =
            self.instruments.get(&trade.symbol).ok_or(Impossible::NoSuchContract(trade.symbol))?;
        let order = self.orders.get_mut(&trade.order).ok_or(Impossible::NoSuchOrder(trade.order))?;
        if trade.lots > order.left() {
            return Err(Impossible::TooMuch(trade.order));
        }
        let account = self.accounts.get_mut(&order.account);
        account.ok_or(Impossible::NoSuchAccount(order.account))?.book(instrument, trade)?;
        order.cum = order.cum.plus(trade.lots)?;
        if order.left().is_zero() {
            order.state = State::Filled;
            self.live.remove(&trade.order);
        }
        self.execs = self.execs.max(trade.exec.0);
        Ok(())
    }

    fn replaced(&mut self, fact: &Fact) -> Result<(), Impossible> {
        let Fact::Replaced { order, cl_ord_id, lots, worth, price, .. } = fact else { return Ok(()) };
        let order = self.live(*order)?;
        let kind = order.moved_to(*price);
        order.rests_at = order.rests_at.map(|_| *price);
        order.worth = *worth;
        order.spec = Spec { cl_ord_id: *cl_ord_id, lots: *lots, kind, ..order.spec };
        let (account, no, exits) = (order.account, order.no, order.exits.clone());
        // Exits are as large as their entry, or what it gains would stand without them.
        for exit in &exits {
            if let Some(exit) = self.orders.get_mut(exit).filter(|e| e.state.is_live()) {
                exit.spec.lots = *lots;
            }
        }
        self.name(account, *cl_ord_id, no)
    }

    fn ended(&mut self, no: OrderNo, state: State) -> Result<(), Impossible> {
        self.live(no)?.state = state;
        self.live.remove(&no);
        Ok(())
    }

    fn live(&mut self, no: OrderNo) -> Result<&mut Order, Impossible> {
        let order = self.orders.get_mut(&no).ok_or(Impossible::NoSuchOrder(no))?;
        if order.state.is_live() { Ok(order) } else { Err(Impossible::Ended(no)) }
    }

    /// Who this exchange is, once created.
    pub const fn identity(&self) -> Option<Identity> {
        self.identity
    }

    /// How many processes have run it.
    pub const fn run(&self) -> u32 {
        self.run
    }

    /// The contracts it trades.
    pub fn instruments(&self) -> impl Iterator<Item = &Instrument> {
        self.instruments.values()
    }

    /// One contract.
    pub fn instrument(&self, symbol: Symbol) -> Option<&Instrument> {
        self.instruments.get(&symbol)
    }

    /// Every account.
    pub const fn accounts(&self) -> &BTreeMap<AccountId, Account> {
        &self.accounts
    }

    /// One order, ended or not.
    pub fn order(&self, no: OrderNo) -> Result<&Order, Impossible> {
        self.orders.get(&no).ok_or(Impossible::NoSuchOrder(no))
    }

    /// Every order that has not ended, oldest first.
    pub fn live_orders(&self) -> impl Iterator<Item = &Order> {
        self.live.iter().filter_map(|no| self.orders.get(no))
    }

    /// The order that ever had this id in this account.
    pub fn find(&self, account: AccountId, id: ClientId) -> Option<&Order> {
        self.ids.get(&(account, id)).and_then(|no| self.orders.get(no))
    }

    /// How a contract trades now: as whoever runs the exchange has set it, and within its own rules.
    pub fn phase(&self, symbol: Symbol) -> Phase {
        self.set(symbol).and(self.ruled(symbol).phase)
    }

    /// Where the exchange's own rules leave a contract.
    pub fn ruled(&self, symbol: Symbol) -> Ruled {
        self.ruled.get(&symbol).copied().unwrap_or_default()
    }

    /// How whoever runs the exchange has set a contract.
    pub fn set(&self, symbol: Symbol) -> Phase {
        self.phases.get(&symbol).and_then(|entered| entered.last()).copied().unwrap_or_default()
    }

    /// How many phases were set.
    pub fn phases_of(&self, symbol: Symbol) -> usize {
        self.phases.get(&symbol).map_or(0, Vec::len)
    }

    /// The next order's number.
    pub fn next_order(&self) -> OrderNo {
        OrderNo(self.orders.last_key_value().map_or(0, |(no, _)| no.0).saturating_add(1))
    }

    /// The next execution's number.
    pub const fn next_exec(&self) -> ExecNo {
        ExecNo(self.execs.saturating_add(1))
    }

    /// What an exit is worth now: what its entry filled and the other exits did not close, never more than was asked.
    pub fn exit_worth(&self, exit: &Order) -> Result<Lots, Impossible> {
        let Some(parent) = exit.parent else { return Ok(exit.spec.lots) };
        let parent = self.order(parent)?;
        let mut closed = Lots::ZERO;
        for sibling in parent.exits.iter().filter(|no| **no != exit.no) {
            closed = closed.plus(self.order(*sibling)?.cum)?;
        }
        Ok(exit.spec.lots.min(parent.cum.minus(closed)?))
    }
}
