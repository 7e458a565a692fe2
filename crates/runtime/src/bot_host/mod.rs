//! Bots as processes of their own: one child, one host thread and one bounded queue for each.
//!
//! A bot can do nothing but say what it wants. One that crashes, stalls, floods or does not read is ended and started
//! again later, and neither the ledger thread nor another bot ever waits for it.

mod child;
mod downfall;
mod life;
mod unanswered;

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender, bounded};
use stopline_kernel::effect::BotEvent;
use stopline_kernel::id::BotId;
use stopline_kernel::limits::BotSeat;
use stopline_kernel::time::Span;

use crate::crew::Role;
use crate::settings::BotProgram;
use crate::shared::Shared;

/// Events that may wait for one bot; with one more it is held not to read.
const EVENTS: usize = 1_024;
/// With so many waiting, quotes are left out: the next one says more.
const EVENTS_WITH_QUOTES: usize = 64;
/// Machine: how long a host thread may show no life. It beats every 50 ms.
const STALLED: Span = Span::secs(5);

/// What every host works with.
#[derive(Debug, Clone)]
pub struct HostTools {
    /// Clocks, inbox and the rest.
    pub shared: Shared,
    /// Machine: how long a bot may take to answer.
    pub answer: Span,
}

/// The bots, as the door sees them; clones are the same bots.
#[derive(Debug, Clone, Default)]
pub struct Bots {
    berths: Arc<BTreeMap<BotId, Berth>>,
}

/// One bot's place in this process.
#[derive(Debug)]
struct Berth {
    program: BotProgram,
    seat: BotSeat,
    events: Sender<BotEvent>,
    waiting: Receiver<BotEvent>,
    /// Set when an event found no room.
    overrun: Arc<AtomicBool>,
    /// Ends the present host thread, be it ever so late.
    closing: Mutex<Arc<AtomicBool>>,
}

impl Bots {
    /// Places for the bots that have both a seat in the lane and a program.
    pub fn new(programs: Vec<BotProgram>, seats: &[BotSeat]) -> Bots {
        let placed = programs.into_iter().filter_map(|program| {
            let seat = *seats.iter().find(|seat| seat.bot == program.bot)?;
            let (events, waiting) = bounded(EVENTS);
            let (overrun, closing) = (Arc::default(), Mutex::default());
            Some((program.bot, Berth { program, seat, events, waiting, overrun, closing }))
        });
        Bots { berths: Arc::new(placed.collect()) }
    }

    /// The bots' names.
    pub fn names(&self) -> impl Iterator<Item = BotId> {
        self.berths.keys().copied()
    }

    /// Starts the thread that keeps a bot's process alive; one that stalled before it ends when it wakes.
    ///
    /// # Errors
    ///
    /// When the system has no thread to give.
    pub fn start(&self, bot: BotId, tools: &HostTools) -> io::Result<()> {
        let Some(berth) = self.berths.get(&bot) else { return Ok(()) };
        let host = life::Host {
            program: berth.program.clone(),
            seat: berth.seat,
            events: berth.waiting.clone(),
            overrun: Arc::clone(&berth.overrun),
            closing: berth.begin_anew(),
            tools: tools.clone(),
        };
        tools.shared.crew.start(Role::Bot(bot), STALLED, move |pulse| {
            host.keep_alive(pulse);
            Ok(())
        })
    }

    /// Tells a bot something, if it still reads; never waits.
    pub(crate) fn tell(&self, bot: BotId, event: BotEvent) {
        let Some(berth) = self.berths.get(&bot) else { return };
        if matches!(event, BotEvent::Quote { .. }) && berth.events.len() >= EVENTS_WITH_QUOTES {
            return;
        }
        if berth.events.try_send(event).is_err() {
            berth.overrun.store(true, Ordering::SeqCst);
        }
    }

    /// Lets every bot end; none is started again.
    pub fn close(&self) {
        self.berths.values().for_each(|berth| drop(berth.begin_anew()));
    }
}

impl Berth {
    /// Ends the present host thread; the flag that will end the next.
    fn begin_anew(&self) -> Arc<AtomicBool> {
        let mut closing = self.closing.lock().unwrap_or_else(PoisonError::into_inner);
        closing.store(true, Ordering::SeqCst);
        *closing = Arc::default();
        Arc::clone(&closing)
    }
}
