//! Configuration: TOML as people write it, laid over one table of defaults, checked once into values that the rest of
//! the program can trust.
//!
//! Every key stands in [`KEYS`] and nowhere else: its default, its unit, its clock and its meaning. Nothing outside this
//! folder ever reads a configuration file, and no check of a setting is done twice.

mod bots;
mod check;
mod error;
mod key;
mod limits;
mod page;
mod place;
mod raw;
mod read;
mod risk;

use std::path::PathBuf;

use stopline_bots::parameters::Parameters;
use stopline_exchange::birth::Models;
use stopline_kernel::id::BotId;
use stopline_kernel::instrument::Instrument;
use stopline_kernel::limits::LaneConfig;
use stopline_kernel::num::{Money, Ticks};
use stopline_kernel::time::{ExchangeTime, Span};

pub use check::load;
pub use error::{ConfigError, Fault};
pub use key::{Clock, KEYS, Key, Unit};
pub use page::markdown;
pub use place::Place;
pub use raw::Flag;
pub use read::span as duration;
pub use risk::risk_markdown;

/// A checked configuration. Whoever holds one need not check any of it again.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Where everything of this engine is kept.
    pub data_dir: PathBuf,
    /// What the lane is told.
    pub lane: LaneConfig,
    /// Machine: a commit that takes longer ends the process.
    pub commit_deadline: Span,
    /// Machine: how long a bot may take to answer a bar, or to say that it is ready.
    pub bot_answer: Span,
    /// How each bot of the lane is built, in the lane's order.
    pub bots: Vec<BotConfig>,
    /// The simulated exchange.
    pub paper: PaperConfig,
    /// The log.
    pub log: LogConfig,
    /// All of it as TOML, with the defaults filled in.
    pub text: String,
}

impl Config {
    /// Where the simulated exchange keeps its journal and its socket.
    pub fn venue_dir(&self) -> PathBuf {
        self.data_dir.join("venue")
    }

    /// The socket of the simulated exchange.
    pub fn venue_socket(&self) -> PathBuf {
        self.venue_dir().join("paper.sock")
    }

    /// Where the log is kept.
    pub fn log_dir(&self) -> PathBuf {
        self.data_dir.join("log")
    }

    /// A short name of exactly this configuration, for the record.
    pub fn hash(&self) -> String {
        blake3::hash(self.text.as_bytes()).to_hex().chars().take(16).collect()
    }
}

/// How one bot is built.
#[derive(Debug, Clone, PartialEq)]
pub struct BotConfig {
    /// Its name.
    pub bot: BotId,
    /// Its strategy's name.
    pub strategy: String,
    /// What the strategy is told.
    pub params: Parameters,
}

/// The simulated exchange.
#[derive(Debug, Clone, PartialEq)]
pub struct PaperConfig {
    /// What the market is drawn from.
    pub seed: u64,
    /// Market time per real time, in thousandths.
    pub speed_milli: u32,
    /// The contract it trades, with its sessions from the first day on. A tape brings its own sessions.
    pub instrument: Instrument,
    /// The first price.
    pub price: Ticks,
    /// Market time at which a new exchange without a tape begins.
    pub start: ExchangeTime,
    /// Cost per lot and side; `None` is what the contract's data says.
    pub fee: Option<Money>,
    /// Misbehaviour on request, as text; empty for none.
    pub faults: String,
    /// Latency, slippage, and what happens to the market.
    pub models: Models,
    /// Machine: how long it goes on after its last client has left.
    pub idle: Span,
    /// Machine: how long it may take to be there.
    pub patience: Span,
    /// Real bars to play instead of the participants.
    pub tape: Option<TapeConfig>,
}

/// Real bars that stand in for the market.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TapeConfig {
    /// Where they are.
    pub file: PathBuf,
    /// Market time at which a new exchange begins; `None` as soon as there are bars to warm up with.
    pub start: Option<ExchangeTime>,
}

/// The log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogConfig {
    /// A file that would become longer is put aside, in bytes.
    pub max_bytes: u64,
    /// How many files put aside are kept.
    pub keep: u32,
}

#[cfg(test)]
mod tests;
