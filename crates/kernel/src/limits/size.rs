//! How much may be held at once, over all instruments and bots.
//!
//! A limit that is not set is `None` and no rule asks for it; nothing here adds anything up.

use serde::{Deserialize, Serialize};

use super::{Contradiction, Limits, all_positive};
use crate::num::{Lots, Money};

/// Limits over the whole account. Each counts the worst case: positions, and every order that could still open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SizeLimits {
    /// Positions, each of one bot in one instrument.
    pub open_positions: Option<u32>,
    /// Lots over all instruments, long and short added.
    pub account_lots: Option<Lots>,
    /// What those lots are worth at the last trades, long and short added.
    pub notional: Option<Money>,
    /// The same over the account's equity, in hundredths: 250 is two and a half times.
    pub leverage: Option<u32>,
}

impl SizeLimits {
    /// None of them.
    pub const OFF: SizeLimits =
        SizeLimits { open_positions: None, account_lots: None, notional: None, leverage: None };

    pub(super) fn check(&self, limits: &Limits) -> Result<(), Contradiction> {
        all_positive(&[
            ("open_positions", self.open_positions.map(i64::from)),
            ("account_lots", self.account_lots.map(|lots| lots.0)),
            ("notional", self.notional.map(|money| money.0)),
            ("leverage", self.leverage.map(i64::from)),
        ])?;
        if self.account_lots.is_some_and(|account| account < limits.max_instrument_lots) {
            return Err(Contradiction::InstrumentOverAccount);
        }
        Ok(())
    }
}
