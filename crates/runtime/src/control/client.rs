//! The person's end of control: one connection, one line out, one line back.
//!
//! It says plainly when no engine is there, and never takes silence for an answer.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

use super::message::{Answer, Request, Response, VERSION};

/// Longer than the engine waits for a command.
const PATIENCE: Duration = Duration::from_secs(40);

/// The longest response, in bytes.
const MAX_RESPONSE: u64 = 16 * 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum ControlError {
    /// No engine runs on this data directory.
    #[error("no engine is running here ({}); start one with `stopline run`", .socket.display())]
    NotRunning {
        /// Where it would listen.
        socket: PathBuf,
    },
    /// The connection failed on the way; a command may or may not have been taken.
    #[error("the engine did not answer ({why}); ask for the status to see whether the command was taken")]
    NoAnswer {
        /// What happened.
        why: io::Error,
    },
    /// The answer is of another version.
    #[error(
        "the engine speaks version {found} of control, this program {VERSION}; use the engine's own build"
    )]
    Version {
        /// The engine's version.
        found: u32,
    },
}

/// Asks the engine behind `socket`.
///
/// # Errors
///
/// Any [`ControlError`].
pub fn ask(socket: &Path, request: &Request) -> Result<Answer, ControlError> {
    let stream = UnixStream::connect(socket).map_err(|why| match why.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
            ControlError::NotRunning { socket: socket.to_owned() }
        }
        _ => ControlError::NoAnswer { why },
    })?;
    let line = exchange(&stream, request).map_err(|why| ControlError::NoAnswer { why })?;
    let read: Result<Response, _> = serde_json::from_str(&line);
    match read {
        Ok(response) if response.version == VERSION => Ok(response.answer),
        Ok(response) => Err(ControlError::Version { found: response.version }),
        Err(why) => Err(ControlError::NoAnswer { why: io::Error::new(io::ErrorKind::InvalidData, why) }),
    }
}

fn exchange(stream: &UnixStream, request: &Request) -> io::Result<String> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    (&*stream).write_all(&line)?;
    let mut answer = String::new();
    BufReader::new(stream.take(MAX_RESPONSE)).read_line(&mut answer)?;
    Ok(answer)
}
