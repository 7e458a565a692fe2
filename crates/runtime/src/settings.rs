//! What a run is told: checked values alone, made by the configuration or by a test.
//!
//! No setting is read from a file or the environment here, and none has a default.

use std::ffi::OsString;
use std::path::PathBuf;

use stopline_bots::parameters::Parameters;
use stopline_kernel::id::BotId;
use stopline_kernel::limits::LaneConfig;
use stopline_kernel::time::Span;

/// Everything a run is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Where everything of this engine is kept.
    pub data_dir: PathBuf,
    /// What the lane is told.
    pub lane: LaneConfig,
    /// How each bot of the lane is started, by name.
    pub bots: Vec<BotProgram>,
    /// Where the venue is, and how it is started when it is not there.
    pub venue: VenueLaunch,
    /// Machine: how long the engine runs before it stops in good order; `None` until somebody stops it.
    pub run_for: Option<Span>,
    /// Machine: a commit, or a turn of the lane, that takes longer ends the process.
    pub commit_deadline: Span,
    /// Machine: how long a bot may take to answer a bar, or to say that it is ready.
    pub bot_answer: Span,
    /// The build and the hash of the configuration, for the record.
    pub build: String,
}

/// How one bot is started.
#[derive(Debug, Clone, PartialEq)]
pub struct BotProgram {
    /// Its name, as in the lane's seats.
    pub bot: BotId,
    /// Its strategy's name, told in `hello`.
    pub strategy: String,
    /// What the strategy is told.
    pub parameters: Parameters,
    /// The program and its arguments.
    pub argv: Vec<OsString>,
}

/// How the venue is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VenueLaunch {
    /// Its socket.
    pub socket: PathBuf,
    /// The program that serves it, and its arguments; empty when it is never ours to start.
    pub argv: Vec<OsString>,
    /// Where what that program prints is kept.
    pub output: PathBuf,
    /// Machine: how long it may take to be there.
    pub patience: Span,
}
