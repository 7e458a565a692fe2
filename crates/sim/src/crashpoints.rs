//! Every place of a run at which its process can die, one after the other: before and after each append, sync and send,
//! at each report, with the disk failing at each write, and once more while it recovers.
//!
//! A run in which nothing else goes wrong is the measure: its places are counted by dying at the first, the second, and
//! so on until none is left.

use std::collections::BTreeMap;

use stopline_ledger::modelled::{Disk, ModelledLog};

use crate::choice::{Choices, Domain};
use crate::oracle::Violation;
use crate::recording::Start;
use crate::scene;
use crate::swarm::{Crash, CrashPoint, Swarm};
use crate::world::{ledger_of, run_as};

/// The seeds of the runs that are the measure: entries at limit and market, exits by stop, target and wish, changes.
pub const GOLDEN: [u64; 6] = [1, 2, 3, 5, 8, 13];

/// No run has more places of one kind.
const MOST: u64 = 2_000;

/// What a sweep over the places of one run came to.
#[derive(Debug, Default)]
pub struct Points {
    /// How many places of each kind there were.
    pub places: BTreeMap<CrashPoint, u64>,
    /// Runs.
    pub runs: u64,
    /// Where an invariant was broken.
    pub broken: Vec<(Vec<Crash>, Violation)>,
}

/// Dies at every place of `seed`'s quiet run; each `nested`-th time once more in the recovery after it, at a place that
/// moves on from time to time.
///
/// # Errors
///
/// The scene's exchange cannot be created.
pub fn sweep(seed: u64, nested: u64) -> Result<Points, String> {
    let mut points = Points::default();
    for point in CrashPoint::ALL {
        for pass in 1..=MOST {
            let first = Crash { point, pass };
            if points.run(seed, vec![first])? == 0 {
                points.places.insert(point, pass - 1);
                break;
            }
            if nested > 0 && pass % nested == 0 {
                let again = Crash { point: CrashPoint::InRecovery, pass: 1 + pass % 5 };
                points.run(seed, vec![first, again])?;
            }
        }
    }
    Ok(points)
}

impl Points {
    fn run(&mut self, seed: u64, crashes: Vec<Crash>) -> Result<u64, String> {
        let mut swarm = Swarm::quiet();
        swarm.process.crashes.clone_from(&crashes);
        let outcome = run_as(&Start::Seed(seed), swarm, None)?;
        self.runs += 1;
        if let Some((_, violation)) = outcome.violation {
            self.broken.push((crashes, violation));
        }
        Ok(outcome.deaths)
    }
}

/// What opening a damaged ledger came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Damage {
    /// Bytes of the ledger.
    pub bytes: usize,
    /// Ledgers opened.
    pub opened: u64,
    /// Of those, refused.
    pub refused: u64,
    /// Opened with less than everything that was durable.
    pub lost: Vec<String>,
}

/// Opens the ledger of `seed`'s quiet run cut and flipped at every frame's boundary and one byte to either side, and at
/// `more` offsets drawn from the seed. Each must be refused, or hold everything.
///
/// # Errors
///
/// The run could not be made, or its own ledger cannot be opened.
pub fn damage(seed: u64, more: u64) -> Result<Damage, String> {
    let disk = ledger_of(&Start::Seed(seed), Swarm::quiet())?;
    let bytes = disk.ledger.clone().unwrap_or_default();
    let (_, whole) = ModelledLog::open(&disk, scene::account()).map_err(|why| why.to_string())?;
    let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(i, _)| i);
    let mut offsets: Vec<usize> = ends.flat_map(|end| [end.saturating_sub(1), end, end + 1]).collect();
    let mut choices = Choices::new(seed, Domain::Disk);
    let drawn = (0..more).map(|_| usize::try_from(choices.below(bytes.len() as u64)).unwrap_or(0));
    offsets.extend(drawn);
    let mut damage = Damage { bytes: bytes.len(), ..Damage::default() };
    for at in offsets.into_iter().filter(|at| *at < bytes.len()) {
        let mut cut = disk.clone();
        cut.cut(at);
        damage.open(&cut, whole.seq, || format!("cut at byte {at}"));
        let mut flipped = disk.clone();
        let bit = choices.below(8);
        flipped.flip(at, 1 << bit);
        damage.open(&flipped, whole.seq, || format!("bit {bit} flipped in byte {at}"));
    }
    Ok(damage)
}

impl Damage {
    fn open(&mut self, disk: &Disk, whole: u64, what: impl Fn() -> String) {
        self.opened += 1;
        match ModelledLog::open(disk, scene::account()) {
            Err(_) => self.refused += 1,
            Ok((_, ledgered)) if ledgered.seq == whole => {}
            Ok((_, ledgered)) => {
                self.lost.push(format!("{}: {} of {whole} records came back", what(), ledgered.seq));
            }
        }
    }
}
