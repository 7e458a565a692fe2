//! The pure core of Stopline, in reading order: numbers, names, clocks; what is traded and seen; what is wanted and
//! ordered; what the venue says; what is remembered; risk; the step; the lane.
//!
//! No clock, no I/O, no randomness, no floats, no panics: everything here is a function of its inputs.

#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

#[macro_use]
mod listed;
#[macro_use]
pub mod mutant;

pub mod num;

pub mod id;
pub mod time;

pub mod bar;
pub mod instrument;
pub mod market;

pub mod intent;
pub mod limits;
pub mod order;
pub mod table;

pub mod position;
pub mod reconcile;
pub mod report;

pub mod bucket;
pub mod halt;
pub mod incident;
pub mod input;
pub mod record;

pub mod book;
pub mod exposure;
pub mod ledgered;
pub mod risk;

pub mod commit;
pub mod effect;
pub mod view;

pub mod lane;
mod step;
