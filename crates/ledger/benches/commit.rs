//! A durable commit of a bracket's records, against append and fdatasync of the same bytes to a growing plain file,
//! turn by turn in one run. It only prints; it holds no threshold, because a busy machine says nothing.

#![expect(clippy::expect_used, reason = "a measurement that fails has nothing to print")]

#[path = "../tests/ledger/fixture.rs"]
#[expect(
    dead_code,
    clippy::unwrap_used,
    reason = "the tests' story, of which one kind of commit is written here"
)]
mod fixture;

use std::fs::{File, OpenOptions};
use std::hint::black_box;
use std::io::Write;
use std::time::{Duration, Instant};

use fixture::Story;
use stopline_kernel::commit::Log;
use stopline_kernel::num::Side;
use stopline_kernel::record::Entry;
use stopline_kernel::table::{Ask, Life, OrderEvent};
use stopline_kernel::time::LocalTime;
use stopline_ledger::frame::{Frame, Hash};

/// Commits of each kind that are counted; as many again come before them and are not.
const ROUNDS: usize = 4_000;

/// Commits after which the queue is taken to be empty for a moment, as it is in a real session.
const IDLE_EVERY: usize = 20;

fn main() {
    let commits = commits(2 * ROUNDS);
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory to measure in");
    let opened = stopline_ledger::open(dir.path(), fixture::account(), LocalTime(0));
    let (mut log, _) = opened.expect("a new ledger");
    let mut file =
        OpenOptions::new().create(true).append(true).open(dir.path().join("plain")).expect("a file");
    let (mut plain, mut ledger) = (Vec::new(), Vec::new());
    let (mut bytes, mut prev) = (0, Hash::genesis(fixture::account()));
    for (round, entries) in commits.iter().enumerate() {
        let lines = lines(&mut prev, entries);
        bytes += lines.len();
        let mut turns = [true, false];
        if round % 2 == 1 {
            turns.reverse();
        }
        for ours in turns {
            if ours {
                ledger.push(timed(|| log.append(entries).and_then(|()| log.sync()).expect("a commit")));
            } else {
                plain.push(timed(|| append(&mut file, &lines)));
            }
        }
        if round % IDLE_EVERY == 0 {
            log.checkpoint_when_idle().expect("a checkpoint");
        }
    }
    println!("{} records and {} bytes in a commit", commits[1].len(), bytes / commits.len());
    let plain = print("append + fdatasync", plain.split_off(ROUNDS));
    let ledger = print("ledger commit", ledger.split_off(ROUNDS));
    println!("ratio of p50: {:.3}", ledger.as_secs_f64() / plain.as_secs_f64());
}

/// The records of one bracket each: the decision, three orders and the first answer.
fn commits(count: usize) -> Vec<Vec<Entry>> {
    let mut story = Story::begun();
    (0..count)
        .map(|_| {
            let key = story.bracket(Side::Buy, 1);
            let root = key.cl_ord_id(stopline_kernel::intent::Leg::Entry, 0);
            story.moved(root, OrderEvent::Received, Life::Acknowledged, Ask::Nothing);
            for leg in [stopline_kernel::intent::Leg::Stop, stopline_kernel::intent::Leg::Target] {
                story.state.live.remove(&key.cl_ord_id(leg, 0));
            }
            std::mem::take(&mut story.entries)
        })
        .collect()
}

fn lines(prev: &mut Hash, entries: &[Entry]) -> Vec<u8> {
    let mut lines = Vec::new();
    for entry in entries {
        let frame = Frame::of(*prev, entry).expect("an entry is JSON");
        lines.extend_from_slice(&frame.to_line());
        *prev = frame.hash;
    }
    lines
}

fn append(file: &mut File, bytes: &[u8]) {
    file.write_all(black_box(bytes)).and_then(|()| file.sync_data()).expect("an append");
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is a clock")]
fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// Prints the percentiles and gives the median.
fn print(name: &str, mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    let at = |thousandth: usize| times[(times.len() - 1) * thousandth / 1000];
    println!("{name:20} p50 {:?}  p99 {:?}  p99.9 {:?}", at(500), at(990), at(999));
    at(500)
}
