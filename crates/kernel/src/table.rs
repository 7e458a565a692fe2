//! The one transition table: where an order is (`Life`), what we have asked for (`Ask`), and what each event makes of
//! both.
//!
//! Every pair is listed. Silence never ends an order: the only ways out of Unknown are the broker's words, the proof of
//! absence, or where neither can be had a person's recorded word. An impossible pair is a value, never a panic. `docs/order-states.md` is printed from these tables.

use core::fmt;

use serde::{Deserialize, Serialize};

/// Where an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Life {
    /// Recorded, not yet handed to the socket.
    Draft,
    /// Handed to the socket; nothing heard.
    Submitted,
    /// The broker has it; the exchange may not.
    Acknowledged,
    /// Held by the broker until its parent fills.
    Suspended,
    /// At the exchange.
    Working,
    /// Everything traded.
    Filled,
    /// Ended by a cancel, with or without fills.
    Canceled,
    /// Refused, or proven never to have arrived.
    Rejected,
    /// Ended by its time in force.
    Expired,
    /// We do not know; it counts as live until there is evidence.
    Unknown,
}

/// What we have asked of the venue and not heard about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Ask {
    /// Nothing is open.
    Nothing,
    /// A cancel is on its way.
    CancelPending,
    /// A replace is on its way.
    ReplacePending,
}

/// What can happen to an order. Fills carry no quantity here: the caller has booked it and says only whether all is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum OrderEvent {
    /// The bytes were handed to the socket.
    Sent,
    /// Our own proof that no byte was handed to the socket.
    NotSent,
    /// The broker has received it.
    Received,
    /// The broker holds it for its parent.
    Held,
    /// The exchange has it on its book (again).
    Accepted,
    /// A part has traded.
    PartFilled,
    /// All of it has traded.
    FullyFilled,
    /// We record that we ask for a cancel.
    CancelAsked,
    /// The broker works on a cancel.
    CancelSeen,
    /// The broker refuses the cancel; the order is as it was.
    CancelRefused,
    /// The order is cancelled, whoever asked.
    CancelDone,
    /// We record that we ask for a replace.
    ReplaceAsked,
    /// The broker refuses the replace; the order is as it was.
    ReplaceRefused,
    /// The replace is done.
    ReplaceDone,
    /// The order is refused.
    Refused,
    /// The order's time is over.
    Elapsed,
    /// A request waited longer than it may, or the connection or this process ended with it open.
    Silence,
    /// The complete history of the account, asked for late enough, does not have it.
    ProvenAbsent,
    /// A person says, with who and why, that it is over; only of an order that nobody can prove anything about.
    Settled,
}

/// What an event makes of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Next {
    /// It moves (or a request is settled).
    To(Life, Ask),
    /// Late or repeated news: nothing changes.
    Stay,
    /// It cannot be; an incident.
    Illegal,
}

impl Life {
    /// All of them, in the table's order.
    pub const ALL: [Life; 10] = [
        Life::Draft,
        Life::Submitted,
        Life::Acknowledged,
        Life::Suspended,
        Life::Working,
        Life::Unknown,
        Life::Filled,
        Life::Canceled,
        Life::Rejected,
        Life::Expired,
    ];

    /// Whether the order has ended, on evidence.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Life::Filled | Life::Canceled | Life::Rejected | Life::Expired)
    }
}

impl Ask {
    /// All of them, in the table's order.
    pub const ALL: [Ask; 3] = [Ask::Nothing, Ask::CancelPending, Ask::ReplacePending];
}

impl OrderEvent {
    /// All of them, in the table's order.
    pub const ALL: [OrderEvent; 19] = [
        OrderEvent::Sent,
        OrderEvent::NotSent,
        OrderEvent::Received,
        OrderEvent::Held,
        OrderEvent::Accepted,
        OrderEvent::PartFilled,
        OrderEvent::FullyFilled,
        OrderEvent::CancelAsked,
        OrderEvent::CancelSeen,
        OrderEvent::CancelRefused,
        OrderEvent::CancelDone,
        OrderEvent::ReplaceAsked,
        OrderEvent::ReplaceRefused,
        OrderEvent::ReplaceDone,
        OrderEvent::Refused,
        OrderEvent::Elapsed,
        OrderEvent::Silence,
        OrderEvent::ProvenAbsent,
        OrderEvent::Settled,
    ];
}

/// A cell of the life table.
#[derive(Clone, Copy)]
enum Cell {
    /// Moves to this life.
    L(Life),
    /// The life stays; what was asked may change.
    K,
    /// Late or repeated: nothing changes at all.
    S,
    /// Cannot be.
    X,
}

/// One row per event, one column per [`Life::ALL`].
#[rustfmt::skip]
const LIFE: [(OrderEvent, [Cell; 10]); 19] = {
    use Cell::{K, L, S, X};
    use Life::{Acknowledged as Ak, Canceled as Ca, Expired as Ex, Filled as Fi, Rejected as Re, Submitted as Su,
        Suspended as Sp, Unknown as Un, Working as Wo};
    use OrderEvent as E;
    [
    //                     Draft  Submit Ackn   Susp   Work   Unkn   Fill   Canc   Reje   Expi
    (E::Sent,            [L(Su),  S,     S,     S,     S,     S,     S,     S,     S,     S    ]),
    // A draft that has become Unknown while it waited for the door is ended by the same proof.
    (E::NotSent,         [L(Re),  X,     X,     X,     X,     L(Re), X,     X,     S,     X    ]),
    (E::Received,        [L(Ak),  L(Ak), S,     S,     S,     L(Ak), S,     S,     S,     S    ]),
    (E::Held,            [L(Sp),  L(Sp), L(Sp), S,     S,     L(Sp), S,     S,     S,     S    ]),
    (E::Accepted,        [L(Wo),  L(Wo), L(Wo), L(Wo), S,     L(Wo), S,     S,     S,     S    ]),
    // A fill on a cancelled or expired order was on its way when the order ended: it is booked, the end stands.
    // A fill on a refused order contradicts the refusal: booked by the caller, and an incident.
    (E::PartFilled,      [L(Wo),  L(Wo), L(Wo), L(Wo), K,     L(Wo), X,     K,     X,     K    ]),
    (E::FullyFilled,     [L(Fi),  L(Fi), L(Fi), L(Fi), L(Fi), L(Fi), S,     L(Fi), X,     L(Fi)]),
    // Nothing is asked of an order that is not out or that has ended; the caller must not try.
    (E::CancelAsked,     [X,      K,     K,     K,     K,     K,     X,     X,     X,     X    ]),
    (E::CancelSeen,      [S,      S,     S,     S,     S,     S,     S,     S,     S,     S    ]),
    (E::CancelRefused,   [S,      K,     K,     K,     K,     K,     S,     S,     S,     S    ]),
    (E::CancelDone,      [L(Ca),  L(Ca), L(Ca), L(Ca), L(Ca), L(Ca), S,     S,     S,     S    ]),
    (E::ReplaceAsked,    [X,      X,     X,     K,     K,     X,     X,     X,     X,     X    ]),
    (E::ReplaceRefused,  [S,      K,     K,     K,     K,     K,     S,     S,     S,     S    ]),
    (E::ReplaceDone,     [X,      K,     K,     K,     K,     L(Wo), S,     S,     S,     S    ]),
    (E::Refused,         [L(Re),  L(Re), L(Re), L(Re), L(Re), L(Re), S,     S,     S,     S    ]),
    (E::Elapsed,         [L(Ex),  L(Ex), L(Ex), L(Ex), L(Ex), L(Ex), S,     S,     S,     S    ]),
    // Silence about an order is Unknown, never an end; silence about a request for an Unknown order ends the request.
    (E::Silence,         [L(Un),  L(Un), L(Un), L(Un), L(Un), K,     S,     S,     S,     S    ]),
    (E::ProvenAbsent,    [X,      X,     X,     X,     X,     L(Re), S,     S,     S,     S    ]),
    // What it has traded stands; whatever it should trade after all is booked like any fill on an ended order.
    (E::Settled,         [X,      X,     X,     X,     X,     L(Ca), S,     S,     S,     S    ]),
    ]
};

/// What an event makes of the open request, for an order that is still live afterwards.
const fn ask_after(ask: Ask, event: OrderEvent) -> Option<Ask> {
    use Ask::{CancelPending, Nothing, ReplacePending};
    match (event, ask) {
        (OrderEvent::CancelAsked, Nothing | ReplacePending) => Some(CancelPending),
        // Asking twice for the same thing is a defect of ours.
        (OrderEvent::CancelAsked, CancelPending) => None,
        (OrderEvent::ReplaceAsked, Nothing) => Some(ReplacePending),
        (OrderEvent::ReplaceAsked, _) => None,
        (OrderEvent::CancelRefused, CancelPending) => Some(Nothing),
        (OrderEvent::ReplaceRefused | OrderEvent::ReplaceDone, ReplacePending) => Some(Nothing),
        // The fate of an open request is unknown too; the order's next evidence settles both.
        (OrderEvent::Silence, _) => Some(Nothing),
        _ => Some(ask),
    }
}

/// What `event` makes of an order at (`life`, `ask`). Total: every pair has its answer.
pub fn next(life: Life, ask: Ask, event: OrderEvent) -> Next {
    let cell = LIFE
        .iter()
        .find(|(e, _)| *e == event)
        .and_then(|(_, row)| Life::ALL.iter().zip(row).find(|(l, _)| **l == life))
        .map_or(Cell::X, |(_, cell)| *cell);
    let life_after = match cell {
        Cell::L(to) => to,
        Cell::K => life,
        Cell::S => return Next::Stay,
        Cell::X => return Next::Illegal,
    };
    if life_after.is_terminal() {
        return settle(life, ask, life_after, Ask::Nothing, event);
    }
    match ask_after(ask, event) {
        Some(ask_after) => settle(life, ask, life_after, ask_after, event),
        None => Next::Illegal,
    }
}

/// A move that changes neither axis is a stay, except that a partial fill always counts as a move.
fn settle(life: Life, ask: Ask, life_after: Life, ask_after: Ask, event: OrderEvent) -> Next {
    let moved = life != life_after || ask != ask_after || event == OrderEvent::PartFilled;
    if moved { Next::To(life_after, ask_after) } else { Next::Stay }
}

/// The ten states of the published journal: a total function of the two axes and whether anything has traded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Published {
    /// Recorded, not sent.
    Draft,
    /// Sent, nothing heard.
    Submitted,
    /// With the broker (or held by it).
    Acknowledged,
    /// On the exchange's book.
    Working,
    /// On the book, partly traded.
    Partial,
    /// Done.
    Filled,
    /// A cancel is open.
    CancelPending,
    /// Ended by a cancel or by its time in force.
    Canceled,
    /// Refused.
    Rejected,
    /// Not known.
    Unknown,
}

impl Published {
    /// The published state of an order.
    pub const fn of(life: Life, ask: Ask, traded: bool) -> Published {
        match (life, ask) {
            (Life::Unknown, _) => Published::Unknown,
            (Life::Filled, _) => Published::Filled,
            (Life::Canceled | Life::Expired, _) => Published::Canceled,
            (Life::Rejected, _) => Published::Rejected,
            (_, Ask::CancelPending) => Published::CancelPending,
            (Life::Draft, _) => Published::Draft,
            (Life::Submitted, _) => Published::Submitted,
            (Life::Acknowledged | Life::Suspended, _) => Published::Acknowledged,
            (Life::Working, _) if traded => Published::Partial,
            (Life::Working, _) => Published::Working,
        }
    }

    /// As it is printed and stored.
    pub const fn word(self) -> &'static str {
        match self {
            Published::Draft => "draft",
            Published::Submitted => "submitted",
            Published::Acknowledged => "acknowledged",
            Published::Working => "working",
            Published::Partial => "partial",
            Published::Filled => "filled",
            Published::CancelPending => "cancel_pending",
            Published::Canceled => "canceled",
            Published::Rejected => "rejected",
            Published::Unknown => "unknown",
        }
    }
}

/// Prints the whole table as Markdown: a row per event, a column per life, one block per ask.
pub fn print(out: &mut dyn fmt::Write) -> fmt::Result {
    for ask in Ask::ALL {
        writeln!(out, "\n## {ask:?}\n")?;
        write!(out, "| event |")?;
        Life::ALL.iter().try_for_each(|life| write!(out, " {life:?} |"))?;
        write!(out, "\n|---|")?;
        Life::ALL.iter().try_for_each(|_| write!(out, "---|"))?;
        for event in OrderEvent::ALL {
            write!(out, "\n| {event:?} |")?;
            for life in Life::ALL {
                match next(life, ask, event) {
                    Next::To(to, asked) if asked == ask => write!(out, " {to:?} |")?,
                    Next::To(to, asked) => write!(out, " {to:?}, {asked:?} |")?,
                    Next::Stay => write!(out, " · |")?,
                    Next::Illegal => write!(out, " ✗ |")?,
                }
            }
        }
        writeln!(out)?;
    }
    Ok(())
}
