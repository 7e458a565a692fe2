//! One ledger of each released format, which every later release must open. The files never change once released; a
//! record that changes its form gets a new version and leaves them as they are.
//!
//! `GOLDEN=write cargo test -p stopline-ledger golden` writes the file of the present format before it is released.

use std::fs;
use std::path::PathBuf;

use stopline_kernel::commit::Log;
use stopline_kernel::time::LocalTime;
use stopline_ledger::frame::{Frame, Hash};
use stopline_ledger::modelled::{Disk, ModelledLog};
use stopline_ledger::reader::Reader;

use crate::fixture::{Story, account};
use crate::samples::every_kind;
use crate::subject::entries;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn text(story: &Story) -> Vec<u8> {
    let mut prev = Hash::genesis(account());
    let lines = story.entries.iter().map(|entry| {
        let frame = Frame::of(prev, entry).unwrap();
        prev = frame.hash;
        frame.to_line()
    });
    lines.flatten().collect()
}

fn golden(name: &str, made: &[u8]) -> Vec<u8> {
    if std::env::var_os("GOLDEN").is_some_and(|value| value == "write") {
        fs::write(path(name), made).unwrap();
    }
    fs::read(path(name)).unwrap()
}

#[test]
fn the_present_format_is_written_as_it_was_released() {
    let made = text(&every_kind());
    assert!(golden("format-4.ledger", &made) == made, "the bytes of a released format have changed");
}

#[test]
fn every_released_format_opens_to_the_state_it_was_written_from() {
    for name in ["format-1", "format-2", "format-3", "format-4"] {
        let released = fs::read(path(&format!("{name}.ledger"))).unwrap();
        let disk = Disk::from_text(account(), &released).unwrap();
        let (_, state) = ModelledLog::open(&disk, account()).unwrap();
        let made = serde_json::to_vec_pretty(&state).unwrap();
        let kept = golden(&format!("{name}.state.json"), &made);
        assert!(kept == made, "a ledger of {name} comes to another state");
    }
}

#[test]
fn a_ledger_of_format_1_knows_what_it_had_booked() {
    let released = fs::read(path("format-1.ledger")).unwrap();
    let (_, state) = ModelledLog::open(&Disk::from_text(account(), &released).unwrap(), account()).unwrap();
    assert_eq!(state.booked.len() + state.executions.len(), 2, "{state:?}");
    assert!(state.settled.is_none() && state.busted.is_empty());
}

#[test]
fn the_present_format_can_be_kept_and_read_in_sqlite() {
    let released = text(&every_kind());
    let entries = entries(&Disk::from_text(account(), &released).unwrap().frames());
    let dir = tempfile::tempdir().unwrap();
    let (mut log, _) = stopline_ledger::open(dir.path(), account(), LocalTime(0)).unwrap();
    log.append(&entries).and_then(|()| log.sync()).unwrap();
    let reader = Reader::open(dir.path()).unwrap();
    assert_eq!(reader.entries(1..=reader.last().unwrap()).unwrap(), entries);
    drop(log);
    let report = stopline_ledger::check(dir.path(), |_| {}).unwrap();
    assert_eq!((report.records, report.anchored), (entries.len() as u64, entries.len() as u64));
    let kinds = stopline_ledger::decode::PRESENT.kinds;
    assert!(
        kinds.iter().all(|(kind, _)| report.kinds.contains_key(*kind)),
        "a kind is missing from the samples"
    );
}
