//! Brokers, one folder each, in four parts: wire (bytes and messages), translate (messages and kernel), protocol
//! (login, heartbeat, reconnect, resync) and socket.
//!
//! Only `socket`, and the thread in [`drive`] that works it, touch the machine; the other three are pure and run in the
//! simulator as they are. Nothing here decides what to trade, and nothing retries an order by itself.

pub mod backoff;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod drive;
pub mod paper;
pub mod protocol;
