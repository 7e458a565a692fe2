//! What is on its way between desk and broker. Worse than any connection: it loses and reorders single
//! messages, repeats executions, and holds no more than [`IN_FLIGHT`] of them.

/// How many messages can be on their way.
pub(crate) const IN_FLIGHT: usize = 3;

/// How many orders a scene can have.
pub(crate) const SLOTS: usize = 3;

/// An order's id at the broker. The twin is the id that only a desk which sends again under a new one would give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id {
    pub(crate) slot: usize,
    pub(crate) twin: bool,
}

/// One message. What the kernel finds out by comparing moments is a flag here, kept true by [`Wire`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Message {
    Place {
        id: Id,
        lots: u8,
    },
    Cancel {
        slot: usize,
    },
    /// `settled`: asked for past the settling time of the last word about this order.
    AskOrder {
        slot: usize,
        settled: bool,
    },
    /// `young`: asked for before something changed at the desk.
    AskAccount {
        young: bool,
    },
    Report {
        slot: usize,
        what: Word,
    },
    Order {
        slot: usize,
        held: Held,
        settled: bool,
    },
    Account {
        book: [Held; SLOTS],
        young: bool,
    },
}

/// The broker's word on one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Word {
    Accepted,
    /// The execution of this number.
    Traded(u8),
    CancelDone,
    CancelRefused,
    Refused,
}

/// An order as the broker holds it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Held {
    pub(crate) state: Standing,
    pub(crate) lots: u8,
    pub(crate) traded: u8,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Standing {
    #[default]
    Absent,
    Working,
    Filled,
    Canceled,
    Refused,
}

impl Message {
    pub(crate) const fn is_for_desk(self) -> bool {
        matches!(self, Message::Report { .. } | Message::Order { .. } | Message::Account { .. })
    }
}

/// The messages on their way, as a bag: sorted, because their order means nothing, and in place, because a model is
/// copied millions of times.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Wire([Option<Message>; IN_FLIGHT]);

impl Wire {
    pub(crate) fn all(&self) -> impl Iterator<Item = Message> {
        self.0.iter().copied().flatten()
    }

    pub(crate) fn has_room(&self) -> bool {
        self.0.contains(&None)
    }

    pub(crate) fn put(&mut self, message: Message) {
        let room = self.0.iter_mut().find(|place| place.is_none());
        *room.unwrap() = Some(message);
        self.0.sort_unstable();
    }

    pub(crate) fn take(&mut self, message: Message) {
        let mut places = self.0.iter_mut();
        *places.find(|place| **place == Some(message)).unwrap() = None;
        self.0.sort_unstable();
    }

    /// Whether an order could still arrive at the broker.
    pub(crate) fn places(&self, slot: usize) -> bool {
        self.all().any(|m| matches!(m, Message::Place { id, .. } if id.slot == slot))
    }

    /// Whether a question for an order, or its answer, is on its way.
    pub(crate) fn asks(&self, order: usize) -> bool {
        let about =
            |m| matches!(m, Message::AskOrder { slot, .. } | Message::Order { slot, .. } if slot == order);
        self.all().any(about)
    }

    /// Whether a question for the account, or its answer, is on its way.
    pub(crate) fn asks_account(&self) -> bool {
        self.all().any(|m| matches!(m, Message::AskAccount { .. } | Message::Account { .. }))
    }

    /// The desk's connection is gone: what was on its way to it is lost. What left may still arrive.
    pub(crate) fn cut(&mut self) {
        self.each(|place| *place = place.filter(|m| !m.is_for_desk()));
    }

    /// Something changed at the desk: every account that was asked for before is older than that.
    pub(crate) fn age_accounts(&mut self) {
        self.each(|place| {
            if let Some(Message::AskAccount { young } | Message::Account { young, .. }) = place {
                *young = true;
            }
        });
    }

    /// The settling time of an order begins anew: no answer that was asked for before proves its absence.
    pub(crate) fn unsettle(&mut self, order: usize) {
        self.each(|place| match place {
            Some(Message::AskOrder { slot, settled } | Message::Order { slot, settled, .. })
                if *slot == order =>
            {
                *settled = false;
            }
            _ => {}
        });
    }

    /// The same with two orders in each other's place.
    pub(crate) fn swapped(&self, a: usize, b: usize) -> Wire {
        let mut swapped = self.clone();
        swapped.each(|place| match place {
            Some(
                Message::Place { id: Id { slot, .. }, .. }
                | Message::Cancel { slot }
                | Message::AskOrder { slot, .. }
                | Message::Report { slot, .. }
                | Message::Order { slot, .. },
            ) => {
                *slot = if *slot == a {
                    b
                } else if *slot == b {
                    a
                } else {
                    *slot
                }
            }
            Some(Message::Account { book, .. }) => book.swap(a, b),
            Some(Message::AskAccount { .. }) | None => {}
        });
        swapped
    }

    fn each(&mut self, change: impl FnMut(&mut Option<Message>)) {
        self.0.iter_mut().for_each(change);
        self.0.sort_unstable();
    }
}
