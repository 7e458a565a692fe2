//! A bot that wants things at random: entries of every kind, exits, cancels, changes, and wishes no gate should grant.
//!
//! What it wants follows from the seed and the bar alone, so that the same bar after a restart makes the same wish.

use stopline_kernel::bar::Bar;
use stopline_kernel::effect::BotEvent;
use stopline_kernel::intent::{Entry, Intent, Wish};
use stopline_kernel::num::{Bps, Lots, Side, Ticks};
use stopline_kernel::view::{Decide, View};

use crate::choice::{Choices, Domain};

/// The bot of one run.
#[derive(Debug)]
pub(crate) struct Fickle {
    seed: u64,
    /// Whether it wants something at its fills too.
    busy: bool,
    /// The bar it has seen last, and how many wishes it has had since.
    last: Option<Bar>,
    wishes: u32,
}

impl Fickle {
    /// The bot of `seed`.
    pub(crate) const fn new(seed: u64, busy: bool) -> Fickle {
        Fickle { seed, busy, last: None, wishes: 0 }
    }

    /// What the next wish is drawn from: the same for the same wish after the same bar.
    fn choices(&self, bar: &Bar) -> Choices {
        let seed = self.seed ^ u64::from_le_bytes(bar.open_time.0.to_le_bytes());
        Choices::new(seed ^ (u64::from(self.wishes) << 40), Domain::Bot)
    }

    fn wish(&self, bar: &Bar, view: &View) -> Option<Wish> {
        let mut choices = self.choices(bar);
        match choices.below(10) {
            0..=4 if view.position.is_zero() => Some(Wish::Enter(entry(&mut choices, bar))),
            5 => Some(Wish::Exit),
            6 => view.orders.first().map(|o| Wish::Cancel { order: o.cl_ord_id }),
            7 | 8 => modify(&mut choices, view),
            9 => Some(Wish::Hold),
            _ => None,
        }
    }

    /// A wish at a fill: mostly a change of what works, while more of it may be trading. A process that started within the
    /// bar counts from its beginning, and so may want another thing under a name it has used: the gate must say no.
    fn wish_at_fill(&self, bar: &Bar, view: &View) -> Option<Wish> {
        let mut choices = self.choices(bar);
        match choices.below(10) {
            0..=5 => modify(&mut choices, view),
            6 | 7 => view.orders.last().map(|o| Wish::Cancel { order: o.cl_ord_id }),
            8 if view.position.is_zero() => Some(Wish::Enter(entry(&mut choices, bar))),
            8 => Some(Wish::Exit),
            _ => None,
        }
    }
}

fn entry(choices: &mut Choices, bar: &Bar) -> Entry {
    let side = if choices.permille(500) { Side::Buy } else { Side::Sell };
    let away = |ticks: u64| Ticks(bar.close.0 + side.sign() * i64::try_from(ticks).unwrap_or(1));
    let back = |ticks: u64| Ticks(bar.close.0 - side.sign() * i64::try_from(ticks).unwrap_or(1));
    let limit = choices.permille(300).then(|| back(choices.below(3)));
    // One stop in ten is too far away for the money a trade may lose: the gate must say no.
    let distance = if choices.permille(100) { 900 } else { 3 + choices.below(12) };
    Entry {
        side,
        lots: Lots(1 + i64::try_from(choices.below(3)).unwrap_or(0)),
        limit,
        stop: back(distance),
        target: choices.permille(700).then(|| away(2 + choices.below(10))),
    }
}

fn modify(choices: &mut Choices, view: &View) -> Option<Wish> {
    let order = view.orders.iter().find(|o| o.kind.price().is_some())?;
    let by = i64::try_from(choices.below(5)).unwrap_or(0) - 2;
    let price = Ticks(order.kind.price()?.0 + by);
    Some(Wish::Modify { order: order.cl_ord_id, price, lots: order.lots })
}

impl Decide for Fickle {
    fn on(&mut self, event: &BotEvent) -> Vec<Intent> {
        let view = match event {
            BotEvent::Bar { bar, view } => {
                (self.last, self.wishes) = (Some(*bar), 0);
                view
            }
            BotEvent::Fill { view, .. } if self.busy => {
                self.wishes += 1;
                view
            }
            _ => return Vec::new(),
        };
        let Some(bar) = &self.last else { return Vec::new() };
        let wish = if self.wishes == 0 { self.wish(bar, view) } else { self.wish_at_fill(bar, view) };
        let intent = wish.map(|wish| Intent {
            symbol: view.symbol,
            wish,
            reason: "chance".into(),
            confidence: Bps(5_000),
            bar_open: bar.open_time,
            data_time: bar.end(),
            sequence: self.wishes,
        });
        intent.into_iter().collect()
    }
}
