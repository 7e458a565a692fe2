//! The only maker of [`Approved`].
//!
//! A value cannot be cloned, deserialised or unwrapped out of its approval, so nobody can carry an approval from one
//! order to another.

use alloc::vec::Vec;

use super::check::{Check, Denial};
use super::gate::{BEFORE_SEND, Proposal, RULES, RULES_IF_SET};
use super::reducing::{REDUCING, Reduction};
use crate::effect::OrderCommand;

/// Proof that the gate has let a value pass.
///
/// It cannot be forged:
///
/// ```compile_fail,E0423
/// let forged = stopline_kernel::risk::Approved(());
/// ```
///
/// nor used twice:
///
/// ```compile_fail,E0382
/// use stopline_kernel::{effect::OrderCommand, risk::Approved};
/// fn spend(_: Approved<OrderCommand>) {}
/// fn cheat(proof: Approved<OrderCommand>) {
///     spend(proof);
///     spend(proof);
/// }
/// ```
///
/// The same without the cheats compiles:
///
/// ```
/// use stopline_kernel::{effect::OrderCommand, risk::Approved};
/// fn spend(_: Approved<OrderCommand>) {}
/// fn honest(proof: Approved<OrderCommand>) {
///     let absent: Option<Approved<()>> = None;
///     spend(proof);
/// }
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Approved<T>(T);

impl<T> Approved<T> {
    /// What was approved.
    pub const fn get(&self) -> &T {
        &self.0
    }
}

/// What the rules said: the checks in order up to the first that denied, and the command or that denial.
pub(crate) type Verdict = (Vec<Check>, Result<Approved<OrderCommand>, Denial>);

/// Asks every rule whether this may be sent: an entry, or the change of an order, which is judged like a new one.
pub(crate) fn approve(proposal: &Proposal<'_>, command: OrderCommand) -> Verdict {
    let if_set = RULES_IF_SET.iter().filter_map(|rule| rule(proposal));
    let rules = RULES.iter().map(|rule| rule(proposal)).chain(if_set);
    judge(rules.filter(|_| !(mutant!(ModifyUngated) && proposal.adds == crate::num::Lots::ZERO)), command)
}

/// Asks every rule for what only cancels or reduces.
pub(crate) fn approve_reducing(reduction: &Reduction<'_>, command: OrderCommand) -> Verdict {
    judge(REDUCING.iter().map(|rule| rule(reduction)), command)
}

/// Asks again, when a batch of inputs has been stepped, whether an opening command may still be sent.
pub(crate) fn still_allowed(proposal: &Proposal<'_>) -> Result<(), Denial> {
    let denied = BEFORE_SEND.iter().map(|rule| rule(proposal)).find(|check| !check.passed);
    denied.map_or(Ok(()), |check| Err(check.rule))
}

fn judge(rules: impl Iterator<Item = Check>, command: OrderCommand) -> Verdict {
    let mut checks = Vec::new();
    for check in rules {
        checks.push(check);
        if !check.passed {
            return (checks, Err(check.rule));
        }
    }
    (checks, Ok(Approved(command)))
}
