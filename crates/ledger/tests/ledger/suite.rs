//! One suite for every durable log: what is kept, what a crash may take, and what is refused in which words.
//!
//! No test here knows which log it runs against.

use stopline_kernel::commit::Log;
use stopline_kernel::ledgered::Ledgered;
use stopline_kernel::record::{Entry, Record};
use stopline_ledger::LogError;
use stopline_ledger::frame::{Frame, Hash};

use crate::fixture::{Story, account};
use crate::samples::every_kind;
use crate::subject::{Modelled, Sqlite, Subject, entries};

/// Writes entries as commits of at most three records.
fn keep<L: Log<Error = LogError>>(log: &mut L, entries: &[Entry]) {
    for commit in entries.chunks(3) {
        log.append(commit).and_then(|()| log.sync()).unwrap();
    }
}

fn filled<S: Subject>(story: &Story) -> S {
    let mut subject = S::blank();
    let (mut log, state) = subject.open().unwrap();
    assert_eq!(state, Ledgered::default());
    keep(&mut log, &story.entries);
    subject.die(log);
    subject
}

/// The same records chained anew, after `change` had its way with them.
fn rechained(frames: &[Frame], change: impl Fn(&mut Frame)) -> Vec<Frame> {
    let mut prev = Hash::genesis(account());
    let mut chained = Vec::new();
    for frame in frames {
        let mut frame = frame.clone();
        change(&mut frame);
        let sealed = Frame::seal(prev, frame.seq, &frame.kind, frame.version, &frame.body);
        prev = sealed.hash;
        chained.push(sealed);
    }
    chained
}

fn every_kind_of_record_comes_back<S: Subject>() {
    let story = every_kind();
    let subject = filled::<S>(&story);
    assert_eq!(entries(&subject.frames()), story.entries);
}

fn the_state_is_recovered_exactly<S: Subject>() {
    let story = every_kind();
    let subject = filled::<S>(&story);
    assert_eq!(subject.open().unwrap().1, story.state);
}

fn a_recovered_log_goes_on_where_it_ended<S: Subject>() {
    let mut story = every_kind();
    let mut subject = filled::<S>(&story);
    let (mut log, _) = subject.open().unwrap();
    let before = story.entries.len();
    story.trade(stopline_kernel::num::Side::Sell, 1);
    keep(&mut log, &story.entries[before..]);
    subject.die(log);
    assert_eq!(subject.open().unwrap().1, story.state);
}

fn what_was_not_synced_is_not_durable<S: Subject>() {
    let story = every_kind();
    let mut subject = S::blank();
    let (mut log, _) = subject.open().unwrap();
    keep(&mut log, &story.entries[..6]);
    log.append(&story.entries[6..9]).unwrap();
    subject.die(log);
    assert_eq!(subject.open().unwrap().1, story.state_at(6));
}

fn records_out_of_order_end_the_log<S: Subject>() {
    let story = every_kind();
    let (mut log, _) = S::blank().open().unwrap();
    keep(&mut log, &story.entries[..3]);
    let skipped = log.append(&story.entries[4..5]);
    assert_eq!(skipped, Err(LogError::Sequence { expected: 4, found: 5 }));
    assert_eq!(log.append(&story.entries[3..4]), Err(LogError::Failed));
    assert_eq!(log.sync(), Err(LogError::Failed));
}

fn a_changed_record_is_refused_by_its_number<S: Subject>() {
    let mut subject = filled::<S>(&every_kind());
    let mut frames = subject.frames();
    let last = frames.len() - 2;
    let damaged = String::from_utf8_lossy(&frames[last].body).replace("mono", "momo").into_bytes();
    frames[last].body = damaged.into();
    subject.rewrite(&frames);
    let said = subject.refused();
    assert!(said.contains(&format!("record {} does not match its hash", last + 1)), "{said}");
}

fn a_missing_record_is_refused<S: Subject>() {
    let mut subject = filled::<S>(&every_kind());
    let mut frames = subject.frames();
    let gone = frames.len() - 3;
    frames.remove(gone);
    subject.rewrite(&frames);
    let said = subject.refused();
    let gap = format!("record {} follows where record {} had to come", gone + 2, gone + 1);
    assert!(said.contains(&gap), "{said}");
}

fn a_cut_ledger_is_refused<S: Subject>() {
    let mut subject = filled::<S>(&every_kind());
    let frames = subject.frames();
    subject.rewrite(&frames[..frames.len() - 1]);
    let said = subject.refused();
    let (anchor, end) = (frames.len(), frames.len() - 1);
    assert!(
        said.contains(&format!("the anchor says record {anchor}, the ledger ends at record {end}")),
        "{said}"
    );
    assert!(said.contains("stopline check --accept"), "{said}");
}

fn yesterdays_copy_is_refused<S: Subject>() {
    let story = every_kind();
    let mut subject = S::blank();
    let (mut log, _) = subject.open().unwrap();
    keep(&mut log, &story.entries[..9]);
    subject.die(log);
    let yesterday = subject.copy();
    let (mut log, _) = subject.open().unwrap();
    keep(&mut log, &story.entries[9..]);
    subject.die(log);
    subject.take_ledger_of(&yesterday);
    let said = subject.refused();
    assert!(said.contains("rolled back or damaged"), "{said}");
}

fn another_history_of_the_same_length_is_refused<S: Subject>() {
    let mut subject = filled::<S>(&every_kind());
    let frames = rechained(&subject.frames(), |frame| {
        frame.body = String::from_utf8_lossy(&frame.body).replace("0.1.0", "0.2.0").into_bytes().into();
    });
    subject.rewrite(&frames);
    assert!(subject.refused().contains("is not the one that the anchor names"));
}

fn another_accounts_ledger_is_refused<S: Subject>() {
    let subject = filled::<S>(&every_kind());
    let before = subject.bytes();
    let said = subject.open_as("LIVE-7".parse().unwrap()).map(drop).unwrap_err().to_string();
    assert!(said.contains("of account PAPER-1, not of LIVE-7"), "{said}");
    assert!(subject.bytes() == before, "a refusal changed the disk");
}

fn a_newer_record_is_refused_with_its_version<S: Subject>() {
    let mut subject = filled::<S>(&every_kind());
    let frames = subject.frames();
    let end = frames.len() as u64;
    subject.rewrite(&rechained(&frames, |frame| {
        if frame.seq == end {
            frame.version = 2;
        }
    }));
    subject.lose_anchor();
    let said = subject.refused();
    assert!(said.contains("written by a newer Stopline"), "{said}");
    assert!(said.contains("has version 2") && said.contains("up to version 1"), "{said}");
}

fn a_lost_anchor_is_refused<S: Subject>() {
    let mut subject = filled::<S>(&every_kind());
    subject.lose_anchor();
    let said = subject.refused();
    assert!(said.contains("the anchor is missing"), "{said}");
}

fn a_lost_ledger_is_refused<S: Subject>() {
    let story = every_kind();
    let mut subject = filled::<S>(&story);
    subject.lose_ledger();
    let said = subject.refused();
    assert!(said.contains(&format!("the anchor says it reaches record {}", story.state.seq)), "{said}");
}

fn an_anchor_that_lags_is_no_fault<S: Subject>() {
    let story = every_kind();
    let snapshot = story.entries.iter().position(|e| matches!(e.record, Record::Snapshot(_))).unwrap();
    for lag in [6, snapshot, snapshot + 3] {
        let mut old = S::blank();
        let (mut log, _) = old.open().unwrap();
        keep(&mut log, &story.entries[..lag]);
        old.die(log);
        old.take_ledger_of(&filled::<S>(&story));
        assert_eq!(old.open().unwrap().1, story.state, "anchor at {lag}");
    }
}

macro_rules! suite {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $test() { super::$test::<super::Sqlite>(); })+
        }
        mod modelled {
            $(#[test] fn $test() { super::$test::<super::Modelled>(); })+
        }
        #[cfg(feature = "faulty")]
        mod faulty {
            $(#[test] fn $test() { super::$test::<crate::subject::Faulty>(); })+
        }
    };
}

suite!(
    every_kind_of_record_comes_back,
    the_state_is_recovered_exactly,
    a_recovered_log_goes_on_where_it_ended,
    what_was_not_synced_is_not_durable,
    records_out_of_order_end_the_log,
    a_changed_record_is_refused_by_its_number,
    a_missing_record_is_refused,
    a_cut_ledger_is_refused,
    yesterdays_copy_is_refused,
    another_history_of_the_same_length_is_refused,
    another_accounts_ledger_is_refused,
    a_newer_record_is_refused_with_its_version,
    a_lost_anchor_is_refused,
    a_lost_ledger_is_refused,
    an_anchor_that_lags_is_no_fault,
);
