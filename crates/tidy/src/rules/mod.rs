//! The rules, one file each, all of the same shape. No rule may read anything but the tree it is given.

use crate::tree::Tree;
use crate::violation::Violation;

mod bots_purity;
mod capabilities;
mod clippy_toml;
mod code_map;
mod direction;
mod header;
mod kernel_purity;
mod lengths;
mod log_list;
mod machine_paths;
mod names;
mod parses;
mod reasons;

/// One rule: its name in the output, and the check.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// As printed.
    pub name: &'static str,
    /// Finds every violation in a tree.
    pub check: fn(&Tree) -> Vec<Violation>,
}

/// Every rule, in the order they run.
pub const RULES: &[Rule] = &[
    Rule { name: "parses", check: parses::check },
    Rule { name: "kernel-purity", check: kernel_purity::check },
    Rule { name: "bots-purity", check: bots_purity::check },
    Rule { name: "direction", check: direction::check },
    Rule { name: "capabilities", check: capabilities::check },
    Rule { name: "log-list", check: log_list::check },
    Rule { name: "header", check: header::check },
    Rule { name: "lengths", check: lengths::check },
    Rule { name: "clippy-toml", check: clippy_toml::check },
    Rule { name: "names", check: names::check },
    Rule { name: "reasons", check: reasons::check },
    Rule { name: "code-map", check: code_map::check },
    Rule { name: "machine-paths", check: machine_paths::check },
];
