//! A lane: one account's whole life as a value. Inputs in, steps out; runtime, replay and simulator only drive it.
//!
//! A lane is no thread, knows no clock and reaches nothing. Bots seated in it decide within the same turn.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::borrow::Borrow;

use crate::book::Book;
use crate::commit::Step;
use crate::effect::{Effect, OrderCommand, Ordered};
use crate::id::BotId;
use crate::input::{Event, Input, NotSent};
use crate::intent::Leg;
use crate::ledgered::{Broken, Ledgered};
use crate::limits::LaneConfig;
use crate::num::{Lots, Side};
use crate::risk::{Approved, Proposal, still_allowed, still_closes};
use crate::step::{Work, give_back, step};
use crate::time::{ExchangeTime, Stamp};
use crate::view::{Decide, Status};

/// How many wishes the seated bots have in one turn. A bot that answers every denial with another wish would never let
/// the turn end; it is put out instead, and what it wants besides is not heard.
const WISHES_PER_TURN: usize = 256;

/// What comes of a turn, while it goes on.
#[derive(Default)]
struct Turn {
    steps: Vec<Step>,
    last: Option<Stamp>,
    wishes: usize,
}

/// One account's lane.
pub struct Lane {
    book: Book,
    inputs: u64,
    /// What the seated bots wish within a turn; empty between turns.
    wishes: VecDeque<Input>,
    /// A step that nothing came of, for its room.
    spare: Step,
    seats: BTreeMap<BotId, Box<dyn Decide + Send>>,
}

impl Lane {
    /// A lane over what the ledger remembers. The first input must be [`Event::Start`].
    pub fn new(ledgered: Ledgered, config: LaneConfig) -> Lane {
        Lane {
            book: Book::new(ledgered, config),
            inputs: 0,
            wishes: VecDeque::new(),
            spare: Step::default(),
            seats: BTreeMap::new(),
        }
    }

    /// Seats a bot in the lane itself; it still needs [`Event::BotUp`] to be let in.
    pub fn seat(&mut self, bot: BotId, decider: Box<dyn Decide + Send>) {
        self.seats.insert(bot, decider);
    }

    /// Takes a batch of inputs, in order. What trades is judged again at the end of the batch, so that an order approved
    /// before a halt in the same batch does not go out, nor one that closes what a later input of it says is closed.
    ///
    /// # Errors
    ///
    /// [`Broken`]: memory can no longer be trusted, and the process must end.
    pub fn turn<I: Borrow<Input>>(
        &mut self,
        inputs: impl IntoIterator<Item = I>,
    ) -> Result<Vec<Step>, Broken> {
        let mut turn = Turn::default();
        for input in inputs {
            self.take(input.borrow(), &mut turn)?;
            while let Some(wish) = self.wishes.pop_front() {
                self.take(&wish, &mut turn)?;
            }
        }
        let Turn { mut steps, last, .. } = turn;
        if let Some(at) = last {
            let refused = self.gate_again(&mut steps, at)?;
            steps.extend(refused);
        }
        Ok(steps)
    }

    /// Steps one input; what the seated bots wish in answer comes before anything else.
    fn take(&mut self, input: &Input, turn: &mut Turn) -> Result<(), Broken> {
        self.inputs = self.inputs.saturating_add(1);
        turn.last = Some(input.at);
        let room = core::mem::take(&mut self.spare);
        let mut step = step(&mut self.book, self.inputs, input, room)?;
        let decided = self.ask_seated(&mut step, input.at);
        let before = turn.wishes;
        turn.wishes = turn.wishes.saturating_add(decided.len());
        if turn.wishes <= WISHES_PER_TURN {
            decided.into_iter().rev().for_each(|wish| self.wishes.push_front(wish));
        } else if before <= WISHES_PER_TURN {
            decided.first().and_then(flooded).into_iter().for_each(|wish| self.wishes.push_front(wish));
        }
        if step.is_empty() {
            self.spare = step;
        } else {
            turn.steps.push(step);
        }
        Ok(())
    }

    /// Everything known, for whoever looks.
    pub const fn book(&self) -> &Book {
        &self.book
    }

    /// The lane at a glance.
    pub fn status(&self, at: Stamp) -> Status {
        crate::step::status(&self.book, at)
    }

    /// Takes the events of seated bots out of a step and gives their wishes as inputs of the same moment.
    fn ask_seated(&mut self, step: &mut Step, at: Stamp) -> Vec<Input> {
        let mut wishes = Vec::new();
        if self.seats.is_empty() {
            return wishes;
        }
        step.effects.retain(|effect| {
            let Effect::Bot(bot, event) = effect else { return true };
            let Some(seat) = self.seats.get_mut(bot) else { return true };
            let decided = seat.on(event).into_iter();
            wishes.extend(decided.map(|intent| Input { at, event: Event::Intent { bot: *bot, intent } }));
            false
        });
        wishes
    }

    fn gate_again(&mut self, steps: &mut [Step], at: Stamp) -> Result<Option<Step>, Broken> {
        if steps.is_empty() {
            return Ok(None);
        }
        let mut refused = Vec::new();
        for step in steps {
            step.effects.retain(|effect| {
                let Effect::Order(approved) = effect else { return true };
                let why = self.held_back(approved, at);
                refused.extend(why.map(|why| (approved.get().clone(), why)));
                why.is_none()
            });
        }
        if refused.is_empty() {
            return Ok(None);
        }
        let mut work = Work::new(&mut self.book, self.inputs, at, Step::default());
        for (command, why) in &refused {
            give_back(&mut work, command, *why)?;
        }
        Ok(Some(work.finish()))
    }

    /// Why an approved command does not go out after all.
    fn held_back(&self, approved: &Approved<OrderCommand>, at: Stamp) -> Option<NotSent> {
        match &approved.get().what {
            _ if approved.get().opens => {
                (!mutant!(NotGatedAgain) && !self.may_still_open(approved, at)).then_some(NotSent::Halted)
            }
            Ordered::Place(list) => {
                let order = self.book.ledgered.order(list.first.cl_ord_id);
                let closing = order.filter(|order| order.spec.leg == Leg::Flatten);
                closing.is_some_and(|order| !still_closes(&self.book, order)).then_some(NotSent::Overtaken)
            }
            Ordered::Replace { .. } | Ordered::Cancel { .. } | Ordered::CancelStray { .. } => None,
        }
    }

    fn may_still_open(&self, approved: &Approved<OrderCommand>, at: Stamp) -> bool {
        let id = match &approved.get().what {
            Ordered::Place(list) => list.first.cl_ord_id,
            Ordered::Replace { order, .. } | Ordered::Cancel { order, .. } => *order,
            // What only cancels is never asked this.
            Ordered::CancelStray { .. } => return false,
        };
        let Some(order) = self.book.ledgered.order(id) else { return false };
        let proposal = Proposal {
            book: &self.book,
            at,
            bot: order.bot(),
            symbol: order.spec.symbol,
            side: Side::Buy,
            lots: order.spec.lots,
            opens: true,
            adds: Lots::ZERO,
            reference: None,
            prices: [None; 3],
            stop: None,
            target: None,
            derived: ExchangeTime(0),
            repeated: false,
        };
        still_allowed(&proposal).is_ok()
    }
}

/// The bot of a wish too many is put out.
fn flooded(wish: &Input) -> Option<Input> {
    let Event::Intent { bot, .. } = wish.event else { return None };
    Some(Input { at: wish.at, event: Event::BotDown { bot, why: "flooded".into() } })
}
