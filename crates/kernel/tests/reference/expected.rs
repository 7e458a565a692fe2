//! The short reference: what an order and a position come to, said a second time and in another way. Nothing here calls
//! the kernel's table, its position or its `apply`; the words of the vocabulary are all that is shared.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use stopline_kernel::num::Side;
use stopline_kernel::table::{Ask, Life, Next, OrderEvent};

/// What an event makes of an order, by rule where the kernel has a table.
pub(crate) fn next(life: Life, ask: Ask, event: OrderEvent) -> Next {
    use OrderEvent as E;
    let ended = matches!(life, Life::Filled | Life::Canceled | Life::Rejected | Life::Expired);
    let out = !ended && life != Life::Draft;
    let unknown = life == Life::Unknown;
    match event {
        E::Sent => forward(life, ask, Life::Submitted, unknown),
        E::Received => forward(life, ask, Life::Acknowledged, false),
        E::Held => forward(life, ask, Life::Suspended, false),
        E::Accepted => forward(life, ask, Life::Working, false),
        E::NotSent if life == Life::Draft || unknown => Next::To(Life::Rejected, Ask::Nothing),
        E::NotSent if life == Life::Rejected => Next::Stay,
        E::NotSent => Next::Illegal,
        // A trade of what was refused, or of what has traded in full, cannot be; of what was cancelled it comes late.
        E::PartFilled if matches!(life, Life::Rejected | Life::Filled) => Next::Illegal,
        E::PartFilled if ended => Next::To(life, Ask::Nothing),
        E::PartFilled => Next::To(Life::Working, ask),
        E::FullyFilled if life == Life::Rejected => Next::Illegal,
        E::FullyFilled if life == Life::Filled => Next::Stay,
        E::FullyFilled => Next::To(Life::Filled, Ask::Nothing),
        E::CancelAsked if out && ask != Ask::CancelPending => Next::To(life, Ask::CancelPending),
        E::ReplaceAsked if matches!(life, Life::Suspended | Life::Working) && ask == Ask::Nothing => {
            Next::To(life, Ask::ReplacePending)
        }
        E::CancelAsked | E::ReplaceAsked => Next::Illegal,
        E::CancelSeen => Next::Stay,
        E::CancelRefused if out && ask == Ask::CancelPending => Next::To(life, Ask::Nothing),
        E::ReplaceRefused if out && ask == Ask::ReplacePending => Next::To(life, Ask::Nothing),
        E::CancelRefused | E::ReplaceRefused => Next::Stay,
        E::ReplaceDone if life == Life::Draft => Next::Illegal,
        E::ReplaceDone if unknown => Next::To(Life::Working, answered(ask, Ask::ReplacePending)),
        E::ReplaceDone if out && ask == Ask::ReplacePending => Next::To(life, Ask::Nothing),
        E::ReplaceDone => Next::Stay,
        E::CancelDone | E::Refused | E::Elapsed | E::Silence if ended => Next::Stay,
        E::CancelDone => Next::To(Life::Canceled, Ask::Nothing),
        E::Refused => Next::To(Life::Rejected, Ask::Nothing),
        E::Elapsed => Next::To(Life::Expired, Ask::Nothing),
        E::Silence if unknown && ask == Ask::Nothing => Next::Stay,
        E::Silence => Next::To(Life::Unknown, Ask::Nothing),
        E::ProvenAbsent | E::Settled if ended => Next::Stay,
        E::ProvenAbsent if unknown => Next::To(Life::Rejected, Ask::Nothing),
        E::Settled if unknown => Next::To(Life::Canceled, Ask::Nothing),
        E::ProvenAbsent | E::Settled => Next::Illegal,
    }
}

fn answered(ask: Ask, by: Ask) -> Ask {
    if ask == by { Ask::Nothing } else { ask }
}

/// On the way to the exchange an order only goes forward; what is Unknown is wherever it is said to be.
fn forward(life: Life, ask: Ask, to: Life, behind: bool) -> Next {
    const WAY: [Life; 6] =
        [Life::Unknown, Life::Draft, Life::Submitted, Life::Acknowledged, Life::Suspended, Life::Working];
    let place = |life: Life| WAY.iter().position(|at| *at == life);
    let ahead = place(life).is_some_and(|at| Some(at) < place(to));
    if ahead && !behind { Next::To(to, ask) } else { Next::Stay }
}

/// One execution as it was told first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) order: String,
    pub(crate) side: Side,
    pub(crate) lots: i64,
    pub(crate) price: i64,
}

/// An account by distinct executions, lot by lot.
#[derive(Debug, Default)]
pub(crate) struct Account {
    told: BTreeMap<String, Told>,
    taken_back: BTreeSet<String>,
    /// The price of every lot that is open, oldest first; all are long, or all are short.
    open: VecDeque<i64>,
    long: bool,
    /// Profit of what was closed, in ticks.
    pub(crate) realised: i64,
}

impl Account {
    /// Books what was told, unless its id is known.
    pub(crate) fn tell(&mut self, id: &str, told: Told) {
        if self.taken_back.contains(id) || self.told.contains_key(id) {
            return;
        }
        (0..told.lots).for_each(|_| self.lot(told.side, told.price));
        self.told.insert(id.into(), told);
    }

    /// Takes an execution back: from what is open at its price, the newest first, and else by the trade against it.
    pub(crate) fn take_back(&mut self, id: &str) {
        self.taken_back.insert(id.into());
        let Some(told) = self.told.remove(id) else { return };
        for _ in 0..told.lots {
            let own = self.long == (told.side == Side::Buy);
            match self.open.iter().rposition(|price| *price == told.price).filter(|_| own) {
                Some(at) => drop(self.open.remove(at)),
                None => self.lot(told.side.opposite(), told.price),
            }
        }
    }

    fn lot(&mut self, side: Side, price: i64) {
        let long = side == Side::Buy;
        if self.open.is_empty() || self.long == long {
            self.long = long;
            self.open.push_back(price);
        } else if let Some(oldest) = self.open.pop_front() {
            self.realised += if long { oldest - price } else { price - oldest };
        }
    }

    /// Signed lots.
    pub(crate) fn net(&self) -> i64 {
        let lots = i64::try_from(self.open.len()).unwrap();
        if self.long { lots } else { -lots }
    }

    /// The average of what is open, rounded toward zero.
    pub(crate) fn average(&self) -> Option<i64> {
        let lots = i64::try_from(self.open.len()).unwrap();
        self.open.iter().sum::<i64>().checked_div(lots)
    }

    /// Lots of one order, or of all.
    pub(crate) fn traded(&self, order: Option<&str>) -> i64 {
        self.told.values().filter(|told| order.is_none_or(|order| told.order == order)).map(|t| t.lots).sum()
    }
}
