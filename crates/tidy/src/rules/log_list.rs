//! The implementations of `stopline_kernel::commit::Log` are a closed list. `Durable` means no more than the weakest
//! of them, so none appears without being named in `allowed.toml`. Test code is exempt: its logs fail on purpose.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::Source;
use crate::tables::{self, ALLOWED};
use crate::tree::Tree;
use crate::violation::Violation;

const HOME: &str = "crates/kernel/src/commit.rs";
const TRAIT: &str = "Log";

/// Implementations that are not listed, and listed ones that are gone.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let home = tree.sources().find(|(path, _)| *path == HOME);
    if !home.is_some_and(|(_, source)| source.shipped().any(|(i, _)| source.reads(i, &["trait", TRAIT]))) {
        return vec![Violation::gone(HOME)];
    }
    let listed = match tables::allowed(tree, "log", "implementations") {
        Ok(listed) => listed,
        Err(violation) => return vec![violation],
    };
    let mut found = Vec::new();
    let mut real = BTreeMap::new();
    for (path, source) in tree.shipped() {
        real.extend(
            implementations(source).into_iter().map(|(of, line)| (format!("{path}: {of}"), (path, line))),
        );
    }
    for (entry, (path, line)) in real.iter().filter(|(entry, _)| !listed.contains_key(*entry)) {
        let mend = format!("use one of the listed, or add \"{entry}\" to {ALLOWED} with its crash tests");
        found.push(Violation::at(path, *line, "an implementation of `Log` that is not listed", mend));
    }
    for (entry, line) in listed.iter().filter(|(entry, _)| !real.contains_key(*entry)) {
        found.push(Violation::at(ALLOWED, *line, format!("no such `Log`: {entry}"), "remove the line"));
    }
    found
}

/// The types a file implements `Log` for, each with its line.
fn implementations(source: &Source) -> Vec<(String, usize)> {
    let renamed = source.names.iter().filter(|n| n.segments.last().is_some_and(|last| last == TRAIT));
    let names: BTreeSet<&str> = renamed.filter_map(|n| n.alias.as_deref()).chain([TRAIT]).collect();
    let mut found = Vec::new();
    for (i, token) in source.shipped().filter(|(_, token)| names.contains(token.text.as_str())) {
        let after = past_generics(source, i + 1);
        if source.text_at(after) == "for" {
            found.push((implementor(source, after + 1), token.line));
        }
    }
    found
}

/// The index after `<..>`, or the same one if none stands there.
fn past_generics(source: &Source, start: usize) -> usize {
    let mut depth = 0_usize;
    for i in start..source.tokens.len() {
        match source.text_at(i) {
            "<" => depth += 1,
            ">" if source.before(i, 1) != "-" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return if i == start && source.text_at(i) != "<" { start } else { i + 1 };
        }
    }
    start
}

/// The implementing type as written, without its own generics and the path before its name: `SqliteLog`, `&mut L`.
fn implementor(source: &Source, start: usize) -> String {
    let stop = |word: &str| matches!(word, "<" | "{" | "where" | "");
    let words: Vec<&str> = (start..).map(|i| source.text_at(i)).take_while(|word| !stop(word)).collect();
    let tail = words.rsplit(|word| *word == "::").next().unwrap_or_default();
    let mut text = String::new();
    for word in tail {
        text.push_str(word);
        if matches!(*word, "mut" | "dyn") {
            text.push(' ');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        implementations(&Source::parse(text).unwrap()).into_iter().map(|(of, _)| of).collect()
    }

    #[test]
    fn every_spelling_is_seen() {
        assert_eq!(found("impl Log for File {}"), ["File"]);
        assert_eq!(found("impl<'a> commit::Log for crate::a::File<'a> {}"), ["File"]);
        assert_eq!(found("impl<L: Log> Log for &mut L {}"), ["&mut L"]);
        assert_eq!(found("impl Log<Vec<u8>> for File where X: Y {}"), ["File"]);
        assert_eq!(found("use k::commit::Log as Door;\nimpl Door for File {}"), ["File"]);
        assert_eq!(found("macro_rules! m { ($t:ty) => { impl Log for $t {} } }"), ["$t"]);
    }

    #[test]
    fn other_uses_of_the_trait_are_not_implementations() {
        assert!(found("fn f<L: Log>(log: &L) {}\nstruct S<L: Log> { log: L }").is_empty());
        assert!(found("#[cfg(test)]\nmod tests { impl Log for Torn {} }").is_empty());
    }
}
