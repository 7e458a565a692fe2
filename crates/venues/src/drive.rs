//! Drives a machine over a connection: a thread that reads, and a handle through which whoever sends writes at once.
//!
//! It decides nothing: the machine says what to do, and a write that fails ends the connection, never to be tried
//! again. The lock is never held while an event is handed on or a connection is made, so that neither a full inbox nor
//! a venue that is away can hold up an order.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use stopline_kernel::commit::Durable;
use stopline_kernel::effect::{OrderCommand, Query};
use stopline_kernel::input::{Event, NotSent};
use stopline_kernel::report::Stream;
use stopline_kernel::risk::Approved;
use stopline_kernel::time::{Mono, Span};

use crate::protocol::{NotAsked, OrderDoor, Output, Protocol};

/// The longest the thread sleeps before it shows that it lives.
const BEAT: Span = Span::millis(50);

/// Bytes both ways. Several threads use it at once; one of them reads.
pub trait Connection: Send + Sync + 'static {
    /// Waits for bytes: how many came, 0 when the other side has closed. `WouldBlock` when none came in time.
    fn read(&self, wait: Duration, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes some of `bytes`: how many. An error when the other side takes none for longer than it may.
    fn write(&self, bytes: &[u8]) -> io::Result<usize>;

    /// Ends the connection both ways; a thread that reads it wakes.
    fn close(&self);
}

/// What a session is given of the process it runs in.
pub struct Surroundings {
    /// This machine's monotonic clock.
    pub clock: Arc<dyn Fn() -> Mono + Send + Sync>,
    /// Takes each event, in order. It may wait.
    pub sink: Box<dyn Fn(Event) + Send>,
    /// Called at least every 50 ms, except while `sink` waits or a connection is being made.
    pub alive: Box<dyn Fn() + Send>,
}

/// A running session; its methods may be called from any thread.
pub struct Handle<P, C> {
    shared: Arc<Mutex<Rim<P, C>>>,
    clock: Arc<dyn Fn() -> Mono + Send + Sync>,
    thread: JoinHandle<()>,
}

/// The machine, its connection, and what they ask of the thread.
struct Rim<P, C> {
    machine: P,
    connection: Option<Arc<C>>,
    events: VecDeque<Event>,
    connect: bool,
    stopped: bool,
}

/// Starts the thread, named after the machine's stream, that keeps a session through the connections `dial` makes.
pub fn start<P, C, D>(machine: P, dial: D, around: Surroundings) -> io::Result<Handle<P, C>>
where
    P: Protocol + Send + 'static,
    C: Connection,
    D: Fn() -> io::Result<C> + Send + 'static,
{
    let name = match machine.stream() {
        Stream::Orders => "orders",
        Stream::Quotes => "quotes",
    };
    let rim = Rim { machine, connection: None, events: VecDeque::new(), connect: false, stopped: false };
    let (shared, clock) = (Arc::new(Mutex::new(rim)), Arc::clone(&around.clock));
    let of_thread = Arc::clone(&shared);
    let thread = thread::Builder::new().name(name.into()).spawn(move || run(&of_thread, &dial, &around))?;
    Ok(Handle { shared, clock, thread })
}

impl<P: OrderDoor, C: Connection> Handle<P, C> {
    /// Writes an order, in this thread: the moment after the write, or why no byte of it left. After `Ok` the venue
    /// may have it, even if the write broke off half way; then the stream is told as Down.
    pub fn order(&self, command: Durable<Approved<OrderCommand>>) -> Result<Mono, NotSent> {
        let mut rim = self.shared.lock().map_err(|_| NotSent::NoSession)?;
        let (now, mut out) = ((self.clock)(), Vec::new());
        rim.machine.order(now, command, &mut out)?;
        if rim.perform(now, out) == 0 { Err(NotSent::NoSession) } else { Ok((self.clock)()) }
    }
}

impl<P: Protocol, C: Connection> Handle<P, C> {
    /// Asks the venue something, in this thread.
    pub fn query(&self, query: Query) -> Result<(), NotAsked> {
        let mut rim = self.shared.lock().map_err(|_| NotAsked::NoSession)?;
        let (now, mut out) = ((self.clock)(), Vec::new());
        rim.machine.query(now, query, &mut out)?;
        if rim.perform(now, out) == 0 { Err(NotAsked::NoSession) } else { Ok(()) }
    }

    /// Takes leave of the venue. The thread hands on what it still has and ends by itself.
    pub fn stop(&self) {
        if let Ok(mut rim) = self.shared.lock() {
            let (now, mut out) = ((self.clock)(), Vec::new());
            rim.machine.leave(now, &mut out);
            rim.perform(now, out);
            rim.stopped = true;
        }
        self.thread.thread().unpark();
    }

    /// Whether the thread has ended, by [`Handle::stop`] or by a defect.
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }
}

fn run<P, C, D>(shared: &Mutex<Rim<P, C>>, dial: &D, around: &Surroundings)
where
    P: Protocol,
    C: Connection,
    D: Fn() -> io::Result<C>,
{
    let mut buffer = vec![0; 64 * 1024];
    loop {
        (around.alive)();
        // A poisoned lock means that another thread broke off inside the machine: it is not to be trusted.
        let Ok(mut rim) = shared.lock() else { return };
        let wait = rim.turn((around.clock)());
        let (events, connect) = (std::mem::take(&mut rim.events), std::mem::take(&mut rim.connect));
        let (connection, stopped) = (rim.connection.clone(), rim.stopped);
        drop(rim);
        events.into_iter().for_each(&around.sink);
        match connection {
            _ if stopped => return,
            Some(connection) => {
                let read = connection.read(wait, &mut buffer);
                let Ok(mut rim) = shared.lock() else { return };
                rim.heard((around.clock)(), &connection, read.map(|n| buffer.get(..n).unwrap_or_default()));
            }
            None if connect => {
                let made = dial();
                let Ok(mut rim) = shared.lock() else { return };
                rim.made((around.clock)(), made);
            }
            None => thread::park_timeout(wait),
        }
    }
}

impl<P: Protocol, C: Connection> Rim<P, C> {
    /// Lets the machine do what is due; says how long it can wait now.
    fn turn(&mut self, now: Mono) -> Duration {
        let mut out = Vec::new();
        if self.machine.next_deadline().is_some_and(|due| due <= now) {
            self.machine.timer(now, &mut out);
        }
        self.perform(now, out);
        let wait = self.machine.next_deadline().map_or(BEAT, |due| due.since(now).min(BEAT));
        Duration::from_nanos(wait.max(Span::millis(1)).0.unsigned_abs())
    }

    fn made(&mut self, now: Mono, made: io::Result<C>) {
        let mut out = Vec::new();
        match made {
            Ok(connection) if !self.stopped => {
                self.connection = Some(Arc::new(connection));
                self.machine.connected(now, &mut out);
            }
            Ok(connection) => connection.close(),
            Err(why) => self.machine.lost(now, &format!("cannot connect: {why}"), &mut out),
        }
        self.perform(now, out);
    }

    fn heard(&mut self, now: Mono, from: &Arc<C>, read: io::Result<&[u8]>) {
        if !self.connection.as_ref().is_some_and(|present| Arc::ptr_eq(present, from)) {
            return;
        }
        let mut out = Vec::new();
        match read {
            Ok([]) => self.fail(now, "the venue closed the connection", &mut out),
            Ok(bytes) => self.machine.bytes(now, bytes, &mut out),
            Err(why) if matches!(why.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(why) => self.fail(now, &format!("cannot read: {why}"), &mut out),
        }
        self.perform(now, out);
    }

    /// Does what the machine says; gives how many bytes the system took.
    fn perform(&mut self, now: Mono, out: Vec<Output>) -> usize {
        let (mut todo, mut taken) = (VecDeque::from(out), 0);
        while let Some(output) = todo.pop_front() {
            match output {
                Output::Connect => self.connect = true,
                Output::Deliver(event) => self.events.push_back(event),
                Output::Close => self.close(),
                Output::Write(bytes) => {
                    if let Err(why) = self.write(&bytes, &mut taken) {
                        let mut after = Vec::new();
                        self.fail(now, &format!("cannot write: {why}"), &mut after);
                        todo.extend(after);
                    }
                }
            }
        }
        taken
    }

    fn write(&self, bytes: &[u8], taken: &mut usize) -> io::Result<()> {
        let (connection, mut rest) = (self.connection.as_deref().ok_or(ErrorKind::NotConnected)?, bytes);
        while !rest.is_empty() {
            match connection.write(rest) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(n) => {
                    *taken += n;
                    rest = rest.get(n..).unwrap_or_default();
                }
                Err(why) if why.kind() == ErrorKind::Interrupted => {}
                Err(why) => return Err(why),
            }
        }
        Ok(())
    }

    fn fail(&mut self, now: Mono, why: &str, out: &mut Vec<Output>) {
        self.close();
        self.machine.lost(now, why, out);
    }

    fn close(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.close();
        }
    }
}

#[cfg(test)]
mod tests;
