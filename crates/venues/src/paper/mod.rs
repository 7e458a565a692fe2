//! The paper venue: the simulated exchange behind a versioned protocol over a Unix socket.
//!
//! It passes the same conformance suite as every broker, and never gets a shortcut that a broker would not have.

mod link;
pub mod protocol;
mod questions;
mod session;
pub mod socket;
#[cfg(test)]
mod tests;
pub mod translate;
pub mod wire;
