//! The rim: one Unix socket, one thread that reads it, and a handle through which whoever sends writes at once.
//!
//! Only here does a venue touch the machine. It decides nothing: the machine says what to do, and a write that fails
//! ends the connection, never to be tried again. The lock is never held while an event is handed on or a connection is
//! made, so that neither a full inbox nor a venue that is away can hold up an order.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
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
/// The longest a write waits for a venue that does not read; after that the venue is lost.
const WRITE_TIMEOUT: Duration = Duration::from_millis(500);

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
pub struct Handle<P> {
    shared: Arc<Mutex<Rim<P>>>,
    clock: Arc<dyn Fn() -> Mono + Send + Sync>,
    thread: JoinHandle<()>,
}

/// The machine, its connection, and what they ask of the thread.
struct Rim<P> {
    machine: P,
    stream: Option<Arc<UnixStream>>,
    events: VecDeque<Event>,
    connect: bool,
    stopped: bool,
}

/// Starts the thread, named after the machine's stream, that keeps a session with the venue at `path`.
pub fn start<P>(path: &Path, machine: P, around: Surroundings) -> io::Result<Handle<P>>
where
    P: Protocol + Send + 'static,
{
    let name = match machine.stream() {
        Stream::Orders => "orders",
        Stream::Quotes => "quotes",
    };
    let (path, clock) = (path.to_owned(), Arc::clone(&around.clock));
    let rim = Rim { machine, stream: None, events: VecDeque::new(), connect: false, stopped: false };
    let shared = Arc::new(Mutex::new(rim));
    let of_thread = Arc::clone(&shared);
    let thread = thread::Builder::new().name(name.into()).spawn(move || run(&of_thread, &path, &around))?;
    Ok(Handle { shared, clock, thread })
}

impl<P: OrderDoor> Handle<P> {
    /// Writes an order, in this thread: the moment after the write, or why no byte of it left. After `Ok` the venue
    /// may have it, even if the write broke off half way; then the stream is told as Down.
    pub fn order(&self, command: Durable<Approved<OrderCommand>>) -> Result<Mono, NotSent> {
        let mut rim = self.shared.lock().map_err(|_| NotSent::NoSession)?;
        let (now, mut out) = ((self.clock)(), Vec::new());
        rim.machine.order(now, command, &mut out)?;
        if rim.perform(now, out) == 0 { Err(NotSent::NoSession) } else { Ok((self.clock)()) }
    }
}

impl<P: Protocol> Handle<P> {
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

fn run<P: Protocol>(shared: &Mutex<Rim<P>>, path: &Path, around: &Surroundings) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        (around.alive)();
        // A poisoned lock means that another thread broke off inside the machine: it is not to be trusted.
        let Ok(mut rim) = shared.lock() else { return };
        let wait = rim.turn((around.clock)());
        let (events, connect) = (std::mem::take(&mut rim.events), std::mem::take(&mut rim.connect));
        let (stream, stopped) = (rim.stream.clone(), rim.stopped);
        drop(rim);
        events.into_iter().for_each(&around.sink);
        match stream {
            _ if stopped => return,
            Some(stream) => {
                let read = read(&stream, wait, &mut buffer);
                let Ok(mut rim) = shared.lock() else { return };
                rim.heard((around.clock)(), &stream, read.map(|n| buffer.get(..n).unwrap_or_default()));
            }
            None if connect => {
                let made = UnixStream::connect(path);
                let Ok(mut rim) = shared.lock() else { return };
                rim.made((around.clock)(), made);
            }
            None => thread::park_timeout(wait),
        }
    }
}

fn read(mut stream: &UnixStream, wait: Duration, buffer: &mut [u8]) -> io::Result<usize> {
    stream.set_read_timeout(Some(wait))?;
    stream.read(buffer)
}

impl<P: Protocol> Rim<P> {
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

    fn made(&mut self, now: Mono, made: io::Result<UnixStream>) {
        let mut out = Vec::new();
        match made.and_then(|stream| stream.set_write_timeout(Some(WRITE_TIMEOUT)).map(|()| stream)) {
            Ok(stream) => {
                self.stream = Some(Arc::new(stream));
                self.machine.connected(now, &mut out);
            }
            Err(why) => self.machine.lost(now, &format!("cannot connect: {why}"), &mut out),
        }
        self.perform(now, out);
    }

    fn heard(&mut self, now: Mono, from: &Arc<UnixStream>, read: io::Result<&[u8]>) {
        if !self.stream.as_ref().is_some_and(|present| Arc::ptr_eq(present, from)) {
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
        let (mut stream, mut rest) = (self.stream.as_deref().ok_or(ErrorKind::NotConnected)?, bytes);
        while !rest.is_empty() {
            match stream.write(rest) {
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

    /// Ends the connection both ways, which also wakes the thread that reads it.
    fn close(&mut self) {
        if let Some(stream) = self.stream.take() {
            // A connection that the other side has ended cannot be shut down again.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}
