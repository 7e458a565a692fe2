//! The whole order path on one thread from one seed: the live lane, protocol machines and exchange over a disk and wires
//! in memory, in virtual time, with checkers that look after every event.
//!
//! It never touches a real clock, socket or file. Same seed, same hash.

pub mod choice;
pub mod coverage;
pub mod crashpoints;
pub mod history;
#[cfg(feature = "mutants")]
pub mod mutants;
pub mod recording;
pub mod scenario;
pub mod shrink;
pub mod swarm;
pub mod sweep;

mod bot;
mod clock;
mod disk;
mod engine;
mod heap;
mod oracle;
mod pipe;
mod scene;
mod venue;
mod world;

pub use oracle::Violation;
pub use world::{Happened, Outcome, Played, Trace, Traced, play, play_flattened, run, run_as, run_kept};
