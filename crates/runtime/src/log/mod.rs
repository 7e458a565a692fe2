//! The log: one line of JSON for each committed record and each event of the engine, with the decision as correlation
//! id and every stamp known by then.
//!
//! It is for people and their tools; the ledger is what counts. A log that cannot be written loses lines, counts them
//! and says so; it never holds up the lane and never stops it. No secret reaches it: records hold none.

mod file;
mod line;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use stopline_kernel::record::Entry;
use stopline_kernel::time::Stamp;

use crate::config::LogConfig;
use file::RollingFile;
use line::Lines;

/// Batches that may wait to be written; beyond that, lines are lost and counted.
const WAITING: usize = 4_096;

/// How urgent a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// What happens in good order.
    Info,
    /// What somebody should know.
    Warn,
    /// What somebody must look at.
    Error,
}

/// An event of the engine itself, that no record tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineEvent {
    /// When.
    pub at: Stamp,
    /// How urgent it is.
    pub severity: Severity,
    /// What happened, in one word.
    pub what: &'static str,
    /// The rest of it, in words.
    pub text: String,
}

enum Item {
    Entries(Vec<Entry>),
    Event(EngineEvent),
}

/// The way into the log; copies write to the same one.
#[derive(Debug, Clone)]
pub struct Log {
    sender: SyncSender<Item>,
    lost: Arc<AtomicU64>,
}

/// The log's thread; it ends when every [`Log`] is gone, with everything written.
#[derive(Debug)]
pub struct Writer(JoinHandle<()>);

impl Log {
    /// Opens the log in `dir` and starts its thread.
    ///
    /// # Errors
    ///
    /// If the directory or the file cannot be made, or the thread not started.
    pub fn open(dir: &Path, config: LogConfig) -> io::Result<(Log, Writer)> {
        let file = RollingFile::open(dir, config)?;
        let (sender, receiver) = sync_channel(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&lost);
        let thread = thread::Builder::new().name("log".to_owned());
        let thread = thread.spawn(move || write(file, &receiver, &counter))?;
        Ok((Log { sender, lost }, Writer(thread)))
    }

    /// Takes records that are durable, in order. Never waits.
    pub fn entries(&self, entries: &[Entry]) {
        if !entries.is_empty() {
            self.put(Item::Entries(entries.to_vec()));
        }
    }

    /// Takes an event of the engine. Never waits.
    pub fn event(&self, event: EngineEvent) {
        self.put(Item::Event(event));
    }

    fn put(&self, item: Item) {
        let lines = match &item {
            Item::Entries(entries) => u64::try_from(entries.len()).unwrap_or(u64::MAX),
            Item::Event(_) => 1,
        };
        if self.sender.try_send(item).is_err() {
            self.lost.fetch_add(lines, Ordering::Relaxed);
        }
    }
}

impl Writer {
    /// Whether the thread still runs; one that does not has died and is to be named.
    pub fn is_running(&self) -> bool {
        !self.0.is_finished()
    }

    /// Waits until everything is written. Every [`Log`] must be gone.
    pub fn finish(self) {
        // A thread that died has nothing left to write.
        let _ = self.0.join();
    }
}

fn write(mut file: RollingFile, receiver: &Receiver<Item>, lost: &AtomicU64) {
    let mut lines = Lines::default();
    while let Ok(item) = receiver.recv() {
        let mut text = Vec::new();
        match item {
            Item::Entries(entries) => entries.iter().for_each(|entry| text.push(lines.entry(entry))),
            Item::Event(event) => text.push(line::event(&event)),
        }
        if let missing @ 1.. = lost.swap(0, Ordering::Relaxed) {
            text.push(line::lost(missing));
        }
        let failed = text.iter().filter(|line| file.line(line).is_err()).count();
        lost.fetch_add(u64::try_from(failed).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
