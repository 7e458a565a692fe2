//! What anybody could send to whatever reads bytes here, and what must hold then: one function for each reader, from
//! bytes to nothing or a panic. `fuzz/` runs them under libFuzzer, and an ordinary test over the corpora and mutations
//! of them.
//!
//! No target touches the machine: each drives a value that ships, and asks more of it than not to panic.

#![expect(
    clippy::unwrap_used,
    reason = "a panic is how a target tells; what it sets up is constant, and cannot fail for what it is given"
)]

pub mod bots;
pub mod control;
pub mod ledger;
pub mod paper;
pub mod scenario;

/// One reader of bytes.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// As it is called on the command line, and its folder in `fuzz/corpus/`.
    pub name: &'static str,
    /// Reads these bytes, and gives the number of messages in them that were understood; panics where something does
    /// not hold.
    pub body: fn(&[u8]) -> usize,
}

/// All of them. Each has its file in `fuzz/fuzz_targets/`.
pub const TARGETS: [Target; 7] = [
    Target { name: "ledger", body: ledger::recover },
    Target { name: "paper_engine", body: paper::engine },
    Target { name: "paper_venue", body: paper::venue },
    Target { name: "bot_host", body: bots::host },
    Target { name: "bot_side", body: bots::side },
    Target { name: "control", body: control::serve },
    Target { name: "scenario", body: scenario::read },
];

/// What an input is: text whose lines are put into the frame or the chain of the reader, or after a `#` bytes that it
/// gets as they are. Chance alone finds no length and no hash that fits.
pub(crate) enum Shape<'a> {
    /// Each line is one message.
    Lines(Vec<&'a [u8]>),
    /// All of it, untouched.
    Raw(&'a [u8]),
}

impl Shape<'_> {
    pub(crate) fn of(bytes: &[u8]) -> Shape<'_> {
        match bytes.strip_prefix(b"#") {
            Some(raw) => Shape::Raw(raw),
            None => {
                Shape::Lines(bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect())
            }
        }
    }
}
