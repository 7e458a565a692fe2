//! Words that say nothing are banned from the names of files and folders: a name that fits everything hides what is in
//! it. The list is short on purpose; the rest is review.

use std::collections::BTreeSet;

use crate::tree::Tree;
use crate::violation::Violation;

const BANNED: [&str; 9] =
    ["manager", "managers", "helper", "helpers", "util", "utils", "utility", "utilities", "common"];

/// Files and folders whose name has a banned word in it.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    if tree.paths().next().is_none() {
        return vec![Violation::gone(".")];
    }
    let places: BTreeSet<&str> = tree.folders().into_iter().chain(tree.paths()).collect();
    let named = places.into_iter().filter_map(|place| Some((place, banned_word(place)?)));
    named
        .map(|(place, word)| {
            Violation::of(place, format!("`{word}` in a name"), "name it for the one thing it does")
        })
        .collect()
}

/// The banned word in the last part of a path.
fn banned_word(place: &str) -> Option<&'static str> {
    let name = place.rsplit('/').next().unwrap_or(place).to_lowercase();
    let mut words = name.split(|c: char| !c.is_alphanumeric());
    words.find_map(|word| BANNED.into_iter().find(|banned| *banned == word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_only() {
        assert_eq!(banned_word("crates/a/src/order_utils.rs"), Some("utils"));
        assert_eq!(banned_word("crates/common"), Some("common"));
        assert_eq!(banned_word("crates/common/src"), None, "the folder itself is named once");
        assert_eq!(banned_word("futility.rs"), None);
    }
}
