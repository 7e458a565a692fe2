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
mod tests;
