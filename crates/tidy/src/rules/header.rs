//! Every Rust file opens with `//!`: what it is, and what it must never do. Whether that is true no check can tell;
//! review does.

use crate::source;
use crate::tree::Tree;
use crate::violation::Violation;

/// One of these has to stand in a header: what a file does is half of it, what it keeps out is the other.
const LIMITS: [&str; 5] = ["never", "no", "nothing", "cannot", "only"];
const MEND: &str = "open with `//!`: one sentence what the file is, one what it must never do";

/// Files without a header, with half a one, or with one that rules nothing out.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    let rust: Vec<_> = tree.texts().filter(|(path, _)| path.ends_with(".rs")).collect();
    if rust.is_empty() {
        found.push(Violation::gone("crates"));
    }
    for (path, text) in rust {
        if let Some(what) = fault(&source::header(text)) {
            found.push(Violation::of(path, what, MEND));
        }
    }
    found
}

fn fault(header: &str) -> Option<&'static str> {
    let mut words = header.split(|c: char| !c.is_alphabetic()).map(str::to_lowercase);
    if header.trim().is_empty() {
        Some("does not open with `//!`")
    } else if sentences(header) < 2 {
        Some("the header has fewer than two sentences")
    } else if !words.any(|word| LIMITS.contains(&word.as_str())) {
        Some("the header does not say what the file must never do (never, no, nothing, cannot, only)")
    } else {
        None
    }
}

/// Ends of sentences: a `.`, `!` or `?` before a space, a line's end or the end.
fn sentences(text: &str) -> usize {
    let text = format!("{text} ");
    let pairs = text.chars().zip(text.chars().skip(1));
    pairs.filter(|(c, next)| matches!(c, '.' | '!' | '?') && next.is_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_says_what_and_what_never() {
        assert_eq!(fault("Prices. Never a float."), None);
        assert_eq!(fault("Prices.\nReads NOTHING from v1.2 files."), None);
        assert!(fault("").is_some());
        assert!(fault("Never one sentence alone, not even with v1.2 in it.").is_some());
        assert!(fault("Prices. Known notions.").is_some());
    }
}
