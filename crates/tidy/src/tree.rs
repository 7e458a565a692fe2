//! What is checked: every file of the repository with its text, and every Rust file taken apart once. It reads no disk;
//! tests make one from pairs of path and text.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{NotRust, Source};

/// The files of the repository, by their paths from its root.
#[derive(Debug, Clone)]
pub struct Tree {
    texts: BTreeMap<String, String>,
    rust: BTreeMap<String, Result<Source, NotRust>>,
    test_places: BTreeSet<String>,
}

impl Tree {
    /// A tree of these files: pairs of path and text. A binary file has an empty text.
    pub fn new<P: Into<String>, T: Into<String>>(files: impl IntoIterator<Item = (P, T)>) -> Tree {
        let texts: BTreeMap<String, String> =
            files.into_iter().map(|(path, text)| (path.into(), text.into())).collect();
        let rust: BTreeMap<_, _> = texts
            .iter()
            .filter(|(path, _)| path.ends_with(".rs"))
            .map(|(path, text)| (path.clone(), Source::parse(text)))
            .collect();
        let test_places = rust.iter().flat_map(|(path, source)| test_places(path, source)).collect();
        Tree { texts, rust, test_places }
    }

    /// Every path, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.texts.keys().map(String::as_str)
    }

    /// Every file with its text, in order.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// Every Rust file, parsed or not.
    pub fn parsed(&self) -> impl Iterator<Item = (&str, &Result<Source, NotRust>)> {
        self.rust.iter().map(|(path, source)| (path.as_str(), source))
    }

    /// Every Rust file that parses, tests included.
    pub fn sources(&self) -> impl Iterator<Item = (&str, &Source)> {
        self.parsed().filter_map(|(path, source)| Some((path, source.as_ref().ok()?)))
    }

    /// Every Rust file that parses and is more than a test.
    pub fn shipped(&self) -> impl Iterator<Item = (&str, &Source)> {
        self.sources().filter(|(path, _)| !self.is_test(path))
    }

    /// Whether a Rust file is compiled for tests or benches alone.
    pub fn is_test(&self, path: &str) -> bool {
        let mut folders = path.split('/').rev().skip(1);
        folders.any(|folder| folder == "tests" || folder == "benches")
            || self.test_places.iter().any(|place| {
                path.strip_prefix(place.as_str()).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
            })
    }

    /// Every folder that holds a file, at any depth, without a slash at its end.
    pub fn folders(&self) -> BTreeSet<&str> {
        let ends = |path: &'_ str| path.match_indices('/').map(|(end, _)| end).collect::<Vec<_>>();
        self.paths().flat_map(|path| ends(path).into_iter().map(move |end| &path[..end])).collect()
    }

    /// The folder names of the crates: `kernel` for `crates/kernel/Cargo.toml`.
    pub fn crates(&self) -> BTreeSet<&str> {
        let manifests =
            self.paths().filter_map(|path| path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml"));
        manifests.filter(|name| !name.contains('/')).collect()
    }
}

/// Where the test modules declared in a file have their text, without the ending.
fn test_places(path: &str, source: &Result<Source, NotRust>) -> Vec<String> {
    let Ok(source) = source else { return Vec::new() };
    let stem = path.strip_suffix(".rs").unwrap_or(path);
    let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
    let base = if matches!(name, "lib" | "main" | "mod") { folder } else { stem };
    source.test_modules.iter().map(|module| format!("{base}/{module}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_code_is_known_by_its_folder_or_its_declaration() {
        let tree = Tree::new([
            ("crates/a/src/lib.rs", "#[cfg(test)]\nmod seen;"),
            ("crates/a/src/seen.rs", ""),
            ("crates/a/src/seen/deep.rs", ""),
            ("crates/a/src/book.rs", "#[cfg(test)]\nmod props;"),
            ("crates/a/src/book/props.rs", ""),
            ("crates/a/src/book/side.rs", ""),
            ("crates/a/tests/all.rs", ""),
        ]);
        let shipped: Vec<_> = tree.shipped().map(|(path, _)| path).collect();
        assert_eq!(shipped, ["crates/a/src/book.rs", "crates/a/src/book/side.rs", "crates/a/src/lib.rs"]);
    }

    #[test]
    fn crates_and_folders_come_from_the_files() {
        let tree = Tree::new([("crates/a/Cargo.toml", ""), ("crates/a/src/b/c.rs", ""), ("README.md", "")]);
        assert_eq!(tree.crates(), BTreeSet::from(["a"]));
        assert_eq!(tree.folders(), BTreeSet::from(["crates", "crates/a", "crates/a/src", "crates/a/src/b"]));
    }
}
