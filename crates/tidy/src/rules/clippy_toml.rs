//! One `clippy.toml` only, at the root. A second one, in a crate, replaces the root's instead of adding to it: the bans
//! would end there, and nothing would say so.

use crate::tree::Tree;
use crate::violation::Violation;

const ROOT: &str = "clippy.toml";

/// The root's file gone, or a second one.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let named = |path: &str| matches!(path.rsplit('/').next(), Some("clippy.toml" | ".clippy.toml"));
    let mut found: Vec<Violation> = tree
        .paths()
        .filter(|path| named(path) && *path != ROOT)
        .map(|path| {
            Violation::of(
                path,
                "a second clippy.toml switches the first one off",
                "move its lines to the root's",
            )
        })
        .collect();
    if tree.text(ROOT).is_none() {
        found.push(Violation::gone(ROOT));
    }
    found
}
