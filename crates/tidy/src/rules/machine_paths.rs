//! No path of one person's machine stands in the tree: nobody else has it, and it tells who worked where. The words are
//! put together at run time so that this file does not refuse itself.

use crate::tree::Tree;
use crate::violation::Violation;

/// Where personal files begin: between slashes, at the beginning of a path.
const PERSONAL: [&str; 4] = ["home", "root", "Users", "work"];

/// Absolute paths into home and work folders.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    if tree.paths().next().is_none() {
        return vec![Violation::gone(".")];
    }
    let roots = PERSONAL.map(|name| format!("/{name}/"));
    let mut found = Vec::new();
    for (path, text) in tree.texts() {
        for (n, line) in text.lines().enumerate() {
            if let Some(root) = roots.iter().find(|root| begins_path(line, root)) {
                let what = format!("a path of somebody's machine (`{root}..`)");
                found.push(Violation::at(
                    path,
                    n + 1,
                    what,
                    "write it from the repository's root, or take it as an input",
                ));
            }
        }
    }
    found
}

/// Whether the folder stands in the line as the beginning of an absolute path.
fn begins_path(line: &str, root: &str) -> bool {
    let inner =
        |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '~' | '*' | '}' | ')' | '>' | '%');
    line.match_indices(root).any(|(at, _)| !line[..at].ends_with(inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_of_absolute_paths_only() {
        let root = ["", "home", ""].join("/");
        assert!(begins_path(&format!("cd {root}me"), &root));
        assert!(begins_path(&format!("\"{root}me\""), &root));
        assert!(!begins_path(&format!("https://example.org{root}page"), &root));
        assert!(!begins_path(&format!("${{PREFIX}}{root}x"), &root));
    }
}
