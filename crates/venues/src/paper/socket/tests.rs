//! A session over a real socket, from hello to bye, and again after the venue went away.
//!
//! The clock is a counter that every look moves on: nothing here depends on how fast the machine is.

use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;

use stopline_kernel::effect::Query;
use stopline_kernel::id::AccountId;
use stopline_kernel::input::Event;
use stopline_kernel::report::Report;
use stopline_kernel::time::Mono;

use super::*;
use crate::paper::link::Timings;
use crate::paper::wire::{
    ClientMessage, ClockMessage, Frames, StreamName, VERSION, VenueMessage, decode, encode,
};

const HANG: Duration = Duration::from_secs(10);

/// The exchange's end of one connection.
struct Venue {
    stream: UnixStream,
    frames: Frames,
}

impl Venue {
    fn accept(listener: &UnixListener) -> Venue {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(HANG)).unwrap();
        Venue { stream, frames: Frames::default() }
    }

    /// The next message that is no sign of life.
    fn hear(&mut self) -> ClientMessage {
        loop {
            if let Some(body) = self.frames.next_frame().unwrap() {
                match decode(&body).unwrap() {
                    ClientMessage::Ping { nonce } => self.say(&VenueMessage::Pong { nonce }),
                    other => return other,
                }
                continue;
            }
            let mut buffer = [0; 1024];
            let n = self.stream.read(&mut buffer).unwrap();
            assert_ne!(n, 0, "the client closed");
            self.frames.push(&buffer[..n]);
        }
    }

    fn say(&mut self, message: &VenueMessage) {
        self.stream.write_all(&encode(message)).unwrap();
    }

    fn greet(&mut self) {
        let ClientMessage::Hello { version, stream, .. } = self.hear() else { panic!("no hello") };
        assert_eq!((version, stream), (VERSION, StreamName::Orders));
        let clock = ClockMessage { origin: 0, mono: 0, speed_milli: 1_000 };
        let (venue, instruments) = ("sim-1".to_owned(), Vec::new());
        self.say(&VenueMessage::Welcome { version: VERSION, venue, clock, instruments });
    }
}

/// A path for a socket that nobody else uses.
fn path(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("stopline-{name}-{}", std::process::id()))
}

#[test]
fn a_session_over_a_socket_asks_is_answered_comes_back_and_leaves() {
    let path = path("socket");
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path).unwrap();
    let (event, events) = mpsc::channel();
    let ticks = AtomicU64::new(1);
    let around = Surroundings {
        clock: Arc::new(move || Mono(ticks.fetch_add(5_000_000, Ordering::SeqCst))),
        sink: Box::new(move |e| event.send(e).unwrap_or_default()),
        alive: Box::new(|| {}),
    };
    let account = AccountId::from_static("PAPER-1");
    let config = Config { account, client: "test".into(), seed: 1, timings: Timings::LOCAL };
    let handle = orders(&path, config, around).unwrap();
    let next = || events.recv_timeout(HANG).unwrap();

    let mut venue = Venue::accept(&listener);
    venue.greet();
    assert!(matches!(next(), Event::Report(Report::Up { epoch: 1, .. })));
    assert_eq!(handle.query(Query::Snapshot), Ok(()));
    assert_eq!(venue.hear(), ClientMessage::Snapshot { request: 1 });
    drop(venue);
    assert!(matches!(next(), Event::Report(Report::Down { epoch: 1, .. })));

    let mut venue = Venue::accept(&listener);
    venue.greet();
    assert!(matches!(next(), Event::Report(Report::Up { epoch: 2, .. })));
    handle.stop();
    assert_eq!(venue.hear(), ClientMessage::Bye);
    assert!(matches!(next(), Event::Report(Report::Down { epoch: 2, .. })));
    std::fs::remove_file(&path).unwrap();
}
