//! Every `allow` and `expect` of a lint says why, in tests too. An exception nobody explained can never be removed.

use crate::source::Source;
use crate::tree::Tree;
use crate::violation::Violation;

/// Lint exceptions without `reason =`.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    if tree.sources().next().is_none() {
        return vec![Violation::gone("crates")];
    }
    let mut found = Vec::new();
    for (path, source) in tree.sources() {
        for (word, line) in unexplained(source) {
            let what = format!("`{word}` of a lint without a reason");
            found.push(Violation::at(path, line, what, "mend what the lint found, or add `reason = \"..\"`"));
        }
    }
    found
}

fn unexplained(source: &Source) -> Vec<(&str, usize)> {
    let mut found = Vec::new();
    for (i, token) in source.tokens.iter().enumerate() {
        let exception = matches!(token.text.as_str(), "allow" | "expect") && source.text_at(i + 1) == "(";
        if exception && in_attribute(source, i) && !has_reason(source, i + 1) {
            found.push((token.text.as_str(), token.line));
        }
    }
    found
}

/// Whether a word stands where an attribute's word stands: `#[word`, `#![word`, or within `#[cfg_attr(..)]`.
fn in_attribute(source: &Source, i: usize) -> bool {
    let opens =
        |at: usize| source.text_at(at) == "[" && (source.before(at, 1) == "#" || source.before(at, 2) == "#");
    if source.before(i, 1) == "[" {
        return opens(i - 1);
    }
    let mut back = (0..i).rev().take_while(|at| source.text_at(*at) != ";" && source.text_at(*at) != "{");
    back.find(|at| source.text_at(*at) == "cfg_attr")
        .is_some_and(|at| at > 0 && opens(at - 1) && open_until(source, at, i))
}

/// Whether the parenthesis right after index `from` is still open at index `to`.
fn open_until(source: &Source, from: usize, to: usize) -> bool {
    let mut depth = 0_i32;
    for i in from + 1..to {
        depth += nesting(source.text_at(i));
        if depth <= 0 {
            return false;
        }
    }
    true
}

/// Whether `reason =` stands in the parenthesis that opens at this index.
fn has_reason(source: &Source, open: usize) -> bool {
    let mut depth = 0_i32;
    for i in open..source.tokens.len() {
        depth += nesting(source.text_at(i));
        if depth <= 0 {
            return false;
        }
        if source.reads(i, &["reason", "="]) {
            return true;
        }
    }
    false
}

fn nesting(word: &str) -> i32 {
    match word {
        "(" | "[" | "{" => 1,
        ")" | "]" | "}" => -1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> usize {
        unexplained(&Source::parse(text).unwrap()).len()
    }

    #[test]
    fn every_spelling_is_seen() {
        assert_eq!(count("#![allow(dead_code)]"), 1);
        assert_eq!(count("#[expect(dead_code)]\nfn f() {}"), 1);
        assert_eq!(count("#[cfg_attr(test, allow(dead_code))]\nfn f() {}"), 1);
        assert_eq!(count("#[cfg(test)]\nmod tests { #[allow(dead_code)] fn f() {} }"), 1);
        assert_eq!(count("macro_rules! m { () => { #[allow(dead_code)] fn f() {} } }"), 1);
    }

    #[test]
    fn reasons_and_method_calls_are_left_alone() {
        assert_eq!(count("#[allow(dead_code, reason = \"only on one platform\")]\nfn f() {}"), 0);
        assert_eq!(count("fn f() { x.expect(\"y\"); gate.allow(z); allow(z); [allow(z)]; }"), 0);
    }
}
