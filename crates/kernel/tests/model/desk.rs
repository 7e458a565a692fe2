//! The desk of the model: the kernel's order table and truth table, and around them the little that the lane does with
//! an order. It never moves an order but by the kernel's own [`next`].

use stopline_kernel::reconcile::{Ours, Theirs, Verdict, verdict};
use stopline_kernel::table::{Ask, Life, Next, OrderEvent, next};

use crate::broker::net;
use crate::scene::{Defect, Scene};
use crate::wire::{Held, SLOTS, Standing, Wire, Word};

/// An order as the desk holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Order {
    pub(crate) life: Life,
    pub(crate) ask: Ask,
    pub(crate) lots: u8,
    /// The executions that are booked, a bit for each.
    pub(crate) booked: u8,
    /// Ended by the proof that it never arrived.
    pub(crate) absent: bool,
    /// Waits at the door, which sends it or refuses it.
    pub(crate) at_door: bool,
    /// Its record is in the ledger; what is not there dies with the process.
    pub(crate) durable: bool,
}

/// How far the kill has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kill {
    #[default]
    No,
    Began,
    Ended,
}

/// Who says what moves an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Broker,
    /// Our own proof that no byte of it left.
    Door,
    Ourselves,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Desk {
    pub(crate) orders: [Option<Order>; SLOTS],
    pub(crate) kill: Kill,
    /// The account was compared with the broker's in the life of this process.
    pub(crate) agreed: bool,
    /// What the newest account says, if it was asked for after our last change: net lots, and whether anything works.
    pub(crate) fresh: Option<(i16, bool)>,
    /// An order left Unknown by nobody's word.
    pub(crate) guessed: bool,
    /// The kernel's table called something impossible.
    pub(crate) impossible: bool,
}

impl Order {
    pub(crate) const fn draft(lots: u8) -> Order {
        let (life, ask) = (Life::Draft, Ask::Nothing);
        Order { life, ask, lots, booked: 0, absent: false, at_door: false, durable: false }
    }
}

impl Desk {
    pub(crate) fn is_live(&self, slot: usize) -> bool {
        self.orders[slot].is_some_and(|o| !o.life.is_terminal())
    }

    pub(crate) fn any(&self, is: impl Fn(&Order) -> bool) -> bool {
        self.orders.iter().flatten().any(is)
    }

    /// Moves an order as the kernel's table says.
    pub(crate) fn tell(&mut self, slot: usize, event: OrderEvent, by: Source, wire: &mut Wire) {
        let Some(order) = &mut self.orders[slot] else { return };
        let was = order.life;
        match next(order.life, order.ask, event) {
            Next::To(life, ask) => (order.life, order.ask) = (life, ask),
            Next::Stay => return,
            Next::Illegal => {
                self.impossible = true;
                return;
            }
        }
        order.absent |= event == OrderEvent::ProvenAbsent;
        let left = was == Life::Unknown && order.life != Life::Unknown;
        self.guessed |= left && by == Source::Ourselves;
        if matches!(event, OrderEvent::Sent | OrderEvent::Silence) {
            wire.unsettle(slot);
        }
        self.changed(wire);
    }

    pub(crate) fn changed(&mut self, wire: &mut Wire) {
        self.fresh = None;
        wire.age_accounts();
    }

    /// A report over the present connection.
    pub(crate) fn report(&mut self, scene: &Scene, slot: usize, what: Word, wire: &mut Wire) {
        let event = match what {
            Word::Traded(number) => return self.book(scene, slot, number, wire),
            Word::Accepted => OrderEvent::Accepted,
            Word::CancelDone => OrderEvent::CancelDone,
            Word::CancelRefused => OrderEvent::CancelRefused,
            Word::Refused => OrderEvent::Refused,
        };
        self.tell(slot, event, Source::Broker, wire);
    }

    /// Books an execution, once, and moves its order.
    fn book(&mut self, scene: &Scene, slot: usize, number: u8, wire: &mut Wire) {
        let Some(order) = &mut self.orders[slot] else { return };
        if order.booked & (1 << number) != 0 {
            return;
        }
        order.booked |= 1 << number;
        let all = !scene.is_entry(slot) || order.booked.count_ones() == u32::from(order.lots);
        let event = if all { OrderEvent::FullyFilled } else { OrderEvent::PartFilled };
        self.changed(wire);
        self.tell(slot, event, Source::Broker, wire);
    }

    fn book_all(&mut self, scene: &Scene, slot: usize, held: Held, wire: &mut Wire) {
        let executions = if scene.is_entry(slot) { held.traded } else { held.traded.min(1) };
        (0..executions).for_each(|number| self.book(scene, slot, number, wire));
    }

    /// The answer to a question for one order: its absence proves something only past the settling time.
    pub(crate) fn status(&mut self, scene: &Scene, slot: usize, held: Held, settled: bool, wire: &mut Wire) {
        let Some(order) = self.orders[slot] else { return };
        self.book_all(scene, slot, held, wire);
        let event = match held.state {
            Standing::Working => OrderEvent::Accepted,
            Standing::Canceled => OrderEvent::CancelDone,
            Standing::Refused => OrderEvent::Refused,
            Standing::Filled => return,
            Standing::Absent => {
                let settled = settled || scene.has(Defect::SettlingIgnored);
                if !settled || order.life.is_terminal() || order.life == Life::Draft {
                    return;
                }
                let proven = order.life == Life::Unknown && order.booked == 0;
                if proven { OrderEvent::ProvenAbsent } else { OrderEvent::Silence }
            }
        };
        self.tell(slot, event, Source::Broker, wire);
    }

    /// The whole account: executions first, then the truth table, then the sums.
    pub(crate) fn account(&mut self, scene: &Scene, book: [Held; SLOTS], young: bool, wire: &mut Wire) {
        let before = self.orders;
        (0..SLOTS).for_each(|slot| self.book_all(scene, slot, book[slot], wire));
        for (slot, held) in book.iter().enumerate() {
            let Some(order) = self.orders[slot] else { continue };
            let ours = Ours::of(order.life);
            let listed = held.state == Standing::Working;
            let theirs = if listed { Theirs::Working } else { Theirs::Absent };
            match verdict(ours, theirs, young) {
                Verdict::Adopt if young && ours == Ours::Live => {}
                Verdict::Adopt => self.tell(slot, OrderEvent::Accepted, Source::Broker, wire),
                // The question itself can be asked at any moment here.
                Verdict::Ask if !listed && scene.has(Defect::AbsenceIsCancelled) => {
                    self.tell(slot, OrderEvent::CancelDone, Source::Broker, wire);
                }
                Verdict::Ask | Verdict::Nothing | Verdict::RolledBack | Verdict::Foreign => {}
            }
        }
        let theirs = net(&book, scene.entries);
        if !young && theirs == self.net(scene) {
            self.agreed = true;
        }
        if !young && before == self.orders {
            self.fresh = Some((theirs, book.iter().any(|held| held.state == Standing::Working)));
        }
    }

    /// The position by our own book: distinct executions, and nothing else.
    pub(crate) fn net(&self, scene: &Scene) -> i16 {
        let signed = |(slot, order): (usize, &Option<Order>)| {
            let Some(order) = order else { return 0 };
            let executions = i16::try_from(order.booked.count_ones()).unwrap();
            if scene.is_entry(slot) { executions } else { -executions * i16::from(order.lots) }
        };
        self.orders.iter().enumerate().map(signed).sum()
    }

    /// The process dies and the next one begins with what is durable: whatever was on its way is Unknown.
    pub(crate) fn restart(&mut self, scene: &Scene, wire: &mut Wire) {
        wire.cut();
        (self.agreed, self.fresh) = (false, None);
        if scene.has(Defect::KillForgotten) {
            self.kill = Kill::No;
        }
        for slot in 0..SLOTS {
            self.orders[slot] = self.orders[slot].filter(|o| o.durable);
            let Some(order) = &mut self.orders[slot] else { continue };
            order.at_door = false;
            if matches!(order.life, Life::Draft | Life::Submitted) || order.ask != Ask::Nothing {
                self.tell(slot, OrderEvent::Silence, Source::Ourselves, wire);
            }
            if scene.has(Defect::RestartEndsUnknown)
                && self.orders[slot].is_some_and(|o| o.life == Life::Unknown)
            {
                self.tell(slot, OrderEvent::CancelDone, Source::Ourselves, wire);
            }
        }
    }
}
