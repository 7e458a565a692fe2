//! What a replay is told: checked values alone.
//!
//! Nothing here has a default: whoever starts a replay says every number, and the result names them.

use stopline_exchange::slippage::Slippage;
use stopline_kernel::id::BotId;
use stopline_kernel::instrument::Instrument;
use stopline_kernel::limits::LaneConfig;
use stopline_kernel::time::{ExchangeTime, Span};
use stopline_kernel::view::Decide;

/// Everything a replay is told beside its tape.
pub struct Settings {
    /// What the lane is told.
    pub lane: LaneConfig,
    /// The bots of the lane's seats.
    pub bots: Vec<(BotId, Box<dyn Decide + Send>)>,
    /// The contract, with its sessions.
    pub instrument: Instrument,
    /// When things happen.
    pub times: Times,
    /// What an order that takes pays beyond the tape.
    pub slippage: Slippage,
    /// The build and what makes this replay, for the record.
    pub build: Box<str>,
}

/// The times of a replay; all of them are market time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// When the engine begins. What the tape has before it happens at the exchange alone, so that there are bars to
    /// warm up with.
    pub from: ExchangeTime,
    /// The first moment that is not replayed any more.
    pub to: ExchangeTime,
    /// From a decision, or a question, to its arrival at the exchange. News comes back at once.
    pub delay: Span,
    /// How often the lane's timer beats; above zero.
    pub beat: Span,
}
