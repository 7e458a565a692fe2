//! How many lots a bot's entry becomes, before any rule is asked.
//!
//! A bot without a line of its own trades what it wishes for. Nothing here is ever rounded up.

use serde::{Deserialize, Serialize};

use super::{Contradiction, positive};
use crate::id::BotId;
use crate::num::{Bps, Lots};

/// How one bot's entries are sized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sizing {
    /// Whose.
    pub bot: BotId,
    /// From what.
    pub by: SizedBy,
    /// Whether the lots are scaled by how sure the bot is.
    pub confidence: bool,
}

/// What the lots of an entry come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SizedBy {
    /// The wish.
    Wish,
    /// A fixed number.
    Lots(Lots),
    /// What may be lost from entry to stop, fees included, as a share of equity.
    Risk(Bps),
}

impl Sizing {
    pub(super) fn check(&self) -> Result<(), Contradiction> {
        match self.by {
            SizedBy::Wish => Ok(()),
            SizedBy::Lots(lots) => positive("sizing", lots.0),
            SizedBy::Risk(share) => positive("sizing", share.0),
        }
    }
}
