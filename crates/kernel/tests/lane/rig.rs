//! Drives a lane: inputs in, commits through a log in memory, and keeps what came out.
//!
//! It never touches the Book. After every turn it rebuilds the ledgered half from the records alone and compares.

use std::collections::{BTreeMap, BTreeSet};

use stopline_kernel::commit::{Log, Released, commit};
use stopline_kernel::effect::{BotEvent, OrderCommand, Ordered, Query, Reply};
use stopline_kernel::halt::Level as Halt;
use stopline_kernel::id::{BotId, ClOrdId, ExecId, Symbol, VenueInstance};
use stopline_kernel::input::{Event, Input};
use stopline_kernel::instrument::{Instrument, Session, Sessions, TickSize, TradingDay};
use stopline_kernel::lane::Lane;
use stopline_kernel::ledgered::Ledgered;
use stopline_kernel::limits::{
    BotSeat, DayLimits, HourLimits, LaneConfig, Limits, OnStop, PaceLimits, SizeLimits, Timings,
};
use stopline_kernel::market::{Bbo, Level, Tick, TickKind};
use stopline_kernel::num::{Bps, Lots, Money, Ticks};
use stopline_kernel::order::Execution;
use stopline_kernel::record::{Entry, Record};
use stopline_kernel::report::{Report, Stream, Welcome};
use stopline_kernel::time::{ExchangeTime, LocalTime, MarketClock, Mono, Span, Stamp};

/// One release, as the world would see it.
#[derive(Debug)]
pub(crate) enum Out {
    Order(OrderCommand),
    Query(Query),
    Bot(BotEvent),
    Reply(Reply),
    Stopped,
}

/// A log that keeps everything and never fails.
#[derive(Default)]
pub(crate) struct Kept(pub(crate) Vec<Entry>);

impl Log for Kept {
    type Error = ();

    fn append(&mut self, entries: &[Entry]) -> Result<(), ()> {
        self.0.extend_from_slice(entries);
        Ok(())
    }

    fn sync(&mut self) -> Result<(), ()> {
        Ok(())
    }
}

pub(crate) struct Rig {
    pub(crate) lane: Lane,
    pub(crate) config: LaneConfig,
    pub(crate) log: Kept,
    pub(crate) at: Stamp,
    pub(crate) epoch: u64,
    pub(crate) seq: u64,
    /// Whether a released command is reported as sent at once.
    pub(crate) sends: bool,
    /// Every execution of the venue, told or not.
    pub(crate) executions: Vec<(Option<ClOrdId>, u64, Execution)>,
    /// Every execution that the venue took back.
    pub(crate) busted: Vec<ExecId>,
    /// Commands given so far.
    pub(crate) commands: u64,
    turns: u64,
    shadow: Ledgered,
    placed: BTreeSet<ClOrdId>,
}

pub(crate) const ANSWER: Span = Span::secs(3);

pub(crate) fn symbol() -> Symbol {
    Symbol::from_static("MESZ6")
}

pub(crate) fn bot() -> BotId {
    BotId::from_static("cross")
}

pub(crate) fn mes() -> Instrument {
    let day = |n: u32, from: i64, to: i64| Session {
        day: TradingDay(20_261_100 + n),
        open: ExchangeTime(0).plus(Span::secs(from)),
        close: ExchangeTime(0).plus(Span::secs(to)),
    };
    Instrument {
        symbol: symbol(),
        tick: TickSize { mantissa: 25, scale: 2 },
        tick_value: Money(1_250_000),
        fee: Money(620_000),
        sessions: Sessions(vec![day(1, 0, 10_000), day(2, 11_000, 21_000), day(3, 22_000, 32_000)]),
        margin: None,
    }
}

pub(crate) fn config() -> LaneConfig {
    LaneConfig {
        account: "PAPER-1".parse().unwrap(),
        start_cash: Money::units(50_000).unwrap(),
        limits: Limits {
            max_order_lots: Lots(3),
            max_instrument_lots: Lots(5),
            risk_per_trade: Money::units(200).unwrap(),
            daily_loss: Money::units(500).unwrap(),
            collar: Bps(200),
            collar_ticks: Ticks(400),
            max_orders_per_window: 5,
            through: Ticks(2),
            cash_tolerance: Money::units(5).unwrap(),
            day: DayLimits::OFF,
            size: SizeLimits::OFF,
            hours: HourLimits::OFF,
            pace: PaceLimits::OFF,
        },
        timings: Timings {
            intent_age: Span::secs(90),
            data_age: Span::secs(5),
            bar_lateness: Span::secs(1),
            rate_window: Span::secs(60),
            send_deadline: Span::millis(250),
            answer: ANSWER,
            protect: Span::secs(2),
            detect: Span::secs(5),
            settle: Span::secs(2),
            quotes_gone: Span::secs(10),
            reprice: Span::secs(1),
            flat: Span::secs(30),
            account_age: None,
        },
        bots: vec![BotSeat { bot: bot(), symbol: symbol(), bar: Span::secs(60), warm_up: 3 }],
        on_stop: OnStop::KeepProtection,
        sizing: Vec::new(),
    }
}

impl Rig {
    /// A lane that has not begun.
    pub(crate) fn new(config: LaneConfig) -> Rig {
        config.check().unwrap();
        Rig {
            lane: Lane::new(Ledgered::default(), config.clone()),
            config,
            log: Kept::default(),
            at: moment(1_000, 3_600),
            epoch: 0,
            seq: 0,
            sends: true,
            executions: Vec::new(),
            busted: Vec::new(),
            commands: 0,
            turns: 0,
            shadow: Ledgered::default(),
            placed: BTreeSet::new(),
        }
    }

    /// A lane that is connected, has agreed with its venue and sees a market at 23500.
    pub(crate) fn ready() -> Rig {
        Rig::ready_with(config())
    }

    pub(crate) fn ready_with(config: LaneConfig) -> Rig {
        let mut rig = Rig::new(config);
        rig.start();
        for stream in [Stream::Quotes, Stream::Orders] {
            rig.up(stream);
        }
        rig.pass(Span::millis(10));
        rig.line("snap");
        rig.line("quote 23499 23501");
        rig.line("trade 23500");
        rig
    }

    pub(crate) fn start(&mut self) -> Vec<Out> {
        self.give(Event::Start { build: "test".into() })
    }

    pub(crate) fn up(&mut self, stream: Stream) -> Vec<Out> {
        self.epoch += 1;
        let clock = MarketClock { origin: self.at.market.unwrap(), at: self.at.mono, speed_milli: 1_000 };
        let venue: VenueInstance = "sim-1".parse().unwrap();
        let welcome = Box::new(Welcome { venue, clock, instruments: vec![mes()] });
        self.give(Event::Report(Report::Up { stream, epoch: self.epoch, welcome }))
    }

    pub(crate) fn pass(&mut self, span: Span) {
        self.at = Stamp {
            mono: self.at.mono.plus(span),
            local: LocalTime(self.at.local.0 + span.0),
            market: self.at.market.map(|m| m.plus(span)),
        };
    }

    pub(crate) fn give(&mut self, event: Event) -> Vec<Out> {
        self.batch(vec![event])
    }

    /// One turn, one commit; then the sink's word for every order command, as one more turn.
    pub(crate) fn batch(&mut self, events: Vec<Event>) -> Vec<Out> {
        let at = self.at;
        let inputs: Vec<Input> = events.into_iter().map(|event| Input { at, event }).collect();
        let steps = self.lane.turn(inputs).unwrap();
        let kept = self.log.0.len();
        let durable = commit(&mut self.log, steps).unwrap();
        let mut out = Vec::new();
        for released in durable.release() {
            match released {
                Released::Order(command) => out.push(Out::Order(command.command().clone())),
                Released::Query(query) => out.push(Out::Query(query)),
                Released::Bot(_, event) => out.push(Out::Bot(event)),
                Released::Reply(reply) => out.push(Out::Reply(reply)),
                Released::Publish(_) => {}
                Released::Stopped => out.push(Out::Stopped),
            }
        }
        self.check_records(kept);
        self.check_commands(&out);
        if self.sends {
            self.tell_sent(&out);
        }
        out
    }

    fn tell_sent(&mut self, out: &[Out]) {
        let commands = out.iter().filter_map(|o| match o {
            Out::Order(command) => Some(command.what.orders()),
            _ => None,
        });
        let (durable, sent) = (self.at.mono, self.at.mono);
        let told: Vec<Event> = commands.map(|orders| Event::Sent { orders, durable, sent }).collect();
        for event in told {
            self.batch(vec![event]);
        }
    }

    /// INV-18: the records alone rebuild the ledgered half.
    fn check_records(&mut self, from: usize) {
        for entry in &self.log.0[from..] {
            self.shadow.apply(entry).unwrap();
            match &entry.record {
                Record::OrderPlaced { order, .. } => drop(self.placed.insert(order.cl_ord_id)),
                Record::ReplaceAsked { to, .. } => drop(self.placed.insert(to.cl_ord_id)),
                _ => {}
            }
        }
        self.turns += 1;
        if from < self.log.0.len() || self.turns.is_multiple_of(16) {
            assert_eq!(self.shadow, self.lane.book().ledgered, "records and memory parted");
        }
    }

    /// INV-01 and INV-13: a command's order stands in the log, and nothing opens under a halt.
    fn check_commands(&self, out: &[Out]) {
        for command in out.iter().filter_map(|o| match o {
            Out::Order(command) => Some(command),
            _ => None,
        }) {
            assert!(command.what.orders().iter().all(|id| self.placed.contains(id)), "{command:?}");
            let halted = self.lane.book().ledgered.halts.account() != Halt::Running;
            assert!(!(command.opens && halted), "opens under a halt: {command:?}");
            if let Ordered::Place(list) = &command.what {
                assert!(list.exits.iter().all(|e| e.side != list.first.side));
            }
        }
    }

    /// The process dies; the next one knows only the records. `reboot` restarts the monotonic clock too.
    pub(crate) fn crash(&mut self, reboot: bool) -> Vec<Out> {
        let mut recovered = Ledgered::default();
        self.log.0.iter().for_each(|entry| recovered.apply(entry).unwrap());
        self.lane = Lane::new(recovered, self.config.clone());
        if reboot {
            self.at.mono = Mono(5_000_000);
        }
        self.start()
    }

    pub(crate) fn tick(&mut self, what: TickKind) -> Event {
        self.seq += 1;
        let exchange_time = self.at.market.unwrap();
        Event::Tick(Tick { symbol: symbol(), seq: self.seq, exchange_time, broker_time: None, what })
    }

    pub(crate) fn bbo(&mut self, bid: i64, ask: i64) -> Event {
        let level = |price| Some(Level { price: Ticks(price), lots: Lots(10) });
        self.tick(TickKind::Bbo(Bbo { bid: level(bid), ask: level(ask) }))
    }

    /// The first ids of every order placed, by leg word, oldest first.
    pub(crate) fn ids(&self) -> BTreeMap<&'static str, Vec<ClOrdId>> {
        let mut by_leg: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for entry in &self.log.0 {
            if let Record::OrderPlaced { order, .. } = &entry.record {
                by_leg.entry(order.leg.word()).or_default().push(order.cl_ord_id);
            }
        }
        by_leg
    }
}

/// A stamp `mono` seconds after boot and `market` seconds into the exchange's clock.
pub(crate) fn moment(mono: u64, market: i64) -> Stamp {
    Stamp {
        mono: Mono(mono * 1_000_000_000),
        local: LocalTime(market * 1_000_000_000),
        market: Some(ExchangeTime(market * 1_000_000_000)),
    }
}

impl Rig {
    /// A process that starts over `ledgered` takes every open request for unknown and sends nothing before it has
    /// spoken with the venue.
    pub(crate) fn restarted_from(&self, ledgered: Ledgered) {
        let mut rig =
            Rig { lane: Lane::new(ledgered.clone(), self.config.clone()), ..Rig::new(self.config.clone()) };
        rig.shadow = ledgered;
        rig.at = self.at;
        let out = rig.start();
        assert!(out.is_empty(), "{out:?}");
        let open = rig.lane.book().ledgered.live_orders().find(|o| {
            use stopline_kernel::table::{Ask, Life};
            matches!(o.life, Life::Draft | Life::Submitted) || o.ask != Ask::Nothing
        });
        assert!(open.is_none(), "{open:?}");
    }
}

impl Rig {
    pub(crate) fn is_up(&self, stream: &str) -> bool {
        let stream = if stream == "orders" { Stream::Orders } else { Stream::Quotes };
        self.lane.book().link.up.contains_key(&stream)
    }

    /// Whether an order's last question is younger than the time an answer may take.
    pub(crate) fn is_young(&self, order: &stopline_kernel::order::Order) -> bool {
        self.at.mono.since(order.asked.mono) <= ANSWER
    }
}
