//! What was heard against what should have been.
//!
//! The news of one order must come in order; which of two orders is told of first is the broker's affair. Nothing
//! heard is passed over: what was not expected is as wrong as what is missing.

use std::collections::BTreeMap;
use std::fmt;

/// Why a scenario failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// The script itself does not fit the bench.
    Script {
        /// Its line.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// Something else was heard than should have been.
    Heard {
        /// The act's line.
        line: usize,
        /// What should have been heard.
        expected: Vec<String>,
        /// What was.
        heard: Vec<String>,
    },
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Broken::Script { line, what } => write!(f, "line {line}: {what}"),
            Broken::Heard { line, expected, heard } => {
                write!(f, "line {line}: expected")?;
                expected.iter().try_for_each(|text| write!(f, "\n    {text}"))?;
                write!(f, "\n  heard")?;
                heard.iter().try_for_each(|text| write!(f, "\n    {text}"))
            }
        }
    }
}

/// Holds what was heard after the act at `line` against what was expected.
pub(super) fn compare(line: usize, expected: &[String], heard: Vec<String>) -> Result<(), Broken> {
    if by_subject(expected) == by_subject(&heard) {
        Ok(())
    } else {
        Err(Broken::Heard { line, expected: expected.to_vec(), heard })
    }
}

/// Lines by who heard them and what they are about, in order.
fn by_subject(lines: &[String]) -> BTreeMap<(&str, &str), Vec<&str>> {
    let mut subjects: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for line in lines {
        let (who, text) = line.split_once(": ").unwrap_or(("", line));
        let subject = text.split(' ').next().unwrap_or_default();
        let about = subjects.entry((who, subject)).or_default();
        if subject == "bbo" {
            // How often the best bid and offer is sent is nobody's promise, only where it ends.
            about.clear();
        }
        about.push(text);
    }
    // The parts of one snapshot have no order.
    for ((_, subject), about) in &mut subjects {
        if *subject == "snapshot" {
            about.sort_unstable();
        }
    }
    subjects
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(expected: &[&str], heard: &[&str]) -> bool {
        let owned = |lines: &[&str]| lines.iter().map(|&l| l.to_owned()).collect::<Vec<_>>();
        compare(1, &owned(expected), owned(heard)).is_ok()
    }

    #[test]
    fn the_order_of_news_counts_within_an_order_and_not_between_two() {
        let (a1, a2, b) = ("us: A accepted 0/2", "us: A canceled", "us: B canceled");
        assert!(verdict(&[a1, a2, b], &[b, a1, a2]));
        assert!(!verdict(&[a1, a2], &[a2, a1]));
    }

    #[test]
    fn what_is_missing_and_what_is_too_much_are_both_wrong() {
        assert!(!verdict(&["us: up"], &[]));
        assert!(!verdict(&[], &["us: up"]));
        assert!(!verdict(&["us: A canceled"], &["other: A canceled"]));
    }
}
