//! The code map in `ARCHITECTURE.md` names every folder a reader can walk into, and none that is not there. It only
//! checks names; that the words beside them are true is review.
//!
//! The map is the section `## Code map`, up to the next heading of that level. A path is a text in backticks with a
//! slash in it, from the repository's root; a folder ends in a slash: `crates/kernel/`, `docs/`, `crates/kernel/src/num.rs`.

use std::collections::{BTreeMap, BTreeSet};

use crate::tree::Tree;
use crate::violation::Violation;

const PAGE: &str = "ARCHITECTURE.md";
const HEADING: &str = "## Code map";

/// Folders the map leaves out, and paths it names that are not there.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let Some(text) = tree.text(PAGE) else { return vec![Violation::gone(PAGE)] };
    let Some(named) = named(text) else {
        return vec![Violation::of(PAGE, format!("no section `{HEADING}`"), "write the section")];
    };
    let folders = tree.folders();
    let mut found = Vec::new();
    for folder in folders.iter().filter(|folder| wanted(folder)) {
        if !named.contains_key(format!("{folder}/").as_str()) {
            let mend = format!("name `{folder}/` under `{HEADING}`");
            found.push(Violation::of(PAGE, format!("the map does not name {folder}/"), mend));
        }
    }
    for (path, line) in named.iter().filter(|(path, _)| !exists(tree, &folders, path)) {
        found.push(Violation::at(
            PAGE,
            *line,
            format!("the map names `{path}`, which is not there"),
            "take it off the map",
        ));
    }
    found
}

/// Top-level folders, crates, and every folder under a crate's `src`.
fn wanted(folder: &str) -> bool {
    let parts: Vec<&str> = folder.split('/').collect();
    match parts.as_slice() {
        [_] | ["crates", _] => true,
        ["crates", _, "src", rest @ ..] => !rest.is_empty(),
        _ => false,
    }
}

fn exists(tree: &Tree, folders: &BTreeSet<&str>, path: &str) -> bool {
    match path.strip_suffix('/') {
        Some(folder) => folders.contains(folder),
        None => tree.text(path).is_some(),
    }
}

/// The paths in the section, with their lines; none if there is no such section.
fn named(text: &str) -> Option<BTreeMap<&str, usize>> {
    let start = text.lines().position(|line| line.trim_end() == HEADING)?;
    let section = text.lines().enumerate().skip(start + 1).take_while(|(_, line)| !line.starts_with("## "));
    let mut paths = BTreeMap::new();
    for (n, line) in section {
        let quoted = line.split('`').skip(1).step_by(2);
        paths.extend(quoted.filter(|text| is_path(text)).map(|path| (path, n + 1)));
    }
    Some(paths)
}

fn is_path(text: &str) -> bool {
    text.contains('/') && !text.contains(|c: char| c.is_whitespace() || matches!(c, '*' | '{' | '<' | ':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_backticked_paths_of_the_section_count() {
        let text = "`before/`\n## Code map\n- `crates/a/`: uses `Log` and `a / b`\n### Within\n`docs/x.md`\n## After\n`c/`";
        assert_eq!(named(text), Some(BTreeMap::from([("crates/a/", 3), ("docs/x.md", 5)])));
        assert_eq!(named("# Nothing"), None);
    }

    #[test]
    fn folders_under_src_are_wanted_at_any_depth() {
        for folder in ["docs", ".ci", "crates", "crates/a", "crates/a/src/b", "crates/a/src/b/c"] {
            assert!(wanted(folder), "{folder}");
        }
        for folder in ["crates/a/src", "crates/a/tests", "docs/decisions"] {
            assert!(!wanted(folder), "{folder}");
        }
    }
}
