//! The rule of the watch that looks at the session's end.
//!
//! It closes and never waits for a better price; what nothing holds it leaves alone.

use alloc::format;

use super::{Alarm, is_news};
use crate::book::Book;
use crate::halt::{HaltCause, Level, Scope, Until};
use crate::id::{BotId, Symbol};
use crate::ledgered::external_bot;
use crate::time::Stamp;

/// The session ends soon: a bot that holds something, or has an entry working, is closed until the next one.
pub(super) fn session_end(book: &Book, at: Stamp) -> Option<Alarm> {
    let lead = book.config.limits.hours.flat_before_close.filter(|_| !mutant!(FlatByIgnored))?;
    let now = at.market?;
    let held = book.ledgered.open_positions().map(|(bot, symbol, _)| (bot, symbol));
    let openers = book.ledgered.live_orders().filter(|o| o.spec.leg.opens());
    let mut held = held.chain(openers.map(|o| (o.bot(), o.spec.symbol)));
    held.find_map(|(bot, symbol): (BotId, Symbol)| {
        // The day's last close: a halt in the middle of it ends nothing.
        let sessions = &book.instrument(symbol)?.sessions;
        let (session, close_at) = (sessions.at(now)?, sessions.end_of_day(now)?);
        let left = close_at.since(now);
        let (scope, close) = (Scope::Bot(bot), alloc::vec![(bot, symbol)]);
        let due = left <= lead && bot != external_bot();
        (due && is_news(book, scope, HaltCause::SessionEnd, &close)).then(|| Alarm {
            scope,
            level: Level::ReduceOnly,
            cause: HaltCause::SessionEnd,
            until: Until::DayAfter(session.day),
            incident: None,
            why: format!(
                "{symbol} closes in {} s, flat by {} s before",
                left.as_millis() / 1_000,
                lead.as_millis() / 1_000
            )
            .into(),
            close,
        })
    })
}
