//! What people command: each command becomes an input, and the lane's reply finds its way back.
//!
//! Nothing is done here: a command that never reached the lane was never made, and no reply is invented for one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::{Receiver, Sender, bounded};
use stopline_kernel::effect::Reply;
use stopline_kernel::input::{Command, CommandKind, Event};
use stopline_kernel::instrument::Instrument;
use stopline_kernel::view::Status;

use crate::inbox::Refused;
use crate::shared::Shared;

/// The most commands that wait for their reply. With one more, the oldest is given up.
const MAX_WAITING: usize = 256;

/// A handle for whoever serves people; clones are the same handle.
#[derive(Debug, Clone)]
pub struct Commands {
    shared: Shared,
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Debug, Default)]
struct Waiting {
    last: u64,
    replies: BTreeMap<u64, Sender<Reply>>,
}

impl Commands {
    /// A handle on the engine behind these.
    pub fn new(shared: Shared) -> Commands {
        Commands { shared, waiting: Arc::default() }
    }

    /// Hands a command to the lane. The reply comes when it is done, which for a flatten may take its time; a receiver
    /// that is disconnected will get none.
    ///
    /// # Errors
    ///
    /// [`Refused`]: the lane takes nothing any more, and the command was not made.
    pub fn submit(&self, what: CommandKind, who: &str, why: &str) -> Result<Receiver<Reply>, Refused> {
        let (reply, receiver) = bounded(1);
        let id = self.lock().open(reply);
        let command = Command { id, who: who.into(), why: why.into(), what };
        let taken = self.shared.inbox.put(Event::Command(command), || ());
        if taken.is_err() {
            self.lock().replies.remove(&id);
        }
        taken.map(|()| receiver)
    }

    /// The newest status; `None` in the first moments of a process.
    pub fn status(&self) -> Option<Arc<Status>> {
        self.shared.published.newest()
    }

    /// The contracts that prices in the status are of.
    pub fn contracts(&self) -> Vec<Instrument> {
        self.shared.contracts.all()
    }

    /// Passes a reply on to whoever commanded.
    pub(crate) fn answer(&self, reply: Reply) {
        let waiting = self.lock().replies.remove(&reply.command);
        if let Some(sender) = waiting {
            // Who commanded may have gone; the record stays.
            let _ = sender.send(reply);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn open(&mut self, reply: Sender<Reply>) -> u64 {
        self.last += 1;
        if self.replies.len() >= MAX_WAITING {
            self.replies.pop_first();
        }
        self.replies.insert(self.last, reply);
        self.last
    }
}
