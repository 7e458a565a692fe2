//! The engine node: the live lane, the live protocol machines and a log, with the runtime's two threads as
//! two stages, and a plan of where it dies.
//!
//! It decides nothing that the runtime would not: it moves inputs to the lane, steps to the log, commands past the door
//! to the protocol machine.

use stopline_kernel::commit::{Committed, Durable, Released, Step, commit};
use stopline_kernel::effect::OrderCommand;
use stopline_kernel::halt::Level;
use stopline_kernel::id::{BotId, ExecId};
use stopline_kernel::input::{Event, Input, NotSent};
use stopline_kernel::lane::Lane;
use stopline_kernel::ledgered::{Broken, Ledgered};
use stopline_kernel::limits::LaneConfig;
use stopline_kernel::mutant;
use stopline_kernel::record::{Entry, Record};
use stopline_kernel::report::{ExecType, Report};
use stopline_kernel::risk::Approved;
use stopline_kernel::time::{ExchangeTime, LocalTime, MarketClock, Mono, Stamp};
use stopline_kernel::view::Decide;
use stopline_ledger::modelled::Failure;
use stopline_venues::paper::protocol::{PaperOrders, PaperQuotes};
use stopline_venues::protocol::{OrderDoor, Output, Protocol};

use crate::disk::Frail;
use crate::swarm::{Crash, CrashPoint, Path};

/// What became of a stage.
#[derive(Debug)]
pub(crate) enum Ran {
    /// It is done; these outputs are to be carried out, wire by wire.
    Done(Vec<(Path, Output)>),
    /// The process died on the way; the outputs had left before.
    Died(Vec<(Path, Output)>),
    /// The process has stopped in good order, as it was told to.
    Left(Vec<(Path, Output)>),
}

/// Something that must never happen to a correct engine.
#[derive(Debug)]
pub(crate) enum Fatal {
    /// The lane says its memory cannot be trusted.
    Broken(Broken),
    /// The log failed without a fault having been planned, or did not fail with one.
    Log(String),
}

/// Who looks while the ledger's stage works, in the order in which things happen.
pub(crate) trait Watch {
    /// Records up to this one are about to be appended, all or none of them.
    fn offered(&mut self, last: u64);

    /// These records are durable.
    fn kept(&mut self, entries: &[Entry]);

    /// A command is at the door, past everything that could still hold it.
    fn at_door(&mut self, command: &OrderCommand, now: Mono);

    /// These bytes of a command leave.
    fn sent(&mut self, bytes: &[u8]);
}

/// The two clocks of the machine, read at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    /// What durations are measured by.
    pub(crate) mono: Mono,
    /// The label.
    pub(crate) local: LocalTime,
}

/// What one life of the process begins with.
pub(crate) struct Birth {
    /// What the ledger remembers.
    pub(crate) ledgered: Ledgered,
    /// The lane's configuration.
    pub(crate) config: LaneConfig,
    /// The bot.
    pub(crate) bot: BotId,
    /// Who decides for it, where it decides in this process.
    pub(crate) decides: Option<Box<dyn Decide + Send>>,
    /// The protocol machines.
    pub(crate) machines: (PaperQuotes, PaperOrders),
    /// Where it dies.
    pub(crate) crash: Option<Crash>,
    /// Whether the venue's reports overtake our own word that a command was sent.
    pub(crate) overtaken: bool,
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
    overtaken: bool,
    /// Words of our own that the venue's reports overtake.
    held: Vec<Event>,
    seen: Seen,
}

/// What has been handed to the lane, for the checkers to hold against what it makes of it.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The newest stamp of the market's data.
    pub(crate) newest: Option<ExchangeTime>,
    /// When the account was asked for whose newest answer has come.
    pub(crate) account_asked: Option<Mono>,
    /// Executions told by reports of their own.
    pub(crate) told: Vec<ExecId>,
}

impl Engine {
    /// A process that has recovered its ledger and begins to run.
    pub(crate) fn start(birth: Birth) -> Engine {
        let mut lane = Lane::new(birth.ledgered, birth.config);
        if let Some(decides) = birth.decides {
            lane.seat(birth.bot, decides);
        }
        let (quotes, orders) = birth.machines;
        Engine {
            lane,
            inbox: Vec::new(),
            queue: Vec::new(),
            quotes,
            orders,
            clock: None,
            crash: birth.crash,
            passes: 0,
            overtaken: birth.overtaken,
            held: Vec::new(),
            seen: Seen::default(),
        }
    }

    /// The lane, to be looked at.
    pub(crate) const fn lane(&self) -> &Lane {
        &self.lane
    }

    /// From here on it does not die.
    pub(crate) const fn disarm(&mut self) {
        (self.crash, self.overtaken) = (None, false);
    }

    /// It dies, or its disk fails, when this point is reached next.
    pub(crate) const fn arm(&mut self, point: CrashPoint) {
        (self.crash, self.passes) = (Some(Crash { point, pass: 1 }), 0);
    }

    /// Whether it is still to die at some point.
    pub(crate) const fn is_armed(&self) -> bool {
        self.crash.is_some()
    }

    /// From here on the venue's reports overtake our own word that something was sent.
    pub(crate) const fn be_overtaken(&mut self) {
        self.overtaken = true;
    }

    /// Puts something into the inbox.
    pub(crate) fn put(&mut self, now: Now, event: Event) {
        if let Event::Report(Report::Up { welcome, .. }) = &event {
            self.clock = Some(welcome.clock);
        }
        self.see(&event);
        let market = self.clock.map(|clock| clock.read(now.mono));
        self.inbox.push(Input { at: Stamp { mono: now.mono, local: now.local, market }, event });
    }

    fn see(&mut self, event: &Event) {
        match event {
            Event::Tick(tick) => self.seen.newest = self.seen.newest.max(Some(tick.exchange_time)),
            Event::Report(Report::Snapshot(told)) => {
                self.seen.account_asked = self.seen.account_asked.max(Some(told.asked));
            }
            Event::Report(Report::Order(report)) => {
                if let ExecType::Trade(execution) = &report.what {
                    self.seen.told.push(execution.exec_id.clone());
                }
            }
            _ => {}
        }
    }

    /// What has been handed to the lane.
    pub(crate) const fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Executions told since the last call.
    pub(crate) fn take_told(&mut self) -> Vec<ExecId> {
        std::mem::take(&mut self.seen.told)
    }

    /// Whether something of ours waits to be overtaken.
    pub(crate) const fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    /// Puts what was overtaken into the inbox.
    pub(crate) fn tell_held(&mut self, now: Now) {
        for event in std::mem::take(&mut self.held) {
            self.put(now, event);
        }
    }

    /// Drives a protocol machine, and puts what it delivers into the inbox.
    pub(crate) fn drive(
        &mut self,
        now: Now,
        path: Path,
        act: impl FnOnce(&mut dyn Protocol, &mut Vec<Output>),
    ) -> Ran {
        let mut out = Vec::new();
        match path {
            Path::Quotes => act(&mut self.quotes, &mut out),
            Path::Orders => act(&mut self.orders, &mut out),
        }
        self.deliver(now, path, out)
    }

    /// Whether the lane has something to take.
    pub(crate) const fn has_inputs(&self) -> bool {
        !self.inbox.is_empty()
    }

    /// Whether the ledger has something to take.
    pub(crate) const fn has_steps(&self) -> bool {
        !self.queue.is_empty()
    }

    /// What the lane has made and the ledger has not taken yet.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &Entry> {
        self.queue.iter().flat_map(Step::entries)
    }

    /// Where it was to die.
    pub(crate) fn died_at(&self) -> Option<CrashPoint> {
        self.crash.map(|crash| crash.point)
    }

    /// When a machine wants to be called next, by the machine's monotonic clock.
    pub(crate) fn deadline(&self, path: Path) -> Option<Mono> {
        match path {
            Path::Quotes => self.quotes.next_deadline(),
            Path::Orders => self.orders.next_deadline(),
        }
    }

    fn deliver(&mut self, now: Now, path: Path, out: Vec<Output>) -> Ran {
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
                other => outward.push((path, other)),
            }
        }
        Ran::Done(outward)
    }

    /// The lane's stage: drains the inbox.
    pub(crate) fn turn(&mut self) -> Result<Ran, Fatal> {
        let inputs = std::mem::take(&mut self.inbox);
        if inputs.is_empty() {
            return Ok(Ran::Done(Vec::new()));
        }
        if !self.lane.book().link.trading && self.dies_at(CrashPoint::InRecovery) {
            return Ok(Ran::Died(Vec::new()));
        }
        let steps = self.lane.turn(inputs).map_err(Fatal::Broken)?;
        self.queue.extend(steps);
        Ok(Ran::Done(Vec::new()))
    }

    /// The ledger's stage: drains the queue, commits once, lets the effects out.
    pub(crate) fn commit<L: Frail>(
        &mut self,
        now: Now,
        log: &mut L,
        watch: &mut dyn Watch,
    ) -> Result<Ran, Fatal> {
        let steps = std::mem::take(&mut self.queue);
        if steps.is_empty() {
            return Ok(Ran::Done(Vec::new()));
        }
        if let Some(last) = steps.iter().flat_map(Step::entries).last() {
            watch.offered(last.seq);
        }
        let weighty = steps.iter().flat_map(Step::entries).any(|e| concerns_orders(&e.record));
        if weighty && self.dies_at(CrashPoint::BeforeAppend) {
            return Ok(Ran::Died(Vec::new()));
        }
        if mutant!(SendBeforeCommit) {
            return self.release_then_commit(now, log, steps, watch);
        }
        if weighty && self.dies_at(CrashPoint::AfterAppend) {
            let entries: Vec<Entry> = steps.iter().flat_map(Step::entries).cloned().collect();
            log.append(&entries).map_err(|why| Fatal::Log(format!("{why:?}")))?;
            return Ok(Ran::Died(Vec::new()));
        }
        let failing = weighty && self.breaks_disk(log);
        let durable = match commit(log, steps) {
            Ok(_) if failing => {
                return Err(Fatal::Log("the disk failed, and the log did not say so".to_owned()));
            }
            Ok(durable) => durable,
            // Memory is ahead of the ledger: the process ends.
            Err(_) if failing => return Ok(Ran::Died(Vec::new())),
            Err(why) => return Err(Fatal::Log(format!("{why:?}"))),
        };
        watch.kept(durable.entries());
        if !self.has_steps() {
            log.rest().map_err(|why| Fatal::Log(format!("{why:?}")))?;
        }
        if weighty && self.dies_at(CrashPoint::AfterSync) {
            return Ok(Ran::Died(Vec::new()));
        }
        Ok(self.execute(now, durable, watch))
    }

    fn breaks_disk<L: Frail>(&mut self, log: &mut L) -> bool {
        let failures = [
            (CrashPoint::DiskFull, Failure::Full),
            (CrashPoint::DiskError, Failure::Write),
            (CrashPoint::SyncFails, Failure::Sync),
        ];
        let failure = failures.into_iter().find(|(point, _)| self.dies_at(*point));
        failure.inspect(|(_, failure)| log.fail_next(*failure)).is_some()
    }

    #[cfg(feature = "mutants")]
    fn release_then_commit<L: Frail>(
        &mut self,
        now: Now,
        log: &mut L,
        steps: Vec<Step>,
        watch: &mut dyn Watch,
    ) -> Result<Ran, Fatal> {
        let (entries, released) = stopline_kernel::commit::release_before_commit(steps);
        let ran = self.execute(now, released, watch);
        if !matches!(ran, Ran::Done(_)) || entries.is_empty() {
            return Ok(ran);
        }
        log.append(&entries).map_err(|why| Fatal::Log(format!("{why:?}")))?;
        log.sync().map_err(|why| Fatal::Log(format!("{why:?}")))?;
        watch.kept(&entries);
        Ok(ran)
    }

    #[cfg(not(feature = "mutants"))]
    fn release_then_commit<L: Frail>(
        &mut self,
        _: Now,
        _: &mut L,
        _: Vec<Step>,
        _: &mut dyn Watch,
    ) -> Result<Ran, Fatal> {
        Err(Fatal::Log("this build carries no mutants".to_owned()))
    }

    fn execute(&mut self, now: Now, durable: Durable<Committed>, watch: &mut dyn Watch) -> Ran {
        let mut outward = Vec::new();
        for released in durable.release() {
            let mut out = Vec::new();
            match released {
                Released::Order(command) => {
                    if self.dies_at(CrashPoint::BeforeSend) {
                        return Ran::Died(outward);
                    }
                    self.send(now, command, &mut out, watch);
                    outward.extend(out.into_iter().map(|o| (Path::Orders, o)));
                    if self.dies_at(CrashPoint::AfterSend) {
                        return Ran::Died(outward);
                    }
                    continue;
                }
                // A question that cannot be asked is asked again by the lane when its time comes.
                Released::Query(query) => drop(self.orders.query(now.mono, query, &mut out)),
                Released::Bot(..) | Released::Reply(_) | Released::Publish(_) => {}
                Released::Stopped => return Ran::Left(outward),
            }
            match self.deliver(now, Path::Orders, out) {
                Ran::Done(more) => outward.extend(more),
                Ran::Died(more) | Ran::Left(more) => {
                    outward.extend(more);
                    return Ran::Died(outward);
                }
            }
        }
        Ran::Done(outward)
    }

    /// The last look before the wire, as the runtime takes it; the machine is the only sender.
    fn send(
        &mut self,
        now: Now,
        command: Durable<Approved<OrderCommand>>,
        out: &mut Vec<Output>,
        watch: &mut dyn Watch,
    ) {
        let orders = command.command().what.orders();
        let what = command.command().what.sending();
        let asked = command.command().clone();
        let level = self.lane.book().ledgered.halts.account();
        let stopped = asked.opens && level != Level::Running && !mutant!(DoorIgnoresHalt);
        let at = if mutant!(DoorIgnoresDeadline) { Mono(0) } else { now.mono };
        let sent = if stopped { Err(NotSent::Halted) } else { self.orders.order(at, command, out) };
        match sent {
            Ok(()) => {
                watch.at_door(&asked, now.mono);
                for output in &*out {
                    if let Output::Write(bytes) = output {
                        watch.sent(bytes);
                    }
                }
                let sent = Event::Sent { orders, durable: now.mono, sent: now.mono };
                if self.overtaken { self.held.push(sent) } else { self.put(now, sent) }
            }
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
            | Record::HaltSet(_)
    )
}
