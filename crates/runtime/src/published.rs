//! What is shown: the newest status for whoever asks, and every committed record for whoever watches.
//!
//! Watchers run on a thread of their own and can never hold up the ledger: when they do not keep up, batches are left
//! out and counted. Snapshots of the whole state are records too, and are not shown.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use stopline_kernel::record::{Entry, Record};
use stopline_kernel::view::Status;

use crate::clock::Clock;
use crate::crew::Pulse;
use crate::notice::{Happening, Notice};

/// Batches that may wait for the watchers.
const SHOWN: usize = 1_024;

/// Somebody who watches: a printer, a log. Called in order, on one thread; nothing waits for it.
pub trait Observer: Send {
    /// These records are durable.
    fn committed(&mut self, entries: &[Entry]);

    /// This is how things stand.
    fn status(&mut self, status: &Status);

    /// This happened, and is no record.
    fn notice(&mut self, notice: &Notice);
}

/// One thing to show.
#[derive(Debug)]
enum Shown {
    Committed(Vec<Entry>),
    Status(Arc<Status>),
    Notice(Notice),
    End,
}

/// The showing end; clones are the same end.
#[derive(Debug, Clone)]
pub struct Published {
    clock: Clock,
    newest: Arc<Mutex<Option<Arc<Status>>>>,
    out: Sender<Shown>,
    lost: Arc<AtomicU64>,
}

/// The watching end.
#[derive(Debug)]
pub struct Watched {
    shown: Receiver<Shown>,
    lost: Arc<AtomicU64>,
    clock: Clock,
}

impl Published {
    /// Both ends.
    pub fn new(clock: Clock) -> (Published, Watched) {
        let (out, shown) = bounded(SHOWN);
        let lost = Arc::new(AtomicU64::new(0));
        let watched = Watched { shown, lost: Arc::clone(&lost), clock: clock.clone() };
        (Published { clock, newest: Arc::default(), out, lost }, watched)
    }

    /// The newest status.
    pub fn newest(&self) -> Option<Arc<Status>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Shows that something happened.
    pub fn notice(&self, what: Happening) {
        self.show(Shown::Notice(Notice { at: self.clock.stamp(), what }));
    }

    /// Nothing more is shown: the watching thread ends when it has shown what waits.
    pub(crate) fn end(&self) {
        // A watching thread that is gone has ended already.
        let _ = self.out.send_timeout(Shown::End, Duration::from_secs(1));
    }

    /// What of a commit is shown.
    pub(crate) fn shown_of(entries: &[Entry]) -> Vec<Entry> {
        entries.iter().filter(|entry| !matches!(entry.record, Record::Snapshot(_))).cloned().collect()
    }

    pub(crate) fn committed(&self, shown: Vec<Entry>) {
        if !shown.is_empty() {
            self.show(Shown::Committed(shown));
        }
    }

    pub(crate) fn status(&self, status: Status) {
        let status = Arc::new(status);
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&status));
        self.show(Shown::Status(status));
    }

    fn show(&self, shown: Shown) {
        if self.out.try_send(shown).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Watched {
    /// Shows everything to every watcher, until the end.
    pub fn run(self, mut observers: Vec<Box<dyn Observer>>, pulse: &Pulse) {
        loop {
            pulse.beat();
            #[cfg(feature = "hooks")]
            crate::hooks::thread(crate::crew::Role::Show);
            match self.shown.recv_timeout(Duration::from_millis(500)) {
                Ok(Shown::End) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(shown) => observers.iter_mut().for_each(|observer| shown.to(observer.as_mut())),
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.admit_losses(&mut observers);
        }
    }

    fn admit_losses(&self, observers: &mut [Box<dyn Observer>]) {
        let batches = self.lost.swap(0, Ordering::Relaxed);
        if batches > 0 {
            let notice = Notice { at: self.clock.stamp(), what: Happening::NotShown { batches } };
            observers.iter_mut().for_each(|observer| observer.notice(&notice));
        }
    }
}

impl Shown {
    fn to(&self, observer: &mut dyn Observer) {
        match self {
            Shown::Committed(entries) => observer.committed(entries),
            Shown::Status(status) => observer.status(status),
            Shown::Notice(notice) => observer.notice(notice),
            Shown::End => {}
        }
    }
}
