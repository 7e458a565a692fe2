//! How an exchange begins: created with some hours of market before its clients' time, or restored from its journal.
//!
//! Restoring applies the same facts through the same desk as the live floor does, and never guesses one. What the
//! journal does not keep is made anew: the background market goes on from the last price, and clients' orders stand first at their prices.

use std::collections::BTreeMap;

use stopline_calendar::PriceLimits;
use stopline_kernel::id::{AccountId, NameError, Symbol, VenueInstance, digest};
use stopline_kernel::instrument::Instrument;
use stopline_kernel::num::{Lots, Money, Side, Ticks};
use stopline_kernel::time::{ExchangeTime, Span};

use crate::account::{Order, State};
use crate::desk::{Desk, Impossible};
use crate::driver::Driver;
use crate::fact::{FORMAT, Fact};
use crate::floor::{Floor, News};
use crate::house::{House, Temper};
use crate::journal::{Damage, Journal, Wrong};
use crate::kind::Kind;
use crate::latency::Latency;
use crate::rng::Rng;
use crate::scenario::Scenario;
use crate::slippage::Slippage;
use crate::tape::{Source, Tape};

/// What moves one contract's market.
pub enum Drive {
    /// Nothing: for tests.
    Quiet,
    /// Seeded participants who begin at this price.
    House {
        /// How they behave.
        temper: Temper,
        /// Their first price.
        price: Ticks,
    },
    /// A tape, and the lots it shows on either side.
    Tape {
        /// The points.
        source: Box<dyn Source>,
        /// Lots shown.
        shown: Lots,
    },
    /// A recording, shown row by row with [`Floor::show`].
    Recorded,
}

impl Drive {
    const fn word(&self) -> &'static str {
        match self {
            Drive::Quiet => "nobody",
            Drive::House { .. } => "simulated",
            Drive::Tape { .. } => "walked bars",
            Drive::Recorded => "recorded",
        }
    }
}

/// What an exchange is made of. The accounts, seed, salt and start count at its creation only.
pub struct Plan {
    /// The contracts, each with what moves it.
    pub contracts: Vec<(Instrument, Drive)>,
    /// The accounts with their cash at the beginning.
    pub accounts: Vec<(AccountId, Money)>,
    /// What the background market is drawn from.
    pub seed: u64,
    /// Tells two exchanges of one seed apart: the time of creation, say.
    pub salt: u64,
    /// When clients' time begins.
    pub start: ExchangeTime,
    /// How much market runs before that, so that there are bars to warm up with.
    pub warm_up: Span,
    /// How the market, its lines and its fills are modelled.
    pub models: Models,
}

/// The models that an exchange is made with; every start of it names them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Models {
    /// How long news takes.
    pub latency: Latency,
    /// What an order that takes pays beyond the book.
    pub slippage: Slippage,
    /// What happens to the market from its clients' time on.
    pub scenario: Scenario,
    /// The price limits and circuit breakers of the contracts that have them.
    pub limits: BTreeMap<Symbol, PriceLimits>,
}

impl Models {
    /// Each by name, in words.
    fn named(&self, contracts: &[(Instrument, Drive)]) -> BTreeMap<String, String> {
        let drives = contracts.iter().map(|(_, drive)| drive.word());
        let scenario = self.scenario.to_string();
        [
            ("market", drives.collect::<Vec<_>>().join(", ")),
            ("latency", self.latency.to_string()),
            ("slippage", self.slippage.to_string()),
            ("price limits", if self.limits.is_empty() { "none" } else { "as the exchange's" }.to_owned()),
            ("scenario", if scenario.is_empty() { "none".to_owned() } else { scenario }),
        ]
        .map(|(name, model)| (name.to_owned(), model))
        .into()
    }
}

/// What the plan's contracts become.
fn drivers(
    contracts: Vec<(Instrument, Drive)>,
    seed: u64,
    run: u32,
    from: ExchangeTime,
    last: &BTreeMap<Symbol, Ticks>,
) -> (Vec<Instrument>, BTreeMap<Symbol, Driver>) {
    let mut instruments = Vec::new();
    let mut drivers = BTreeMap::new();
    for (n, (instrument, drive)) in (0_u64..).zip(contracts) {
        let driver = match drive {
            Drive::Quiet => Driver::Quiet,
            Drive::Recorded => Driver::Recorded,
            Drive::House { temper, price } => {
                let price = last.get(&instrument.symbol).copied().unwrap_or(price);
                let rng = Rng::new(seed, (u64::from(run) << 32) | n);
                Driver::House(House::new(rng, temper, price, from))
            }
            Drive::Tape { source, shown } => {
                let mut tape = Tape::new(source, shown);
                tape.skip_to(from);
                Driver::Tape(tape)
            }
        };
        drivers.insert(instrument.symbol, driver);
        instruments.push(instrument);
    }
    (instruments, drivers)
}

/// The name of an exchange of this seed and salt.
pub fn instance(seed: u64, salt: u64) -> Result<VenueInstance, NameError> {
    let id = digest(&[b"exchange", &seed.to_le_bytes(), &salt.to_le_bytes()]);
    format!("sim-{:016x}", id >> 64).parse()
}

impl Floor {
    /// Creates an exchange and runs its market up to the plan's start. Its facts, the first of its journal, are in
    /// its news; the ticks of the warm-up are not.
    pub fn create(plan: Plan) -> Result<Floor, Impossible> {
        let Plan { contracts, accounts, seed, salt, start, warm_up, models } = plan;
        let venue = instance(seed, salt).map_err(|_| Impossible::Twice("the venue's name".to_owned()))?;
        let from = ExchangeTime(start.0.saturating_sub(warm_up.0));
        let named = models.named(&contracts);
        let (instruments, drivers) = drivers(contracts, seed, 1, from, &BTreeMap::new());
        let mut desk = Desk::new(instruments);
        let mut first = vec![Fact::Created { format: FORMAT, venue, seed, time: start }];
        first.extend(accounts.into_iter().map(|(account, cash)| Fact::Opened { account, cash }));
        first.push(Fact::Started { run: 1, time: start, models: named });
        for fact in &first {
            desk.apply(fact)?;
        }
        let mut floor = Floor::new(desk, from, drivers, models.slippage);
        floor.limit(&models.limits);
        floor.advance(start)?;
        floor.follow(&models.scenario, start);
        let lasts = |n: &News| match n {
            News::Fact(Fact::Clock { until }, _) => *until > start,
            News::Fact(fact, _) => matches!(fact, Fact::Bar { .. } | Fact::Ruled { .. }),
            _ => false,
        };
        let warm = floor.take_news().into_iter().filter(lasts);
        let news: Vec<News> = first.into_iter().map(|fact| News::Fact(fact, None)).chain(warm).collect();
        floor.put_back(news);
        Ok(floor)
    }

    /// Restores an exchange from its journal. A contract that the journal trades and the plan lacks is an error.
    pub fn restore(plan: Plan, journal: &Journal) -> Result<Floor, Damage> {
        let instruments = plan.contracts.iter().map(|(i, _)| i.clone()).collect();
        let (mut desk, mut past) = (Desk::new(instruments), Past::default());
        for (i, step) in journal.steps.iter().enumerate() {
            for fact in step {
                let wrong = |why| Damage { line: i + 1, what: Wrong::Impossible(why) };
                desk.apply(fact).map_err(wrong)?;
                past.see(fact, &desk);
            }
        }
        let (Some(identity), Some(now)) = (desk.identity(), past.now) else {
            return Err(Damage { line: 1, what: Wrong::NoBeginning });
        };
        past.fit(&desk);
        let line = journal.steps.len() + 1;
        let (named, models) = (plan.models.named(&plan.contracts), plan.models);
        let (_, drivers) =
            drivers(plan.contracts, identity.seed, desk.run().saturating_add(1), now, &past.last);
        let begin = past.begin.unwrap_or(now);
        let resumed = past.resume(Floor::new(desk, now, drivers, models.slippage), named);
        let mut floor = resumed.map_err(|why| Damage { line, what: Wrong::Impossible(why) })?;
        floor.limit(&models.limits);
        floor.follow(&models.scenario, begin);
        Ok(floor)
    }

    /// The orderly end: the minute that is forming and the time go into the journal.
    pub fn stop(&mut self) -> Result<(), Impossible> {
        let forming = self.markets.iter().filter_map(|(s, m)| m.bars.newest_minute().map(|bar| (*s, bar)));
        for (symbol, bar) in forming.collect::<Vec<_>>() {
            self.record(Fact::Bar { symbol, bar })?;
        }
        self.record(Fact::Stopped { time: self.now })
    }
}

/// What of the past is not in the desk.
#[derive(Default)]
struct Past {
    begin: Option<ExchangeTime>,
    now: Option<ExchangeTime>,
    last: BTreeMap<Symbol, Ticks>,
    bars: Vec<(Symbol, crate::bars::Bar)>,
}

impl Past {
    fn see(&mut self, fact: &Fact, desk: &Desk) {
        match fact {
            Fact::Created { time, .. } => (self.begin, self.now) = (Some(*time), self.now.max(Some(*time))),
            Fact::Started { time, .. } => self.now = self.now.max(Some(*time)),
            Fact::Clock { until } => self.now = self.now.max(Some(*until)),
            // An orderly end says how much of the reserved time was really used.
            Fact::Stopped { time } => self.now = Some(*time),
            Fact::Bar { symbol, bar } => {
                self.last.insert(*symbol, bar.close);
                self.bars.push((*symbol, *bar));
            }
            Fact::Traded { order, price, .. } => {
                let symbol = desk.order(*order).map(|o| o.spec.symbol);
                self.last.extend(symbol.ok().map(|symbol| (symbol, *price)));
            }
            _ => {}
        }
    }

    /// Moves the last prices to where the clients' orders say that they were: a kill loses the trades since the last
    /// minute, and an order that waited must not trade because of that.
    fn fit(&mut self, desk: &Desk) {
        for (symbol, last) in &mut self.last {
            let working = |o: &&Order| o.state == State::Working && o.spec.symbol == *symbol;
            let orders: Vec<&Order> = desk.live_orders().filter(working).collect();
            let (is_limit, is_stop) =
                (|k: Kind| matches!(k, Kind::Limit(_)), |k: Kind| k.waits_for().is_some());
            let beside = |side, kind: fn(Kind) -> bool| {
                let same = orders.iter().filter(move |o| o.spec.side == side && kind(o.acts_as()));
                same.filter_map(|o| o.acts_as().price()).map(|price| price.0)
            };
            let mut price = last.0;
            price = beside(Side::Sell, is_limit).map(|ask| ask.saturating_sub(1)).fold(price, i64::min);
            price = beside(Side::Buy, is_limit).fold(price, i64::max);
            // Stops have the last word: what was not set off stays so.
            price = beside(Side::Buy, is_stop).map(|stop| stop.saturating_sub(1)).fold(price, i64::min);
            price = beside(Side::Sell, is_stop).map(|stop| stop.saturating_add(1)).fold(price, i64::max);
            *last = Ticks(price);
        }
    }

    fn resume(self, mut floor: Floor, models: BTreeMap<String, String>) -> Result<Floor, Impossible> {
        let (run, time) = (floor.desk.run().saturating_add(1), floor.now);
        floor.record(Fact::Started { run, time, models })?;
        for (symbol, bar) in self.bars {
            if let Some(market) = floor.markets.get_mut(&symbol) {
                market.bars.recall(bar);
            }
        }
        for (symbol, last) in self.last {
            if let Some(market) = floor.markets.get_mut(&symbol) {
                market.last = Some(last);
            }
        }
        let mut held: BTreeMap<Symbol, i64> = BTreeMap::new();
        for (symbol, position) in floor.desk.accounts().values().flat_map(|a| &a.positions) {
            let sum = held.entry(*symbol).or_default();
            *sum = sum.saturating_add(position.lots.0);
        }
        for (symbol, lots) in held {
            if let Some(market) = floor.markets.get_mut(&symbol) {
                market.house_lots = Lots(lots).negated()?;
            }
        }
        let working = |o: &&Order| o.state == State::Working;
        let orders: Vec<_> =
            floor.desk.live_orders().filter(working).map(|o| (o.no, o.spec.symbol)).collect();
        for (order, symbol) in orders {
            floor.bring(order);
            floor.settle(symbol)?;
        }
        Ok(floor)
    }
}
