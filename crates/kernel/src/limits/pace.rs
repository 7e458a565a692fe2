//! How fast may be sent, and what breaks a circuit: refusals, cancels, a spread.
//!
//! A limit that is not set is `None` and nobody asks for it; nothing here counts anything.

use serde::{Deserialize, Serialize};

use super::{Contradiction, all_positive};
use crate::num::Ticks;
use crate::time::Span;

/// Limits of pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PaceLimits {
    /// What the broker takes of orders, changes and cancels together.
    pub sends: Option<SendRate>,
    /// Machine: orders of one bot that may open risk within `Timings::rate_window`.
    pub bot_orders: Option<u32>,
    /// Machine: entries of one bot that the broker refuses within `Timings::rate_window`.
    pub rejects: Option<u32>,
    /// Machine: the same, refused one after the other in the same words.
    pub same_rejects: Option<u32>,
    /// Machine: cancels asked for of one bot's orders within `Timings::rate_window`.
    pub cancels: Option<u32>,
    /// Market: how long a bot is paused after too many refusals or cancels.
    pub pause: Span,
    /// The widest spread between bid and offer at which a bot may go on.
    pub spread: Option<Ticks>,
    /// Market: how long a bot is paused after a wider one.
    pub spread_pause: Span,
}

/// A bucket of messages: it holds as many as go out in a second, and fills up again in a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendRate {
    /// Messages in a second.
    pub per_second: u32,
    /// Of those, kept for cancels and closing orders.
    pub reserve: u32,
}

impl PaceLimits {
    /// None of them.
    pub const OFF: PaceLimits = PaceLimits {
        sends: None,
        bot_orders: None,
        rejects: None,
        same_rejects: None,
        cancels: None,
        pause: Span::secs(60),
        spread: None,
        spread_pause: Span::secs(30),
    };

    pub(super) fn check(&self) -> Result<(), Contradiction> {
        all_positive(&[
            ("sends_per_second", self.sends.map(|rate| i64::from(rate.per_second))),
            ("bot_orders", self.bot_orders.map(i64::from)),
            ("rejects", self.rejects.map(i64::from)),
            ("same_rejects", self.same_rejects.map(i64::from)),
            ("cancels", self.cancels.map(i64::from)),
            ("pause", Some(self.pause.0)),
            ("spread", self.spread.map(|ticks| ticks.0)),
            ("spread_pause", Some(self.spread_pause.0)),
        ])?;
        // A bracket is three orders: with less than that left, nothing could ever be opened.
        if self.sends.is_some_and(|rate| rate.per_second.saturating_sub(rate.reserve) < 3) {
            return Err(Contradiction::ReserveOverSends);
        }
        Ok(())
    }
}

impl Default for PaceLimits {
    fn default() -> PaceLimits {
        PaceLimits::OFF
    }
}
