//! Every fuzz target over its corpus and seeded mutations of it, on stable Rust, and the corpora themselves, written by
//! the encoders that ship. It is no fuzzer: it learns nothing from a run, and always tries the same inputs.
//!
//! `STOPLINE_FUZZ_ROUNDS=n` tries n mutations for each target; `STOPLINE_BLESS=1` writes the corpora anew.

#![expect(clippy::unwrap_used, reason = "a test that meets what it did not build ends there")]

mod mutate;
mod seeds;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use stopline_hostile::{TARGETS, Target};

use mutate::Seeded;

/// Mutations for each target, unless the environment says otherwise.
const ROUNDS: u64 = 3_000;

fn folder(target: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus")).join(target)
}

/// What stands in the tree for a target: written seeds, and what a fuzzer found and somebody added.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder(target)).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| fs::read(file).unwrap()).collect()
}

/// The first input on which a body panics: of the corpus, then of its mutations.
fn broken(body: fn(&[u8]) -> usize, corpus: &[Vec<u8>], rounds: u64) -> Option<Vec<u8>> {
    let panics = |bytes: &[u8]| catch_unwind(AssertUnwindSafe(|| body(bytes))).is_err();
    let mutations = (0..rounds).map(|round| Seeded(round).mutated(corpus));
    corpus.iter().cloned().chain(mutations).find(|bytes| panics(bytes))
}

#[test]
fn no_target_panics_on_its_corpus_or_on_mutations_of_it() {
    let rounds = std::env::var("STOPLINE_FUZZ_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(ROUNDS);
    for Target { name, body } in TARGETS {
        let corpus = corpus(name);
        assert!(corpus.len() >= 2, "{name} has no corpus");
        let found = broken(body, &corpus, rounds);
        assert!(
            found.is_none(),
            "{name}: {:?}",
            found.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        );
    }
}

/// A seed that is refused at its first byte leads nowhere. Of the description's examples for a host only the first is in
/// turn: they are no talk.
#[test]
fn the_written_seeds_are_understood() {
    for (target, name, bytes) in seeds::all() {
        let body = TARGETS.iter().find(|t| t.name == target).unwrap().body;
        // What a scenario is and how its scene is set are no steps of it.
        let head = |line: &&[u8]| {
            target == "scenario" && (line.starts_with(b"title ") || line.starts_with(b"scene "))
        };
        let heads = bytes.split(|byte| *byte == b'\n').filter(head).count().max(1);
        let (understood, written) = (body(&bytes), bytes.split(|byte| *byte == b'\n').count());
        println!("{target}/{name}: {understood} messages of {written} lines");
        let most = if target == "control" || name == "described" { 1 } else { written - heads };
        assert!(understood >= most, "{target}/{name}: {understood} of {written}");
    }
}

#[test]
fn a_panic_that_only_a_mutation_reaches_is_found() {
    fn planted(bytes: &[u8]) -> usize {
        let text = String::from_utf8_lossy(bytes);
        assert!(!(text.contains("transfer") && text.contains("9223372036854775807")), "planted");
        0
    }
    let corpus = corpus("control");
    assert_eq!(broken(planted, &corpus, 0), None, "the corpus alone does not reach it");
    assert!(broken(planted, &corpus, ROUNDS).is_some());
}

#[test]
fn the_corpora_are_what_the_encoders_write_today() {
    let bless = std::env::var_os("STOPLINE_BLESS").is_some();
    for (target, name, bytes) in seeds::all() {
        let file = folder(target).join(&name);
        if bless {
            fs::create_dir_all(folder(target)).unwrap();
            fs::write(&file, &bytes).unwrap();
        }
        let same = fs::read(&file).is_ok_and(|kept| kept == bytes);
        assert!(same, "{target}/{name} is not what is written today; run with STOPLINE_BLESS=1");
    }
}

#[test]
fn every_target_has_its_file_under_the_fuzzer_and_every_file_its_target() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/fuzz_targets"));
    let mut files: Vec<String> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    let mut names: Vec<String> = TARGETS.iter().map(|target| format!("{}.rs", target.name)).collect();
    names.sort();
    assert_eq!(files, names);
}
