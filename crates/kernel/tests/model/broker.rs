//! The broker of the model: what it does with a request, and what it may do on its own. It never says what is not so.

use crate::wire::{Held, Id, Message, SLOTS, Standing, Wire, Word};

/// What the broker holds, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Broker {
    pub(crate) book: [Held; SLOTS],
    pub(crate) twins: [Held; SLOTS],
}

impl Broker {
    pub(crate) fn held(&mut self, id: Id) -> &mut Held {
        let book = if id.twin { &mut self.twins } else { &mut self.book };
        &mut book[id.slot]
    }

    pub(crate) fn both(&self, slot: usize) -> [Held; 2] {
        [self.book[slot], self.twins[slot]]
    }

    /// Takes an order in, or refuses it. An id is good for one order for ever.
    pub(crate) fn place(&mut self, id: Id, lots: u8, refuses: bool, wire: &mut Wire) {
        let held = self.held(id);
        let what = if held.state != Standing::Absent {
            Word::Refused
        } else if refuses {
            *held = Held { state: Standing::Refused, lots, traded: 0 };
            Word::Refused
        } else {
            *held = Held { state: Standing::Working, lots, traded: 0 };
            Word::Accepted
        };
        say(id, what, wire);
    }

    pub(crate) fn cancel(&mut self, slot: usize, wire: &mut Wire) {
        let held = &mut self.book[slot];
        let what = if held.state == Standing::Working {
            held.state = Standing::Canceled;
            Word::CancelDone
        } else {
            Word::CancelRefused
        };
        wire.put(Message::Report { slot, what });
    }

    /// One more execution: a lot of an entry, all of what closes.
    pub(crate) fn trade(&mut self, id: Id, closes: bool, wire: &mut Wire) {
        let held = self.held(id);
        let number = held.traded;
        held.traded = if closes { held.lots } else { number + 1 };
        if held.traded == held.lots {
            held.state = Standing::Filled;
        }
        say(id, Word::Traded(number), wire);
    }

    pub(crate) fn answer(&self, question: Message, wire: &mut Wire) {
        wire.put(match question {
            Message::AskOrder { slot, settled } => Message::Order { slot, held: self.book[slot], settled },
            Message::AskAccount { young } => Message::Account { book: self.book, young },
            other => other,
        });
    }

    /// What the account holds, counting every id.
    pub(crate) fn net(&self, entries: usize) -> i16 {
        net(&self.book, entries) + net(&self.twins, entries)
    }

    /// Whether nothing can trade any more.
    pub(crate) fn is_quiet(&self) -> bool {
        self.book.iter().chain(&self.twins).all(|held| held.state != Standing::Working)
    }
}

/// What a list of orders comes to: entries bought, the others sold.
pub(crate) fn net(book: &[Held; SLOTS], entries: usize) -> i16 {
    let signed = |(slot, held): (usize, &Held)| {
        let traded = i16::from(held.traded);
        if slot < entries { traded } else { -traded }
    };
    book.iter().enumerate().map(signed).sum()
}

/// Nobody at the desk knows a twin by its id, so its reports are nobody's.
fn say(id: Id, what: Word, wire: &mut Wire) {
    if !id.twin {
        wire.put(Message::Report { slot: id.slot, what });
    }
}
