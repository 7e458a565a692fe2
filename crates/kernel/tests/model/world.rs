//! The whole of the model: desk, ledger, wire and broker, and everything that can happen next to them. What the
//! properties look at besides is noted here, and nothing that happens reads it.

use stopline_kernel::table::{Ask, Life, OrderEvent};

use crate::broker::Broker;
use crate::desk::{Desk, Kill, Order, Source};
use crate::scene::{Defect, Scene};
use crate::wire::{Id, Message, SLOTS, Standing, Wire, Word};

#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct World {
    pub(crate) desk: Desk,
    pub(crate) wire: Wire,
    pub(crate) broker: Broker,
    pub(crate) crashes: u8,
    /// How often each order was put on the wire, under whatever id.
    pub(crate) sent: [u8; SLOTS],
    /// How often each was proven never to have arrived.
    pub(crate) proven: [u8; SLOTS],
    pub(crate) killed: bool,
    /// Something that opens was sent after the kill.
    pub(crate) opened_late: bool,
}

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Decide(usize),
    Commit(usize),
    Send(usize),
    /// The door does not send it: its deadline is over, or the kill stands.
    Refuse(usize),
    Silence(usize),
    AskOrder(usize),
    AskAccount,
    Kill,
    Cancel(usize),
    Close(usize),
    EndKill,
    Crash,
    Lose(Message),
    Deliver(Message),
    /// It arrives, and will arrive once more. Executions alone: any other word told twice moves nothing the second
    /// time, which the table's own tests hold.
    DeliverOneOfTwo(Message),
    RefuseOrder(Message),
    Trade(Id),
}

impl World {
    /// A desk that has compared its account with the broker's, before it has done anything.
    pub(crate) fn new() -> World {
        World { desk: Desk { agreed: true, ..Desk::default() }, ..World::default() }
    }

    pub(crate) fn can(&self, scene: &Scene, out: &mut Vec<Action>) {
        for slot in 0..scene.orders() {
            self.can_with(scene, slot, out);
        }
        if !self.wire.asks_account() && self.wire.has_room() && self.desk.fresh.is_none() {
            out.push(Action::AskAccount);
        }
        if scene.kills && self.desk.kill == Kill::No && !self.killed {
            out.push(Action::Kill);
        }
        if self.desk.kill == Kill::Began && self.is_flat_to_us(scene) {
            out.push(Action::EndKill);
        }
        if self.crashes < scene.crashes {
            out.push(Action::Crash);
        }
        self.can_on_the_wire(out);
        self.can_at_the_broker(scene, out);
    }

    fn can_with(&self, scene: &Scene, slot: usize, out: &mut Vec<Action>) {
        let Some(order) = self.desk.orders[slot] else {
            if scene.is_entry(slot) && self.may_open() {
                out.push(Action::Decide(slot));
            }
            if !scene.is_entry(slot) && self.may_close(scene, slot) {
                out.push(Action::Close(slot));
            }
            return;
        };
        // Only an entry can be wanted again, and here once.
        let again = order.absent && order.booked == 0 && order.life.is_terminal() && self.sent[slot] < 2;
        if scene.is_entry(slot) && again && self.may_open() {
            out.push(Action::Decide(slot));
        }
        if !order.durable {
            out.push(Action::Commit(slot));
        }
        if order.at_door {
            out.push(Action::Refuse(slot));
            let bound =
                self.desk.kill == Kill::No || !scene.is_entry(slot) || scene.has(Defect::DoorForgetsKill);
            if bound && self.wire.has_room() {
                out.push(Action::Send(slot));
            }
        }
        if order.life.is_terminal() {
            return;
        }
        if order.life == Life::Submitted || order.ask != Ask::Nothing {
            out.push(Action::Silence(slot));
        }
        if order.life != Life::Draft && !self.wire.asks(slot) && self.wire.has_room() {
            out.push(Action::AskOrder(slot));
        }
        if self.desk.kill == Kill::Began
            && order.ask == Ask::Nothing
            && order.life != Life::Draft
            && self.wire.has_room()
        {
            out.push(Action::Cancel(slot));
        }
    }

    fn can_on_the_wire(&self, out: &mut Vec<Action>) {
        let mut last = None;
        for message in self.wire.all() {
            if last == Some(message) {
                continue;
            }
            last = Some(message);
            out.push(Action::Deliver(message));
            // What nobody waits for is as good as lost while it is on its way: losing it makes room, and no more.
            let waited = !matches!(message, Message::Report { .. } | Message::Cancel { .. });
            if waited || !self.wire.has_room() {
                out.push(Action::Lose(message));
            }
            if matches!(message, Message::Report { what: Word::Traded(_), .. }) {
                out.push(Action::DeliverOneOfTwo(message));
            }
            if matches!(message, Message::Place { .. }) {
                out.push(Action::RefuseOrder(message));
            }
        }
    }

    fn can_at_the_broker(&self, scene: &Scene, out: &mut Vec<Action>) {
        for slot in (0..scene.orders()).filter(|_| self.wire.has_room()) {
            for (held, twin) in self.broker.both(slot).iter().zip([false, true]) {
                if held.state == Standing::Working {
                    out.push(Action::Trade(Id { slot, twin }));
                }
            }
        }
    }

    /// The gate, as far as it is about what is known.
    fn may_open(&self) -> bool {
        let unknown = self.desk.any(|o| o.life == Life::Unknown);
        self.desk.agreed && !unknown && self.desk.kill == Kill::No
    }

    /// A closing order goes out when nothing else of the position can trade.
    fn may_close(&self, scene: &Scene, slot: usize) -> bool {
        let first = (scene.entries..slot).all(|before| self.desk.orders[before].is_some());
        let busy = (0..scene.orders()).any(|other| {
            let closes_twice = scene.has(Defect::ClosesTwice) && !scene.is_entry(other);
            self.desk.is_live(other) && !closes_twice
        });
        self.desk.kill == Kill::Began && first && !busy && self.desk.net(scene) > 0
    }

    fn is_flat_to_us(&self, scene: &Scene) -> bool {
        let over = !self.desk.any(|o| !o.life.is_terminal()) && self.desk.net(scene) == 0;
        over && (self.desk.fresh == Some((0, false)) || scene.has(Defect::FlatFromOwnBook))
    }

    /// What comes of an action.
    pub(crate) fn after(&self, scene: &Scene, action: Action) -> World {
        let mut world = self.clone();
        world.act(scene, action);
        if scene.entries == 2 { world.least() } else { world }
    }

    /// Two entries are alike: of two worlds that differ in nothing but which is which, one is explored.
    fn least(self) -> World {
        let mut other = self.clone();
        other.desk.orders.swap(0, 1);
        other.broker.book.swap(0, 1);
        other.broker.twins.swap(0, 1);
        other.sent.swap(0, 1);
        other.proven.swap(0, 1);
        other.wire = other.wire.swapped(0, 1);
        self.min(other)
    }

    fn act(&mut self, scene: &Scene, action: Action) {
        let World { desk, wire, .. } = self;
        match action {
            Action::Decide(slot) => {
                let at_door = scene.has(Defect::SendsFirst);
                desk.orders[slot] = Some(Order { at_door, ..Order::draft(scene.lots) });
                desk.changed(wire);
            }
            Action::Close(slot) => {
                let lots = u8::try_from(desk.net(scene)).unwrap();
                desk.orders[slot] = Some(Order::draft(lots));
                desk.changed(wire);
            }
            Action::Commit(slot) => {
                if let Some(order) = &mut desk.orders[slot] {
                    order.durable = true;
                    order.at_door |= order.life == Life::Draft;
                }
            }
            Action::Send(slot) => self.send(scene, slot),
            Action::Refuse(slot) => {
                desk.orders[slot].iter_mut().for_each(|o| o.at_door = false);
                desk.tell(slot, OrderEvent::NotSent, Source::Door, wire);
            }
            Action::Silence(slot) => self.silence(scene, slot),
            Action::AskOrder(slot) => {
                let settled = !wire.places(slot);
                wire.put(Message::AskOrder { slot, settled });
            }
            Action::AskAccount => wire.put(Message::AskAccount { young: false }),
            Action::Kill => self.kill(),
            Action::Cancel(slot) => {
                desk.tell(slot, OrderEvent::CancelAsked, Source::Ourselves, wire);
                wire.put(Message::Cancel { slot });
            }
            Action::EndKill => desk.kill = Kill::Ended,
            Action::Crash => {
                self.crashes += 1;
                desk.restart(scene, wire);
            }
            Action::Lose(message) => wire.take(message),
            Action::Deliver(message) => {
                wire.take(message);
                self.arrive(scene, message, false);
            }
            Action::DeliverOneOfTwo(message) => self.arrive(scene, message, false),
            Action::RefuseOrder(message) => {
                wire.take(message);
                self.arrive(scene, message, true);
            }
            Action::Trade(id) => self.broker.trade(id, !scene.is_entry(id.slot), wire),
        }
    }

    fn send(&mut self, scene: &Scene, slot: usize) {
        let Some(order) = &mut self.desk.orders[slot] else { return };
        order.at_door = false;
        let lots = order.lots;
        self.desk.tell(slot, OrderEvent::Sent, Source::Ourselves, &mut self.wire);
        self.put(scene, Id { slot, twin: false }, lots);
    }

    fn put(&mut self, scene: &Scene, id: Id, lots: u8) {
        self.sent[id.slot] += 1;
        self.opened_late |= scene.is_entry(id.slot) && self.killed;
        self.wire.put(Message::Place { id, lots });
    }

    fn silence(&mut self, scene: &Scene, slot: usize) {
        let Some(order) = self.desk.orders[slot] else { return };
        let late = order.life == Life::Submitted;
        let event =
            if late && scene.has(Defect::TimeOutEnds) { OrderEvent::Refused } else { OrderEvent::Silence };
        self.desk.tell(slot, event, Source::Ourselves, &mut self.wire);
        let twin = scene.has(Defect::ResendsUnderNewId);
        if late
            && (twin || scene.has(Defect::ResendsUnderItsId))
            && self.sent[slot] < 2
            && self.wire.has_room()
        {
            self.put(scene, Id { slot, twin }, order.lots);
        }
    }

    /// The halt is durable with the command. What waits to become durable is judged again and given back.
    fn kill(&mut self) {
        (self.desk.kill, self.killed) = (Kill::Began, true);
        for slot in 0..SLOTS {
            if self.desk.orders[slot].is_some_and(|o| !o.durable) {
                self.desk.tell(slot, OrderEvent::NotSent, Source::Door, &mut self.wire);
            }
        }
    }

    fn arrive(&mut self, scene: &Scene, message: Message, refuses: bool) {
        let World { desk, wire, broker, .. } = self;
        match message {
            Message::Place { id, lots } => broker.place(id, lots, refuses, wire),
            Message::Cancel { slot } => broker.cancel(slot, wire),
            Message::AskOrder { .. } | Message::AskAccount { .. } => broker.answer(message, wire),
            Message::Report { slot, what } => desk.report(scene, slot, what, wire),
            Message::Order { slot, held, settled } => {
                let lost = |desk: &Desk| desk.orders[slot].is_some_and(|o| o.absent);
                let before = lost(desk);
                desk.status(scene, slot, held, settled, wire);
                self.proven[slot] += u8::from(!before && lost(&self.desk));
            }
            Message::Account { book, young } => desk.account(scene, book, young, wire),
        }
    }
}
