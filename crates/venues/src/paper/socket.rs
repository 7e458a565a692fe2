//! The Unix socket of the paper venue.
//!
//! Only here does a venue touch a socket. It knows no message, and never writes the same bytes twice.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::protocol::{Config, PaperOrders, PaperQuotes};
use crate::drive::{self, Connection, Handle, Surroundings};

/// The longest a write waits for a venue that does not read; after that the venue is lost.
const WRITE_TIMEOUT: Duration = Duration::from_millis(500);

/// A connection to the exchange's socket.
#[derive(Debug)]
pub struct Socket(UnixStream);

/// Keeps an orders session with the exchange at `path`.
pub fn orders(path: &Path, config: Config, around: Surroundings) -> io::Result<Handle<PaperOrders, Socket>> {
    drive::start(PaperOrders::new(config), dial(path.to_owned()), around)
}

/// Keeps a quotes session with the exchange at `path`.
pub fn quotes(path: &Path, config: Config, around: Surroundings) -> io::Result<Handle<PaperQuotes, Socket>> {
    drive::start(PaperQuotes::new(config), dial(path.to_owned()), around)
}

fn dial(path: PathBuf) -> impl Fn() -> io::Result<Socket> + Send {
    move || {
        let stream = UnixStream::connect(&path)?;
        stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
        Ok(Socket(stream))
    }
}

impl Connection for Socket {
    fn read(&self, wait: Duration, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.set_read_timeout(Some(wait))?;
        (&self.0).read(buffer)
    }

    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        (&self.0).write(bytes)
    }

    fn close(&self) {
        // A connection that the other side has ended cannot be shut down again.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

#[cfg(test)]
mod tests {
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
}
