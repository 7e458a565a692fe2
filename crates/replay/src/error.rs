//! Why a replay ended before its tape did.
//!
//! Each case names what failed; a replay that failed leaves nothing behind.

use stopline_exchange::desk::Impossible;
use stopline_kernel::ledgered::Broken;
use stopline_venues::paper::translate::Unclear;
use thiserror::Error;

/// Why a replay ended before its tape did.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// The tape could not be read on.
    #[error("{0}")]
    Tape(String),
    /// There is nothing to replay.
    #[error("the tape has no row to replay")]
    Empty,
    /// Rows are not in the order of time.
    #[error("the tape steps back in time at its row {row}: import it anew, which sorts or refuses it")]
    Backwards {
        /// The row, counted from 1.
        row: u64,
    },
    /// The exchange met what cannot be.
    #[error("the simulated exchange: {0}")]
    Exchange(#[from] Impossible),
    /// The exchange said something that the protocol does not know.
    #[error("the simulated exchange says what cannot be read: {0}")]
    Unclear(#[from] Unclear),
    /// The exchange would not let us in.
    #[error("the simulated exchange refused the session: {0}")]
    Refused(String),
    /// The lane's memory cannot be trusted.
    #[error("the lane: {0}")]
    Broken(Broken),
}

impl From<Broken> for ReplayError {
    fn from(why: Broken) -> ReplayError {
        ReplayError::Broken(why)
    }
}
