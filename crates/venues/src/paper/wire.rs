//! The paper protocol on the wire: length-prefixed JSON, version 4, spoken by both ends.
//!
//! Version 2 has three kinds of order more, with their prices, and says how many lots stand before an order in its queue.
//! Version 3 cancels by the venue's id too, so that an order that nobody here has placed can be taken off the account.
//! Version 4 tells a quotes session how each contract trades: after the Welcome, and at each change. It says
//! what a lot ties up, and in its lists what the account is worth.
//!
//! A frame is four bytes of length, most significant first, and that many bytes of JSON. Prices are decimal text, as
//! people write them; times are nanoseconds since the Unix epoch. Pure: it never reads a clock or a socket, and bytes
//! that are no frame are an error, never a panic.

use serde::{Deserialize, Serialize};

mod client;
mod venue;

pub use client::{ClientMessage, KindName, OrderSpec, SideName, StreamName};
pub use venue::{
    BarMessage, ClockMessage, ExecMessage, InstrumentMessage, LevelMessage, MarginMessage, OrderMessage,
    PositionMessage, TradeMessage, VenueMessage, WorthMessage,
};

/// The version both ends must speak.
pub const VERSION: u32 = 4;

/// The longest frame either end accepts, in bytes. A longer one ends the connection.
pub const MAX_FRAME: usize = 32 * 1024 * 1024;

/// The `order_id` of news that is about no order of the exchange; its quantities say nothing.
pub const NO_ORDER: &str = "NONE";

/// The reason of a `rejected` that refuses a second order with an id, and says nothing of the first.
pub const DUPLICATE_ID: &str = "duplicate cl_ord_id";

/// The reason of the goodbye to quotes sessions when a tape has ended: there will be no more quotes. Orders sessions
/// stay, since the account can still be asked about.
pub const TAPE_OVER: &str = "the tape is over";

/// Why bytes are no message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WireError {
    /// The length says more than [`MAX_FRAME`].
    TooLong {
        /// What it says.
        bytes: usize,
    },
    /// The frame is not a message of this protocol.
    NotAMessage {
        /// What the reader of JSON found.
        why: String,
        /// The frame's text, cut to 500 characters.
        text: String,
    },
}

impl std::fmt::Display for WireError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            WireError::TooLong { bytes } => {
                write!(f, "a frame of {bytes} bytes; at most {MAX_FRAME} are allowed")
            }
            WireError::NotAMessage { why, text } => {
                write!(f, "not a message of the paper protocol: {why}: {text}")
            }
        }
    }
}

impl std::error::Error for WireError {}

/// The message as a frame.
pub fn encode<M: Serialize>(message: &M) -> Vec<u8> {
    // These types have string keys and no fallible fields, so writing JSON to memory cannot fail.
    let body = serde_json::to_vec(message).unwrap_or_default();
    let mut frame = Vec::with_capacity(body.len() + 4);
    frame.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes());
    frame.extend_from_slice(&body);
    frame
}

/// Reads one frame's body.
pub fn decode<M: for<'de> Deserialize<'de>>(body: &[u8]) -> Result<M, WireError> {
    serde_json::from_slice(body).map_err(|why| WireError::NotAMessage {
        why: why.to_string(),
        text: String::from_utf8_lossy(body).chars().take(500).collect(),
    })
}

/// Cuts a stream of bytes into frames, however it was split on the way.
#[derive(Debug, Default)]
pub struct Frames {
    bytes: Vec<u8>,
    start: usize,
}

impl Frames {
    /// Takes bytes as they arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 && self.start == self.bytes.len() {
            self.bytes.clear();
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole frame's body, if one is there.
    pub fn next_frame(&mut self) -> Result<Option<Vec<u8>>, WireError> {
        let rest = self.bytes.get(self.start..).unwrap_or(&[]);
        let Some((head, body)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        let len = usize::try_from(u32::from_be_bytes(*head)).unwrap_or(usize::MAX);
        if len > MAX_FRAME {
            return Err(WireError::TooLong { bytes: len });
        }
        let Some(frame) = body.get(..len) else {
            self.bytes.drain(..self.start);
            self.start = 0;
            return Ok(None);
        };
        let frame = frame.to_vec();
        self.start += 4 + len;
        Ok(Some(frame))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_survive_any_split() {
        let messages = [ClientMessage::Snapshot { request: 7 }, ClientMessage::Bye];
        let bytes: Vec<u8> = messages.iter().flat_map(encode).collect();
        for cut in 0..=bytes.len() {
            let mut frames = Frames::default();
            let mut read = Vec::new();
            for part in [&bytes[..cut], &bytes[cut..]] {
                frames.push(part);
                while let Some(frame) = frames.next_frame().unwrap() {
                    read.push(decode::<ClientMessage>(&frame).unwrap());
                }
            }
            assert_eq!(read, messages);
        }
    }

    #[test]
    fn a_giant_length_is_refused_before_it_is_read() {
        let mut frames = Frames::default();
        frames.push(&u32::MAX.to_be_bytes());
        assert!(matches!(frames.next_frame(), Err(WireError::TooLong { .. })));
    }

    #[test]
    fn foreign_bytes_are_an_error_with_their_text() {
        let error = decode::<ClientMessage>(b"GET / HTTP/1.1").unwrap_err();
        assert!(error.to_string().contains("GET / HTTP/1.1"));
    }
}
