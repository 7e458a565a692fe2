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
use std::time::Duration;

use stopline_kernel::record::Entry;
use stopline_kernel::time::Stamp;
use stopline_kernel::view::Status;

use crate::config::LogConfig;
use crate::notice::{Happening, Notice};
use crate::published::Observer;
use file::RollingFile;
use line::Lines;

/// Batches that may wait to be written; beyond that, lines are lost and counted.
const WAITING: usize = 4_096;

/// How often the end of the log's thread is looked for, and how many times.
const LOOK: Duration = Duration::from_millis(10);
const LOOKS: u32 = 200;

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
    LastWords(String, SyncSender<()>),
}

/// The way into the log; copies write to the same one.
#[derive(Debug, Clone)]
pub struct Logbook {
    sender: SyncSender<Item>,
    lost: Arc<AtomicU64>,
}

/// The log's thread; it ends when every [`Logbook`] is gone, with everything written.
#[derive(Debug)]
pub struct Writer(JoinHandle<()>);

impl Logbook {
    /// Opens the log in `dir` and starts its thread.
    ///
    /// # Errors
    ///
    /// If the directory or the file cannot be made, or the thread not started.
    pub fn open(dir: &Path, config: LogConfig) -> io::Result<(Logbook, Writer)> {
        let file = RollingFile::open(dir, config)?;
        let (sender, receiver) = sync_channel(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&lost);
        let thread = thread::Builder::new().name("log".to_owned());
        let thread = thread.spawn(move || write(file, &receiver, &counter))?;
        Ok((Logbook { sender, lost }, Writer(thread)))
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

    /// Takes the last line of a process that ends by rule, and waits until it is written; whoever calls decides how long
    /// is too long.
    pub fn last_words(&self, text: &str) {
        let (written, wait) = sync_channel(1);
        // A log that is gone takes no last words; standard error has them too.
        if self.sender.send(Item::LastWords(text.to_owned(), written)).is_ok() {
            let _ = wait.recv();
        }
    }

    fn put(&self, item: Item) {
        let lines = match &item {
            Item::Entries(entries) => u64::try_from(entries.len()).unwrap_or(u64::MAX),
            Item::Event(_) | Item::LastWords(..) => 1,
        };
        if self.sender.try_send(item).is_err() {
            self.lost.fetch_add(lines, Ordering::Relaxed);
        }
    }
}

impl Observer for Logbook {
    fn committed(&mut self, entries: &[Entry]) {
        self.entries(entries);
    }

    fn status(&mut self, _status: &Status) {}

    fn notice(&mut self, notice: &Notice) {
        let severity = match &notice.what {
            Happening::BotSaid { .. } | Happening::VenueStarted => Severity::Info,
            Happening::NotShown { .. } | Happening::TicksDropped { .. } | Happening::BotEnded { .. } => {
                Severity::Warn
            }
            _ => Severity::Error,
        };
        self.event(EngineEvent { at: notice.at, severity, what: "notice", text: notice.what.to_string() });
    }
}

impl Writer {
    /// Whether the thread still runs; one that does not has died and is to be named.
    pub fn is_running(&self) -> bool {
        !self.0.is_finished()
    }

    /// Waits until everything is written, which needs every [`Logbook`] gone; gives up when it takes too long, so that
    /// a thread that hangs does not keep the process.
    pub fn finish(self) {
        for _ in 0..LOOKS {
            if self.0.is_finished() {
                return;
            }
            thread::sleep(LOOK);
        }
    }
}

fn write(mut file: RollingFile, receiver: &Receiver<Item>, lost: &AtomicU64) {
    let mut lines = Lines::default();
    while let Ok(item) = receiver.recv() {
        let (mut text, mut told) = (Vec::new(), None);
        match item {
            Item::Entries(entries) => entries.iter().for_each(|entry| text.push(lines.entry(entry))),
            Item::Event(event) => text.push(line::event(&event)),
            Item::LastWords(words, written) => {
                told = Some(written);
                text.push(line::last_words(&words));
            }
        }
        if let missing @ 1.. = lost.swap(0, Ordering::Relaxed) {
            text.push(line::lost(missing));
        }
        let failed = text.iter().filter(|line| file.line(line).is_err()).count();
        lost.fetch_add(u64::try_from(failed).unwrap_or(u64::MAX), Ordering::Relaxed);
        // Whoever waited may have gone.
        let _ = told.map(|told| told.send(()));
    }
}

#[cfg(test)]
mod tests;
