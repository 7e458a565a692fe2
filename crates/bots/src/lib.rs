//! Bots, in reading order: the trait every bot implements; indicators; the moving-average cross; how a bot is built
//! from a name and parameters; the protocol a bot speaks when it is a process of its own.
//!
//! No clock, no I/O, no threads, no environment: a bot sees events and a view and returns intents, and can reach
//! nothing else. Floats stay inside [`indicators`]; what leaves it is ticks and basis points.

#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod strategy;

pub mod indicators;

pub mod cross;

pub mod parameters;
pub mod registry;

pub mod protocol;

mod show;

#[cfg(feature = "test-bots")]
mod bad;
