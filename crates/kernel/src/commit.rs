//! From decided to durable: the only maker of [`Durable`], and the trait every log implements.
//!
//! No effect leaves a [`Step`] except through [`commit`], and commit gives none before the log has synced. If the log
//! fails, memory is ahead of the ledger: the caller must end the process, never go on.

use alloc::vec::Vec;

use crate::effect::{Effect, OrderCommand, Query, Reply};
use crate::id::BotId;
use crate::record::Entry;
use crate::risk::Approved;
use crate::view::Status;

/// What one input led to: records to keep and effects to let out after they are kept.
///
/// The effects cannot be taken out:
///
/// ```compile_fail,E0616
/// fn cheat(step: stopline_kernel::commit::Step) -> Vec<stopline_kernel::effect::Effect> {
///     step.effects
/// }
/// ```
///
/// The same without the cheat compiles, so that it is the cheat which does not:
///
/// ```
/// fn honest(step: stopline_kernel::commit::Step) -> Vec<stopline_kernel::record::Entry> {
///     step.entries().to_vec()
/// }
/// ```
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Step {
    pub(crate) entries: Vec<Entry>,
    pub(crate) effects: Vec<Effect>,
}

impl Step {
    /// The records of this step, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether nothing came of the input.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.effects.is_empty()
    }

    /// Whether it lets out an order command, so that the log must be quick.
    pub fn orders(&self) -> bool {
        self.effects.iter().any(|e| matches!(e, Effect::Order(_)))
    }
}

/// Where records become durable. The list of implementations is closed; the tidy check holds it.
pub trait Log {
    /// Why records could not be kept.
    type Error;

    /// Takes records, in order; they need not be durable yet.
    fn append(&mut self, entries: &[Entry]) -> Result<(), Self::Error>;

    /// Returns only when every record taken is durable.
    fn sync(&mut self) -> Result<(), Self::Error>;
}

/// Proof that the records belonging to a value are durable. Only [`commit`] makes one.
///
/// It cannot be forged:
///
/// ```compile_fail,E0423
/// let forged = stopline_kernel::commit::Durable(());
/// ```
///
/// The same without the cheat compiles:
///
/// ```
/// let absent: Option<stopline_kernel::commit::Durable<()>> = None;
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Durable<T>(T);

/// Effects of one commit, durable.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Committed {
    entries: Vec<Entry>,
    effects: Vec<Effect>,
}

/// One effect that may now happen.
#[derive(Debug, PartialEq, Eq)]
pub enum Released {
    /// Hand this to the venue session.
    Order(Durable<Approved<OrderCommand>>),
    /// Ask the venue.
    Query(Query),
    /// Tell a bot.
    Bot(BotId, crate::effect::BotEvent),
    /// Answer a person.
    Reply(Reply),
    /// Show the status.
    Publish(alloc::boxed::Box<Status>),
    /// An orderly stop is complete.
    Stopped,
}

/// Appends the records of all steps and syncs once; only then gives the effects. Steps without records cost no sync.
///
/// A step cannot be executed without it:
///
/// ```compile_fail,E0308
/// use stopline_kernel::commit::{Durable, Step};
/// use stopline_kernel::{effect::OrderCommand, risk::Approved};
/// fn door(_: Durable<Approved<OrderCommand>>) {}
/// fn cheat(step: Step) {
///     door(step)
/// }
/// ```
///
/// The same without the cheat compiles:
///
/// ```
/// use stopline_kernel::commit::{Durable, Step};
/// use stopline_kernel::{effect::OrderCommand, risk::Approved};
/// fn door(_: Durable<Approved<OrderCommand>>) {}
/// fn honest(_: Step, proof: Durable<Approved<OrderCommand>>) {
///     door(proof)
/// }
/// ```
pub fn commit<L: Log>(log: &mut L, steps: Vec<Step>) -> Result<Durable<Committed>, L::Error> {
    let mut all = Committed::default();
    for step in steps {
        all.entries.extend(step.entries);
        all.effects.extend(step.effects);
    }
    if !all.entries.is_empty() {
        log.append(&all.entries)?;
        log.sync()?;
    }
    Ok(Durable(all))
}

/// The defect that INV-01 exists to catch: effects before records. Compiled for the tests that prove it is caught.
#[cfg(feature = "mutants")]
pub fn release_before_commit(steps: Vec<Step>) -> (Vec<Entry>, Durable<Committed>) {
    let mut all = Committed::default();
    for step in steps {
        all.entries.extend(step.entries);
        all.effects.extend(step.effects);
    }
    (all.entries.clone(), Durable(all))
}

impl Durable<Committed> {
    /// The records that are now durable, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.0.entries
    }

    /// The effects that may now happen, in order.
    pub fn release(self) -> impl Iterator<Item = Released> {
        self.0.effects.into_iter().map(|effect| match effect {
            Effect::Order(command) => Released::Order(Durable(command)),
            Effect::Query(query) => Released::Query(query),
            Effect::Bot(bot, event) => Released::Bot(bot, event),
            Effect::Reply(reply) => Released::Reply(reply),
            Effect::Publish(status) => Released::Publish(status),
            Effect::Stopped => Released::Stopped,
        })
    }
}

impl Durable<Approved<OrderCommand>> {
    /// What is to be sent.
    pub const fn command(&self) -> &OrderCommand {
        self.0.get()
    }
}
