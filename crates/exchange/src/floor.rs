//! The trading floor: every market and every account, moved by time and by clients' requests.
//!
//! Pure and deterministic: the same requests at the same times make the same news. It has no clock and no session; a
//! request is answered by news that names the account, and who hears it is decided in [`crate::paper`].

use std::collections::{BTreeMap, VecDeque};

use stopline_kernel::id::{AccountId, Symbol};
use stopline_kernel::instrument::Instrument;
use stopline_kernel::market::{MarketStatus, Tick};
use stopline_kernel::num::{Lots, Side, Ticks};
use stopline_kernel::time::{ExchangeTime, Span};

use crate::account::Order;
use crate::book::{Owner, Resting};
use crate::breaker::Breaker;
use crate::desk::{Desk, Impossible};
use crate::driver::{Driver, Move, withdrawal};
use crate::fact::{ClientId, Fact, OrderNo};
use crate::market::Market;
use crate::phase::Phase;
use crate::scenario::{Scenario, Set};
use crate::slippage::Slippage;
use crate::stops::Due;

/// How far ahead of what it has shown the clock is reserved in the journal.
pub const CLOCK_RESERVE: Span = Span::secs(60);

/// Something that somebody may want to hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// An account or the exchange changed; with how the order stood right after.
    Fact(Fact, Option<Standing>),
    /// A request was refused and nothing changed.
    Refusal(Refusal),
    /// The market moved.
    Tick(Tick),
    /// A contract trades otherwise from now on.
    Status(MarketStatus),
}

/// How an order stands at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whose it is.
    pub account: AccountId,
    /// Its number.
    pub order: OrderNo,
    /// Its client's id of it.
    pub cl_ord_id: ClientId,
    /// Traded so far.
    pub cum: Lots,
    /// Traded and still to trade.
    pub worth: Lots,
}

impl Standing {
    /// How `order` stands now.
    pub const fn of(order: &Order) -> Standing {
        let Order { account, no, spec, cum, worth, .. } = *order;
        Standing { account, order: no, cl_ord_id: spec.cl_ord_id, cum, worth }
    }
}

/// A request that changed nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Whose request.
    pub account: AccountId,
    /// The id it named.
    pub cl_ord_id: Option<ClientId>,
    /// The order it meant, where there is one.
    pub order: Option<OrderNo>,
    /// What was asked.
    pub asked: Asked,
    /// Why not.
    pub reason: Box<str>,
}

/// The kinds of requests about orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// To place one.
    Place,
    /// To cancel one.
    Cancel,
    /// To change one.
    Replace,
}

/// The floor.
#[derive(Debug)]
pub struct Floor {
    pub(crate) now: ExchangeTime,
    pub(crate) desk: Desk,
    pub(crate) markets: BTreeMap<Symbol, Market>,
    drivers: BTreeMap<Symbol, Driver>,
    news: Vec<News>,
    /// Orders that have come to work, or grown, and are to be brought to the market.
    fresh: VecDeque<OrderNo>,
    reserved: ExchangeTime,
    /// What the scenario still has to set, in order of time.
    scenario: VecDeque<(ExchangeTime, Symbol, Set)>,
    slippage: Slippage,
    /// How each contract trades, as it was told last, and when a session next opens or closes.
    pub(crate) statuses: BTreeMap<Symbol, MarketStatus>,
    pub(crate) turns: ExchangeTime,
    /// The machine of each contract that has price limits.
    pub(crate) breakers: BTreeMap<Symbol, Breaker>,
    /// Orders that came while nothing traded, in their order.
    pub(crate) collected: BTreeMap<Symbol, Vec<OrderNo>>,
}

impl Floor {
    /// A floor at `now` with empty markets.
    pub(crate) fn new(
        desk: Desk,
        now: ExchangeTime,
        drivers: BTreeMap<Symbol, Driver>,
        slippage: Slippage,
    ) -> Floor {
        let feed = u64::from(desk.run()) << 32;
        let recorded = |symbol| matches!(drivers.get(&symbol), Some(Driver::Recorded));
        let market = |i: &Instrument| (i.symbol, Market::new(i.clone(), feed, recorded(i.symbol)));
        let markets = desk.instruments().map(market).collect();
        let (news, fresh) = (Vec::new(), VecDeque::new());
        Floor {
            now,
            desk,
            markets,
            drivers,
            news,
            fresh,
            reserved: now,
            scenario: VecDeque::new(),
            slippage,
            statuses: BTreeMap::new(),
            turns: now,
            breakers: BTreeMap::new(),
            collected: BTreeMap::new(),
        }
    }

    /// Has every contract go through `scenario`, whose times count from `begin`. What the desk says was entered is not
    /// entered again.
    pub(crate) fn follow(&mut self, scenario: &Scenario, begin: ExchangeTime) {
        for symbol in self.desk.instruments().map(|i| i.symbol) {
            let entered = self.desk.phases_of(symbol);
            let steps = scenario.0.iter().skip(entered);
            self.scenario.extend(steps.map(|step| (begin.plus(step.after), symbol, step.set)));
        }
        self.scenario.make_contiguous().sort_by_key(|(at, ..)| *at);
    }

    /// Exchange time.
    pub const fn now(&self) -> ExchangeTime {
        self.now
    }

    /// The accounts and orders.
    pub const fn desk(&self) -> &Desk {
        &self.desk
    }

    /// One contract's market.
    pub fn market(&self, symbol: Symbol) -> Option<&Market> {
        self.markets.get(&symbol)
    }

    /// When the market next moves by itself; `None` when it never will again.
    pub fn next_event_time(&self) -> Option<ExchangeTime> {
        let drivers = self.drivers.values().filter_map(Driver::next_time);
        drivers.chain(self.scenario.front().map(|(at, ..)| *at)).min()
    }

    /// Whether a tape drove this floor and nothing is left to happen by itself.
    pub fn is_over(&self) -> bool {
        self.drivers.values().any(Driver::is_over) && self.next_event_time().is_none()
    }

    /// The news since the last call, in order.
    pub fn take_news(&mut self) -> Vec<News> {
        std::mem::take(&mut self.news)
    }

    /// Puts news in front of what is to be taken next; emptied news give their room back.
    pub(crate) fn put_back(&mut self, news: Vec<News>) {
        let later = std::mem::replace(&mut self.news, news);
        self.news.extend(later);
    }

    /// Lets the market move until `to`; time that has passed does not come back.
    pub fn advance(&mut self, to: ExchangeTime) -> Result<(), Impossible> {
        loop {
            let next = self.drivers.iter().filter_map(|(s, d)| d.next_time().map(|t| (t, *s))).min();
            let next = next.filter(|(at, _)| *at <= to);
            let due = self.scenario.front().copied().filter(|(at, ..)| *at <= to);
            match (next, due) {
                (next, Some((at, symbol, set))) if next.is_none_or(|(first, _)| at <= first) => {
                    self.scenario.pop_front();
                    self.pass(at)?;
                    self.enter_phase(symbol, set)?;
                }
                (Some((at, symbol)), _) => {
                    self.pass(at)?;
                    self.drive(symbol)?;
                }
                (None, _) => break,
            }
        }
        self.pass(to)
    }

    /// A contract trades otherwise from `at` on, by the word of whoever runs the exchange.
    pub fn set(&mut self, symbol: Symbol, at: ExchangeTime, set: Set) -> Result<(), Impossible> {
        self.pass(at)?;
        self.enter_phase(symbol, set)
    }

    fn enter_phase(&mut self, symbol: Symbol, set: Set) -> Result<(), Impossible> {
        let last = self.markets.get(&symbol).and_then(|m| m.last).unwrap_or_default();
        self.record(Fact::Phased { time: self.now, symbol, phase: set.phase(last) })?;
        self.release(symbol)?;
        self.drive(symbol)?;
        self.tell_status(symbol);
        Ok(())
    }

    /// When the scenario next changes how a contract trades.
    pub(crate) fn next_phase(&self, symbol: Symbol) -> Option<ExchangeTime> {
        self.scenario.iter().find(|(_, of, _)| *of == symbol).map(|(at, ..)| *at)
    }

    /// Sets the clock forward, reserving it in the journal first.
    pub(crate) fn pass(&mut self, to: ExchangeTime) -> Result<(), Impossible> {
        self.now = self.now.max(to);
        if self.now >= self.reserved {
            let minute = Span::secs(60).0;
            let until =
                ExchangeTime(self.now.plus(CLOCK_RESERVE).0.div_euclid(minute).saturating_mul(minute));
            self.reserved = until.max(self.now.plus(Span(1)));
            self.record(Fact::Clock { until: self.reserved })?;
        }
        if self.now >= self.turns {
            self.turn()?;
        }
        Ok(())
    }

    /// Lets one contract's driver act.
    fn drive(&mut self, symbol: Symbol) -> Result<(), Impossible> {
        let (now, never) = (self.now, ExchangeTime(i64::MAX));
        let (phase, changes) = (self.desk.phase(symbol), self.next_change(symbol).unwrap_or(never));
        let (Some(market), Some(driver)) = (self.markets.get(&symbol), self.drivers.get_mut(&symbol)) else {
            return Ok(());
        };
        let moves = match market.into_day(now) {
            Some(into_day) if phase.trades() => driver.act(now, into_day, &market.book),
            Some(_) => {
                driver.sleep(changes);
                if phase == Phase::Closed { withdrawal(&market.book) } else { Vec::new() }
            }
            None => {
                driver.sleep(market.next_open(now).unwrap_or(never));
                withdrawal(&market.book)
            }
        };
        for act in moves {
            self.make(symbol, act)?;
        }
        self.settle(symbol)
    }

    fn make(&mut self, symbol: Symbol, act: Move) -> Result<(), Impossible> {
        match act {
            Move::Order { side, limit, lots, rests } => {
                let Some(owner) = self.markets.get_mut(&symbol).map(|m| Owner::House(m.arrival())) else {
                    return Ok(());
                };
                let limit = self.desk.phase(symbol).within(side, Some(limit)).unwrap_or(limit);
                let mut left = lots;
                while let Some(traded) = self.take(symbol, owner, side, Some(limit), left)? {
                    left = left.minus(traded)?;
                }
                if let Some(market) = self.markets.get_mut(&symbol).filter(|_| rests) {
                    market.book.add(side, limit, Resting { owner, lots: left });
                }
                Ok(())
            }
            Move::Cancel(owner) => {
                if let Some(market) = self.markets.get_mut(&symbol) {
                    market.book.remove(owner);
                }
                Ok(())
            }
            Move::Print { price, .. } if !self.desk.phase(symbol).allows(price) => Ok(()),
            Move::Print { price, lots } => self.print(symbol, price, lots),
        }
    }

    /// One trade of an order against the best of the other side; `None` when there is none to be had.
    pub(crate) fn take(
        &mut self,
        symbol: Symbol,
        taker: Owner,
        side: Side,
        limit: Option<Ticks>,
        lots: Lots,
    ) -> Result<Option<Lots>, Impossible> {
        let phase = self.desk.phase(symbol);
        if !phase.trades() {
            return Ok(None);
        }
        let limit = phase.within(side, limit);
        let hit = self.markets.get_mut(&symbol).and_then(|m| m.book.take(side, limit, lots));
        let Some(hit) = hit else { return Ok(None) };
        self.print(symbol, hit.price, hit.lots)?;
        let paid = self.slippage.paid(side, hit.price, limit);
        for (owner, side, price) in [(hit.maker, side.opposite(), hit.price), (taker, side, paid)] {
            match owner {
                Owner::House(_) => self.house(symbol, side.signed(hit.lots)?)?,
                Owner::Client(order) => self.fill(order, price, hit.lots)?,
            }
        }
        Ok(Some(hit.lots))
    }

    fn house(&mut self, symbol: Symbol, signed: Lots) -> Result<(), Impossible> {
        if let Some(market) = self.markets.get_mut(&symbol) {
            market.house_lots = market.house_lots.plus(signed)?;
        }
        Ok(())
    }

    fn print(&mut self, symbol: Symbol, price: Ticks, lots: Lots) -> Result<(), Impossible> {
        let Some(market) = self.markets.get_mut(&symbol) else { return Ok(()) };
        // A recorded market traded what its recording says, whatever a client would have added to it.
        if market.is_recorded() {
            return Ok(());
        }
        let (tick, over) = market.print(self.now, price, lots);
        self.news.push(News::Tick(tick));
        self.rule_by_trade(symbol, price)?;
        over.map_or(Ok(()), |bar| self.record(Fact::Bar { symbol, bar }))
    }

    /// Books a client's side of a trade, with what follows for the rest of its list.
    fn fill(&mut self, no: OrderNo, price: Ticks, lots: Lots) -> Result<(), Impossible> {
        let order = self.desk.order(no)?;
        let fee = self.markets.get(&order.spec.symbol).map(|m| m.instrument.fee).unwrap_or_default();
        let (time, exec) = (self.now, self.desk.next_exec());
        let fee = fee.times(lots.0)?;
        self.record(Fact::Traded { time, order: no, exec, lots, price, fee })?;
        self.follow_fill(no)
    }

    /// Makes a fact true and tells it.
    pub(crate) fn record(&mut self, fact: Fact) -> Result<(), Impossible> {
        self.desk.apply(&fact)?;
        let order = fact.order().and_then(|no| self.desk.order(no).ok());
        let standing = order.map(Standing::of);
        self.news.push(News::Fact(fact, standing));
        Ok(())
    }

    /// Tells how a contract trades.
    pub(crate) fn announce(&mut self, told: MarketStatus) {
        self.news.push(News::Status(told));
    }

    /// Tells a refusal.
    pub(crate) fn refuse(&mut self, refusal: Refusal) {
        self.news.push(News::Refusal(refusal));
    }

    /// Puts an order in line for [`Floor::settle`].
    pub(crate) fn bring(&mut self, order: OrderNo) {
        self.fresh.push_back(order);
    }

    /// Works off all that follows from what happened: stops set off, orders that came to work; then shows the book.
    pub(crate) fn settle(&mut self, symbol: Symbol) -> Result<(), Impossible> {
        if let Some(market) = self.markets.get_mut(&symbol) {
            market.lay_out();
        }
        loop {
            match self.markets.get_mut(&symbol).and_then(Market::next_due) {
                Some(Due::SetOff(stop)) => self.trade_off(stop)?,
                Some(Due::Trailed(stop, to)) => self.trailed(stop, to)?,
                None => match self.fresh.pop_front() {
                    Some(order) => self.enter(order)?,
                    None => break,
                },
            }
        }
        let now = self.now;
        if let Some(market) = self.markets.get_mut(&symbol) {
            market.take_back();
            let tick = market.changed_bbo(now);
            self.news.extend(tick.map(News::Tick));
        }
        self.tell_status(symbol);
        self.watch_margin(symbol)
    }

    /// Whether there is news to be taken.
    pub(crate) fn has_news(&self) -> bool {
        !self.news.is_empty()
    }
}
