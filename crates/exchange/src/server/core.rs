//! The one thread that owns the venue: it sleeps until the market moves, a message comes or an answer is due.
//!
//! Journal first, then the actions: there is no other way from a step of the venue to a client.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use stopline_kernel::time::{Mono, Span};

use super::clock::mono;
use super::listen::Wakes;
use super::peer::{self, Connection, Peer, Wake};
use super::store::Store;
use super::{Ended, ServeConfig, ServeError, doing};
use crate::paper::SessionId;
use crate::venue::{Action, Batch, Pace, PaperVenue};

/// The most connections at one time.
const MAX_SESSIONS: usize = 64;

/// The longest sleep, so that a request to stop is seen in time.
const LONGEST: Span = Span::millis(100);

/// The shortest sleep: events of the market closer than this are made together.
const SHORTEST: Span = Span::millis(2);

/// The venue with everything around it.
pub(super) struct Core<'a> {
    config: &'a mut ServeConfig,
    store: Store,
    venue: PaperVenue,
    wakes: Wakes,
    peers: BTreeMap<SessionId, Peer>,
    /// What is to be done later, by time and order.
    later: BTreeMap<(Mono, u64), Action>,
    count: u64,
    /// Since when nobody is there.
    alone: Option<Mono>,
}

impl<'a> Core<'a> {
    /// Brings the venue up from its journal, or a new one.
    pub(super) fn start(
        config: &'a mut ServeConfig,
        mut store: Store,
        wakes: Wakes,
    ) -> Result<Core<'a>, ServeError> {
        let venue = bring_up(config, &mut store)?;
        let (peers, later, alone) = (BTreeMap::new(), BTreeMap::new(), Some(mono()));
        Ok(Core { config, store, venue, wakes, peers, later, count: 0, alone })
    }

    /// Runs until an end.
    pub(super) fn run(mut self) -> Result<Ended, ServeError> {
        loop {
            let mut batch = Batch::default();
            self.venue.advance(mono(), &mut batch)?;
            self.perform(batch)?;
            self.do_due()?;
            if let Some(ended) = self.is_over() {
                return self.end(ended);
            }
            match self.wakes.inbox.recv_timeout(self.sleep()) {
                Ok(wake) => self.wake(wake)?,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
        }
    }

    fn is_over(&self) -> Option<Ended> {
        let alone = self.alone.map(|since| mono().since(since));
        if self.config.stop.load(Ordering::Relaxed) {
            Some(Ended::Stopped)
        } else if alone >= self.config.idle_exit && self.config.idle_exit.is_some() {
            Some(Ended::Idle)
        } else {
            None
        }
    }

    fn sleep(&self) -> Duration {
        let now = mono();
        let next =
            self.venue.next_event().into_iter().chain(self.later.keys().next().map(|(at, _)| *at)).min();
        let span = next.map_or(LONGEST, |next| next.since(now)).clamp(SHORTEST, LONGEST);
        Duration::from_nanos(span.0.unsigned_abs())
    }

    fn wake(&mut self, wake: Wake) -> Result<(), ServeError> {
        match wake {
            Wake::Joined(connection) => self.join(connection),
            Wake::Bytes(session, bytes) => {
                let mut batch = Batch::default();
                self.venue.on_bytes(session, mono(), &bytes, &mut batch)?;
                self.perform(batch)
            }
            Wake::Left(session) => {
                self.drop_peer(session, Peer::cut);
                Ok(())
            }
            Wake::Deaf(why) => Err(doing("taking a connection")(why)),
        }
    }

    fn join(&mut self, connection: Connection) -> Result<(), ServeError> {
        if self.peers.len() >= MAX_SESSIONS {
            return Ok(());
        }
        self.count += 1;
        let session = SessionId(self.count);
        self.peers.insert(session, Peer::start(session, connection, self.wakes.sender.clone())?);
        self.venue.connect(session);
        self.alone = None;
        Ok(())
    }

    /// Keeps what the step wrote, then lets its actions happen in their time.
    fn perform(&mut self, batch: Batch) -> Result<(), ServeError> {
        self.store.append(&batch.journal, batch.sync)?;
        for action in batch.actions {
            let at = match action {
                Action::Send { at, .. } | Action::Close { at, .. } => at,
                Action::Restart => return self.restart(),
            };
            self.count += 1;
            self.later.insert((at, self.count), action);
        }
        self.do_due()
    }

    fn do_due(&mut self) -> Result<(), ServeError> {
        let now = mono();
        while let Some(due) = self.later.first_entry().filter(|e| e.key().0 <= now) {
            match due.remove() {
                Action::Send { session, bytes, .. } => {
                    if self.peers.get(&session).is_some_and(|peer| !peer.send(bytes)) {
                        self.drop_peer(session, Peer::cut);
                    }
                }
                Action::Close { session, .. } => self.drop_peer(session, |peer| drop(peer.finish())),
                Action::Restart => return self.restart(),
            }
        }
        Ok(())
    }

    fn drop_peer(&mut self, session: SessionId, how: impl FnOnce(Peer)) {
        if let Some(peer) = self.peers.remove(&session) {
            how(peer);
        }
        self.venue.disconnect(session);
        if self.peers.is_empty() && self.alone.is_none() {
            self.alone = Some(mono());
        }
    }

    /// As if the exchange had been killed here and started again.
    fn restart(&mut self) -> Result<(), ServeError> {
        self.later.clear();
        std::mem::take(&mut self.peers).into_values().for_each(Peer::cut);
        self.alone = Some(mono());
        self.venue = bring_up(self.config, &mut self.store)?;
        Ok(())
    }

    /// The orderly end: the last words are written before the connections close.
    fn end(mut self, ended: Ended) -> Result<Ended, ServeError> {
        let mut batch = Batch::default();
        self.venue.stop(mono(), &mut batch)?;
        self.store.append(&batch.journal, true)?;
        for action in std::mem::take(&mut self.later).into_values().chain(batch.actions) {
            if let Action::Send { session, bytes, .. } = action
                && let Some(peer) = self.peers.get(&session)
            {
                peer.send(bytes);
            }
        }
        let peers = std::mem::take(&mut self.peers).into_values();
        peer::finish_all(peers.map(Peer::finish).collect());
        Ok(ended)
    }
}

fn bring_up(config: &mut ServeConfig, store: &mut Store) -> Result<PaperVenue, ServeError> {
    let journal = store.read()?;
    let pace = Pace { now: mono(), speed_milli: config.speed_milli };
    let (plan, faults) = ((config.plan)().map_err(doing("making the market"))?, config.faults.clone());
    if journal.steps.is_empty() {
        return Ok(PaperVenue::create(plan, pace, faults)?);
    }
    let file = config.dir.join("exchange.journal");
    PaperVenue::restore(plan, &journal, pace, faults).map_err(|damage| ServeError::Damaged { file, damage })
}
