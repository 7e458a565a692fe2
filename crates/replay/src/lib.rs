//! Replay: a tape through the live lane, its bar builder, its rules and the simulated exchange, on one thread in market
//! time, as fast as it goes.
//!
//! It reads no clock and touches no file; what came of it is a value. It decides nothing that the engine would not:
//! effects come out of a commit alone, and the exchange is asked in the words of the paper protocol, as values.
//!
//! In reading order: what is replayed (`settings`, `walk`, `market`), the exchange at the other end (`wire`), the loop
//! (`run`), and what came of it (`outcome`).

mod error;
mod market;
mod outcome;
mod run;
mod settings;
mod walk;
mod wire;

pub use error::ReplayError;
pub use market::Row;
pub use outcome::Outcome;
pub use run::{Progress, bars, rows};
pub use settings::{Settings, Times};
pub use walk::Walk;
