//! The watch: rules asked after every input and every beat, each with exactly one response.
//!
//! The watch never sends anything: it raises an alarm, and the step turns that into a halt, an incident and a closing.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use crate::book::Book;
use crate::halt::{HaltCause, Level, Scope, Until};
use crate::id::{BotId, Symbol};
use crate::incident::IncidentKind;
use crate::ledgered::external_bot;
use crate::num::Lots;
use crate::report::Stream;
use crate::time::{Span, Stamp};

mod hours;
mod money;
mod pace;

use hours::session_end;

pub(crate) use money::trailing_fall;
use money::{daily_loss, day_drawdown, losses_in_row, profit_target, trailing_drawdown};
use pace::{cancel_storm, reject_rate, same_rejection, wide_spread};

/// What a rule of the watch asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alarm {
    /// Whom the halt binds.
    pub(crate) scope: Scope,
    /// What is still allowed from now on.
    pub(crate) level: Level,
    /// What caused it.
    pub(crate) cause: HaltCause,
    /// Until when.
    pub(crate) until: Until,
    /// The incident to open with it, if it is one.
    pub(crate) incident: Option<IncidentKind>,
    /// The numbers.
    pub(crate) why: Box<str>,
    /// The positions to close.
    pub(crate) close: Vec<(BotId, Symbol)>,
}

/// A rule of the watch.
type WatchRule = fn(&Book, Stamp) -> Option<Alarm>;

/// Every rule of the watch, and whether it can speak only when a record or a last price is new.
const WATCH: &[(WatchRule, bool)] = &[
    (daily_loss, true),
    (profit_target, true),
    (day_drawdown, true),
    (trailing_drawdown, true),
    (losses_in_row, true),
    (session_end, false),
    (reject_rate, true),
    (same_rejection, true),
    (cancel_storm, true),
    (wide_spread, false),
    (unprotected, false),
    (quotes_gone, false),
    (quotes_frozen, false),
];

/// Asks every rule; a rule stays silent while its halt stands and everything it would close is being closed. `moved`
/// says whether a record or a last price has changed since the rules that follow from those were last asked.
pub(crate) fn watch(book: &Book, at: Stamp, moved: bool) -> Vec<Alarm> {
    let mut raised = Vec::new();
    for (rule, by_records) in WATCH {
        if *by_records && !moved {
            continue;
        }
        let alarm = rule(book, at);
        raised.extend(alarm.filter(|alarm| is_news(book, alarm.scope, alarm.cause, &alarm.close)));
    }
    raised
}

fn is_news(book: &Book, scope: Scope, cause: HaltCause, close: &[(BotId, Symbol)]) -> bool {
    let open = close.iter().any(|(bot, symbol)| book.ledgered.closing(*bot, *symbol).is_none());
    open || !book.ledgered.halts.has(scope, cause)
}

/// Every position of a bot. What somebody else traded on the account is never traded back by a rule: a person who
/// flattened by hand would be in the market again.
fn everything(book: &Book) -> Vec<(BotId, Symbol)> {
    let open = book.ledgered.open_positions().map(|(bot, symbol, _)| (bot, symbol));
    open.filter(|(bot, _)| *bot != external_bot()).collect()
}

/// A position stood without working protection for longer than it may: close it. A closing of ours takes the stop away on
/// purpose and does already what the alarm would ask for: it is given the time in which a difference must be explained.
fn unprotected(book: &Book, at: Stamp) -> Option<Alarm> {
    if mutant!(UnprotectedIgnored) {
        return None;
    }
    let timings = &book.config.timings;
    let limit = |of: &(BotId, Symbol)| match book.ledgered.closing(of.0, of.1) {
        Some(_) => Span(timings.protect.0.saturating_add(timings.detect.0)),
        // Nothing is on its way any more.
        None if book.ledgered.is_stop_refused(of.0, of.1) => Span(-1),
        None => timings.protect,
    };
    let mut bare = book.link.unprotected.iter().filter(|(_, bare)| bare.covered.is_none());
    let (&(bot, symbol), bare) = bare.find(|(of, bare)| {
        let scope = Scope::Bot(of.0);
        at.mono.since(bare.since) > limit(of) && is_news(book, scope, HaltCause::Unprotected, &[**of])
    })?;
    let lots = book.ledgered.lots_of(bot, symbol);
    let protected = book.protected(bot, symbol);
    let waited = at.mono.since(bare.since).as_millis();
    Some(Alarm {
        scope: Scope::Bot(bot),
        level: Level::ReduceOnly,
        cause: HaltCause::Unprotected,
        until: Until::Person,
        incident: Some(IncidentKind::Unprotected),
        why: format!("{lots} lots of {symbol} with {protected} protected for {waited} ms").into(),
        close: alloc::vec![(bot, symbol)],
    })
}

/// Quotes are gone with a position open: close it through the orders stream.
fn quotes_gone(book: &Book, at: Stamp) -> Option<Alarm> {
    let since = book.link.down_since.get(&Stream::Quotes).filter(|_| !mutant!(QuotesGoneIgnored))?;
    let gone = at.mono.since(*since);
    if gone <= book.config.timings.quotes_gone {
        return None;
    }
    let close = everything(book);
    (!close.is_empty()).then(|| Alarm {
        scope: Scope::Account,
        level: Level::ReduceOnly,
        cause: HaltCause::QuotesGone,
        until: Until::Person,
        incident: Some(IncidentKind::QuotesGone),
        why: format!("no quotes for {} ms with positions open", gone.as_millis()).into(),
        close,
    })
}

/// Quotes are connected and say nothing: what they said last is too old to open anything on, and too old to hold on.
fn quotes_frozen(book: &Book, at: Stamp) -> Option<Alarm> {
    let (now, timings) = (at.market?, &book.config.timings);
    let still = |symbol: &Symbol| {
        let quote = book.market.quotes.get(symbol)?;
        let session = book.instrument(*symbol)?.sessions.at(now)?;
        let silent = at.mono.since(quote.at);
        // A market that has just opened has said nothing yet.
        let stale = now.since(quote.newest.max(session.open)) > timings.data_age;
        (stale && silent > timings.quotes_gone).then_some(silent)
    };
    let up = book.link.up.contains_key(&Stream::Quotes);
    let close: Vec<_> =
        everything(book).into_iter().filter(|(_, symbol)| up && still(symbol).is_some()).collect();
    let silent = close.iter().filter_map(|(_, symbol)| still(symbol)).max()?;
    Some(Alarm {
        scope: Scope::Account,
        level: Level::ReduceOnly,
        cause: HaltCause::QuotesGone,
        until: Until::Person,
        incident: Some(IncidentKind::QuotesGone),
        why: format!("quotes are connected and silent for {} ms with positions open", silent.as_millis())
            .into(),
        close,
    })
}

/// Whether a bot's position has less working protection than lots; what is not a bot's is a person's to protect.
pub(crate) fn lacks_protection(book: &Book, bot: BotId, symbol: Symbol) -> bool {
    let lots: Lots = book.ledgered.lots_of(bot, symbol);
    bot != external_bot() && book.protected(bot, symbol) < lots.size()
}
