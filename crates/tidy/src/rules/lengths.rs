//! Lengths, as a ratchet: over the limit only what `ratchet.toml` lists, and its numbers may only fall. Test code is
//! never counted.

use std::collections::BTreeMap;

use crate::tables::{self, RATCHET};
use crate::tree::Tree;
use crate::violation::Violation;

/// Lines of a function, from `fn` to its closing brace.
const FUNCTION_MAX: usize = 70;
/// Lines of a file outside test code.
const FILE_MAX: usize = 500;

/// The measured things of one kind: by key, the lines measured and the place.
type Measured<'a> = BTreeMap<String, (usize, &'a str, usize)>;

/// What is too long, and what the ratchet no longer has to hold.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    if tree.shipped().next().is_none() {
        return vec![Violation::gone("crates")];
    }
    let mut found = compare(tree, "files", FILE_MAX, &files(tree));
    found.extend(compare(tree, "functions", FUNCTION_MAX, &functions(tree)));
    found.dedup();
    found
}

fn files(tree: &Tree) -> Measured<'_> {
    tree.shipped().map(|(path, source)| (path.to_owned(), (source.lines, path, 1))).collect()
}

/// Functions of the same name in one file are one entry, the longest.
fn functions(tree: &Tree) -> Measured<'_> {
    let mut longest = Measured::new();
    for (path, source) in tree.shipped() {
        for function in &source.functions {
            let entry = longest.entry(format!("{path}: {}", function.name)).or_default();
            *entry = (*entry).max((function.lines, path, function.line));
        }
    }
    longest
}

fn compare(tree: &Tree, section: &str, max: usize, measured: &Measured) -> Vec<Violation> {
    let ratchet = match tables::ratchet(tree, section) {
        Ok(ratchet) => ratchet,
        Err(violation) => return vec![violation],
    };
    let mut found = Vec::new();
    for (key, (lines, path, at)) in measured {
        let allowed = ratchet.get(key).map_or(max, |(number, _)| *number);
        if *lines > allowed {
            let what = format!("{key} has {lines} lines, {allowed} are allowed");
            found.push(Violation::at(path, *at, what, "split it where the thought changes"));
        }
    }
    for (key, (number, at)) in &ratchet {
        if let Some((what, mend)) = slack(*number, max, measured.get(key).map(|(lines, _, _)| *lines)) {
            found.push(Violation::at(RATCHET, *at, format!("{key}: {what}"), mend));
        }
    }
    found
}

/// What is wrong with a line of the ratchet, given what is measured now.
fn slack(number: usize, max: usize, lines: Option<usize>) -> Option<(String, String)> {
    match lines {
        None => Some(("is gone".to_owned(), "remove the line".to_owned())),
        Some(lines) if lines <= max => {
            Some((format!("{lines} lines are within the limit"), "remove the line".to_owned()))
        }
        Some(lines) if lines < number => {
            Some((format!("says {number}, measured {lines}"), format!("write {lines}")))
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(lines: usize, ratchet: &str) -> Tree {
        let text = format!("fn long() {{\n{}}}\n", "    a();\n".repeat(lines - 2));
        Tree::new([("crates/a/src/lib.rs", text.as_str()), (RATCHET, ratchet)])
    }

    #[test]
    fn the_limit_itself_is_allowed() {
        assert!(check(&tree(70, "")).is_empty());
        assert_eq!(check(&tree(71, "")).len(), 1);
        assert_eq!(check(&tree(501, "")).len(), 2, "the function and the file");
    }

    #[test]
    fn a_ratchet_holds_the_present_number_and_no_other() {
        let listed = |n: usize| format!("[functions]\n\"crates/a/src/lib.rs: long\" = {n}");
        assert!(check(&tree(80, &listed(80))).is_empty());
        assert_eq!(check(&tree(80, &listed(79)))[0].path, "crates/a/src/lib.rs", "it grew");
        assert_eq!(check(&tree(80, &listed(81)))[0].path, RATCHET, "it shrank");
        assert_eq!(check(&tree(70, &listed(80)))[0].path, RATCHET, "it fits");
        assert_eq!(check(&tree(70, "[files]\n\"gone.rs\" = 600"))[0].path, RATCHET, "it is gone");
    }
}
