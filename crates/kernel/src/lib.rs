//! The pure core of Stopline, in reading order: numbers, ids, clocks, what is traded, what is wanted, what was
//! ordered, what the venue says.
//!
//! No clock, no I/O, no randomness, no floats, no panics: everything here is a function of its inputs.

#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod id;
pub mod instrument;
pub mod intent;
pub mod market;
pub mod num;
pub mod order;
pub mod report;
pub mod table;
pub mod time;
