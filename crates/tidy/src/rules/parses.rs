//! Every Rust file parses. The other rules pass over a file that does not, so this one can never be left out.

use crate::tree::Tree;
use crate::violation::Violation;

/// Files that are not Rust, and a tree without Rust.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    if tree.parsed().next().is_none() {
        return vec![Violation::gone("crates")];
    }
    let broken = tree.parsed().filter_map(|(path, source)| Some((path, source.as_ref().err()?)));
    broken
        .map(|(path, e)| {
            Violation::at(path, e.line, format!("not Rust: {}", e.why), "write what the compiler takes")
        })
        .collect()
}
