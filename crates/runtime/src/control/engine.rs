//! The running engine as control sees it: commands go into its inbox, what was published comes out.
//!
//! It holds nothing of its own and decides nothing.

use std::time::Duration;

use crossbeam_channel::RecvTimeoutError;
use stopline_kernel::input::CommandKind;
use stopline_kernel::instrument::Instrument;
use stopline_kernel::view::Status;

use super::{Commanded, Heard};
use crate::commands::Commands;

impl Commanded for Commands {
    fn command(&self, who: &str, why: &str, what: CommandKind, patience: Duration) -> Heard {
        let Ok(reply) = self.submit(what, who, why) else { return Heard::Nobody };
        match reply.recv_timeout(patience) {
            Ok(reply) => Heard::Reply(reply.outcome),
            Err(RecvTimeoutError::Timeout) => Heard::NotYet,
            Err(RecvTimeoutError::Disconnected) => Heard::Nobody,
        }
    }

    fn status(&self) -> Option<(Status, Vec<Instrument>)> {
        Commands::status(self).map(|status| ((*status).clone(), self.contracts()))
    }
}
