//! When orders were placed, refused and cancelled: what the limits of pace count, over restarts.
//!
//! It keeps the newest only; what is older than any window counts for nobody.

use alloc::collections::VecDeque;

use super::{Ledgered, Refusal};
use crate::halt::{HaltCause, Scope};
use crate::id::{BotId, ClOrdId};
use crate::record::Transition;
use crate::table::OrderEvent;
use crate::time::{Mono, Stamp};

/// How many placings and cancels are remembered for the rates.
const KEPT: usize = 256;

/// How many refusals are.
const REFUSALS_KEPT: usize = 64;

impl Ledgered {
    pub(super) fn note_opening(&mut self, bot: BotId, at: Stamp) {
        keep(&mut self.openings, KEPT, at);
        keep(self.openings_of.entry(bot).or_default(), KEPT, at);
    }

    /// Notes what counts against a bot: an entry that was refused, a cancel that is asked for.
    pub(super) fn note_trouble(&mut self, root: ClOrdId, moved: &Transition, at: Stamp) {
        let Some(order) = self.orders.get(&root) else { return };
        let (bot, opens) = (order.bot(), order.spec.leg.opens());
        match moved.event {
            OrderEvent::Refused if opens => {
                let reason = moved.reason.clone().unwrap_or_default();
                keep(&mut self.refusals, REFUSALS_KEPT, Refusal { at, bot, reason });
            }
            OrderEvent::CancelAsked => keep(&mut self.cancels, KEPT, (at, bot)),
            _ => {}
        }
    }

    /// What a breaker has counted counts no more once its pause is over: it would break again at once.
    pub(super) fn forget_trouble(&mut self, scope: Scope, cause: HaltCause) {
        let Scope::Bot(bot) = scope else { return };
        match cause {
            HaltCause::RejectRate | HaltCause::SameRejection => self.refusals.retain(|r| r.bot != bot),
            HaltCause::CancelStorm => self.cancels.retain(|(_, of)| *of != bot),
            _ => {}
        }
    }

    /// No moment lies after the start of this process by its own clock.
    pub(super) fn hold_pace(&mut self, now: Mono) {
        let openings = self.openings.iter_mut().chain(self.openings_of.values_mut().flatten());
        let refusals = self.refusals.iter_mut().map(|refusal| &mut refusal.at);
        let cancels = self.cancels.iter_mut().map(|(at, _)| at);
        openings.chain(refusals).chain(cancels).for_each(|at| at.mono = at.mono.min(now));
    }
}

fn keep<T>(kept: &mut VecDeque<T>, most: usize, new: T) {
    kept.push_back(new);
    if kept.len() > most {
        kept.pop_front();
    }
}
