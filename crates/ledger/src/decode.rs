//! From stored bytes back to an entry: the kinds and versions this build knows, and the steps that lift an old version
//! to the present one.
//!
//! Old bytes are lifted when they are read and never written back. What a newer Stopline wrote is refused, not guessed.

use serde_json::Value;
use stopline_kernel::record::Entry;

use crate::frame::Frame;

/// Lifts the JSON of a whole entry by one version of its record's kind.
pub type Lift = fn(Value) -> Value;

/// What a build can read.
#[derive(Debug, Clone, Copy)]
pub struct Decoder {
    /// Every kind, with its present version.
    pub kinds: &'static [(&'static str, u32)],
    /// For each version that is no longer the present one: the step to the next.
    pub lifts: &'static [(&'static str, u32, Lift)],
}

/// What this build can read.
pub const PRESENT: Decoder = Decoder { kinds: KINDS, lifts: LIFTS };

/// Each step gained fields that may be absent, and words that the version before did not have: what is old is as it was.
const LIFTS: &[(&str, u32, Lift)] = &[
    ("configured", 1, unchanged),
    ("configured", 2, unchanged),
    ("day_began", 1, unchanged),
    ("transition", 1, unchanged),
    ("impossible", 1, unchanged),
    ("filled", 1, unchanged),
    ("decided", 1, unchanged),
    ("replace_asked", 1, unchanged),
    ("halt_set", 1, unchanged),
    ("halt_set", 2, unchanged),
    ("halt_lifted", 1, unchanged),
    ("halt_lifted", 2, unchanged),
    ("incident_opened", 1, unchanged),
    ("incident_opened", 2, unchanged),
    ("commanded", 1, unchanged),
    ("snapshot", 1, unchanged),
    ("snapshot", 2, unchanged),
    ("snapshot", 3, unchanged),
];

const fn unchanged(entry: Value) -> Value {
    entry
}

const KINDS: &[(&str, u32)] = &[
    ("started", 1),
    ("configured", 3),
    ("venue_known", 1),
    ("day_began", 2),
    ("equity_rose", 1),
    ("sized", 1),
    ("decided", 2),
    ("order_placed", 1),
    ("replace_asked", 2),
    ("transition", 2),
    ("impossible", 2),
    ("filled", 2),
    ("busted", 1),
    ("allocated", 1),
    ("transferred", 1),
    ("closing_began", 1),
    ("closing_ended", 1),
    ("halt_set", 3),
    ("halt_lifted", 3),
    ("incident_opened", 3),
    ("incident_closed", 1),
    ("commanded", 2),
    ("stream_changed", 1),
    ("agreed", 1),
    ("stray_cancel_asked", 1),
    ("recovery_moved", 1),
    ("bot_saved", 1),
    ("bot_changed", 1),
    ("snapshot", 4),
];

/// Why stored bytes are no entry for this build.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The kind is of a later release.
    #[error(
        "record {seq} is of the kind {kind:?} (version {version}), written by a newer Stopline; this one does not know it"
    )]
    UnknownKind {
        /// The record.
        seq: u64,
        /// Its kind.
        kind: Box<str>,
        /// Its version.
        version: u32,
    },
    /// The version is of a later release.
    #[error(
        "record {seq} ({kind}) has version {found}, written by a newer Stopline; this one reads up to version {known}"
    )]
    NewerVersion {
        /// The record.
        seq: u64,
        /// Its kind.
        kind: Box<str>,
        /// The version found.
        found: u32,
        /// The newest version this build reads.
        known: u32,
    },
    /// The chain holds and the bytes are still no entry: a defect of whoever wrote them.
    #[error("record {seq} ({kind} version {version}) cannot be read: {why}")]
    Unreadable {
        /// The record.
        seq: u64,
        /// Its kind.
        kind: Box<str>,
        /// Its version.
        version: u32,
        /// What is wrong.
        why: Box<str>,
    },
}

impl Decoder {
    /// The entry that a frame holds, in its present form.
    pub fn entry(&self, frame: &Frame) -> Result<Entry, DecodeError> {
        let known = self.present_version(frame)?;
        let entry: Entry = if frame.version == known {
            serde_json::from_slice(&frame.body).map_err(|error| unreadable(frame, error.to_string()))?
        } else {
            let lifted = self.lifted(frame, known)?;
            serde_json::from_value(lifted).map_err(|error| unreadable(frame, error.to_string()))?
        };
        if entry.seq != frame.seq || entry.record.kind() != &*frame.kind {
            let why = format!("its body says record {} of kind {}", entry.seq, entry.record.kind());
            return Err(unreadable(frame, why));
        }
        Ok(entry)
    }

    fn present_version(&self, frame: &Frame) -> Result<u32, DecodeError> {
        let Frame { seq, kind, version, .. } = frame;
        let Some((_, known)) = self.kinds.iter().find(|(name, _)| *name == &**kind) else {
            return Err(DecodeError::UnknownKind { seq: *seq, kind: kind.clone(), version: *version });
        };
        if version > known {
            let kind = kind.clone();
            return Err(DecodeError::NewerVersion { seq: *seq, kind, found: *version, known: *known });
        }
        Ok(*known)
    }

    fn lifted(&self, frame: &Frame, known: u32) -> Result<Value, DecodeError> {
        let read = serde_json::from_slice(&frame.body);
        let mut value: Value = read.map_err(|error| unreadable(frame, error.to_string()))?;
        for from in frame.version..known {
            let step = self.lifts.iter().find(|(kind, at, _)| *kind == &*frame.kind && *at == from);
            let missing = || unreadable(frame, format!("nothing lifts it from version {from}"));
            let (_, _, lift) = step.ok_or_else(missing)?;
            value = lift(value);
        }
        Ok(value)
    }
}

fn unreadable(frame: &Frame, why: String) -> DecodeError {
    let Frame { seq, kind, version, .. } = frame;
    DecodeError::Unreadable { seq: *seq, kind: kind.clone(), version: *version, why: why.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Hash;
    use stopline_kernel::record::Record;

    const OLD: &str =
        r#"{"seq":1,"at":{"mono":1,"local":2,"market":null},"input":1,"record":{"Started":{"made":"b"}}}"#;

    fn frame(kind: &str, version: u32) -> Frame {
        Frame::seal(Hash([0; 32]), 1, kind, version, OLD.as_bytes())
    }

    fn rename(mut entry: Value) -> Value {
        if let Some(made) = entry["record"]["Started"]["made"].take().as_str() {
            entry["record"]["Started"] = serde_json::json!({ "build": made });
        }
        entry
    }

    const NEXT: Decoder = Decoder { kinds: &[("started", 2)], lifts: &[("started", 1, rename)] };

    #[test]
    fn an_old_version_is_lifted_when_it_is_read() {
        let entry = NEXT.entry(&frame("started", 1)).unwrap();
        assert_eq!(entry.record, Record::Started { build: "b".into() });
    }

    #[test]
    fn what_a_newer_stopline_wrote_is_refused_with_both_versions() {
        let newer = PRESENT.entry(&frame("started", 7)).unwrap_err().to_string();
        assert!(newer.contains("version 7") && newer.contains("up to version 1"), "{newer}");
        let unknown = PRESENT.entry(&frame("teleported", 1)).unwrap_err();
        assert!(matches!(unknown, DecodeError::UnknownKind { seq: 1, version: 1, .. }));
    }

    #[test]
    fn a_version_that_nothing_lifts_is_refused() {
        let gap = Decoder { kinds: &[("started", 3)], lifts: &[("started", 1, rename)] };
        let said = gap.entry(&frame("started", 1)).unwrap_err().to_string();
        assert!(said.contains("nothing lifts it from version 2"), "{said}");
    }

    #[test]
    fn a_body_that_says_another_place_or_kind_is_refused() {
        let moved = Frame::seal(Hash([0; 32]), 2, "started", 1, OLD.replace("made", "build").as_bytes());
        assert!(matches!(PRESENT.entry(&moved), Err(DecodeError::Unreadable { seq: 2, .. })));
    }
}
