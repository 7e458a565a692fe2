//! The exchange node: the live paper venue with its journal in memory.
//!
//! It does what the server on the rim does and nothing more: it keeps the journal before anything leaves.

use stopline_exchange::desk::Desk;
use stopline_exchange::faults::Faults;
use stopline_exchange::journal;
use stopline_exchange::paper::SessionId;
use stopline_exchange::venue::{Action, Batch, Pace, PaperVenue};
use stopline_kernel::time::Mono;

use crate::scene;

/// The exchange of a run.
pub(crate) struct Venue {
    seed: u64,
    venue: PaperVenue,
    journal: Vec<u8>,
    faults: Faults,
}

/// What left the exchange in one step.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    /// Frames for sessions, and when they are there.
    pub frames: Vec<(SessionId, Mono, Vec<u8>)>,
    /// Sessions it ended, and when.
    pub closed: Vec<(SessionId, Mono)>,
    /// Whether it was thrown away with all its sessions and restored from its journal.
    pub restarted: bool,
}

impl Venue {
    /// A new exchange that begins at `now`.
    pub(crate) fn new(seed: u64, now: Mono, faults: Faults) -> Result<Venue, String> {
        let pace = Pace { now, speed_milli: scene::SPEED_MILLI };
        let venue =
            PaperVenue::create(scene::plan(seed), pace, faults.clone()).map_err(|why| why.to_string())?;
        Ok(Venue { seed, venue, journal: Vec::new(), faults })
    }

    /// Everything the exchange knows.
    pub(crate) fn desk(&self) -> &Desk {
        self.venue.exchange().floor().desk()
    }

    /// When something happens by itself next.
    pub(crate) fn next_event(&self) -> Option<Mono> {
        self.venue.next_event()
    }

    /// From here on the line is good.
    pub(crate) fn heal(&mut self) {
        self.faults = Faults::default();
        self.venue.set_faults(Faults::default());
    }

    /// A connection was made.
    pub(crate) fn connect(&mut self, session: SessionId) {
        self.venue.connect(session);
    }

    /// A connection is gone.
    pub(crate) fn disconnect(&mut self, session: SessionId) {
        self.venue.disconnect(session);
    }

    /// Lets time run.
    pub(crate) fn advance(&mut self, now: Mono) -> Result<Sent, String> {
        let mut batch = Batch::default();
        self.venue.advance(now, &mut batch).map_err(|why| why.to_string())?;
        self.act(now, batch)
    }

    /// Bytes of a session arrive.
    pub(crate) fn bytes(&mut self, session: SessionId, now: Mono, bytes: &[u8]) -> Result<Sent, String> {
        let mut batch = Batch::default();
        self.venue.on_bytes(session, now, bytes, &mut batch).map_err(|why| why.to_string())?;
        self.act(now, batch)
    }

    fn act(&mut self, now: Mono, batch: Batch) -> Result<Sent, String> {
        self.journal.extend_from_slice(&batch.journal);
        let mut sent = Sent::default();
        for action in batch.actions {
            match action {
                Action::Send { session, at, bytes } => sent.frames.push((session, at, bytes)),
                Action::Close { session, at } => sent.closed.push((session, at)),
                Action::Restart => {
                    self.restart(now)?;
                    sent.restarted = true;
                }
            }
        }
        Ok(sent)
    }

    fn restart(&mut self, now: Mono) -> Result<(), String> {
        let journal = journal::read(&self.journal).map_err(|why| format!("{why:?}"))?;
        let pace = Pace { now, speed_milli: scene::SPEED_MILLI };
        let plan = scene::plan(self.seed);
        self.venue = PaperVenue::restore(plan, &journal, pace, self.faults.clone())
            .map_err(|why| format!("{why:?}"))?;
        Ok(())
    }
}
