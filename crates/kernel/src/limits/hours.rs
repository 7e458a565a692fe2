//! When nothing new may be opened, and when everything has to be closed: by the contract's own session, and around moments
//! of news.
//!
//! Nothing here knows a calendar: sessions come with the contract, and moments with the configuration.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{Contradiction, all_positive, positive};
use crate::id::BotId;
use crate::time::{ExchangeTime, Span};

/// Windows of market time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HourLimits {
    /// How long after the open of a session nothing new is opened.
    pub after_open: Option<Span>,
    /// How long before its close nothing new is opened any more.
    pub before_close: Option<Span>,
    /// How long before its close everything is closed. Early closes are closes.
    pub flat_before_close: Option<Span>,
    /// Around which news nothing new is opened.
    pub quiet: Vec<QuietWindow>,
    /// Bots that pass over the windows of a kind.
    pub ignores: Vec<(BotId, NewsKind)>,
}

/// A window of market time around news: `from <= t < until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietWindow {
    /// Which news.
    pub kind: NewsKind,
    /// Its first moment.
    pub from: ExchangeTime,
    /// The first moment after it.
    pub until: ExchangeTime,
}

listed! {
    /// News that move a market at a known moment.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum NewsKind {
        /// Consumer prices.
        Cpi,
        /// A decision of the Federal Reserve.
        Fomc,
        /// Employment outside farms.
        Nfp,
        /// Stocks of oil and gas.
        Eia,
    }
}

impl HourLimits {
    /// None of them.
    pub const OFF: HourLimits = HourLimits {
        after_open: None,
        before_close: None,
        flat_before_close: None,
        quiet: Vec::new(),
        ignores: Vec::new(),
    };

    pub(super) fn check(&self) -> Result<(), Contradiction> {
        all_positive(&[
            ("after_open", self.after_open.map(|span| span.0)),
            ("before_close", self.before_close.map(|span| span.0)),
            ("flat_before_close", self.flat_before_close.map(|span| span.0)),
        ])?;
        self.quiet.iter().try_for_each(|window| positive("quiet", window.until.since(window.from).0))?;
        // An entry after the moment of closing would be closed as soon as it fills.
        if self.flat_before_close.is_some_and(|flat| self.before_close.is_none_or(|last| last < flat)) {
            return Err(Contradiction::EntryAfterFlat);
        }
        Ok(())
    }
}
