//! The parameters of the cross, with defaults and ranges.
//!
//! Whatever leaves here is consistent; nothing later checks it again.

use alloc::format;

use crate::parameters::{Distance, ParameterError, Parameters, Reader};

/// The longest average, in bars. Keeps saved state well below the longest line of the protocol.
const MAX_PERIOD: u32 = 2_000;

/// The parameters of a [`Cross`](super::Cross).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrossParameters {
    pub(super) fast: u32,
    pub(super) slow: u32,
    pub(super) stop: Distance,
    pub(super) target: Distance,
    pub(super) atr: u32,
    pub(super) lots: u32,
    pub(super) allow_long: bool,
    pub(super) allow_short: bool,
}

impl CrossParameters {
    /// Reads them; what is not given has its default.
    pub fn read(given: &Parameters) -> Result<CrossParameters, ParameterError> {
        let mut reader = Reader::new(given);
        let read = CrossParameters {
            fast: reader.whole("fast", 5, 1..=MAX_PERIOD - 1)?,
            slow: reader.whole("slow", 20, 2..=MAX_PERIOD)?,
            stop: reader.distance("stop", Distance::Atr(200))?,
            target: reader.distance("target", Distance::Atr(300))?,
            atr: reader.whole("atr", 14, 1..=MAX_PERIOD)?,
            lots: reader.whole("lots", 1, 1..=1_000)?,
            allow_long: reader.flag("allow_long", true)?,
            allow_short: reader.flag("allow_short", true)?,
        };
        reader.finish()?;
        read.consistent()
    }

    fn consistent(self) -> Result<CrossParameters, ParameterError> {
        if self.fast >= self.slow {
            return Err(ParameterError::Contradiction {
                name: "fast",
                why: format!("{} bars are not fewer than the {} of `slow`", self.fast, self.slow),
                mend: "make `fast` smaller or `slow` larger",
            });
        }
        if !self.allow_long && !self.allow_short {
            return Err(ParameterError::Contradiction {
                name: "allow_long",
                why: "neither long nor short is allowed".into(),
                mend: "set one of `allow_long`, `allow_short` to true",
            });
        }
        Ok(self)
    }
}
