//! Who may touch the machine: a file names a clock, a file, a socket or the like only if `allowed.toml` lists it, and
//! no line of that table may outlive its use. Tests and this crate are exempt.

use std::collections::BTreeMap;

use crate::capability::{CAPABILITIES, Capability};
use crate::source::Name;
use crate::tables::{self, ALLOWED, Entries};
use crate::tree::Tree;
use crate::violation::Violation;

const EXEMPT: &str = "crates/tidy/";
const SECTION: &str = "capabilities";

/// Uses that are not listed, and lines of the list that are not used.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = unknown_keys(tree);
    for capability in CAPABILITIES {
        match tables::allowed(tree, SECTION, capability.name) {
            Ok(listed) => found.extend(compare(tree, capability, &listed)),
            Err(violation) => found.push(violation),
        }
    }
    found.dedup();
    found
}

fn compare(tree: &Tree, capability: &Capability, listed: &Entries) -> Vec<Violation> {
    let mut found = Vec::new();
    let shipped = tree.shipped().filter(|(path, _)| !path.starts_with(EXEMPT));
    let uses: BTreeMap<&str, &Name> =
        shipped.filter_map(|(path, source)| Some((path, capability.named_in(source)?))).collect();
    for (path, name) in uses.iter().filter(|(path, _)| !listed.contains_key(**path)) {
        let what = format!("names {} (`{}`) without being listed", capability.name, name.segments.join("::"));
        let mend = format!("take it as an input, or list the file under {} in {ALLOWED}", capability.name);
        found.push(Violation::at(path, name.line, what, mend));
    }
    for (path, line) in listed.iter().filter(|(path, _)| !uses.contains_key(path.as_str())) {
        let why = if tree.text(path).is_none() { "is gone" } else { "no longer names them" };
        let what = format!("{path} is listed under {} and {why}", capability.name);
        found.push(Violation::at(ALLOWED, *line, what, "remove the line"));
    }
    found
}

fn unknown_keys(tree: &Tree) -> Vec<Violation> {
    let keys = match tables::allowed_keys(tree, SECTION) {
        Ok(keys) => keys,
        Err(violation) => return vec![violation],
    };
    let unknown = keys.iter().filter(|key| !CAPABILITIES.iter().any(|capability| capability.name == **key));
    unknown
        .map(|key| {
            Violation::of(
                ALLOWED,
                format!("`{key}` is no capability, so it guards nothing"),
                "remove the list",
            )
        })
        .collect()
}
