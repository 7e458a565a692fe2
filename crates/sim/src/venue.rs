//! The exchange node: the live paper venue with its journal in memory.
//!
//! It does what the server on the rim does and nothing more: it keeps the journal before anything leaves.

use stopline_exchange::desk::Desk;
use stopline_exchange::faults::Faults;
use stopline_exchange::journal;
use stopline_exchange::paper::SessionId;
use stopline_exchange::scenario::Set;
use stopline_exchange::venue::{Action, Batch, Pace, PaperVenue};
use stopline_kernel::market::{Bbo, TickKind};
use stopline_kernel::num::{Side, Ticks};
use stopline_kernel::time::{ExchangeTime, Mono};

use crate::scene::{self, Setting};

/// The exchange of a run.
pub(crate) struct Venue {
    setting: Setting,
    seed: u64,
    venue: PaperVenue,
    journal: Vec<u8>,
    /// How much of it was asked for.
    asked: usize,
}

/// What left the exchange in one step.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    /// Frames for sessions, in order.
    pub(crate) frames: Vec<(SessionId, Vec<u8>)>,
    /// Sessions it ended, after what it sent them.
    pub(crate) closed: Vec<SessionId>,
}

impl Venue {
    /// A new exchange that begins at `now`.
    pub(crate) fn new(setting: Setting, seed: u64, now: Mono) -> Result<Venue, String> {
        let (pace, plan) = (Pace { now, speed_milli: setting.speed_milli() }, scene::plan(setting, seed));
        let venue = PaperVenue::create(plan, pace, Faults::default()).map_err(|why| why.to_string())?;
        Ok(Venue { setting, seed, venue, journal: Vec::new(), asked: 0 })
    }

    /// Everything the exchange knows.
    pub(crate) fn desk(&self) -> &Desk {
        self.venue.exchange().floor().desk()
    }

    /// A price so far behind the best one of a side that an order at it rests.
    pub(crate) fn beside(&self, side: Side, away: Ticks) -> Option<String> {
        let floor = self.venue.exchange().floor();
        let (_, bbo) = floor.market(scene::symbol())?.shown();
        let best = if side == Side::Buy { bbo.bid } else { bbo.ask }?;
        let price = Ticks(best.price.0 - side.sign() * away.0);
        floor.desk().instrument(scene::symbol()).map(|contract| contract.show(price))
    }

    /// The quote that the market shows, and the last trade.
    pub(crate) fn shown(&self) -> Option<(Bbo, Option<Ticks>)> {
        self.venue.exchange().floor().market(scene::symbol()).map(|market| (market.shown().1, market.last))
    }

    /// The lines of the journal since somebody asked for them.
    pub(crate) fn journal_since(&mut self) -> &[u8] {
        let from = std::mem::replace(&mut self.asked, self.journal.len());
        self.journal.get(from..).unwrap_or_default()
    }

    /// When something happens by itself next.
    pub(crate) fn next_event(&self) -> Option<Mono> {
        self.venue.next_event()
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
        Ok(self.act(batch))
    }

    /// Bytes of a session arrive.
    pub(crate) fn bytes(&mut self, session: SessionId, now: Mono, bytes: &[u8]) -> Result<Sent, String> {
        let mut batch = Batch::default();
        self.venue.on_bytes(session, now, bytes, &mut batch).map_err(|why| why.to_string())?;
        Ok(self.act(batch))
    }

    /// A scripted market does something, or nothing: then its quote is shown once more.
    pub(crate) fn show(&mut self, now: Mono, what: Option<TickKind>) -> Result<Sent, String> {
        let mut batch = Batch::default();
        self.venue.show(now, scene::symbol(), what, &mut batch).map_err(|why| why.to_string())?;
        Ok(self.act(batch))
    }

    /// The contract trades otherwise from now on.
    pub(crate) fn set(&mut self, now: Mono, set: Set) -> Result<Sent, String> {
        let mut batch = Batch::default();
        self.venue.set(now, scene::symbol(), set, &mut batch).map_err(|why| why.to_string())?;
        Ok(self.act(batch))
    }

    /// What time it is in the market.
    pub(crate) fn market_time(&self, now: Mono) -> ExchangeTime {
        self.venue.exchange().clock().read(now)
    }

    fn act(&mut self, batch: Batch) -> Sent {
        self.journal.extend_from_slice(&batch.journal);
        let mut sent = Sent::default();
        for action in batch.actions {
            match action {
                Action::Send { session, bytes, .. } => sent.frames.push((session, bytes)),
                Action::Close { session, .. } => sent.closed.push(session),
                // Its own faults are off: what goes wrong is chosen by the run.
                Action::Restart => {}
            }
        }
        sent
    }

    /// Throws it away with all its sessions, and restores it from its journal, as if it had been killed.
    pub(crate) fn restart(&mut self, now: Mono) -> Result<(), String> {
        let journal = journal::read(&self.journal).map_err(|why| format!("{why:?}"))?;
        let pace = Pace { now, speed_milli: self.setting.speed_milli() };
        let plan = scene::plan(self.setting, self.seed);
        self.venue =
            PaperVenue::restore(plan, &journal, pace, Faults::default()).map_err(|why| format!("{why:?}"))?;
        Ok(())
    }
}
