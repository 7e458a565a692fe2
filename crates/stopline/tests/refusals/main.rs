//! What is refused: settings, arguments, tapes, ledgers, a second engine, a full disk; each with one line that names
//! the file, the place and the mend, and with the right exit code.
//!
//! A refusal changes nothing on disk and sends nothing: both are compared before and after, byte by byte.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

#[path = "../stage/mod.rs"]
mod stage;

mod full;
mod ledgers;
mod second;
mod settings;

use std::collections::BTreeMap;

use stage::{Place, Said};

/// One line on standard error, with all of these in it.
fn assert_one_line(said: &Said, code: i32, wanted: &[&str], case: &str) {
    assert_eq!(said.code, code, "{case}: {}{}", said.out, said.err);
    assert_eq!(said.err.lines().count(), 1, "{case}: {}", said.err);
    println!("{case}: {}", said.err.trim_end());
    for word in wanted {
        assert!(said.err.contains(word), "{case}: `{word}` is missing in: {}", said.err);
    }
}

/// Every file that the ledger and its neighbours consist of, if there is anything in it. The fence counts who came, the
/// shared memory who reads.
fn files(place: &Place) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(place.data()).unwrap().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
    let named = files.map(|entry| (entry.file_name().into_string().unwrap(), entry.path()));
    let kept = named.filter(|(name, _)| !name.starts_with("fence") && !name.ends_with("-shm"));
    let read = kept.map(|(name, path)| (name, std::fs::read(path).unwrap()));
    read.filter(|(_, bytes)| !bytes.is_empty()).collect()
}
