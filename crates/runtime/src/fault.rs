//! Why this process has to end by rule: every case in which memory can no longer be trusted to be what the ledger says.
//!
//! A fault is never survived and never mended here: the next start recovers from the ledger. What can be mended while
//! running is a [`crate::notice::Notice`] instead.

use stopline_kernel::ledgered::Broken;
use stopline_kernel::time::Span;
use thiserror::Error;

use crate::crew::Role;

/// A reason to end the process at once.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// A record could not follow the ones before it.
    #[error("the lane cannot trust its memory: {0}")]
    Broken(Broken),
    /// Records could not be made durable; memory is ahead of the ledger.
    #[error("a commit failed: {0}")]
    Commit(Box<str>),
    /// The ledger could not be put in order while nothing was to be written.
    #[error("the ledger failed while idle: {0}")]
    Idle(Box<str>),
    /// Reports waited too long for room in the inbox.
    #[error("the inbox was full of reports for too long: the lane does not drain it")]
    Jammed,
    /// A thread without which nothing is safe panicked.
    #[error("thread `{role}` panicked: {message}")]
    Panicked {
        /// Which one.
        role: Role,
        /// What it said.
        message: Box<str>,
    },
    /// A thread without which nothing is safe showed no life.
    #[error("thread `{role}` showed no life for {} ms", silent.as_millis())]
    Stalled {
        /// Which one.
        role: Role,
        /// For how long, in machine time.
        silent: Span,
    },
    /// A thread without which nothing is safe ended before its time.
    #[error("thread `{0}` ended before its time")]
    Ended(Role),
}
