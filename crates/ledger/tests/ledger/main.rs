//! The ledger's tests: one suite over every durable log, and what is particular to SQLite, its views and its files.
//!
//! Everything happens in directories made for the test and removed after it; nothing depends on the wall clock.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[cfg(feature = "faulty")]
mod faulty;
mod fixture;
mod full_disk;
mod golden;
mod mend;
mod samples;
mod subject;
mod suite;
mod sweep;
mod views;
