//! Everything that touches the machine: configuration, control, logs, and the pipeline that drives a lane.
//!
//! Nothing is decided here: what an input means is the kernel's business, and no order leaves except through it.

pub mod config;
pub mod control;
pub mod log;
