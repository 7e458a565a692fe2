//! Who looks over the ledger's stage as it works: INV-01 for every byte that leaves, INV-04 and 05 for every record kept.
//!
//! It only looks; nothing of the run depends on it but the verdict.

use stopline_exchange::desk::Desk;
use stopline_kernel::record::Entry;
use stopline_kernel::time::Mono;
use stopline_venues::paper::wire::{ClientMessage, Frames, decode};

use super::Trace;
use crate::engine::Watch;
use crate::oracle::{Oracle, Violation};
use crate::scene;

/// Looks at the ledger's stage: INV-01 for every byte, INV-04 and 05 for every record.
pub(super) struct Look<'a> {
    pub(super) now: Mono,
    pub(super) oracle: &'a mut Oracle,
    pub(super) desk: &'a Desk,
    pub(super) hasher: &'a mut blake3::Hasher,
    pub(super) trace: Option<&'a mut Trace>,
    pub(super) seen: Result<(), Violation>,
}

impl Look<'_> {
    fn tell(&mut self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace(&format!("{:>9} us  {}", self.now.0 / 1_000, line()));
        }
    }

    fn note(&mut self, verdict: Result<(), Violation>) {
        if self.seen.is_ok() {
            self.seen = verdict;
        }
    }
}

impl Watch for Look<'_> {
    fn kept(&mut self, entries: &[Entry]) {
        for entry in entries {
            self.hasher.update(entry.record.kind().as_bytes());
            self.tell(|| format!("{:?}", entry.record));
        }
        let verdict = self.oracle.kept(entries);
        self.note(verdict);
        let verdict = self.oracle.ends(entries, self.desk, scene::account());
        self.note(verdict);
    }

    fn sent(&mut self, bytes: &[u8]) {
        let mut frames = Frames::default();
        frames.push(bytes);
        while let Ok(Some(body)) = frames.next_frame() {
            if let Ok(message) = decode::<ClientMessage>(&body) {
                self.tell(|| format!("-> {message:?}"));
                let verdict = self.oracle.write(&message);
                self.note(verdict);
            }
        }
    }
}
