//! Checking a whole ledger, accepting one after a loss, and what opening does with the work of another build.
//!
//! Nothing here is mended without a person's word.

use stopline_kernel::commit::Log;
use stopline_kernel::ledgered::Ledgered;
use stopline_kernel::num::Money;
use stopline_kernel::record::Record;
use stopline_kernel::time::LocalTime;
use stopline_ledger::frame::{Frame, Hash};
use stopline_ledger::reader::{Reader, View};
use stopline_ledger::{Fault, SqliteLog};

use crate::fixture::{Story, account};
use crate::samples::every_kind;
use crate::subject::{Sqlite, Subject};

fn filled(story: &Story) -> Sqlite {
    let mut subject = Sqlite::blank();
    let (mut log, _) = subject.open().unwrap();
    log.append(&story.entries).and_then(|()| log.sync()).unwrap();
    subject.die(log);
    subject
}

fn damage(subject: &mut Sqlite, seq: usize) {
    let mut frames = subject.frames();
    frames[seq - 1].version = 9;
    subject.rewrite(&frames);
}

#[test]
fn a_check_sees_damage_from_before_the_last_snapshot_that_opening_does_not_read() {
    let story = every_kind();
    let mut subject = filled(&story);
    damage(&mut subject, 2);
    assert_eq!(subject.open().unwrap().1, story.state);
    let fault = stopline_ledger::check(subject.path(), |_| {}).unwrap_err().fault;
    assert!(matches!(fault, Fault::Hash { seq: 2 }), "{fault}");
}

#[test]
fn a_check_counts_and_tells_how_far_it_is() {
    let story = every_kind();
    let subject = filled(&story);
    let mut passed = Vec::new();
    let report = stopline_ledger::check(subject.path(), |seq| passed.push(seq)).unwrap();
    assert_eq!(passed, (1..=story.state.seq).collect::<Vec<_>>());
    assert_eq!((report.account, report.records), (account(), story.state.seq));
    assert_eq!((report.kinds["snapshot"], report.kinds["filled"]), (1, 3));
}

#[test]
fn a_check_sees_a_snapshot_that_is_not_what_came_before() {
    let mut story = Story::begun();
    let held = Ledgered { fees: Money(1), ..story.state.clone() };
    story.push(Record::Snapshot(Box::new(held)));
    let fault = stopline_ledger::check(filled(&story).path(), |_| {}).unwrap_err().fault;
    assert!(matches!(fault, Fault::Snapshot { seq: 5 }), "{fault}");
}

#[test]
fn a_ledger_without_its_anchor_is_taken_on_a_persons_word() {
    let story = every_kind();
    let mut subject = filled(&story);
    subject.lose_anchor();
    assert!(subject.refused().contains("stopline check --accept"));
    let report = stopline_ledger::accept(subject.path(), |_| {}).unwrap();
    assert_eq!((report.records, report.anchored), (story.state.seq, story.state.seq));
    assert_eq!(subject.open().unwrap().1, story.state);
}

#[test]
fn a_rolled_back_ledger_is_taken_on_a_persons_word_and_a_damaged_one_is_not() {
    let story = every_kind();
    let mut subject = filled(&story);
    let frames = subject.frames();
    subject.rewrite(&frames[..10]);
    assert!(subject.refused().contains("rolled back"));
    stopline_ledger::accept(subject.path(), |_| {}).unwrap();
    assert_eq!(subject.open().unwrap().1, story.state_at(10));
    damage(&mut subject, 4);
    let before = subject.bytes();
    assert!(stopline_ledger::accept(subject.path(), |_| {}).is_err());
    assert!(subject.bytes() == before, "a refusal changed the disk");
}

#[test]
fn a_newer_format_is_refused_as_a_whole() {
    let subject = filled(&every_kind());
    let conn = rusqlite::Connection::open(subject.path().join("ledger.sqlite")).unwrap();
    conn.execute_batch("DROP TRIGGER meta_keeps; UPDATE meta SET value = '2' WHERE name = 'format';")
        .unwrap();
    drop(conn);
    let said = subject.refused();
    assert!(said.contains("has format 2") && said.contains("reads format 1"), "{said}");
}

#[test]
fn tables_that_are_not_ours_are_refused_by_name() {
    let subject = filled(&every_kind());
    let conn = rusqlite::Connection::open(subject.path().join("ledger.sqlite")).unwrap();
    conn.execute_batch("DROP TRIGGER records_stay").unwrap();
    drop(conn);
    assert!(subject.refused().contains("its records_stay is not as Stopline made it"));
}

#[test]
fn views_of_another_build_are_replaced() {
    let subject = filled(&every_kind());
    let conn = rusqlite::Connection::open(subject.path().join("ledger.sqlite")).unwrap();
    conn.execute_batch(
        "DROP VIEW orders; CREATE VIEW orders AS SELECT 1 AS old; CREATE VIEW gone AS SELECT 2;",
    )
    .unwrap();
    drop(conn);
    let (_log, _) = subject.open().unwrap();
    let orders = Reader::open(subject.path()).unwrap().view(View::Orders).unwrap();
    assert!(orders.columns.iter().any(|column| &**column == "state"));
}

#[test]
fn records_cannot_be_changed_or_removed_by_sql() {
    let subject = filled(&every_kind());
    let conn = rusqlite::Connection::open(subject.path().join("ledger.sqlite")).unwrap();
    assert!(conn.execute("UPDATE records SET body = '{}' WHERE seq = 3", []).is_err());
    assert!(conn.execute("DELETE FROM records", []).is_err());
}

#[test]
fn a_directory_without_a_ledger_says_so() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(Reader::open(dir.path()).unwrap_err().fault, Fault::Nothing));
    assert!(matches!(stopline_ledger::check(dir.path(), |_| {}).unwrap_err().fault, Fault::Nothing));
    let gone = dir.path().join("gone");
    assert!(stopline_ledger::open(&gone, account(), LocalTime(0)).is_err());
    assert!(!gone.exists());
}

#[test]
fn only_a_snapshot_and_what_follows_is_read_on_opening() {
    let mut story = every_kind();
    story.snapshot();
    let subject = filled(&story);
    let (log, state): (SqliteLog, _) = subject.open().unwrap();
    assert_eq!((log.records_since_snapshot(), log.synced().snapshot_seq), (0, story.state.seq));
    assert_eq!(state, story.state);
}

#[test]
fn the_chain_begins_with_the_account() {
    let story = every_kind();
    let frames = filled(&story).frames();
    assert_eq!(frames[0], Frame::of(Hash::genesis(account()), &story.entries[0]).unwrap());
    assert_ne!(Hash::genesis(account()), Hash::genesis("PAPER-2".parse().unwrap()));
}
