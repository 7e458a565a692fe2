//! The saved state of the cross: version 1, JSON.
//!
//! It holds everything a decision depends on beside the parameters, and is taken back whole or not at all. A state that is not understood is never guessed at.

use alloc::string::{String, ToString};

use serde::{Deserialize, Serialize};
use stopline_kernel::num::Side;
use stopline_kernel::time::ExchangeTime;

use super::{Cross, CrossParameters};
use crate::indicators::{AtrState, SmaState};
use crate::strategy::{Seat, StateError};

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    version: u32,
    until: Option<ExchangeTime>,
    waiting: Option<Side>,
    fast: SmaState,
    slow: SmaState,
    atr: AtrState,
}

/// Only the version, so that another one is named and not reported as damage.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

pub(super) fn write(cross: &Cross) -> Option<String> {
    let saved = Saved {
        version: VERSION,
        until: cross.until,
        waiting: cross.waiting,
        fast: cross.fast.snapshot(),
        slow: cross.slow.snapshot(),
        atr: cross.atr.snapshot(),
    };
    serde_json::to_string(&saved).ok()
}

pub(super) fn read(text: &str, parameters: CrossParameters, seat: Seat) -> Result<Cross, StateError> {
    let unreadable = |error: serde_json::Error| StateError::Unreadable(error.to_string());
    let Versioned { version } = serde_json::from_str(text).map_err(unreadable)?;
    if version != VERSION {
        return Err(StateError::OtherVersion(version));
    }
    let saved: Saved = serde_json::from_str(text).map_err(unreadable)?;
    let mut cross = Cross::new(parameters, seat);
    cross.fast.restore(&saved.fast).map_err(|_| StateError::OtherParameter("fast"))?;
    cross.slow.restore(&saved.slow).map_err(|_| StateError::OtherParameter("slow"))?;
    cross.atr.restore(&saved.atr).map_err(|_| StateError::OtherParameter("atr"))?;
    (cross.until, cross.waiting) = (saved.until, saved.waiting);
    Ok(cross)
}
