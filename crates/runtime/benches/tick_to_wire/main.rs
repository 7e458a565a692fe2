//! From a tick to the bracket on the wire, with a bot in process, through inbox, lane, ledger and session as they run,
//! against a floor in the same run: append and fdatasync of the same bytes, then one round trip over a Unix socket.
//!
//! It only prints; it holds no threshold, because a busy machine says nothing.

#![expect(clippy::expect_used, reason = "a measurement that fails has nothing to print")]

mod engine;
mod floor;
mod venue;

use std::time::Duration;

use stopline_kernel::time::Span;

use engine::Engine;
use floor::Floor;

/// Brackets that are counted; a tenth as many come before them and are not.
const ROUNDS: usize = 4_000;

/// Rounds after which nothing happens for a moment, as in a real session: then the ledger is put in order.
const IDLE_EVERY: usize = 20;

fn main() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory to measure in");
    let mut engine = Engine::start(dir.path());
    let mut floor = Floor::new(dir.path());
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    let mut bracket = engine.round(0);
    for round in 1..ROUNDS + ROUNDS / 10 {
        if round % 2 == 0 {
            bare.push(floor.round(&bracket.records, &bracket.message));
            bracket = engine.round(round);
        } else {
            let before = std::mem::replace(&mut bracket, engine.round(round));
            bare.push(floor.round(&before.records, &before.message));
        }
        ours.push(bracket.took);
        if round % IDLE_EVERY == 0 {
            std::thread::sleep(Duration::from_millis(130));
        }
    }
    let (records, message) = (bracket.records.len(), bracket.message.len());
    println!("{records} bytes of records and {message} bytes of message for a bracket");
    let bare = print("append + fdatasync + round trip", bare.split_off(ROUNDS / 10));
    let ours = print("tick to write", ours.split_off(ROUNDS / 10));
    let ratio = |at: usize| ours[at].0 as f64 / bare[at].0 as f64;
    println!("ratio of p50: {:.3}  p99: {:.3}  p99.9: {:.3}", ratio(0), ratio(1), ratio(2));
    std::process::exit(0);
}

/// Prints the percentiles and gives them.
fn print(name: &str, mut times: Vec<Span>) -> [Span; 3] {
    times.sort_unstable();
    let percentiles = [500, 990, 999].map(|thousandth| times[(times.len() - 1) * thousandth / 1_000]);
    let [p50, p99, most] = percentiles.map(|span| span.0 as f64 / 1_000.0);
    println!("{name:32} p50 {p50:>8.1} us  p99 {p99:>8.1} us  p99.9 {most:>8.1} us");
    percentiles
}
