//! Which crate may use which. The table is the architecture: nothing depends on anything outside its row, and the guard
//! can never come to share the engine's runtime.

use std::collections::BTreeSet;

use crate::manifest::{Manifest, Section};
use crate::tree::Tree;
use crate::violation::Violation;

/// One crate's row.
struct Row {
    /// Its folder under `crates/`; its package is `stopline-` and this, and `stopline` alone for the command line.
    name: &'static str,
    /// The crates it may use.
    may_use: &'static [&'static str],
    /// The crates its tests may use besides.
    tests_may_use: &'static [&'static str],
    /// Where it may use a crate but in part: the crate, and the only module of it.
    only: &'static [(&'static str, &'static str)],
    /// Not written yet. The mark has to go when the crate comes.
    awaited: bool,
}

/// A row without conditions.
const fn row(
    name: &'static str,
    may_use: &'static [&'static str],
    tests_may_use: &'static [&'static str],
) -> Row {
    Row { name, may_use, tests_may_use, only: &[], awaited: false }
}

/// kernel ← bots, venues, exchange, tape, ledger (and calendar, which is data) ← runtime ← stopline; the simulator drives all of it, replay its pure part; the guard
/// stands apart.
const ROWS: &[Row] = &[
    row("kernel", &[], &[]),
    // Contracts, sessions and holidays: data, compiled in.
    row("calendar", &["kernel"], &[]),
    row("bots", &["kernel"], &[]),
    row("venues", &["kernel"], &["exchange"]),
    row("tape", &["kernel", "calendar"], &[]),
    // It speaks the brokers' wire and plays tapes.
    row("exchange", &["kernel", "calendar", "venues", "tape"], &[]),
    row("ledger", &["kernel"], &[]),
    row("runtime", &["kernel", "calendar", "bots", "venues", "exchange", "tape", "ledger"], &[]),
    Row {
        name: "guard",
        may_use: &["kernel", "venues", "ledger"],
        tests_may_use: &["exchange"],
        only: &[("ledger", "fence")],
        awaited: true,
    },
    row(
        "sim",
        &["kernel", "calendar", "bots", "venues", "exchange", "tape", "ledger", "runtime", "guard"],
        &[],
    ),
    // What anybody could send to each reader of bytes; nothing uses it but the fuzzer and its own test.
    row("hostile", &["kernel", "bots", "venues", "exchange", "ledger", "runtime", "sim"], &[]),
    // It drives the lane and the exchange itself, in market time: nothing of the runtime's threads is in it.
    row("replay", &["kernel", "venues", "exchange", "tape", "ledger"], &["bots", "calendar"]),
    // `stopline sim` and `stopline replay` are two of its subcommands.
    row(
        "stopline",
        &["kernel", "calendar", "bots", "venues", "exchange", "tape", "ledger", "runtime", "sim", "replay"],
        &["guard"],
    ),
    row("tidy", &[], &[]),
];

/// Edges outside the table, rows without a crate, crates without a row.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let crates = tree.crates();
    let mut found = Vec::new();
    for name in crates.iter().filter(|name| !ROWS.iter().any(|row| row.name == **name)) {
        let what = "a crate without a row in the table of directions";
        found.push(Violation::of(
            &manifest_of(name),
            what,
            "give it a row, or make it a folder of another crate",
        ));
    }
    for row in ROWS {
        match (crates.contains(row.name), row.awaited) {
            (false, true) => {}
            (false, false) => found.push(Violation::gone(&manifest_of(row.name))),
            (true, true) => {
                let what = "the crate has come and its row still says awaited";
                found.push(Violation::of(&manifest_of(row.name), what, "take the mark off its row"));
            }
            (true, false) => found.extend(edges(tree, row)),
        }
    }
    found
}

fn edges(tree: &Tree, row: &Row) -> Vec<Violation> {
    let path = manifest_of(row.name);
    let text = tree.text(&path).unwrap_or_default();
    let manifest = match Manifest::parse(text, tree.text("Cargo.toml").unwrap_or_default()) {
        Ok(manifest) => manifest,
        Err(why) => return vec![Violation::of(&path, why, "write it as TOML")],
    };
    let mut found = Vec::new();
    if manifest.package != Some(package_of(row.name)) {
        let what = format!("the package of this folder is not `{}`", package_of(row.name));
        found.push(Violation::of(&path, what, "name it for its folder"));
    }
    for dependency in &manifest.dependencies {
        let Some(used) = folder_of(&dependency.package) else { continue };
        // A crate's tests may name the crate itself, to switch on its own features.
        let test =
            dependency.section == Section::Dev && (used == row.name || row.tests_may_use.contains(&used));
        if !test && !row.may_use.contains(&used) {
            let what = format!("{} may not depend on {used}", row.name);
            found.push(Violation::of(
                &path,
                what,
                "turn the dependency round, or pass what is needed as a value",
            ));
        }
    }
    found.extend(partial_uses(tree, row));
    found
}

/// Paths into a crate that the row opens but in part.
fn partial_uses(tree: &Tree, row: &Row) -> Vec<Violation> {
    let mut found = BTreeSet::new();
    let folder = format!("crates/{}/", row.name);
    for (used, module) in row.only {
        let root = package_of(used).replace('-', "_");
        for (path, source) in tree.shipped().filter(|(path, _)| path.starts_with(&folder)) {
            let paths =
                source.names.iter().filter(|name| name.segments.len() > 1 && name.segments[0] == root);
            for name in paths.filter(|name| name.segments[1] != *module) {
                let what =
                    format!("{} may use {used}::{module} only, not `{}`", row.name, name.segments.join("::"));
                found.insert(Violation::at(
                    path,
                    name.line,
                    what,
                    "write its own, so that the two cannot fail alike",
                ));
            }
        }
    }
    found.into_iter().collect()
}

fn manifest_of(name: &str) -> String {
    format!("crates/{name}/Cargo.toml")
}

fn package_of(name: &str) -> String {
    if name == "stopline" { name.to_owned() } else { format!("stopline-{name}") }
}

/// The folder of one of our packages; none for others'.
fn folder_of(package: &str) -> Option<&str> {
    if package == "stopline" { Some(package) } else { package.strip_prefix("stopline-") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything a crate reaches through the table's first column.
    fn reached(name: &str) -> BTreeSet<&'static str> {
        let direct = ROWS.iter().find(|row| row.name == name).unwrap().may_use;
        direct.iter().flat_map(|used| reached(used).into_iter().chain([*used])).collect()
    }

    #[test]
    fn the_table_has_no_ring_and_names_only_its_own_rows() {
        for row in ROWS {
            assert!(!reached(row.name).contains(row.name), "{}", row.name);
            assert!(row.tests_may_use.iter().all(|used| ROWS.iter().any(|row| row.name == *used)));
        }
    }

    #[test]
    fn the_guard_and_the_pure_rings_reach_no_runtime() {
        for name in ["guard", "kernel", "calendar", "bots", "venues", "exchange", "tape", "ledger"] {
            assert!(!reached(name).contains("runtime"), "{name}");
        }
    }

    #[test]
    fn a_crate_open_in_part_is_used_in_that_part() {
        let guard = ROWS.iter().find(|row| row.name == "guard").unwrap();
        let uses = |text: &str| partial_uses(&Tree::new([("crates/guard/src/main.rs", text)]), guard).len();
        assert_eq!(uses("use stopline_ledger::fence::Fence;"), 0);
        assert_eq!(uses("use stopline_ledger::{fence::Fence, sqlite::Sqlite};"), 1);
    }
}
