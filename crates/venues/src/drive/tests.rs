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
    assert_eq!(torn.handle.query(Query::Snapshot), Err(NotAsked::NoSession), "nothing is written after that");
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
