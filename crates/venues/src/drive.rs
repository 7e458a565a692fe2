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
    /// Called at least every 50 ms, except while `sink` waits, a write waits for the venue (up to half a second on a
    /// socket), or a connection is being made.
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
mod tests {
    //! The thread and the handle over a connection in memory, with a machine that writes down what it is told.
    //!
    //! The clock stands still unless a test moves it; a time-out here only ends a hang, and is never measured.

    use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
    use std::sync::mpsc::{self, Receiver, Sender};

    use stopline_kernel::report::Report;

    use super::*;

    const HANG: Duration = Duration::from_secs(10);

    fn told(what: &str) -> Output {
        let (stream, why) = (Stream::Orders, what.into());
        Output::Deliver(Event::Report(Report::Down { stream, epoch: 0, why }))
    }

    /// Connects at once, never again, and repeats what it is told.
    struct Machine {
        begun: bool,
    }

    impl Protocol for Machine {
        fn stream(&self) -> Stream {
            Stream::Orders
        }

        fn next_deadline(&self) -> Option<Mono> {
            (!self.begun).then_some(Mono(0))
        }

        fn timer(&mut self, _: Mono, out: &mut Vec<Output>) {
            self.begun = true;
            out.push(Output::Connect);
        }

        fn connected(&mut self, _: Mono, out: &mut Vec<Output>) {
            out.extend([told("connected"), Output::Write(b"hello".to_vec())]);
        }

        fn lost(&mut self, _: Mono, why: &str, out: &mut Vec<Output>) {
            out.push(told(why));
        }

        fn bytes(&mut self, _: Mono, bytes: &[u8], out: &mut Vec<Output>) {
            out.push(told(&String::from_utf8_lossy(bytes)));
        }

        fn query(&mut self, _: Mono, _: Query, out: &mut Vec<Output>) -> Result<(), NotAsked> {
            out.push(Output::Write(b"question".to_vec()));
            Ok(())
        }

        fn leave(&mut self, _: Mono, out: &mut Vec<Output>) {
            out.extend([told("left"), Output::Close]);
        }
    }

    /// What the far end of a connection does next.
    enum Far {
        Says(&'static [u8]),
        Hangs,
    }

    /// A connection in memory that takes a stated number of bytes and no more.
    struct Memory {
        says: Mutex<Receiver<Far>>,
        wrote: Sender<Vec<u8>>,
        takes: Arc<AtomicUsize>,
        /// Wakes the reader when the connection is closed.
        hang: Sender<Far>,
    }

    impl Connection for Memory {
        fn read(&self, wait: Duration, buffer: &mut [u8]) -> io::Result<usize> {
            match self.says.lock().unwrap().recv_timeout(wait) {
                Ok(Far::Says(bytes)) => {
                    buffer[..bytes.len()].copy_from_slice(bytes);
                    Ok(bytes.len())
                }
                Ok(Far::Hangs) => Ok(0),
                Err(_) => Err(ErrorKind::WouldBlock.into()),
            }
        }

        fn write(&self, bytes: &[u8]) -> io::Result<usize> {
            let can = self.takes.load(Ordering::SeqCst).min(bytes.len());
            if can == 0 {
                return Err(ErrorKind::BrokenPipe.into());
            }
            self.takes.fetch_sub(can, Ordering::SeqCst);
            self.wrote.send(bytes[..can].to_vec()).unwrap();
            Ok(can)
        }

        fn close(&self) {
            let _ = self.hang.send(Far::Hangs);
        }
    }

    /// A started handle with both ends in the test's hands.
    struct Scene {
        handle: Handle<Machine, Memory>,
        far: Sender<Far>,
        wrote: Receiver<Vec<u8>>,
        events: Receiver<String>,
        beats: Arc<AtomicU64>,
    }

    fn scene(takes: usize) -> Scene {
        let ((far, says), (wrote_to, wrote), (event, events)) =
            (mpsc::channel(), mpsc::channel(), mpsc::channel());
        let beats = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&beats);
        let around = Surroundings {
            clock: Arc::new(|| Mono(7)),
            sink: Box::new(move |e| {
                let Event::Report(Report::Down { why, .. }) = e else { panic!("{e:?}") };
                let _ = event.send(why.to_string());
            }),
            alive: Box::new(move || {
                count.fetch_add(1, Ordering::SeqCst);
            }),
        };
        let (hang, takes) = (far.clone(), Arc::new(AtomicUsize::new(takes)));
        let memory = Memory { says: Mutex::new(says), wrote: wrote_to, takes, hang };
        let once = Mutex::new(Some(memory));
        let dial = move || once.lock().unwrap().take().ok_or_else(|| ErrorKind::ConnectionRefused.into());
        let handle = start(Machine { begun: false }, dial, around).unwrap();
        Scene { handle, far, wrote, events, beats }
    }

    impl Scene {
        fn event(&self) -> String {
            self.events.recv_timeout(HANG).unwrap()
        }

        fn written(&self) -> Vec<u8> {
            self.wrote.recv_timeout(HANG).unwrap()
        }
    }

    #[test]
    fn bytes_go_both_ways_and_the_thread_shows_that_it_lives() {
        let scene = scene(1_000);
        assert_eq!((scene.event().as_str(), &*scene.written()), ("connected", &b"hello"[..]));
        scene.far.send(Far::Says(b"news")).unwrap();
        assert_eq!(scene.event(), "news");
        assert_eq!(scene.handle.query(Query::Snapshot), Ok(()));
        assert_eq!(scene.written(), b"question");
        let before = scene.beats.load(Ordering::SeqCst);
        while scene.beats.load(Ordering::SeqCst) < before + 2 {
            thread::yield_now();
        }
    }

    #[test]
    fn a_write_of_which_nothing_left_is_not_sent_and_one_torn_half_way_may_have_been() {
        let nothing = scene(5);
        assert_eq!((nothing.event().as_str(), &*nothing.written()), ("connected", &b"hello"[..]));
        assert_eq!(nothing.handle.query(Query::Snapshot), Err(NotAsked::NoSession));
        assert_eq!(nothing.event(), "cannot write: broken pipe");
        let torn = scene(8);
        assert_eq!((torn.event().as_str(), &*torn.written()), ("connected", &b"hello"[..]));
        assert_eq!(torn.handle.query(Query::Snapshot), Ok(()));
        assert_eq!((&*torn.written(), torn.event().as_str()), (&b"que"[..], "cannot write: broken pipe"));
        assert_eq!(
            torn.handle.query(Query::Snapshot),
            Err(NotAsked::NoSession),
            "nothing is written after that"
        );
    }

    #[test]
    fn a_connection_that_the_venue_closes_is_told_of_once() {
        let scene = scene(1_000);
        assert_eq!(scene.event(), "connected");
        scene.far.send(Far::Hangs).unwrap();
        assert_eq!(scene.event(), "the venue closed the connection");
        scene.handle.stop();
        assert_eq!(scene.event(), "left");
    }

    #[test]
    fn stopping_hands_on_what_is_left_and_ends_the_thread() {
        let scene = scene(1_000);
        assert_eq!(scene.event(), "connected");
        scene.handle.stop();
        assert_eq!(scene.event(), "left");
        assert!(scene.events.recv_timeout(HANG).is_err(), "the sink is gone with the thread");
        while !scene.handle.is_finished() {
            thread::yield_now();
        }
    }

    #[test]
    fn a_full_inbox_does_not_hold_up_a_writer() {
        let (release, wait) = mpsc::channel::<()>();
        let (event, events) = mpsc::channel();
        let (far, says) = mpsc::channel();
        let (wrote_to, wrote) = mpsc::channel();
        let around = Surroundings {
            clock: Arc::new(|| Mono(7)),
            sink: Box::new(move |_| {
                event.send(()).unwrap();
                let _ = wait.recv_timeout(HANG);
            }),
            alive: Box::new(|| {}),
        };
        let takes = Arc::new(AtomicUsize::new(1_000));
        let memory = Memory { says: Mutex::new(says), wrote: wrote_to, takes, hang: far.clone() };
        let once = Mutex::new(Some(memory));
        let dial = move || once.lock().unwrap().take().ok_or_else(|| ErrorKind::ConnectionRefused.into());
        let handle = start(Machine { begun: false }, dial, around).unwrap();
        events.recv_timeout(HANG).unwrap();
        assert_eq!(wrote.recv_timeout(HANG).unwrap(), b"hello");
        assert_eq!(handle.query(Query::Snapshot), Ok(()), "the sink still waits");
        assert_eq!(wrote.recv_timeout(HANG).unwrap(), b"question");
        drop((release, far));
    }
}
