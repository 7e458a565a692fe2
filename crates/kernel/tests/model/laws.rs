//! The properties, each against the truth at the broker and on the wire, which the desk cannot see. No law looks at
//! which event moved an order: a desk is judged by what is so.

use stateright::{Model, Property};
use stopline_kernel::table::Life;

use crate::desk::{Kill, Order};
use crate::scene::Scene;
use crate::wire::{Id, Message, Standing};
use crate::world::{Action, World};

pub(crate) const RECORDED: &str = "nothing is sent before it is recorded";
pub(crate) const ONCE: &str = "nothing is sent twice but on the proof that it never arrived";
pub(crate) const ONE_LIVE: &str = "a decision has at most one order that trades";
pub(crate) const EVIDENCE: &str = "no order is called ended that can still trade";
pub(crate) const UNKNOWN: &str = "Unknown is left on evidence alone";
pub(crate) const NO_TURN: &str = "what closes never turns the position";
pub(crate) const FLAT: &str = "a kill ends flat at the broker";
pub(crate) const KILLED: &str = "nothing opens after a kill";
pub(crate) const POSSIBLE: &str = "an honest broker never leads to what the table calls impossible";
pub(crate) const LAWS: [&str; 9] =
    [RECORDED, ONCE, ONE_LIVE, EVIDENCE, UNKNOWN, NO_TURN, FLAT, KILLED, POSSIBLE];

impl Model for Scene {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World::new()]
    }

    fn actions(&self, world: &World, out: &mut Vec<Action>) {
        world.can(self, out);
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        Some(world.after(self, action))
    }

    fn properties(&self) -> Vec<Property<Scene>> {
        let mut all = laws();
        if self.defect.is_none() {
            all.extend(reached());
            all.extend(reached_by_kill().into_iter().filter(|_| self.kills));
            all.extend(reached_by_crash().into_iter().filter(|_| self.crashes > 0));
        }
        all
    }
}

fn laws() -> Vec<Property<Scene>> {
    vec![
        Property::<Scene>::always(RECORDED, |_, w| {
            each(w, |id, order| !is_out(w, id) || order.is_some_and(|o| o.durable))
        }),
        Property::<Scene>::always(ONCE, |_, w| {
            w.sent.iter().zip(w.proven).all(|(sent, proven)| *sent <= 1 + proven)
        }),
        Property::<Scene>::always(ONE_LIVE, |scene, w| {
            (0..scene.orders())
                .all(|slot| w.broker.both(slot).iter().filter(|h| trades(h.state)).count() <= 1)
        }),
        Property::<Scene>::always(EVIDENCE, |_, w| {
            each(w, |id, order| !order.is_some_and(|o| o.life.is_terminal()) || !may_trade(w, id))
        }),
        Property::<Scene>::always(UNKNOWN, |_, w| !w.desk.guessed),
        Property::<Scene>::always(NO_TURN, |scene, w| w.broker.net(scene.entries) >= 0),
        Property::<Scene>::always(FLAT, |scene, w| {
            let flat = w.broker.net(scene.entries) == 0 && w.broker.is_quiet();
            w.desk.kill != Kill::Ended || (flat && (0..scene.orders()).all(|slot| !w.wire.places(slot)))
        }),
        Property::<Scene>::always(KILLED, |_, w| !w.opened_late),
        Property::<Scene>::always(POSSIBLE, |_, w| !w.desk.impossible),
    ]
}

/// Laws that nothing could break hold of a desk that does nothing: these say what it does.
fn reached() -> Vec<Property<Scene>> {
    vec![
        Property::<Scene>::sometimes("an order is Unknown and works", |_, w| {
            each_once(w, |id, o| o.life == Life::Unknown && held(w, id) == Standing::Working)
        }),
        Property::<Scene>::sometimes("what was Unknown is proven absent and sent again", |_, w| {
            w.sent.iter().zip(w.proven).any(|(sent, proven)| *sent == 2 && proven == 1)
        }),
    ]
}

fn reached_by_kill() -> Vec<Property<Scene>> {
    vec![Property::<Scene>::sometimes("a kill closes a position and ends", |scene, w| {
        w.desk.kill == Kill::Ended && w.broker.book[scene.entries].state == Standing::Filled
    })]
}

fn reached_by_crash() -> Vec<Property<Scene>> {
    vec![Property::<Scene>::sometimes(
        "a crash finds an order at the broker that was a draft here",
        |_, w| {
            w.crashes > 0 && each_once(w, |id, o| o.life == Life::Unknown && held(w, id) == Standing::Filled)
        },
    )]
}

fn each(w: &World, holds: impl Fn(Id, Option<Order>) -> bool) -> bool {
    w.desk.orders.iter().enumerate().all(|(slot, order)| holds(Id { slot, twin: false }, *order))
}

fn each_once(w: &World, is: impl Fn(Id, &Order) -> bool) -> bool {
    let mut orders = w.desk.orders.iter().enumerate();
    orders.any(|(slot, order)| order.as_ref().is_some_and(|order| is(Id { slot, twin: false }, order)))
}

fn held(w: &World, id: Id) -> Standing {
    w.broker.both(id.slot)[usize::from(id.twin)].state
}

const fn trades(state: Standing) -> bool {
    matches!(state, Standing::Working | Standing::Filled)
}

/// Whether a byte of it has left: it is on its way, or the broker has it.
fn is_out(w: &World, id: Id) -> bool {
    w.wire.places(id.slot) || held(w, id) != Standing::Absent
}

fn may_trade(w: &World, id: Id) -> bool {
    let new = held(w, id) == Standing::Absent;
    let coming = w.wire.all().any(|m| matches!(m, Message::Place { id: placed, .. } if placed == id));
    held(w, id) == Standing::Working || (new && coming)
}
