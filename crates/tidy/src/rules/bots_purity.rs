//! Bots decide from what they are shown and nothing else: no clock, file, socket, thread, process, chance or
//! environment is named in their crate, and no line of `allowed.toml` can let one in. Floats are free here.

use crate::capability::CAPABILITIES;
use crate::tree::Tree;
use crate::violation::Violation;

const LIB: &str = "crates/bots/src/lib.rs";
const FOLDER: &str = "crates/bots/";

/// Every way to touch the machine that the bots crate names.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    if tree.text(LIB).is_none() {
        return vec![Violation::gone(LIB)];
    }
    let mut found = Vec::new();
    for (path, source) in tree.shipped().filter(|(path, _)| path.starts_with(FOLDER)) {
        for capability in CAPABILITIES {
            if let Some(name) = capability.named_in(source) {
                let what = format!("a bot names {} (`{}`)", capability.name, name.segments.join("::"));
                found.push(Violation::at(path, name.line, what, "take it from the view the bot is shown"));
            }
        }
    }
    found
}
