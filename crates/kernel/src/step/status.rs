//! The lane at a glance, for people: copied out of the Book.
//!
//! It says only what is known; an open profit without a mark is absent, not zero.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::Work;
use crate::book::Book;
use crate::id::{BotId, Symbol};
use crate::num::{Lots, Money};
use crate::report::Stream;
use crate::table::Life;
use crate::time::Stamp;
use crate::view::{PositionView, Status};

impl Work<'_> {
    pub(super) fn status(&self) -> Status {
        status(self.book, self.at)
    }
}

/// The lane at a glance.
pub(crate) fn status(book: &Book, at: Stamp) -> Status {
    let (ledgered, link) = (&book.ledgered, &book.link);
    Status {
        at,
        account: book.config.account,
        venue: ledgered.venue,
        seq: ledgered.seq,
        day: ledgered.day.map(|d| d.day),
        level: ledgered.halts.account(),
        trading: link.trading,
        quotes_up: link.up.contains_key(&Stream::Quotes),
        orders_up: link.up.contains_key(&Stream::Orders),
        agreed: link.agreed.filter(|_| link.differs_since.is_none()),
        broker: link.broker.iter().map(|(symbol, lots)| (*symbol, *lots)).collect(),
        cash: ledgered.expected_cash().unwrap_or(Money::ZERO),
        realised: ledgered.realised,
        fees: ledgered.fees,
        open: book.open_profit(),
        today: book.today(),
        positions: position_views(book),
        orders: book.order_views(),
        halts: ledgered.halts.0.clone(),
        incidents: ledgered.incidents.values().cloned().collect(),
        marks: book.market.quotes.iter().filter_map(|(s, q)| Some((*s, q.last?))).collect(),
        bots: bot_views(book),
        market: at.market,
        waiting: waiting(book),
    }
}

fn position_views(book: &Book) -> Vec<PositionView> {
    let ledgered = &book.ledgered;
    let wanted = |bot: BotId, symbol: Symbol| {
        ledgered.intended.get(&symbol).and_then(|by_bot| by_bot.get(&bot)).copied().unwrap_or(Lots::ZERO)
    };
    let all = ledgered.positions.iter().flat_map(|(s, by_bot)| by_bot.iter().map(|(b, p)| (*b, *s, p)));
    let shown = all.filter(|(bot, symbol, p)| !p.is_flat() || !wanted(*bot, *symbol).is_zero());
    shown
        .map(|(bot, symbol, position)| PositionView {
            symbol,
            bot,
            lots: position.lots(),
            average: position.average(),
            intended: wanted(bot, symbol),
            protected: ledgered.protected(bot, symbol),
            open: book.market.quotes.get(&symbol).and_then(|q| q.last).and_then(|mark| {
                let ticks = position.open_ticks(mark).ok()?;
                book.instrument(symbol)?.tick_value.times(ticks).ok()
            }),
        })
        .collect()
}

fn bot_views(book: &Book) -> Vec<(BotId, crate::halt::Level, bool)> {
    let seats = book.config.bots.iter();
    seats.map(|s| (s.bot, book.ledgered.halts.bot(s.bot), book.link.bots_up.contains(&s.bot))).collect()
}

fn waiting(book: &Book) -> Option<Box<str>> {
    let link = &book.link;
    let unknown = book.ledgered.live_orders().find(|o| o.life == Life::Unknown);
    if !link.up.contains_key(&Stream::Orders) {
        return Some("the orders stream is down".into());
    }
    if let Some(order) = unknown {
        return Some(alloc::format!("order {} is unknown", order.root).into());
    }
    if link.agreed.is_none() || link.differs_since.is_some() {
        return Some("our account is being compared with the broker's".into());
    }
    None
}
