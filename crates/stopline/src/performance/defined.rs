//! A figure that may not be defined, with the reason.
//!
//! An undefined figure is never shown as zero or infinity: whoever shows it has to say why there is none.

use serde::{Serialize, Serializer, ser::SerializeStruct};

/// Why a figure is not defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    NoTrades,
    NoWinners,
    NoLosers,
    NoStops,
    NoStop,
    StopBehind,
    NoRisk,
    NoReference,
    NoPeak,
    NoSessions,
}

impl Why {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Why::NoTrades => "no closed trades",
            Why::NoWinners => "no winning trades",
            Why::NoLosers => "no losing trades",
            Why::NoStops => "no stop was filled",
            Why::NoStop => "no decision with a stop is known for it",
            Why::StopBehind => "it was filled at or beyond its stop",
            Why::NoRisk => "no closed trade has a known risk",
            Why::NoReference => "no entry with a known decision price",
            Why::NoPeak => "the peak is not above zero",
            Why::NoSessions => "no session time is known in the period",
        }
    }
}

/// A figure, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Defined<T>(pub(crate) Result<T, Why>);

impl<T> Defined<T> {
    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U) -> Defined<U> {
        Defined(self.0.map(f))
    }

    /// As people read it.
    pub(crate) fn show(&self, form: impl FnOnce(&T) -> String) -> String {
        match &self.0 {
            Ok(value) => form(value),
            Err(why) => format!("undefined ({})", why.text()),
        }
    }
}

/// `{"value": .., "undefined": null}` or `{"value": null, "undefined": "why"}`.
impl<T: Serialize> Serialize for Defined<T> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut fields = s.serialize_struct("Defined", 2)?;
        fields.serialize_field("value", &self.0.as_ref().ok())?;
        fields.serialize_field("undefined", &self.0.as_ref().err().map(|why| why.text()))?;
        fields.end()
    }
}

/// A ratio, for showing only: nothing is decided by it.
#[expect(clippy::cast_precision_loss, reason = "a ratio is for people; its last bits decide nothing")]
pub(crate) fn ratio(of: i128, to: i128) -> f64 {
    of as f64 / to as f64
}
