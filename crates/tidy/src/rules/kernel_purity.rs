//! The kernel is `no_std`, free of floats and panics, and its dependency list is pinned, since any dependency could
//! bring `std` back. The compiler keeps out clocks and I/O; this rule only keeps the compiler able to.

use crate::manifest::{Manifest, Section};
use crate::source::Source;
use crate::tree::Tree;
use crate::violation::Violation;

const LIB: &str = "crates/kernel/src/lib.rs";
const MANIFEST: &str = "crates/kernel/Cargo.toml";
const FOLDER: &str = "crates/kernel/";
/// The pinned list.
const MAY_USE: [&str; 2] = ["serde", "blake3"];
const PANICS: [&str; 4] = ["panic", "unreachable", "todo", "unimplemented"];

/// What would make the kernel impure.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = no_std(tree);
    found.extend(dependencies(tree));
    for (path, source) in tree.shipped().filter(|(path, _)| path.starts_with(FOLDER)) {
        found.extend(words(path, source));
    }
    found
}

fn no_std(tree: &Tree) -> Vec<Violation> {
    let Some((_, source)) = tree.sources().find(|(path, _)| *path == LIB) else {
        return vec![Violation::gone(LIB)];
    };
    if source.shipped().any(|(i, _)| source.reads(i, &["#", "!", "[", "no_std", "]"])) {
        return Vec::new();
    }
    vec![Violation::of(LIB, "the kernel has lost `#![no_std]`", "put it back")]
}

fn dependencies(tree: &Tree) -> Vec<Violation> {
    let Some(text) = tree.text(MANIFEST) else { return vec![Violation::gone(MANIFEST)] };
    let manifest = match Manifest::parse(text, tree.text("Cargo.toml").unwrap_or_default()) {
        Ok(manifest) => manifest,
        Err(why) => return vec![Violation::of(MANIFEST, why, "write it as TOML")],
    };
    let mut found = Vec::new();
    let used: Vec<_> = manifest.dependencies.iter().filter(|d| d.section != Section::Dev).collect();
    for line in &used {
        if line.section == Section::Build || !MAY_USE.contains(&line.package.as_str()) {
            let what = format!("the kernel may not depend on `{}`", line.package);
            found.push(Violation::of(MANIFEST, what, "move what needs it to an outer ring"));
        } else if line.default_features {
            let what = format!("`{}` has its default features on, which bring `std`", line.package);
            found.push(Violation::of(MANIFEST, what, "default-features = false"));
        }
    }
    for pinned in MAY_USE.iter().filter(|pinned| !used.iter().any(|line| line.package == **pinned)) {
        let what = format!("the pinned list says `{pinned}`, the manifest does not");
        found.push(Violation::of(MANIFEST, what, "take it off the list in this rule"));
    }
    found
}

fn words(path: &str, source: &Source) -> Vec<Violation> {
    let mut found = Vec::new();
    for (i, token) in source.shipped() {
        if let Some((what, mend)) = fault(source, i) {
            found.push(Violation::at(path, token.line, format!("`{}`: {what}", token.text), mend));
        }
    }
    found
}

fn fault(source: &Source, i: usize) -> Option<(&'static str, &'static str)> {
    let word = source.text_at(i);
    let called = matches!(source.before(i, 1), "." | "::");
    if matches!(word, "f32" | "f64") || (is_float(word) && source.before(i, 1) != ".") {
        Some(("floats are for indicators alone", "use Ticks, Lots, Money or basis points"))
    } else if matches!(word, "unwrap" | "expect") && called {
        Some(("the kernel does not panic", "return the case as a value; unknown means deny"))
    } else if PANICS.contains(&word) && source.text_at(i + 1) == "!" {
        Some(("the kernel does not panic", "make the impossible case a value that becomes an incident"))
    } else if word == "unsafe" {
        Some(("the kernel has no unsafe code", "write it safely"))
    } else if word == "std" && source.reads(i.saturating_sub(2), &["extern", "crate", "std"]) {
        Some(("`std` outside tests", "use core and alloc"))
    } else {
        None
    }
}

/// Whether a token is a float literal: `1.5`, `1e9`, `2f64`.
fn is_float(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit()) && syn::parse_str::<syn::LitFloat>(word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<usize> {
        words("a.rs", &Source::parse(text).unwrap()).iter().map(|v| v.line).collect()
    }

    #[test]
    fn each_word_is_found_on_its_line() {
        for bad in [
            "fn f(x: f64) {}",
            "fn f() { let x = 1.5; }",
            "fn f() { x.unwrap(); }",
            "fn f() { Option::expect(x, y); }",
            "fn f() { panic!() }",
            "fn f() { unreachable!() }",
            "unsafe fn f() {}",
            "extern crate std;",
        ] {
            assert_eq!(faults(&format!("// a line before\n{bad}")), [2], "{bad}");
        }
    }

    #[test]
    fn what_only_looks_like_them_is_left_alone() {
        for good in [
            "fn f() { x.0.1 }",
            "#[expect(dead_code, reason = \"r\")]\nfn f() { x.unwrap_or(0xe5) }",
            "/// `panic!` and f64 in words.\nfn f() { \"f64\" }",
            "#[cfg(test)]\nmod tests { extern crate std; fn f(x: f64) { x.unwrap(); panic!() } }",
        ] {
            assert!(faults(good).is_empty(), "{good}");
        }
    }
}
