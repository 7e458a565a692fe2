//! The engine node: the live lane, the live protocol machines and a modelled log, with the runtime's two threads as
//! two stages, and a plan of where it dies.
//!
//! It decides nothing that the runtime would not: it moves inputs to the lane, steps to the log, commands to the
//! protocol machine.

use stopline_kernel::commit::{Committed, Durable, Log, Released, Step, commit};
use stopline_kernel::effect::OrderCommand;
use stopline_kernel::id::BotId;
use stopline_kernel::input::{Event, Input};
use stopline_kernel::lane::Lane;
use stopline_kernel::ledgered::{Broken, Ledgered};
use stopline_kernel::limits::LaneConfig;
use stopline_kernel::record::{Entry, Record};
use stopline_kernel::report::Report;
use stopline_kernel::risk::Approved;
use stopline_kernel::time::{LocalTime, MarketClock, Mono, Stamp};
use stopline_ledger::modelled::ModelledLog;
use stopline_venues::paper::protocol::{PaperOrders, PaperQuotes};
use stopline_venues::protocol::{OrderDoor, Output, Protocol};

use crate::bot::Fickle;
use crate::swarm::{Crash, CrashPoint};

/// Which of the engine's two connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wire {
    /// Market data.
    Quotes,
    /// Orders and account.
    Orders,
}

/// What became of a stage.
#[derive(Debug)]
pub(crate) enum Ran {
    /// It is done; these outputs are to be carried out, wire by wire.
    Done(Vec<(Wire, Output)>),
    /// The process died on the way; the outputs had left before.
    Died(Vec<(Wire, Output)>),
}

/// Something that must never happen to a correct engine.
#[derive(Debug)]
pub(crate) enum Fatal {
    /// The lane says its memory cannot be trusted.
    Broken(Broken),
    /// The log failed without a fault having been planned.
    Log(String),
}

/// Who looks while the ledger's stage works, in the order in which things happen.
pub(crate) trait Watch {
    /// These records are durable.
    fn kept(&mut self, entries: &[Entry]);

    /// These bytes of a command leave.
    fn sent(&mut self, bytes: &[u8]);
}

/// One life of the engine's process.
pub(crate) struct Engine {
    lane: Lane,
    /// The stage between the sockets and the lane.
    inbox: Vec<Input>,
    /// The stage between the lane and the log.
    queue: Vec<Step>,
    quotes: PaperQuotes,
    orders: PaperOrders,
    clock: Option<MarketClock>,
    crash: Option<Crash>,
    passes: u64,
    /// Whether effects leave before their records: the defect INV-01 exists for.
    send_first: bool,
}

impl Engine {
    /// A process that has recovered `ledgered` and begins to run.
    pub(crate) fn start(
        ledgered: Ledgered,
        config: LaneConfig,
        bot: BotId,
        seed: u64,
        machines: (PaperQuotes, PaperOrders),
        crash: Option<Crash>,
        send_first: bool,
    ) -> Engine {
        let mut lane = Lane::new(ledgered, config);
        lane.seat(bot, Box::new(Fickle::new(seed)));
        let (quotes, orders) = machines;
        Engine {
            lane,
            inbox: Vec::new(),
            queue: Vec::new(),
            quotes,
            orders,
            clock: None,
            crash,
            passes: 0,
            send_first,
        }
    }

    /// The lane, to be looked at.
    pub(crate) const fn lane(&self) -> &Lane {
        &self.lane
    }

    /// From here on it does not die.
    pub(crate) const fn disarm(&mut self) {
        self.crash = None;
    }

    /// Puts something into the inbox.
    pub(crate) fn put(&mut self, now: Mono, event: Event) {
        if let Event::Report(Report::Up { welcome, .. }) = &event {
            self.clock = Some(welcome.clock);
        }
        let at = Stamp { mono: now, local: local(now), market: self.clock.map(|clock| clock.read(now)) };
        self.inbox.push(Input { at, event });
    }

    /// Drives a protocol machine, and puts what it delivers into the inbox.
    pub(crate) fn drive(
        &mut self,
        now: Mono,
        wire: Wire,
        act: impl FnOnce(&mut dyn Protocol, &mut Vec<Output>),
    ) -> Ran {
        let mut out = Vec::new();
        match wire {
            Wire::Quotes => act(&mut self.quotes, &mut out),
            Wire::Orders => act(&mut self.orders, &mut out),
        }
        self.deliver(now, wire, out)
    }

    /// Whether the lane has something to take.
    pub(crate) fn has_inputs(&self) -> bool {
        !self.inbox.is_empty()
    }

    /// Whether the ledger has something to take.
    pub(crate) fn has_steps(&self) -> bool {
        !self.queue.is_empty()
    }

    /// When a machine wants to be called next.
    pub(crate) fn deadline(&self, wire: Wire) -> Option<Mono> {
        match wire {
            Wire::Quotes => self.quotes.next_deadline(),
            Wire::Orders => self.orders.next_deadline(),
        }
    }

    fn deliver(&mut self, now: Mono, wire: Wire, out: Vec<Output>) -> Ran {
        let mut outward = Vec::new();
        for output in out {
            match output {
                Output::Deliver(event) => {
                    let news = matches!(event, Event::Report(Report::Order(_)));
                    if news && self.dies_at(CrashPoint::OnReport) {
                        return Ran::Died(outward);
                    }
                    self.put(now, event);
                }
                other => outward.push((wire, other)),
            }
        }
        Ran::Done(outward)
    }

    /// The lane's stage: drains the inbox.
    pub(crate) fn turn(&mut self) -> Result<(), Fatal> {
        let inputs = std::mem::take(&mut self.inbox);
        if inputs.is_empty() {
            return Ok(());
        }
        let steps = self.lane.turn(inputs).map_err(Fatal::Broken)?;
        self.queue.extend(steps);
        Ok(())
    }

    /// The ledger's stage: drains the queue, commits once, lets the effects out.
    pub(crate) fn commit(
        &mut self,
        now: Mono,
        log: &mut ModelledLog,
        watch: &mut dyn Watch,
    ) -> Result<Ran, Fatal> {
        let steps = std::mem::take(&mut self.queue);
        if steps.is_empty() {
            return Ok(Ran::Done(Vec::new()));
        }
        let weighty = steps.iter().flat_map(Step::entries).any(|e| concerns_orders(&e.record));
        if weighty && self.dies_at(CrashPoint::BeforeAppend) {
            return Ok(Ran::Died(Vec::new()));
        }
        if self.send_first {
            return self.release_then_commit(now, log, steps, watch);
        }
        if weighty && self.dies_at(CrashPoint::AfterAppend) {
            let entries: Vec<Entry> = steps.iter().flat_map(Step::entries).cloned().collect();
            log.append(&entries).map_err(|why| Fatal::Log(format!("{why:?}")))?;
            return Ok(Ran::Died(Vec::new()));
        }
        let durable = commit(log, steps).map_err(|why| Fatal::Log(format!("{why:?}")))?;
        watch.kept(durable.entries());
        if weighty && self.dies_at(CrashPoint::AfterSync) {
            return Ok(Ran::Died(Vec::new()));
        }
        Ok(self.execute(now, durable, watch))
    }

    #[cfg(feature = "mutants")]
    fn release_then_commit(
        &mut self,
        now: Mono,
        log: &mut ModelledLog,
        steps: Vec<Step>,
        watch: &mut dyn Watch,
    ) -> Result<Ran, Fatal> {
        let (entries, released) = stopline_kernel::commit::release_before_commit(steps);
        let ran = self.execute(now, released, watch);
        if matches!(ran, Ran::Died(_)) || entries.is_empty() {
            return Ok(ran);
        }
        log.append(&entries).map_err(|why| Fatal::Log(format!("{why:?}")))?;
        log.sync().map_err(|why| Fatal::Log(format!("{why:?}")))?;
        watch.kept(&entries);
        Ok(ran)
    }

    #[cfg(not(feature = "mutants"))]
    fn release_then_commit(
        &mut self,
        _: Mono,
        _: &mut ModelledLog,
        _: Vec<Step>,
        _: &mut dyn Watch,
    ) -> Result<Ran, Fatal> {
        Err(Fatal::Log("this build carries no mutants".to_owned()))
    }

    fn execute(&mut self, now: Mono, durable: Durable<Committed>, watch: &mut dyn Watch) -> Ran {
        let mut outward = Vec::new();
        for released in durable.release() {
            let mut out = Vec::new();
            match released {
                Released::Order(command) => {
                    self.send(now, command, &mut out);
                    out.iter().for_each(|o| {
                        if let Output::Write(bytes) = o {
                            watch.sent(bytes);
                        }
                    });
                    outward.extend(out.into_iter().map(|o| (Wire::Orders, o)));
                    if self.dies_at(CrashPoint::AfterSend) {
                        return Ran::Died(outward);
                    }
                    continue;
                }
                // A question that cannot be asked is asked again by the lane when its time comes.
                Released::Query(query) => drop(self.orders.query(now, query, &mut out)),
                Released::Bot(..) | Released::Reply(_) | Released::Publish(_) | Released::Stopped => {}
            }
            match self.deliver(now, Wire::Orders, out) {
                Ran::Done(more) => outward.extend(more),
                Ran::Died(more) => {
                    outward.extend(more);
                    return Ran::Died(outward);
                }
            }
        }
        Ran::Done(outward)
    }

    fn send(&mut self, now: Mono, command: Durable<Approved<OrderCommand>>, out: &mut Vec<Output>) {
        let orders = command.command().what.orders();
        let what = command.command().what.sending();
        match self.orders.order(now, command, out) {
            Ok(()) => self.put(now, Event::Sent { orders, durable: now, sent: now }),
            Err(why) => self.put(now, Event::NotSent { orders, what, why }),
        }
    }

    fn dies_at(&mut self, point: CrashPoint) -> bool {
        let Some(crash) = self.crash.filter(|crash| crash.point == point) else { return false };
        self.passes += 1;
        self.passes >= crash.pass
    }
}

/// Whether a record belongs to the way of an order, where a crash is worth most.
const fn concerns_orders(record: &Record) -> bool {
    matches!(
        record,
        Record::OrderPlaced { .. }
            | Record::Transition(_)
            | Record::ReplaceAsked { .. }
            | Record::Filled(_)
            | Record::ClosingBegan(_)
    )
}

/// The wall clock of the simulated machine: a label, some decades after the epoch.
fn local(now: Mono) -> LocalTime {
    const BOOT: i64 = 1_795_000_000_000_000_000;
    LocalTime(BOOT.saturating_add(i64::try_from(now.0).unwrap_or(i64::MAX)))
}
