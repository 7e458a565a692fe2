//! What the checkers are told besides what they see: refusals, strangers, lies, trades that the exchange never had.
//!
//! It only notes; what follows from it is judged where it is looked at.

use stopline_kernel::id::Symbol;
use stopline_kernel::time::Mono;
use stopline_venues::paper::wire::{ClientMessage, Frames, decode};

use super::Oracle;

impl Oracle {
    /// The broker refuses this order, or says so.
    pub(crate) fn note_refused(&mut self, id: &str) {
        self.keep(&format!("refused {id}"));
        self.refused.insert(id.to_owned());
    }

    /// Somebody else leaves an order to rest on the account.
    pub(crate) fn note_stray(&mut self, id: &str, now: Mono) {
        self.keep(&format!("stray {id} {}", now.0));
        self.strays.insert(id.to_owned(), now);
    }

    /// The broker takes an execution of the exchange back.
    pub(crate) fn note_undone(&mut self, exec: &str, symbol: Symbol, change: i64) {
        // One that replaced another was never the exchange's.
        self.extra.remove(exec);
        *self.told_off.entry(symbol).or_default() -= change;
        *self.truth.entry(symbol).or_default() -= change;
    }

    /// The broker tells an execution that the exchange never had.
    pub(crate) fn note_extra(&mut self, exec: &str, of: &str, symbol: Symbol, change: i64) {
        self.extra.insert(exec.to_owned(), change);
        self.told_of.insert(of.to_owned());
        *self.told_off.entry(symbol).or_default() += change;
        *self.truth.entry(symbol).or_default() += change;
        // What was sent before could not know of it.
        self.blind.extend(self.written.iter().cloned());
    }

    /// Whether the broker tells of a position what the exchange's book says.
    pub(crate) fn is_told_as_it_is(&self, symbol: Symbol) -> bool {
        self.told_off.get(&symbol).is_none_or(|off| *off == 0)
    }

    /// The broker calls refused what works.
    pub(crate) fn note_lies(&mut self) {
        self.keep("lied");
        self.lied_to = true;
    }

    /// Somebody else trades on the account.
    pub(crate) fn note_others(&mut self) {
        self.keep("others");
        self.others = true;
    }

    /// The network will deliver these bytes later than it promises to.
    pub(crate) fn note_late(&mut self, bytes: &[u8]) {
        self.history.iter_mut().for_each(|history| history.late(bytes));
        let mut frames = Frames::default();
        frames.push(bytes);
        while let Ok(Some(body)) = frames.next_frame() {
            if let Ok(ClientMessage::Place { order, exits, .. }) = decode(&body) {
                self.late.extend(std::iter::once(order).chain(exits).map(|spec| spec.cl_ord_id));
            }
        }
    }
}
