//! Why a bot's process was ended, or ended by itself: one closed list.
//!
//! The reason is recorded with BotDown and shown to people. No case touches anything but that one bot.

use std::io;
use std::process::ExitStatus;

use stopline_bots::protocol::ProtocolError;
use stopline_kernel::time::Span;
use thiserror::Error;

/// The end of one life of a bot.
#[derive(Debug, Error)]
pub(super) enum Downfall {
    /// There is no program to start.
    #[error("it has no program")]
    NoProgram,
    /// The system would not start it.
    #[error("it could not be started: {0}")]
    NotStarted(#[from] io::Error),
    /// It broke the protocol.
    #[error("{0}")]
    Protocol(#[from] ProtocolError),
    /// It did not answer in time.
    #[error("it stalled: no answer to event {event} within {} ms", limit.as_millis())]
    Stalled {
        /// The event; 0 is the greeting.
        event: u64,
        /// Machine: how long it had.
        limit: Span,
    },
    /// It wants more than the lane takes.
    #[error("it floods: its wishes come faster than the lane takes them")]
    Flooded,
    /// It does not take what it is told.
    #[error("it does not read: too many events wait for it")]
    DoesNotRead,
    /// It wrote a line that is too long, or no text.
    #[error("it wrote a line that is too long or no UTF-8")]
    BadLine,
    /// Its process ended.
    #[error("its process ended ({status}){last_words}")]
    Ended {
        /// How.
        status: ExitStatus,
        /// What it wrote last to its standard error, if anything.
        last_words: String,
    },
    /// The engine ends.
    #[error("the engine ends")]
    Closing,
}
