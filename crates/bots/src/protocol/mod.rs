//! The protocol a bot speaks when it is a process of its own: JSON, one message per line, version 1.
//!
//! `docs/bot-protocol.md` is its description for people who write bots; every example there is read by a test. Pure:
//! whoever holds the pipes reads lines, never more than [`MAX_BOT_LINE`] bytes of one, and passes them here. Nothing a
//! bot writes may do more than end that bot.

mod bot;
mod error;
mod host;
mod line;
mod translate;
mod wire;

pub use bot::{BotSide, Builder};
pub use error::{ProtocolError, last_words};
pub use host::{HostLimits, HostSide, Said};
pub use wire::Hello;

/// The version both ends must speak.
pub const VERSION: u32 = 1;

/// The longest line a bot may write, in bytes, without its line feed.
pub const MAX_BOT_LINE: usize = 64 * 1024;

/// The longest line the engine may write, in bytes, without its line feed; only `warm_up` comes near.
pub const MAX_ENGINE_LINE: usize = 16 * 1024 * 1024;

/// The longest reason of an intent and the longest text of a log line, in bytes.
pub const MAX_TEXT: usize = 1024;

#[cfg(test)]
mod tests;
