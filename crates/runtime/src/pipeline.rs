//! The pipeline put together: the lane's thread, the ledger's thread, and the two that only show and write down.
//!
//! The topology stands here and nowhere else: inbox to lane, lane to ledger, ledger to door. What becomes of a command
//! goes back into the inbox; there is no other way back.

use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::bounded;
use stopline_kernel::lane::Lane;
use stopline_kernel::time::Span;

use crate::bot_host::Bots;
use crate::commands::Commands;
use crate::crew::{Pulse, Role};
use crate::execute::{Door, Venue};
use crate::fault::Fault;
use crate::guardrail::Guardrail;
use crate::ledger_loop::{Ledger, LedgerLoop};
use crate::notice::Happening;
use crate::order_loop::{OrderLoop, STEPS};
use crate::published::{Observer, Watched};
use crate::run::RunError;
use crate::shared::Shared;
use crate::stopped::Stopped;
use crate::taken::taken;

/// Machine: how long a thread that only shows or writes down may show no life.
const STALLED: Span = Span::secs(30);

/// Everything the pipeline is made of.
pub struct Pipeline<L> {
    /// Clocks, inbox and the rest.
    pub shared: Shared,
    /// The account.
    pub lane: Lane,
    /// Where records become durable.
    pub ledger: L,
    /// The last look before a send.
    pub guardrail: Arc<Guardrail>,
    /// Where orders go.
    pub venue: Arc<dyn Venue>,
    /// Where bots are told things.
    pub bots: Bots,
    /// Where people get their replies.
    pub commands: Commands,
    /// Raised when an orderly stop is complete.
    pub stopped: Stopped,
    /// Machine: a commit, or a turn of the lane, that takes longer ends the process.
    pub deadline: Span,
    /// Where it is kept which ticks were taken.
    pub taken: PathBuf,
}

impl<L: Ledger> Pipeline<L> {
    /// Starts the four threads, the one that is waited for first.
    ///
    /// # Errors
    ///
    /// When the system has no thread to give.
    pub fn start(self, watched: Watched, observers: Vec<Box<dyn Observer>>) -> Result<(), RunError> {
        let (shared, deadline) = (self.shared.clone(), self.deadline);
        let start = |role, limit, body: Body| {
            shared.crew.start(role, limit, body).map_err(|why| RunError::Thread { role, why })
        };
        let (steps, waiting) = bounded(STEPS);
        let (taken, writer) = taken(&self.taken);
        let (noted, began) = (shared.published.clone(), shared.clock.local());
        start(
            Role::Show,
            STALLED,
            Box::new(move |pulse| {
                watched.run(observers, pulse);
                Ok(())
            }),
        )?;
        start(
            Role::Taken,
            STALLED,
            Box::new(move |pulse| {
                if let Err(why) = writer.run(began, pulse) {
                    noted.notice(Happening::TakenNotKept { why: why.to_string().into() });
                }
                Ok(())
            }),
        )?;
        let guardrail = Arc::clone(&self.guardrail);
        let order_loop = OrderLoop { lane: self.lane, shared: self.shared.clone(), taken, guardrail, steps };
        let door = Door {
            shared: self.shared,
            guardrail: self.guardrail,
            venue: self.venue,
            bots: self.bots,
            commands: self.commands,
            stopped: self.stopped,
        };
        let ledger_loop = LedgerLoop { ledger: hooked(self.ledger), steps: waiting, door };
        start(Role::Ledger, deadline, Box::new(move |pulse| ledger_loop.run(pulse)))?;
        start(Role::Lane, deadline, Box::new(move |pulse| order_loop.run(pulse)))
    }
}

type Body = Box<dyn FnOnce(&Pulse) -> Result<(), Fault> + Send>;

/// The ledger as the tests want it: with points around append and sync.
#[cfg(feature = "hooks")]
const fn hooked<L: Ledger>(ledger: L) -> crate::hooks::Hooked<L> {
    crate::hooks::Hooked(ledger)
}

/// The ledger as it is.
#[cfg(not(feature = "hooks"))]
const fn hooked<L: Ledger>(ledger: L) -> L {
    ledger
}
