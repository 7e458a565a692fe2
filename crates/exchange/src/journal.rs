//! The exchange's memory as text: one line per step, with all the facts of that step and a checksum.
//!
//! A step is on its line whole or not at all, so that no half of an order list survives a kill. Each checksum covers
//! the line before it too: a line that is missing, moved or changed is found, and nothing after it is believed. Pure:
//! who writes the lines, and when they are on the disk, is the rim's business.

use std::fmt;

use stopline_kernel::id::digest;

use crate::desk::Impossible;
use crate::fact::Fact;

/// Hexadecimal digits of a checksum.
const SUM_LEN: usize = 32;

/// Why a journal cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: Wrong,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// Its checksum is not that of its text after the line before it.
    Checksum,
    /// Its text is no list of facts.
    NotFacts(String),
    /// One of its facts cannot follow those before it.
    Impossible(Impossible),
    /// The journal does not begin with the exchange's creation.
    NoBeginning,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match &self.what {
            Wrong::Checksum => f.write_str("the line was changed, or one before it is missing")?,
            Wrong::NotFacts(why) => write!(f, "the line cannot be read: {why}")?,
            Wrong::Impossible(why) => write!(f, "the line cannot follow those before it: {why}")?,
            Wrong::NoBeginning => f.write_str("the journal does not begin with the exchange's creation")?,
        }
        f.write_str("; put back an undamaged copy, or move the file away to begin a new account")
    }
}

impl std::error::Error for Damage {}

/// The end of a journal, to which the next line is chained.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain {
    last: Option<[u8; SUM_LEN]>,
}

impl Chain {
    /// The facts of one step as the next line.
    pub fn line(&mut self, facts: &[Fact]) -> String {
        // These types have string keys and no fallible fields, so writing JSON to memory cannot fail.
        let body = serde_json::to_string(facts).unwrap_or_default();
        let sum = self.next(&body);
        self.last = Some(sum);
        format!("{} {body}\n", String::from_utf8_lossy(&sum))
    }

    fn next(&self, body: &str) -> [u8; SUM_LEN] {
        let before = self.last.as_ref().map_or(&[][..], |sum| sum);
        let mut text = [b'0'; SUM_LEN];
        let hex = format!("{:032x}", digest(&[before, body.as_bytes()]));
        text.copy_from_slice(hex.as_bytes());
        text
    }

    fn read(&mut self, line: &[u8]) -> Result<Vec<Fact>, Wrong> {
        let (sum, body) = line.split_at_checked(SUM_LEN + 1).ok_or(Wrong::Checksum)?;
        let body = std::str::from_utf8(body).map_err(|_| Wrong::Checksum)?;
        let expected = self.next(body);
        if sum.strip_suffix(b" ") != Some(&expected[..]) {
            return Err(Wrong::Checksum);
        }
        self.last = Some(expected);
        serde_json::from_str(body).map_err(|why| Wrong::NotFacts(why.to_string()))
    }
}

/// A journal that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    /// The steps, oldest first.
    pub steps: Vec<Vec<Fact>>,
    /// Its end.
    pub chain: Chain,
    /// How many bytes are whole lines; what follows is a torn line, of which nobody was ever told.
    pub whole: usize,
}

/// Reads a journal. A last line without its end is torn and left out; any other damage is an error.
pub fn read(bytes: &[u8]) -> Result<Journal, Damage> {
    let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |last| last + 1);
    let mut chain = Chain::default();
    let mut steps = Vec::new();
    let text = bytes.get(..whole).unwrap_or(&[]);
    for (i, line) in text.split_inclusive(|b| *b == b'\n').enumerate() {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        steps.push(chain.read(line).map_err(|what| Damage { line: i + 1, what })?);
    }
    Ok(Journal { steps, chain, whole })
}

#[cfg(test)]
mod tests {
    use super::*;
    use stopline_kernel::time::ExchangeTime;

    fn text(n: i64) -> String {
        let mut chain = Chain::default();
        (0..n).map(|t| chain.line(&[Fact::Clock { until: ExchangeTime(t) }])).collect()
    }

    #[test]
    fn lines_read_back_and_a_torn_last_one_is_left_out() {
        let text = text(3);
        assert_eq!(read(text.as_bytes()).unwrap().steps.len(), 3);
        let torn = &text.as_bytes()[..text.len() - 1];
        let journal = read(torn).unwrap();
        assert_eq!(journal.steps.len(), 2);
        assert!(text.as_bytes()[..journal.whole].ends_with(b"\n"));
        assert_eq!(read(b"").unwrap().steps.len(), 0);
    }

    #[test]
    fn every_flipped_byte_and_every_missing_line_is_found() {
        let text = text(3);
        for i in 0..text.len() - 1 {
            let mut bytes = text.clone().into_bytes();
            bytes[i] ^= 1;
            assert!(read(&bytes).is_err(), "byte {i}");
        }
        let without_second: String = text.lines().step_by(2).map(|l| format!("{l}\n")).collect();
        assert_eq!(read(without_second.as_bytes()), Err(Damage { line: 2, what: Wrong::Checksum }));
    }
}
