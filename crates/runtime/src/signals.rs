//! SIGINT and SIGTERM: the first asks for an orderly stop, the second ends the process at once.
//!
//! Nothing is done inside a signal handler but to raise a flag or to exit.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Which signal came.
#[derive(Debug)]
pub struct Signals {
    came: Arc<AtomicUsize>,
}

impl Signals {
    /// Begins to listen.
    ///
    /// # Errors
    ///
    /// When the system takes no handler.
    pub fn listen() -> io::Result<Signals> {
        let (armed, came) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        for signal in [SIGINT, SIGTERM] {
            // In this order: the signal that arms the exit does not meet it armed.
            flag::register_conditional_shutdown(signal, 1, Arc::clone(&armed))?;
            flag::register(signal, Arc::clone(&armed))?;
            flag::register_usize(signal, Arc::clone(&came), usize::try_from(signal).unwrap_or(1))?;
        }
        Ok(Signals { came })
    }

    /// The name of the signal that came, if one did.
    pub fn asked(&self) -> Option<&'static str> {
        match i32::try_from(self.came.load(Ordering::Relaxed)).unwrap_or(0) {
            0 => None,
            SIGINT => Some("SIGINT"),
            _ => Some("SIGTERM"),
        }
    }
}
