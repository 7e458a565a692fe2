//! What can be wrong with a line, or with when it came. Each of these ends the bot's process; none touches another.
//!
//! Must never quote a line whole: it may be 64 KiB of anything.

use alloc::string::{String, ToString};
use core::fmt;

use super::{MAX_TEXT, VERSION, line};
use crate::protocol::wire::BotSays;
use crate::registry::BuildError;

/// Why the other end cannot be talked with any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProtocolError {
    /// A line is longer than the protocol allows.
    LineTooLong {
        /// Its bytes.
        len: usize,
        /// How many there may be.
        max: usize,
    },
    /// A line is not one JSON object.
    NotJson(String),
    /// A line has no version, or another than ours; what it has is given as written.
    Version(String),
    /// A line is JSON of our version, but no message.
    NotAMessage(String),
    /// An event without its number.
    NoNumber,
    /// An event's number is not above the one before.
    NumberRepeats(u64),
    /// A message that has no place here: an event before `hello`, an answer before `ready`, a second `ready`.
    OutOfTurn(&'static str),
    /// An answer to an event that does not exist, was answered already, or may not be answered.
    Unasked(u64),
    /// An answer that passes over a bar which has none yet.
    Skipped {
        /// The answer.
        in_reply: u64,
        /// The bar.
        bar: u64,
    },
    /// More lines than the events of late give a bot.
    Flood {
        /// How many lines one event is worth.
        lines_per_event: u32,
    },
    /// More intents in one answer than allowed.
    TooManyIntents {
        /// How many.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// A text longer than [`MAX_TEXT`].
    TextTooLong {
        /// Which field.
        field: &'static str,
        /// Its bytes.
        len: usize,
    },
    /// A number outside its range.
    OutOfRange {
        /// Which field.
        field: &'static str,
        /// What was given.
        given: i64,
    },
    /// An intent for another contract than the bot's own.
    OtherSymbol(String),
    /// The bot that `hello` names cannot be built.
    Refused(BuildError),
    /// A message of ours could not be written.
    NotWritten(String),
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use ProtocolError as E;
        match self {
            E::LineTooLong { len, max } => write!(f, "a line of {len} bytes; at most {max} are allowed"),
            E::NotJson(why) => write!(f, "a line is not a JSON object: {why}"),
            E::Version(found) => write!(f, "a line has \"v\": {found}; this end speaks {VERSION}"),
            E::NotAMessage(why) => write!(f, "a line is no message: {why}"),
            E::NoNumber => f.write_str("an event has no number \"n\""),
            E::NumberRepeats(n) => write!(f, "event {n} does not come after the one before"),
            E::OutOfTurn(what) => write!(f, "a `{what}` out of turn"),
            E::Unasked(n) => write!(f, "an answer to event {n}, which waits for none"),
            E::Skipped { in_reply, bar } => write!(f, "an answer to event {in_reply}, but none to bar {bar}"),
            E::Flood { lines_per_event } => write!(f, "a flood: more than {lines_per_event} lines per event"),
            E::TooManyIntents { count, max } => write!(f, "{count} intents in one answer; at most {max}"),
            E::TextTooLong { field, len } => write!(f, "`{field}` has {len} bytes; at most {MAX_TEXT}"),
            E::OutOfRange { field, given } => write!(f, "`{field}` is {given}, outside its range"),
            E::OtherSymbol(symbol) => write!(f, "an intent for {symbol}, which is not this bot's contract"),
            E::Refused(why) => why.fmt(f),
            E::NotWritten(why) => write!(f, "a message could not be written: {why}"),
        }
    }
}

impl core::error::Error for ProtocolError {}

/// The log line in which a bot's process says why it ends, to be written before it does.
pub fn last_words(error: &ProtocolError) -> String {
    let mut text = error.to_string();
    let fits = text.char_indices().map(|(i, c)| i + c.len_utf8()).take_while(|end| *end <= MAX_TEXT).last();
    text.truncate(fits.unwrap_or(0));
    line::write(None, &BotSays::Log { text }).unwrap_or_default()
}
