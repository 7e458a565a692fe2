//! The paper venue: the simulated exchange behind a versioned protocol over a Unix socket.
//!
//! It passes the same conformance suite as every broker, and never gets a shortcut that a broker would not have.

pub mod wire;
