//! The server as its clients meet it: a socket, a journal on the disk, an end and a new
//! beginning. The only tests of this crate that touch the machine.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

mod stage;

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use stage::{account, house, plan, symbol};
use stopline_exchange::fact::Fact;
use stopline_exchange::faults::Faults;
use stopline_exchange::journal;
use stopline_exchange::server::{Ended, ServeConfig, ServeError, mono, serve};
use stopline_kernel::time::Span;
use stopline_venues::paper::wire::{
    ClientMessage, Frames, KindName, OrderSpec, SideName, StreamName, VERSION, VenueMessage, decode, encode,
};

struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Place {
        let dir = std::env::temp_dir().join(format!("stopline-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        Place(dir)
    }

    fn socket(&self) -> PathBuf {
        self.0.join("sock")
    }

    fn config(&self, stop: &Arc<AtomicBool>, idle: Option<Span>, faults: Faults) -> ServeConfig {
        ServeConfig {
            dir: self.0.clone(),
            socket: self.socket(),
            plan: Box::new(|| Ok(plan(house(), Span::secs(600), 3))),
            speed_milli: 60_000,
            faults,
            idle_exit: idle,
            stop: Arc::clone(stop),
        }
    }

    fn start(&self, stop: &Arc<AtomicBool>, faults: &str) -> JoinHandle<Ended> {
        let place = Place(self.0.clone());
        let (stop, faults) = (Arc::clone(stop), faults.parse().unwrap());
        let running = thread::spawn(move || {
            let ended = serve(place.config(&stop, None, faults)).unwrap();
            std::mem::forget(place);
            ended
        });
        while UnixStream::connect(self.socket()).is_err() {
            thread::sleep(Duration::from_millis(5));
        }
        running
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Client {
    stream: UnixStream,
    frames: Frames,
}

impl Client {
    fn new(socket: &Path, stream: StreamName) -> Client {
        let connection = UnixStream::connect(socket).unwrap();
        connection.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut client = Client { stream: connection, frames: Frames::default() };
        let account = account(1).to_string();
        client.say(&ClientMessage::Hello { version: VERSION, account, stream, client: "test".into() });
        client
    }

    fn say(&mut self, message: &ClientMessage) {
        self.stream.write_all(&encode(message)).unwrap();
    }

    /// The next message; `None` at the end of the connection.
    fn hear(&mut self) -> Option<VenueMessage> {
        loop {
            if let Some(body) = self.frames.next_frame().unwrap() {
                return Some(decode(&body).unwrap());
            }
            let mut buffer = [0; 4_096];
            match self.stream.read(&mut buffer) {
                Ok(0) => return None,
                Ok(n) => self.frames.push(&buffer[..n]),
                Err(why) if why.kind() == std::io::ErrorKind::ConnectionReset => return None,
                Err(why) => panic!("{why}"),
            }
        }
    }

    fn buy(&mut self, id: &str) {
        let (symbol, cl_ord_id) = (symbol().to_string(), id.to_owned());
        let (side, kind) = (SideName::Buy, KindName::Market);
        let order =
            OrderSpec { cl_ord_id, symbol, side, lots: 2, kind, price: None, limit: None, trail: None };
        self.say(&ClientMessage::Place { request: 1, order, exits: Vec::new() });
    }

    fn book(&mut self) -> VenueMessage {
        self.say(&ClientMessage::Book { request: 7 });
        loop {
            let message = self.hear().unwrap();
            if matches!(message, VenueMessage::Book { .. }) {
                return message;
            }
        }
    }
}

fn venue_of(welcome: Option<VenueMessage>) -> (String, i64) {
    match welcome {
        Some(VenueMessage::Welcome { venue, clock, .. }) => (venue, clock.origin),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stopped_server_goes_on_where_it_was() {
    let place = Place::new("again");
    let mut seen = Vec::new();
    for round in 0..2 {
        let stop = Arc::new(AtomicBool::new(false));
        let running = place.start(&stop, "");
        assert_eq!(fs::metadata(place.socket()).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&place.0).unwrap().permissions().mode() & 0o777, 0o700);
        let mut client = Client::new(&place.socket(), StreamName::Orders);
        let (venue, origin) = venue_of(client.hear());
        client.buy(&format!("a{round}"));
        let VenueMessage::Book { orders, positions, time, .. } = client.book() else { unreachable!() };
        assert_eq!((orders.len(), positions[0].lots), (round + 1, 2 * (round as i64 + 1)));
        seen.push((venue, origin, time));
        stop.store(true, Ordering::Relaxed);
        while let Some(message) = client.hear() {
            if let VenueMessage::Goodbye { why } = message {
                assert_eq!(why, "the exchange stops");
            }
        }
        assert_eq!(running.join().unwrap(), Ended::Stopped);
        assert!(!place.socket().exists());
    }
    assert_eq!(seen[0].0, seen[1].0, "one life");
    assert!(seen[1].1 >= seen[0].2, "time goes on");
}

#[test]
fn a_second_server_on_the_same_directory_is_refused() {
    let place = Place::new("locked");
    let stop = Arc::new(AtomicBool::new(false));
    let running = place.start(&stop, "");
    let refused = serve(place.config(&stop, None, Faults::default()));
    let process = std::process::id().to_string();
    assert!(matches!(refused, Err(ServeError::Locked { process: p }) if p == process));
    stop.store(true, Ordering::Relaxed);
    assert_eq!(running.join().unwrap(), Ended::Stopped);
}

#[test]
fn nobody_there_ends_it_and_a_damaged_journal_is_refused_by_name() {
    let place = Place::new("idle");
    let stop = Arc::new(AtomicBool::new(false));
    let began = mono();
    let idle = || place.config(&stop, Some(Span::millis(300)), Faults::default());
    assert_eq!(serve(idle()).unwrap(), Ended::Idle);
    assert!(mono().since(began) >= Span::millis(300));
    let file = place.0.join("exchange.journal");
    let mut bytes = fs::read(&file).unwrap();
    bytes[60] ^= 1;
    fs::write(&file, &bytes).unwrap();
    let refused = serve(idle()).unwrap_err().to_string();
    assert!(refused.contains("exchange.journal: line 1: "), "{refused}");
    assert_eq!(fs::read(&file).unwrap(), bytes, "nothing was changed");
}

#[test]
fn quotes_flow_and_a_restart_on_request_loses_nothing() {
    let place = Place::new("restart");
    let stop = Arc::new(AtomicBool::new(false));
    let running = place.start(&stop, "restart@1");
    let mut quotes = Client::new(&place.socket(), StreamName::Quotes);
    let mut heard = Vec::new();
    while heard.len() < 20 {
        heard.push(quotes.hear().unwrap());
    }
    assert!(heard.iter().any(|m| matches!(m, VenueMessage::Trade { .. })));
    let mut client = Client::new(&place.socket(), StreamName::Orders);
    let (venue, _) = venue_of(client.hear());
    client.buy("a");
    while client.hear().is_some() {}
    let mut client = Client::new(&place.socket(), StreamName::Orders);
    assert_eq!(venue_of(client.hear()).0, venue);
    stop.store(true, Ordering::Relaxed);
    running.join().unwrap();
    let bytes = fs::read(place.0.join("exchange.journal")).unwrap();
    let facts: Vec<Fact> = journal::read(&bytes).unwrap().steps.into_iter().flatten().collect();
    let traded = facts.iter().map(|fact| if let Fact::Traded { lots, .. } = fact { lots.0 } else { 0 });
    assert_eq!(traded.sum::<i64>(), 2, "the order that was never answered has traded, once");
}

#[test]
fn a_client_that_does_not_read_is_cut_off_and_hurts_nobody() {
    let place = Place::new("stuck");
    let stop = Arc::new(AtomicBool::new(false));
    let running = place.start(&stop, "");
    let mut stuck = Client::new(&place.socket(), StreamName::Orders);
    for n in 0..400_000 {
        if stuck.stream.write_all(&encode(&ClientMessage::Ping { nonce: n })).is_err() {
            break;
        }
    }
    assert!(std::iter::from_fn(|| stuck.hear()).count() < 400_000, "cut off before it heard everything");
    let mut client = Client::new(&place.socket(), StreamName::Orders);
    venue_of(client.hear());
    client.say(&ClientMessage::Ping { nonce: 1 });
    assert_eq!(client.hear(), Some(VenueMessage::Pong { nonce: 1 }));
    stop.store(true, Ordering::Relaxed);
    running.join().unwrap();
}
