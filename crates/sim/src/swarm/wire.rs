//! What the wires between the engine and the broker do to bytes: late, in pieces, held back, lost with their connection.
//!
//! A wire never changes a byte and never lets bytes of one connection overtake each other: it is a stream.

use std::fmt;

use stopline_kernel::time::Span;

use super::{moment, strength};
use crate::choice::Choices;

/// Which of the engine's two connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Path {
    /// Market data.
    Quotes,
    /// Orders and account.
    Orders,
}

impl Path {
    /// As it is written in a scenario.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Path::Quotes => "quotes",
            Path::Orders => "orders",
        }
    }
}

/// A time in which bytes of one path are held back, in one direction or both; they arrive when it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    /// Which path.
    pub path: Path,
    /// Whether the broker hears nothing.
    pub to_broker: bool,
    /// Whether the engine hears nothing.
    pub to_engine: bool,
    /// When it begins, counted from the start of the run.
    pub at: Span,
    /// How long it lasts.
    pub lasts: Span,
}

/// How the wires are. Numbers without a unit are permille.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WireFaults {
    /// Bytes take so much longer.
    pub latency: Span,
    /// And up to this much more.
    pub jitter: Span,
    /// Per piece: it arrives in two, cut anywhere.
    pub split: u64,
    /// Per beat: a connection is cut, and both sides know.
    pub cut: u64,
    /// Per beat: a connection is gone, and the engine does not know.
    pub half_open: u64,
    /// Per write of the engine: the connection is cut, and the bytes are lost.
    pub reset_before: u64,
    /// Per write of the engine: the connection is cut, and the bytes arrive.
    pub reset_after: u64,
    /// Of bytes on their way to the broker, lost with the process.
    pub lost_in_crash: u64,
    /// Times in which nothing comes through.
    pub partitions: Vec<Partition>,
}

impl WireFaults {
    pub(super) fn draw(choices: &mut Choices) -> WireFaults {
        WireFaults {
            latency: Span::millis(span(choices, &[0, 0, 1, 20, 150])),
            jitter: Span::millis(span(choices, &[0, 0, 5, 120, 400])),
            split: strength(choices, 200, &[50, 500]),
            cut: strength(choices, 250, &[1, 4]),
            half_open: strength(choices, 100, &[1, 3]),
            reset_before: strength(choices, 120, &[5, 40]),
            reset_after: strength(choices, 120, &[5, 40]),
            lost_in_crash: choices.one_of(&[0, 300, 1_000]).unwrap_or(0),
            partitions: if choices.permille(150) { partitions(choices) } else { Vec::new() },
        }
    }

    pub(super) fn families(&self, on: &mut Vec<&'static str>) {
        let share = [
            ("wire.latency", self.latency.0 != 0 || self.jitter.0 != 0),
            ("wire.split", self.split > 0),
            ("wire.cut", self.cut > 0),
            ("wire.half_open", self.half_open > 0),
            ("wire.reset_before", self.reset_before > 0),
            ("wire.reset_after", self.reset_after > 0),
            ("wire.partition", !self.partitions.is_empty()),
        ];
        on.extend(share.into_iter().filter(|(_, on)| *on).map(|(name, _)| name));
    }
}

fn span(choices: &mut Choices, list: &[i64]) -> i64 {
    choices.one_of(list).unwrap_or(0)
}

fn partitions(choices: &mut Choices) -> Vec<Partition> {
    let one = |choices: &mut Choices| {
        let way = choices.below(3);
        Partition {
            path: choices.one_of(&[Path::Orders, Path::Quotes]).unwrap_or(Path::Orders),
            to_broker: way != 1,
            to_engine: way != 2,
            at: moment(choices),
            lasts: Span::millis(choices.one_of(&[200, 900, 2_500, 6_000]).unwrap_or(200)),
        }
    };
    (0..=choices.below(2)).map(|_| one(choices)).collect()
}

impl fmt::Display for WireFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shares = [
            ("latency ms", self.latency.as_millis().unsigned_abs()),
            ("jitter ms", self.jitter.as_millis().unsigned_abs()),
            ("split", self.split),
            ("cut", self.cut),
            ("half-open", self.half_open),
            ("reset-before", self.reset_before),
            ("reset-after", self.reset_after),
            ("lost-in-crash", self.lost_in_crash),
        ];
        let mut on = shares.iter().filter(|(_, n)| *n > 0);
        on.try_for_each(|(name, n)| write!(f, "{name} {n}; "))?;
        self.partitions.iter().try_for_each(|p| {
            let way = match (p.to_broker, p.to_engine) {
                (true, true) => "both ways",
                (true, false) => "to the broker",
                _ => "to the engine",
            };
            let (at, lasts) = (p.at.as_millis(), p.lasts.as_millis());
            write!(f, "partition of {:?} {way} at {at} ms for {lasts} ms; ", p.path)
        })
    }
}
