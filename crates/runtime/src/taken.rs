//! Which ticks the lane took, by the number of the input: what an exact replay needs beside ledger and tape.
//!
//! Written by a thread of its own and never by the lane. When that thread does not keep up, batches are left out and
//! the file says how many; the lane never waits for it, and a full disk costs this file alone.
//!
//! One line for each batch: the number of an input of this process, the symbol and the tick's number in its feed, as
//! `input:symbol:seq`, separated by spaces; the symbol is left out while it is the one before. A line `- N` stands for
//! N batches that were left out.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use stopline_kernel::id::Symbol;
use stopline_kernel::input::{Event, Input};
use stopline_kernel::time::LocalTime;

use crate::crew::Pulse;

/// Batches that may wait for the writer.
const BATCHES: usize = 4_096;
/// A file that is longer is closed and the next one begun.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// How long the writer sleeps between two looks. The lane never wakes it: on a busy machine that would cost a send.
const PAUSE: Duration = Duration::from_millis(100);
/// How many files are kept.
const KEEP: usize = 8;

/// One tick that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    input: u64,
    symbol: Symbol,
    seq: u64,
}

/// The lane's end.
#[derive(Debug)]
pub struct TakenTicks {
    inputs: u64,
    out: Sender<Vec<Place>>,
    lost: Arc<AtomicU64>,
}

/// The writer's end.
#[derive(Debug)]
pub struct TakenWriter {
    folder: PathBuf,
    batches: Receiver<Vec<Place>>,
    lost: Arc<AtomicU64>,
}

/// Both ends, for files in `folder`.
pub fn taken(folder: &Path) -> (TakenTicks, TakenWriter) {
    let (out, batches) = bounded(BATCHES);
    let lost = Arc::new(AtomicU64::new(0));
    let ticks = TakenTicks { inputs: 0, out, lost: Arc::clone(&lost) };
    (ticks, TakenWriter { folder: folder.to_owned(), batches, lost })
}

impl TakenTicks {
    /// Notes the ticks of a batch that the lane is about to take.
    pub fn note(&mut self, inputs: &[Input]) {
        let first = self.inputs;
        self.inputs = first.saturating_add(inputs.len() as u64);
        let numbered = (first.saturating_add(1)..).zip(inputs);
        let ticks = numbered.filter_map(|(input, what)| match &what.event {
            Event::Tick(tick) => Some(Place { input, symbol: tick.symbol, seq: tick.seq }),
            _ => None,
        });
        let batch: Vec<Place> = ticks.collect();
        if !batch.is_empty() && self.out.try_send(batch).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl TakenWriter {
    /// Writes until the lane has ended.
    ///
    /// # Errors
    ///
    /// When a file cannot be written; the lane goes on without.
    pub fn run(self, began: LocalTime, pulse: &Pulse) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let mut part = 0;
        loop {
            keep_newest(&self.folder, KEEP - 1)?;
            part += 1;
            let file = self.folder.join(format!("{:020}-{part:04}.ticks", began.0));
            if self.fill(File::create_new(file)?, pulse)? {
                return Ok(());
            }
        }
    }

    /// Writes one file; whether the lane has ended.
    fn fill(&self, file: File, pulse: &Pulse) -> io::Result<bool> {
        let (mut file, mut bytes, mut line) = (BufWriter::new(file), 0, String::new());
        while bytes < MAX_BYTES {
            pulse.beat();
            line.clear();
            let over = self.gather(&mut line);
            file.write_all(line.as_bytes())?;
            bytes += line.len() as u64;
            if over {
                return file.flush().map(|()| true);
            }
            file.flush()?;
            thread::sleep(PAUSE);
        }
        file.flush().map(|()| false)
    }

    /// The lines of every batch that waits; whether the lane has ended.
    fn gather(&self, lines: &mut String) -> bool {
        let over = loop {
            match self.batches.try_recv() {
                Ok(batch) => compact(lines, &batch),
                Err(TryRecvError::Empty) => break false,
                Err(TryRecvError::Disconnected) => break true,
            }
        };
        let lost = self.lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            // Writing to a String cannot fail.
            let _ = writeln!(lines, "- {lost}");
        }
        over
    }
}

fn compact(line: &mut String, batch: &[Place]) {
    let mut before = None;
    for (i, Place { input, symbol, seq }) in batch.iter().enumerate() {
        let gap = if i == 0 { "" } else { " " };
        // Writing to a String cannot fail.
        let _ = match before {
            Some(same) if same == *symbol => write!(line, "{gap}{input}::{seq}"),
            _ => write!(line, "{gap}{input}:{symbol}:{seq}"),
        };
        before = Some(*symbol);
    }
    line.push('\n');
}

/// Removes all but the newest files; their names sort by age.
fn keep_newest(folder: &Path, keep: usize) -> io::Result<()> {
    let mut files =
        fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<io::Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "ticks"));
    files.sort_unstable();
    let excess = files.len().saturating_sub(keep);
    files.iter().take(excess).try_for_each(fs::remove_file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(input: u64, symbol: &str, seq: u64) -> Place {
        Place { input, symbol: symbol.parse().unwrap(), seq }
    }

    #[test]
    fn a_batch_is_one_line_and_a_symbol_is_not_repeated() {
        let mut line = String::new();
        compact(&mut line, &[place(7, "MESZ6", 3), place(8, "MESZ6", 4), place(10, "MNQZ6", 1)]);
        assert_eq!(line, "7:MESZ6:3 8::4 10:MNQZ6:1\n");
    }

    #[test]
    fn only_the_newest_files_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["1.ticks", "2.ticks", "3.ticks", "other"] {
            File::create_new(folder.path().join(name)).unwrap();
        }
        keep_newest(folder.path(), 2).unwrap();
        let left = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name());
        let mut left: Vec<_> = left.collect();
        left.sort();
        assert_eq!(left, ["2.ticks", "3.ticks", "other"]);
    }
}
