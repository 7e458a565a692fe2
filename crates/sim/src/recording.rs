//! A run as a file: its seed and every choice it made, one line for each stream of choices.
//!
//! The seed decides the market and the bot's wishes, the choices decide everything that goes wrong. It never holds
//! what follows from them, so that a recording outlives small changes of the code.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::choice::{Choices, Domain};

/// Where a run's choices come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// Drawn from a seed.
    Seed(u64),
    /// As they were recorded.
    Recorded(Recording),
}

impl Start {
    /// What the market and the bot follow from.
    pub const fn seed(&self) -> u64 {
        match self {
            Start::Seed(seed) => *seed,
            Start::Recorded(recording) => recording.seed,
        }
    }

    /// A stream of choices.
    pub fn choices(&self, domain: Domain) -> Choices {
        match self {
            Start::Seed(seed) => Choices::new(*seed, domain),
            Start::Recorded(recording) => {
                Choices::given(recording.streams.get(&domain).cloned().unwrap_or_default())
            }
        }
    }
}

/// A run's seed and the choices it made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recording {
    /// What the market and the bot follow from.
    pub seed: u64,
    /// The choices of each domain, in order.
    pub streams: BTreeMap<Domain, Vec<u64>>,
}

/// Why a text is no recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordingError {
    /// No line names the seed.
    NoSeed,
    /// A line begins with a word that names neither the seed nor a stream.
    NoStream(usize),
    /// A line holds something that is no whole number.
    NoNumber(usize),
    /// A line repeats one before it.
    Twice(usize),
}

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecordingError::NoSeed => {
                f.write_str("no line `seed N`; write one as `stopline sim run --choices` does")
            }
            RecordingError::NoStream(line) => {
                write!(f, "line {line} begins with neither `seed` nor the name of a stream:")?;
                Domain::RECORDED.iter().try_for_each(|domain| write!(f, " {domain}"))
            }
            RecordingError::NoNumber(line) => write!(f, "line {line} holds what is no whole number"),
            RecordingError::Twice(line) => write!(f, "line {line} repeats one before it"),
        }
    }
}

impl std::error::Error for RecordingError {}

impl fmt::Display for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}", self.seed)?;
        for (domain, chosen) in &self.streams {
            write!(f, "{domain}")?;
            // Past the end of a stream every choice is zero: the zeros at its end need not be written.
            let end = chosen.iter().rposition(|n| *n != 0).map_or(0, |last| last + 1);
            chosen.iter().take(end).try_for_each(|n| write!(f, " {n}"))?;
            writeln!(f)?;
        }
        Ok(())
    }
}

impl FromStr for Recording {
    type Err = RecordingError;

    fn from_str(text: &str) -> Result<Recording, RecordingError> {
        let (mut seed, mut streams) = (None, BTreeMap::new());
        for (line, words) in text.lines().enumerate().map(|(i, line)| (i + 1, line.split_whitespace())) {
            let mut words = words.peekable();
            let Some(name) = words.next().filter(|name| !name.starts_with('#')) else { continue };
            let numbers: Result<Vec<u64>, _> = words.map(str::parse).collect();
            let numbers = numbers.map_err(|_| RecordingError::NoNumber(line))?;
            if name == "seed" {
                let [number] = numbers[..] else { return Err(RecordingError::NoNumber(line)) };
                if seed.replace(number).is_some() {
                    return Err(RecordingError::Twice(line));
                }
                continue;
            }
            let domain = Domain::RECORDED.into_iter().find(|domain| domain.word() == name);
            if streams.insert(domain.ok_or(RecordingError::NoStream(line))?, numbers).is_some() {
                return Err(RecordingError::Twice(line));
            }
        }
        Ok(Recording { seed: seed.ok_or(RecordingError::NoSeed)?, streams })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_reads_back_and_bad_ones_say_which_line() {
        let streams = BTreeMap::from([(Domain::Wire, vec![1, 0, 3]), (Domain::Disk, Vec::new())]);
        let recording = Recording { seed: 7, streams };
        assert_eq!(recording.to_string().parse(), Ok(recording));
        let read = |text: &str| text.parse::<Recording>();
        assert_eq!(read("wire 1"), Err(RecordingError::NoSeed));
        assert_eq!(read("seed 1\nwind 1"), Err(RecordingError::NoStream(2)));
        assert_eq!(read("seed 1\nwire 1 x"), Err(RecordingError::NoNumber(2)));
        assert_eq!(read("seed 1\n# a note\nseed 2"), Err(RecordingError::Twice(3)));
        assert_eq!(read("seed 1\nwire\nwire"), Err(RecordingError::Twice(3)));
    }
}
