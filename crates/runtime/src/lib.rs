//! Everything that touches the machine: threads, inbox, clock, sessions, bot processes, supervision, configuration.
//!
//! In reading order: what a run is told and how it begins (`settings`, `run`, `pipeline`, `shared`); the ring (`inbox`,
//! `order_loop`, `ledger_loop`, `execute`); what it ends at (`session`, `feed`, `venue`, `bot_host`, `commands`,
//! `published`); who watches over all of it (`crew`, `supervise`, `ending`); and what people see and say (`config`,
//! `control`, `log`). Nothing is decided here: what an input
//! means is the kernel's business, and no order leaves except through `execute`.

pub mod run;
pub mod settings;
pub mod shared;

pub mod clock;
pub mod inbox;
pub mod order_loop;
pub mod taken;

pub mod execute;
pub mod guardrail;
pub mod ledger_loop;
pub mod pipeline;
pub mod stopped;

pub mod contracts;
mod feed;
pub mod session;
pub mod venue;

pub mod bot_host;
pub mod commands;
pub mod notice;
pub mod published;

pub mod crew;
pub mod ending;
pub mod fault;
mod ladder;
mod panics;
pub mod signals;
pub mod supervise;

pub mod config;
pub mod control;
pub mod log;

#[cfg(feature = "hooks")]
pub mod hooks;
