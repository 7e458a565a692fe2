//! How many rows a second a replay takes: a made-up tape through the full path, beside the bare scan of the same tape.
//!
//! It only prints; it holds no threshold, because a busy machine says nothing.

#![expect(clippy::unwrap_used, reason = "a measurement that fails has nothing to print")]

#[path = "../tests/stage/mod.rs"]
mod stage;

use std::convert::Infallible;
use std::hint::black_box;
use std::time::Instant;

use stage::{MONDAY, rows, settings};
use stopline_kernel::time::Span;
use stopline_ledger::memory::MemoryLog;

/// Rows of the tape.
const ROWS: u64 = 20_000_000;

/// Their distance: the tape is a trading day of 23 hours.
const EVERY: Span = Span(4_100_000);

#[expect(clippy::disallowed_methods, reason = "a benchmark is a clock")]
fn main() {
    let start = Instant::now();
    rows(1, ROWS, EVERY).for_each(|row| {
        black_box(row);
    });
    let bare = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let tape = rows(1, ROWS, EVERY).map(Ok::<_, Infallible>);
    let outcome =
        stopline_replay::rows(settings(MONDAY, 1), MemoryLog::decisions(), MONDAY, tape, |_| ()).unwrap();
    let full = start.elapsed().as_secs_f64();
    let millions = |seconds: f64| ROWS as f64 / seconds / 1e6;
    println!(
        "replay of {ROWS} rows: {:.2} million a second; bare scan {:.2}; ratio {:.2}; {} decisions, net {}",
        millions(full),
        millions(bare),
        full / bare,
        outcome.log.entries().len(),
        outcome.net()
    );
}
