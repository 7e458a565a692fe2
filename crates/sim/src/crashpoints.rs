//! Every place of a run at which its process can die, one after the other: before and after each append, sync and send,
//! at each report, with the disk failing at each write, and once more while it recovers.
//!
//! A run in which nothing else goes wrong is the measure: its places are counted by dying at the first, the second, and
//! so on until none is left.

use std::collections::BTreeMap;

use stopline_kernel::time::LocalTime;
use stopline_ledger::faulty::{self, Volume};
use stopline_ledger::modelled::{Disk, ModelledLog};
use stopline_ledger::place::Place;

use crate::choice::{Choices, Domain};
use crate::disk::{Left, files_of};
use crate::oracle::Violation;
use crate::recording::Start;
use crate::scene;
use crate::swarm::{Crash, CrashPoint, Swarm};
use crate::world::{ledger_of, run_as};

/// The seeds of the runs that are the measure: entries at limit and market, exits by stop, target and wish, changes.
pub const GOLDEN: [u64; 6] = [1, 2, 3, 5, 8, 13];

/// Which log a run is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ledger {
    /// The modelled one.
    Modelled,
    /// SQLite over a faulty disk.
    Sqlite,
}

impl Ledger {
    /// Both.
    pub const ALL: [Ledger; 2] = [Ledger::Modelled, Ledger::Sqlite];

    /// As people call it.
    pub const fn word(self) -> &'static str {
        match self {
            Ledger::Modelled => "modelled",
            Ledger::Sqlite => "sqlite",
        }
    }

    /// A run on it in which nothing goes wrong.
    fn quiet(self) -> Swarm {
        Swarm { sqlite: self == Ledger::Sqlite, ..Swarm::quiet() }
    }
}

/// No run has more places of one kind.
const MOST: u64 = 2_000;

/// The sizes of SQLite's own: a page, and in the write-ahead log what stands before all frames and a frame with its page.
const PAGE: usize = 4_096;
const WAL_HEADER: usize = 32;
const WAL_FRAME: usize = 24 + PAGE;

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
pub fn sweep(seed: u64, ledger: Ledger, nested: u64) -> Result<Points, String> {
    let mut points = Points::default();
    for point in CrashPoint::ALL {
        for pass in 1..=MOST {
            let first = Crash { point, pass };
            if points.run(seed, ledger, vec![first])? == 0 {
                points.places.insert(point, pass - 1);
                break;
            }
            if nested > 0 && pass % nested == 0 {
                let again = Crash { point: CrashPoint::InRecovery, pass: 1 + pass % 5 };
                points.run(seed, ledger, vec![first, again])?;
            }
        }
    }
    Ok(points)
}

impl Points {
    fn run(&mut self, seed: u64, ledger: Ledger, crashes: Vec<Crash>) -> Result<u64, String> {
        let mut swarm = ledger.quiet();
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

/// Opens the ledger of `seed`'s quiet run cut and flipped at every frame's or page's boundary and one byte to either
/// side, and at `more` offsets drawn from the seed. Each must be refused, or hold everything.
///
/// # Errors
///
/// The run could not be made, or its own ledger cannot be opened.
pub fn damage(seed: u64, ledger: Ledger, more: u64) -> Result<Damage, String> {
    let mut choices = Choices::new(seed, Domain::Disk);
    match ledger_of(&Start::Seed(seed), ledger.quiet())? {
        Left::Modelled(disk) => damage_modelled(&disk, &mut choices, more),
        Left::Sqlite(disk) => damage_sqlite(&disk, &mut choices, more),
    }
}

fn damage_modelled(disk: &Disk, choices: &mut Choices, more: u64) -> Result<Damage, String> {
    let bytes = disk.ledger.clone().unwrap_or_default();
    let whole = records_of(disk)?;
    let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(i, _)| i);
    let mut damage = Damage { bytes: bytes.len(), ..Damage::default() };
    for at in offsets(ends, bytes.len(), choices, more) {
        let mut cut = disk.clone();
        cut.cut(at);
        damage.note(records_of(&cut), whole, || format!("cut at byte {at}"));
        let mut flipped = disk.clone();
        let bit = choices.below(8);
        flipped.flip(at, 1 << bit);
        damage.note(records_of(&flipped), whole, || format!("bit {bit} flipped in byte {at}"));
    }
    Ok(damage)
}

fn damage_sqlite(disk: &faulty::Disk, choices: &mut Choices, more: u64) -> Result<Damage, String> {
    let whole = records_on(disk)?;
    let files = files_of().map(|name| (name, disk.read(name).map_or(0, <[u8]>::len)));
    let bytes: usize = files.iter().map(|(_, len)| len).sum();
    let mut damage = Damage { bytes, ..Damage::default() };
    for (name, len) in files {
        let share = more.saturating_mul(len as u64) / (bytes as u64).max(1);
        for at in offsets(boundaries(name, len), len, choices, share) {
            let mut cut = disk.clone();
            cut.shorten(name, at);
            damage.note(records_on(&cut), whole, || format!("{name} cut at byte {at}"));
            let mut flipped = disk.clone();
            let bit = choices.below(8);
            flipped.flip(name, at, 1 << bit);
            damage.note(records_on(&flipped), whole, || format!("bit {bit} flipped in byte {at} of {name}"));
        }
    }
    Ok(damage)
}

/// Where a page of a file begins, or in a write-ahead log a frame.
fn boundaries(name: &str, len: usize) -> impl Iterator<Item = usize> {
    let (first, each) = if name.ends_with("-wal") { (WAL_HEADER, WAL_FRAME) } else { (0, PAGE) };
    (first..=len).step_by(each)
}

/// Each boundary with its neighbours, and offsets that are drawn.
fn offsets(
    boundaries: impl Iterator<Item = usize>,
    len: usize,
    choices: &mut Choices,
    more: u64,
) -> Vec<usize> {
    let mut offsets: Vec<usize> = boundaries.flat_map(|at| [at.saturating_sub(1), at, at + 1]).collect();
    offsets.extend((0..more).map(|_| usize::try_from(choices.below(len as u64)).unwrap_or(0)));
    offsets.retain(|at| *at < len);
    offsets
}

/// How many records a start finds, or why it refuses.
fn records_of(disk: &Disk) -> Result<u64, String> {
    let opened = ModelledLog::open(disk, scene::account());
    opened.map(|(_, ledgered)| ledgered.seq).map_err(|why| why.to_string())
}

/// How many records a start finds, or why it refuses.
fn records_on(disk: &faulty::Disk) -> Result<u64, String> {
    let place = Place::Faulty(Volume::mount(disk.clone()));
    let opened = stopline_ledger::open_at(&place, scene::account(), LocalTime(0));
    opened.map(|(_, ledgered)| ledgered.seq).map_err(|why| why.to_string())
}

impl Damage {
    fn note(&mut self, found: Result<u64, String>, whole: u64, what: impl Fn() -> String) {
        self.opened += 1;
        match found {
            Err(_) => self.refused += 1,
            Ok(seq) if seq == whole => {}
            Ok(seq) => self.lost.push(format!("{}: {seq} of {whole} records came back", what())),
        }
    }
}
