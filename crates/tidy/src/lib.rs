//! The project's own checks on its own tree: purity, dependency direction, who may touch the machine, lengths, names.
//!
//! A rule is a pure function from a [`Tree`] to violations, and only [`disk`] reads files. A rule never passes in
//! silence because its target is gone: a missing target is a violation, and every rule has a planted violation that
//! proves it fires (`tests/plants.rs`).
//!
//! Reading order: [`tree`] (what is checked), [`source`] (what is known of one Rust file), [`manifest`] and [`tables`]
//! (the TOML files), [`capability`] (what touching the machine looks like), [`rules`] (one file per rule).

pub mod capability;
pub mod disk;
mod lex;
pub mod manifest;
pub mod rules;
pub mod source;
pub mod tables;
pub mod tree;
mod violation;

pub use rules::{RULES, Rule};
pub use tree::Tree;
pub use violation::Violation;

/// Every violation in the tree with the name of the rule that found it, in the order of [`RULES`].
pub fn check(tree: &Tree) -> Vec<(&'static str, Violation)> {
    RULES.iter().flat_map(|rule| (rule.check)(tree).into_iter().map(|v| (rule.name, v))).collect()
}
