//! The rim: the venue behind a Unix socket, its journal in a directory. All clocks, files, sockets and threads of this
//! crate are in this folder.
//!
//! It moves bytes and keeps time; it decides nothing about orders, and nothing leaves before the journal has it.

mod clock;
mod core;
mod listen;
mod peer;
mod store;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use stopline_kernel::time::Span;

use crate::birth::Plan;
use crate::desk::Impossible;
use crate::faults::Faults;
use crate::journal::Damage;

pub use clock::{mono, wall};

/// What the server needs.
pub struct ServeConfig {
    /// Where the journal is; created with access for its owner alone.
    pub dir: PathBuf,
    /// Where the socket is made.
    pub socket: PathBuf,
    /// Makes the plan, at the start and again at every restart that the faults ask for.
    pub plan: Box<dyn FnMut() -> io::Result<Plan>>,
    /// Market nanoseconds per real nanosecond, in thousandths; above zero.
    pub speed_milli: u32,
    /// What goes wrong on purpose.
    pub faults: Faults,
    /// How long, in real time, it stays without any client; `None` stays for ever.
    pub idle_exit: Option<Span>,
    /// Ends the server in good order when it becomes true.
    pub stop: Arc<AtomicBool>,
}

/// Why the server ended in good order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was asked to.
    Stopped,
    /// Nobody was there for so long.
    Idle,
}

/// Why the server did not start or go on.
#[derive(Debug)]
pub enum ServeError {
    /// Something about a file or the socket.
    Io {
        /// What was tried.
        doing: String,
        /// What the system said.
        why: io::Error,
    },
    /// Another exchange serves this directory.
    Locked {
        /// Its process, if it said so.
        process: String,
    },
    /// The journal cannot be trusted.
    Damaged {
        /// The file.
        file: PathBuf,
        /// Where and what.
        damage: Damage,
    },
    /// A defect of the exchange: a fact that cannot be.
    Defect(Impossible),
    /// The speed is zero.
    NoSpeed,
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServeError::Io { doing, why } => write!(f, "{doing}: {why}"),
            ServeError::Locked { process } => {
                write!(f, "another exchange serves this directory (process {process})")
            }
            ServeError::Damaged { file, damage } => write!(f, "{}: {damage}", file.display()),
            ServeError::Defect(why) => write!(f, "the exchange contradicts itself: {why}"),
            ServeError::NoSpeed => f.write_str("the speed must be above zero"),
        }
    }
}

impl std::error::Error for ServeError {}

impl From<Impossible> for ServeError {
    fn from(why: Impossible) -> ServeError {
        ServeError::Defect(why)
    }
}

/// Names what was tried when the system refuses it.
fn doing(what: impl Into<String>) -> impl FnOnce(io::Error) -> ServeError {
    let doing = what.into();
    move |why| ServeError::Io { doing, why }
}

/// Serves until it is stopped or idle for too long. Blocks.
pub fn serve(mut config: ServeConfig) -> Result<Ended, ServeError> {
    if config.speed_milli == 0 {
        return Err(ServeError::NoSpeed);
    }
    let store = store::Store::open(&config.dir)?;
    let (listener, wakes) = listen::listen(&config.socket)?;
    let ended = core::Core::start(&mut config, store, wakes)?.run();
    listener.close();
    ended
}

/// A flag that SIGTERM and SIGINT raise, for [`ServeConfig::stop`].
pub fn stop_on_signals() -> io::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
        signal_hook::flag::register(signal, Arc::clone(&flag))?;
    }
    Ok(flag)
}
