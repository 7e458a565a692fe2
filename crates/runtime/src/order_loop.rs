//! The lane's thread: receive, step, hand on. Five lines, and everything else lives elsewhere.
//!
//! It never waits for a disk or a socket; the only thing that can hold it up is a ledger that is a thousand batches
//! behind, and that ends the process. Bots decide in their own processes, or in a seat inside `turn`.

use std::sync::Arc;

use crossbeam_channel::Sender;
use stopline_kernel::commit::Step;
use stopline_kernel::input::{Event, Input};
use stopline_kernel::lane::Lane;
use stopline_kernel::time::{Mono, Span};

use crate::crew::Pulse;
use crate::fault::Fault;
use crate::guardrail::Guardrail;
use crate::shared::Shared;
use crate::taken::TakenTicks;

/// Machine: the longest a lane goes without an input.
const BEAT: Span = Span::millis(10);

/// Batches that may wait for the ledger; with one more the lane waits.
pub const STEPS: usize = 1_024;

/// What the loop works with.
pub struct OrderLoop {
    /// The account.
    pub lane: Lane,
    /// Clocks, inbox and the rest.
    pub shared: Shared,
    /// Keeps which ticks were taken.
    pub taken: TakenTicks,
    /// Shown what the account is allowed, ahead of the ledger.
    pub guardrail: Arc<Guardrail>,
    /// Where steps go.
    pub steps: Sender<Vec<Step>>,
}

impl OrderLoop {
    /// Runs until the inbox is closed and empty.
    ///
    /// # Errors
    ///
    /// [`Fault`]: memory can no longer be trusted, and the process must end.
    pub fn run(mut self, pulse: &Pulse) -> Result<(), Fault> {
        let mut due = self.shared.clock.mono().plus(BEAT);
        while let Some(inputs) = self.receive(&mut due) {
            pulse.beat();
            self.taken.note(&inputs);
            let steps = self.lane.turn(inputs).map_err(Fault::Broken)?;
            self.guardrail.show(self.lane.book().ledgered.halts.account());
            self.hand_on(steps)?;
        }
        Ok(())
    }

    /// What waits, with a beat behind it when one is due. `None` when nothing will come any more.
    fn receive(&self, due: &mut Mono) -> Option<Vec<Input>> {
        let mut inputs = self.shared.inbox.take(*due);
        let at = self.shared.clock.stamp();
        if inputs.is_empty() && self.shared.inbox.is_closed() {
            return None;
        }
        if at.mono >= *due {
            inputs.push(Input { at, event: Event::Beat });
            *due = at.mono.plus(BEAT);
        }
        #[cfg(feature = "hooks")]
        crate::hooks::thread(crate::crew::Role::Lane);
        Some(inputs)
    }

    /// A batch from which nothing came needs no commit.
    fn hand_on(&self, steps: Vec<Step>) -> Result<(), Fault> {
        if steps.is_empty() {
            return Ok(());
        }
        self.steps.send(steps).map_err(|_| Fault::Ended(crate::crew::Role::Ledger))
    }
}
