//! For every rule a planted violation that it must find, and a missing target that it must not pass in silence. The
//! clean tree below is the only tree that all rules accept; each plant changes it in one thing.

use std::collections::{BTreeMap, BTreeSet};

use stopline_tidy::{RULES, Tree, check};

/// A change of the clean tree: a file and its new text, or none to remove it.
type Change = (&'static str, Option<&'static str>);

const OK: &str = "//! A file of the clean tree. It does nothing.\n";

/// For each rule: changes that break it, each alone. A row of the table in `RULES` without one here fails.
const PLANTS: &[(&str, &[Change])] = &[
    ("parses", &[("crates/runtime/src/lib.rs", Some("//! Half a file. Nothing more.\nfn {"))]),
    (
        "kernel-purity",
        &[
            ("crates/kernel/src/num.rs", Some("//! A float. Nothing else.\npub fn f(x: f64) {}\n")),
            ("crates/kernel/src/lib.rs", Some("//! Without its attribute. Nothing else.\n")),
            (
                "crates/kernel/Cargo.toml",
                Some(
                    "[package]\nname = \"stopline-kernel\"\n[dependencies]\nserde.workspace = true\nblake3 = \"1\"\n",
                ),
            ),
            (
                "crates/kernel/Cargo.toml",
                Some("[package]\nname = \"stopline-kernel\"\n[dependencies]\nserde.workspace = true\n"),
            ),
        ],
    ),
    (
        "bots-purity",
        &[(
            "crates/bots/src/lib.rs",
            Some("//! A bot with a clock. Nothing else.\nuse std::time::Instant;\n"),
        )],
    ),
    (
        "direction",
        &[
            (
                "crates/ledger/Cargo.toml",
                Some("[package]\nname = \"stopline-ledger\"\n[dependencies]\nstopline-runtime = \"0\"\n"),
            ),
            (
                "crates/tape/Cargo.toml",
                Some("[package]\nname = \"stopline-tape\"\n[dev-dependencies]\nstopline-sim = \"0\"\n"),
            ),
            ("crates/tape/Cargo.toml", Some("[package]\nname = \"tapes\"\n")),
        ],
    ),
    (
        "capabilities",
        &[
            ("crates/runtime/src/lib.rs", Some("//! Opens files. Nothing else.\nuse std::fs;\n")),
            ("crates/runtime/src/clock.rs", Some(OK)),
        ],
    ),
    (
        "log-list",
        &[
            ("crates/sim/src/lib.rs", Some("//! A log of its own. Nothing else.\nimpl Log for Lies {}\n")),
            ("crates/ledger/src/lib.rs", Some(OK)),
        ],
    ),
    (
        "header",
        &[
            ("crates/sim/src/lib.rs", Some("fn main() {}\n")),
            ("crates/sim/src/lib.rs", Some("//! One sentence, and never another.\n")),
        ],
    ),
    ("lengths", &[("crates/tidy/ratchet.toml", Some("[files]\n\"crates/sim/src/lib.rs\" = 900\n"))]),
    ("clippy-toml", &[("crates/sim/clippy.toml", Some(""))]),
    ("names", &[("docs/common.md", Some("")), ("docs/order-utils/a.md", Some(""))]),
    (
        "reasons",
        &[("crates/sim/src/lib.rs", Some("//! Quiet. Nothing else.\n#[allow(dead_code)]\nfn f() {}\n"))],
    ),
    (
        "code-map",
        &[("tools/a.sh", Some("")), ("crates/sim/src/wire/mod.rs", Some(OK)), ("docs/README.md", None)],
    ),
    ("machine-paths", &[("README.md", Some(concat!("cd /", "home/me/stopline\n")))]),
];

/// For each rule: what it needs, so that removing it must be a violation of that rule. An empty path removes all.
const TARGETS: &[(&str, &str)] = &[
    ("parses", ""),
    ("kernel-purity", "crates/kernel/src/lib.rs"),
    ("kernel-purity", "crates/kernel/Cargo.toml"),
    ("bots-purity", "crates/bots/src/lib.rs"),
    ("direction", "crates/ledger/Cargo.toml"),
    ("capabilities", "crates/tidy/allowed.toml"),
    ("capabilities", "crates/runtime/src/clock.rs"),
    ("log-list", "crates/kernel/src/commit.rs"),
    ("log-list", "crates/tidy/allowed.toml"),
    ("header", ""),
    ("lengths", "crates/tidy/ratchet.toml"),
    ("lengths", ""),
    ("clippy-toml", "clippy.toml"),
    ("names", ""),
    ("reasons", ""),
    ("code-map", "ARCHITECTURE.md"),
    ("machine-paths", ""),
];

#[test]
fn the_clean_tree_breaks_no_rule() {
    assert_eq!(check(&tree(&clean())), []);
}

#[test]
fn every_rule_has_a_plant_and_a_target() {
    let rules: BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(rules.len(), RULES.len(), "two rules share a name");
    assert_eq!(rules, PLANTS.iter().map(|(rule, _)| *rule).collect(), "plants");
    assert_eq!(rules, TARGETS.iter().map(|(rule, _)| *rule).collect(), "targets");
    assert!(PLANTS.iter().all(|(_, plants)| !plants.is_empty()));
}

#[test]
fn every_plant_is_found_by_its_rule() {
    for (rule, changes) in PLANTS {
        for (path, text) in *changes {
            let mut files = clean();
            files.remove(*path);
            files.extend(text.map(|text| ((*path).to_owned(), text.to_owned())));
            assert!(broken(&files).contains(rule), "{rule} passes over the plant in {path}");
        }
    }
}

#[test]
fn every_missing_target_is_found_by_its_rule() {
    for (rule, target) in TARGETS {
        let mut files = clean();
        files.retain(|path, _| !target.is_empty() && path != target);
        assert!(broken(&files).contains(rule), "{rule} passes without {target}");
    }
}

/// The rules that a set of files breaks.
fn broken(files: &BTreeMap<String, String>) -> BTreeSet<&'static str> {
    check(&tree(files)).into_iter().map(|(rule, _)| rule).collect()
}

fn tree(files: &BTreeMap<String, String>) -> Tree {
    Tree::new(files.iter().map(|(path, text)| (path.as_str(), text.as_str())))
}

/// A small tree that breaks no rule: every crate of the architecture, and the tables.
fn clean() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut map = "# Architecture\n\n## Code map\n\n`crates/` `docs/`\n".to_owned();
    for name in [
        "kernel", "calendar", "bots", "venues", "tape", "exchange", "ledger", "hostile", "replay", "runtime",
        "sim", "stopline", "tidy",
    ] {
        let package = if name == "stopline" { name.to_owned() } else { format!("stopline-{name}") };
        files.insert(format!("crates/{name}/Cargo.toml"), format!("[package]\nname = \"{package}\"\n"));
        files.insert(format!("crates/{name}/src/lib.rs"), OK.to_owned());
        map.push_str(&format!("- `crates/{name}/`\n"));
    }
    let special = [
        ("Cargo.toml", "[workspace.dependencies]\nserde = { version = \"1\", default-features = false }\n"),
        (
            "crates/kernel/Cargo.toml",
            "[package]\nname = \"stopline-kernel\"\n[dependencies]\nserde.workspace = true\n\
             blake3 = { version = \"1\", default-features = false }\n[dev-dependencies]\nserde_json = \"1\"\n",
        ),
        ("crates/kernel/src/lib.rs", "//! The kernel. Nothing impure.\n#![no_std]\n"),
        ("crates/kernel/src/commit.rs", "//! The door. Nothing else.\npub trait Log {}\n"),
        ("crates/ledger/src/lib.rs", "//! A log. Nothing else.\nimpl Log for Sqlite {}\n"),
        ("crates/runtime/src/clock.rs", "//! The clock. Nothing else.\nuse std::time::Instant;\n"),
        ("crates/tidy/allowed.toml", ALLOWED),
        ("crates/tidy/ratchet.toml", ""),
        ("clippy.toml", ""),
        ("docs/README.md", "A page.\n"),
        ("ARCHITECTURE.md", &map),
    ];
    files.extend(special.map(|(path, text)| (path.to_owned(), text.to_owned())));
    files
}

const ALLOWED: &str = r#"
[capabilities]
clocks = ["crates/runtime/src/clock.rs"]
files = []
sockets = []
threads = []
processes = []
randomness = []
environment = []
system = []
[log]
implementations = ["crates/ledger/src/lib.rs: Sqlite"]
"#;
