//! The ledger's thread: everything that waits, one commit, then the door.
//!
//! Effects leave only here and only after their records are durable. When a commit fails memory is ahead of the
//! ledger, so the loop never goes on: the process ends, and the next start recovers.

use std::fmt::Display;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use stopline_kernel::commit::{Committed, Durable, Log, Step, commit};
use stopline_ledger::{LogError, SqliteLog};

use crate::crew::Pulse;
use crate::execute::Door;
use crate::fault::Fault;

/// A log that can be put in order while nothing is to be written.
pub trait Ledger: Log<Error: Display> + Send + 'static {
    /// Called when nothing has come for a while: checkpoints belong here, never inside a commit.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be trusted with another record.
    fn idle(&mut self) -> Result<(), Self::Error>;
}

impl Ledger for SqliteLog {
    fn idle(&mut self) -> Result<(), LogError> {
        self.checkpoint_when_idle()
    }
}

/// How long the queue is empty before the ledger is held to be idle.
const IDLE: Duration = Duration::from_millis(100);

/// What the loop works with.
pub struct LedgerLoop<L> {
    /// Where records go.
    pub ledger: L,
    /// Where steps come from.
    pub steps: Receiver<Vec<Step>>,
    /// Where effects go.
    pub door: Door,
}

/// What was found in the queue.
enum Next {
    Steps(Vec<Step>),
    Nothing,
    /// The lane has ended, and everything it decided is taken.
    End,
}

impl<L: Ledger> LedgerLoop<L> {
    /// Runs until the lane has ended and everything it decided is durable and done.
    ///
    /// # Errors
    ///
    /// [`Fault`]: memory is ahead of the ledger, and the process must end.
    pub fn run(mut self, pulse: &Pulse) -> Result<(), Fault> {
        let mut tidy = false;
        loop {
            pulse.beat();
            match self.receive() {
                Next::Steps(steps) => {
                    let durable = self.commit(steps)?;
                    self.door.execute(durable);
                    tidy = false;
                }
                Next::Nothing if tidy => {}
                Next::Nothing => {
                    self.idle()?;
                    tidy = true;
                }
                Next::End => return self.idle(),
            }
        }
    }

    /// Everything that waits, as one batch.
    fn receive(&self) -> Next {
        let mut steps = match self.steps.recv_timeout(IDLE) {
            Ok(steps) => steps,
            Err(RecvTimeoutError::Timeout) => return Next::Nothing,
            Err(RecvTimeoutError::Disconnected) => return Next::End,
        };
        self.steps.try_iter().for_each(|more| steps.extend(more));
        #[cfg(feature = "hooks")]
        crate::hooks::thread(crate::crew::Role::Ledger);
        Next::Steps(steps)
    }

    fn commit(&mut self, steps: Vec<Step>) -> Result<Durable<Committed>, Fault> {
        #[cfg(feature = "hooks")]
        if crate::hooks::sends_before_commit() {
            return self.send_before_commit(steps);
        }
        commit(&mut self.ledger, steps).map_err(|why| Fault::Commit(why.to_string().into()))
    }

    fn idle(&mut self) -> Result<(), Fault> {
        self.ledger.idle().map_err(|why| Fault::Idle(why.to_string().into()))
    }

    /// The defect that the crash tests have to catch: effects first, records after.
    #[cfg(feature = "hooks")]
    fn send_before_commit(&mut self, steps: Vec<Step>) -> Result<Durable<Committed>, Fault> {
        let (entries, durable) = stopline_kernel::commit::release_before_commit(steps);
        self.door.execute(durable);
        let kept = if entries.is_empty() {
            Ok(())
        } else {
            self.ledger.append(&entries).and_then(|()| self.ledger.sync())
        };
        kept.map_err(|why| Fault::Commit(why.to_string().into()))?;
        Ok(stopline_kernel::commit::release_before_commit(Vec::new()).1)
    }
}
