//! The words of one line, taken one by one, and the errors that name the line and the word.
//!
//! Nothing is skipped: a word that is left over is an error as much as one that is missing.

use std::fmt;
use std::str::FromStr;

use stopline_kernel::num::{Lots, Ticks};
use stopline_kernel::time::Span;

use crate::scene;

/// Why a text is no scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The line, counted from 1; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong there.
    pub why: Why,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// A word that is not known in its place, and what could stand there.
    Unknown {
        /// The word.
        word: String,
        /// What could stand there.
        known: String,
    },
    /// The line ends where something has to follow.
    Missing(String),
    /// Words that are one too many.
    TooMany(String),
    /// A price that is not a multiple of the tick, or none at all.
    NoPrice(String),
    /// A number that is none, or is not above zero where it must be.
    NoNumber(String),
    /// A time that is none.
    NoTime(String),
    /// A quoted text without its end.
    OpenQuote,
    /// A header line after the first step.
    LateHeader(String),
    /// A header that every scenario needs and this one lacks.
    NoHeader(&'static str),
    /// A scenario that waits has steps, or one that does not wait has none.
    Steps(&'static str),
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        match &self.why {
            Why::Unknown { word, known } => write!(f, "`{word}` is not known here; write {known}"),
            Why::Missing(what) => write!(f, "the line ends where {what} has to follow"),
            Why::TooMany(word) => write!(f, "`{word}` is one word too many"),
            Why::NoPrice(word) => {
                write!(f, "`{word}` is no price on a tick of 0.25, such as 5900.25")
            }
            Why::NoNumber(word) => write!(f, "`{word}` is no whole number above zero"),
            Why::NoTime(word) => write!(f, "`{word}` is no time such as 200ms, 3s or 2m"),
            Why::OpenQuote => f.write_str("a text begins with \" and does not end"),
            Why::LateHeader(word) => write!(f, "`{word}` must stand above the first step"),
            Why::NoHeader(what) => write!(f, "the line `{what}` is missing"),
            Why::Steps(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Mistake {}

/// The words of one line.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    line: usize,
    words: Vec<String>,
    next: usize,
}

pub(crate) type Read<T> = Result<T, Mistake>;

impl Words {
    /// Cuts a line into words; a text in quotes is one word, `#` begins a comment, `the` says nothing.
    pub(crate) fn of(line: usize, text: &str) -> Read<Words> {
        let mut words = Vec::new();
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next().filter(|first| *first != '#') {
            let (word, after) = if first == '"' {
                let inner = rest.get(1..).unwrap_or_default();
                inner.split_once('"').ok_or(Mistake { line, why: Why::OpenQuote })?
            } else {
                rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()))
            };
            if word != "the" || first == '"' {
                words.push(word.to_owned());
            }
            rest = after.trim_start();
        }
        Ok(Words { line, words, next: 0 })
    }

    pub(crate) const fn line(&self) -> usize {
        self.line
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    pub(crate) fn peek(&self) -> Option<&str> {
        self.words.get(self.next).map(String::as_str)
    }

    /// The next word, or an error that says what has to follow.
    pub(crate) fn take(&mut self, what: &str) -> Read<String> {
        let word = self.words.get(self.next).cloned();
        self.next += 1;
        word.ok_or_else(|| self.error(Why::Missing(what.to_owned())))
    }

    /// Takes the next word if it is this one.
    pub(crate) fn has(&mut self, word: &str) -> bool {
        let is = self.peek() == Some(word);
        self.next += usize::from(is);
        is
    }

    /// The next word must be this one.
    pub(crate) fn must(&mut self, word: &str) -> Read<()> {
        let found = self.take(&format!("`{word}`"))?;
        if found == word { Ok(()) } else { Err(self.unknown(&found, &format!("`{word}`"))) }
    }

    /// Nothing may be left.
    pub(crate) fn end<T>(&self, read: T) -> Read<T> {
        match self.peek() {
            None => Ok(read),
            Some(word) => Err(self.error(Why::TooMany(word.to_owned()))),
        }
    }

    pub(crate) const fn error(&self, why: Why) -> Mistake {
        Mistake { line: self.line, why }
    }

    pub(crate) fn unknown(&self, word: &str, known: &str) -> Mistake {
        self.error(Why::Unknown { word: word.to_owned(), known: known.to_owned() })
    }

    /// One word of a table, or an error that lists them.
    pub(crate) fn one_of<T: Copy>(&mut self, what: &str, table: &[(&str, T)]) -> Read<T> {
        let word = self.take(what)?;
        let found = table.iter().find(|(name, _)| *name == word);
        found.map(|(_, value)| *value).ok_or_else(|| self.unknown(&word, &names(table)))
    }

    pub(crate) fn price(&mut self) -> Read<Ticks> {
        let word = self.take("a price")?;
        scene::contract().price(&word).map_err(|_| self.error(Why::NoPrice(word)))
    }

    pub(crate) fn number<T: FromStr>(&mut self) -> Read<T> {
        let word = self.take("a number")?;
        word.parse().map_err(|_| self.error(Why::NoNumber(word)))
    }

    /// Lots above zero.
    pub(crate) fn lots(&mut self) -> Read<Lots> {
        let word = self.take("a number of lots")?;
        let lots = word.parse().ok().filter(|lots: &i64| (1..=10_000).contains(lots));
        lots.map(Lots).ok_or_else(|| self.error(Why::NoNumber(word)))
    }

    /// `x LOTS`, where it stands.
    pub(crate) fn times_lots(&mut self) -> Read<Option<Lots>> {
        if self.has("x") { self.lots().map(Some) } else { Ok(None) }
    }

    pub(crate) fn span(&mut self) -> Read<Span> {
        let word = self.take("a time")?;
        span(&word).ok_or_else(|| self.error(Why::NoTime(word)))
    }

    /// Whether this word stands behind the next.
    pub(crate) fn is_before(&self, word: &str) -> bool {
        self.words.get(self.next + 1).is_some_and(|after| after == word)
    }

    /// Whether `N times` follows.
    pub(crate) fn counts(&self) -> bool {
        let after = self.words.get(self.next + 1).map(String::as_str);
        self.peek().is_some_and(|word| word.parse::<u64>().is_ok()) && matches!(after, Some("time" | "times"))
    }

    /// `N times`, where it stands.
    pub(crate) fn times(&mut self) -> Read<Option<u64>> {
        if self.peek().is_none_or(|word| word.parse::<u64>().is_err()) {
            return Ok(None);
        }
        let n = self.number()?;
        if !self.has("time") {
            self.must("times")?;
        }
        Ok(Some(n))
    }
}

/// The names of a table, as an error lists them.
pub(crate) fn names<T>(table: &[(&str, T)]) -> String {
    table.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

fn span(word: &str) -> Option<Span> {
    let (sign, word) = word.strip_prefix('-').map_or((1, word), |word| (-1, word));
    let units = [("us", 1), ("ms", 1_000), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000)];
    let (digits, micros) = units.into_iter().find_map(|(unit, n)| Some((word.strip_suffix(unit)?, n)))?;
    let n: u32 = digits.parse().ok()?;
    Some(Span(sign * i64::from(n).checked_mul(micros)?.checked_mul(1_000)?))
}
