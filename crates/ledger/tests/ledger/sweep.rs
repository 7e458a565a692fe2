//! Crash and damage sweeps: cut and flipped anywhere, a ledger is refused with its place or holds every record up to
//! its anchor. Nothing between the two is ever accepted.

use std::fs;
use std::path::Path;

use stopline_kernel::commit::Log;
use stopline_kernel::time::LocalTime;
use stopline_ledger::anchor::{self, Found};
use stopline_ledger::modelled::{Crash, Disk, Failure, ModelledLog};

use crate::fixture::{Story, account};
use crate::samples::every_kind;
use crate::subject::files;

const WAL_HEADER: usize = 32;
const WAL_FRAME: usize = 24 + 4096;

/// The next number of a fixed sequence.
fn draw(seed: &mut u64, below: usize) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*seed >> 33).unwrap() % below
}

/// A dead engine's files, with records in the database and in its write-ahead log.
fn killed(story: &Story) -> Vec<(String, Vec<u8>)> {
    let dir = tempfile::tempdir().unwrap();
    let half = story.entries.len() / 2;
    let (mut log, _) = stopline_ledger::open(dir.path(), account(), LocalTime(0)).unwrap();
    log.append(&story.entries[..half]).and_then(|()| log.sync()).unwrap();
    drop(log);
    let (mut log, _) = stopline_ledger::open(dir.path(), account(), LocalTime(0)).unwrap();
    for commit in story.entries[half..].chunks(2) {
        log.append(commit).and_then(|()| log.sync()).unwrap();
    }
    let left = files(dir.path());
    drop(log);
    left
}

fn lay_out(dir: &Path, files: &[(String, Vec<u8>)]) {
    files.iter().for_each(|(name, bytes)| fs::write(dir.join(name), bytes).unwrap());
}

/// Opens damaged files; says what must hold of either outcome. Gives whether they were refused.
fn opened(story: &Story, damaged: &[(String, Vec<u8>)], what: &str) -> bool {
    let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    lay_out(dir.path(), damaged);
    let anchored = match anchor::read(&damaged.iter().find(|(name, _)| name == "anchor").unwrap().1) {
        Found::Anchor(anchor, _) => anchor.seq,
        Found::Nothing | Found::Damaged => 0,
    };
    match stopline_ledger::open(dir.path(), account(), LocalTime(0)) {
        Ok((log, state)) => {
            assert!(state.seq >= anchored, "{what}: ends at {}, anchored at {anchored}", state.seq);
            assert_eq!(state, story.state_at(state.seq), "{what}");
            assert_eq!(log.synced().seq, state.seq, "{what}");
            false
        }
        Err(error) => {
            let place = error.file.file_name().unwrap().to_string_lossy().into_owned();
            assert!(["ledger.sqlite", "anchor"].contains(&&*place), "{what}: {error}");
            drop(fs::remove_file(dir.path().join("ledger.sqlite-shm")));
            assert!(files(dir.path()) == damaged, "{what}: a refusal changed the disk: {error}");
            true
        }
    }
}

/// Seeded places of a file, and every frame boundary of a write-ahead log with its neighbours.
fn places(name: &str, len: usize, seed: &mut u64) -> Vec<usize> {
    let mut places: Vec<usize> = (0..60).map(|_| draw(seed, len)).collect();
    if name.ends_with("-wal") {
        let boundaries = (WAL_HEADER..=len).step_by(WAL_FRAME);
        places.extend(boundaries.flat_map(|at| [at - 1, at, at + 1]).filter(|at| *at < len));
    }
    places
}

#[test]
fn sqlite_cut_or_flipped_anywhere_is_refused_or_whole() {
    let story = every_kind();
    let whole = killed(&story);
    assert!(whole.iter().any(|(name, bytes)| name.ends_with("-wal") && bytes.len() > 10 * WAL_FRAME));
    assert!(!opened(&story, &whole, "undamaged"));
    let mut seed = 20_261_120;
    let (mut refused, mut taken) = (0, 0);
    for (index, (name, bytes)) in whole.iter().enumerate() {
        for at in places(name, bytes.len(), &mut seed) {
            let mut cut = whole.clone();
            cut[index].1.truncate(at);
            let mut flipped = whole.clone();
            flipped[index].1[at] ^= 1 << draw(&mut seed, 8);
            for (damaged, what) in [(cut, "cut"), (flipped, "flipped")] {
                let hurt = opened(&story, &damaged, &format!("{name} {what} at {at}"));
                *(if hurt { &mut refused } else { &mut taken }) += 1;
            }
        }
    }
    assert!(refused > 100 && taken > 20, "the sweep hit too little: {refused} refused, {taken} taken");
}

#[test]
fn one_flipped_byte_that_sqlite_keeps_silent_about_is_caught() {
    let story = every_kind();
    let mut files = killed(&story);
    let wal = files.iter_mut().find(|(name, _)| name.ends_with("-wal")).unwrap();
    wal.1[WAL_HEADER + 24 + 100] ^= 1;
    let dir = tempfile::tempdir().unwrap();
    lay_out(dir.path(), &files);
    let said = stopline_ledger::open(dir.path(), account(), LocalTime(0)).map(drop).unwrap_err().to_string();
    assert!(said.contains("rolled back or damaged"), "{said}");
    let conn = rusqlite::Connection::open(dir.path().join("ledger.sqlite")).unwrap();
    let sound: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok", "SQLite sees nothing wrong with it");
}

/// A modelled log with the last commit unsynced.
fn pending(story: &Story) -> ModelledLog {
    let (mut log, _) = ModelledLog::open(&Disk::default(), account()).unwrap();
    let end = story.entries.len() - 3;
    for commit in story.entries[..end].chunks(3) {
        log.append(commit).and_then(|()| log.sync()).unwrap();
    }
    log.append(&story.entries[end..]).unwrap();
    log.fail_next(Failure::Sync);
    assert!(log.sync().is_err());
    log
}

#[test]
fn a_failed_sync_leaves_all_of_the_commit_or_nothing_wherever_the_write_was_torn() {
    let story = every_kind();
    let (all, before) = (story.state.seq, story.state.seq - 3);
    let unsynced = pending(&story).unsynced_bytes();
    for keep in 0..=unsynced {
        let disk = pending(&story).crash(Crash { keep, anchor_lag: keep % 4 });
        let (_, state) = ModelledLog::open(&disk, account()).unwrap();
        assert_eq!(state.seq, if keep == unsynced { all } else { before }, "{keep} of {unsynced} bytes");
        assert_eq!(state, story.state_at(state.seq));
    }
}

#[test]
fn modelled_cut_or_flipped_anywhere_is_refused_or_whole() {
    let story = every_kind();
    let whole = pending(&story).crash(Crash::KILLED);
    let (len, anchored) = (whole.ledger.as_ref().unwrap().len(), whole.anchor.unwrap().seq);
    let mut seed = 7;
    for _ in 0..400 {
        let at = draw(&mut seed, len);
        let (mut cut, mut flipped) = (whole.clone(), whole.clone());
        cut.cut(at);
        flipped.flip(at, 1 << draw(&mut seed, 8));
        for disk in [cut, flipped] {
            if let Ok((_, state)) = ModelledLog::open(&disk, account()) {
                assert!(state.seq >= anchored, "at {at}: ends at {}", state.seq);
                assert_eq!(state, story.state_at(state.seq), "at {at}");
            }
        }
    }
}
