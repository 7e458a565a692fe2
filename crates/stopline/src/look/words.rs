//! The words for what the kernel's types say: levels, lives, wishes, streams.
//!
//! One match for each, without a catch-all, so that a new case cannot go unnamed.

use stopline_kernel::halt::{HaltCause, Level, Scope, Until};
use stopline_kernel::id::Symbol;
use stopline_kernel::incident::IncidentKind;
use stopline_kernel::input::CommandKind;
use stopline_kernel::intent::Wish;
use stopline_kernel::num::Side;
use stopline_kernel::order::{NewOrder, OrderKind};
use stopline_kernel::record::RecoveryStep;
use stopline_kernel::report::Stream;
use stopline_kernel::table::Life;

use super::prices::Prices;
use super::zone;

pub(crate) const fn level(level: Level) -> &'static str {
    match level {
        Level::Running => "running",
        Level::ReduceOnly => "reduce only",
        Level::Halted => "halted",
    }
}

pub(crate) const fn life(life: Life) -> &'static str {
    match life {
        Life::Draft => "draft",
        Life::Submitted => "submitted",
        Life::Acknowledged => "acknowledged",
        Life::Suspended => "held for its entry",
        Life::Working => "working",
        Life::Filled => "filled",
        Life::Canceled => "canceled",
        Life::Rejected => "rejected",
        Life::Expired => "expired",
        Life::Unknown => "UNKNOWN",
    }
}

pub(crate) const fn stream(stream: Stream) -> &'static str {
    match stream {
        Stream::Quotes => "quotes",
        Stream::Orders => "orders",
    }
}

pub(crate) fn scope(scope: Scope) -> String {
    match scope {
        Scope::Account => "account".to_owned(),
        Scope::Bot(bot) => format!("bot {bot}"),
    }
}

pub(crate) fn until(until: Until) -> String {
    match until {
        Until::Person => "until a person resumes".to_owned(),
        Until::DayAfter(day) => format!("until the trading day after {}", day.0),
        Until::NextStart => "until the next start".to_owned(),
        Until::Moment(moment) => format!("until {}", zone::moment(moment)),
    }
}

/// The cause in the words of the ledger.
pub(crate) fn cause(cause: HaltCause) -> String {
    snake(&cause)
}

/// The kind in the words of the ledger.
pub(crate) fn incident(kind: IncidentKind) -> String {
    snake(&kind)
}

pub(crate) fn recovery(step: RecoveryStep) -> String {
    snake(&step)
}

fn snake(value: &impl serde::Serialize) -> String {
    let named = serde_json::to_value(value).ok();
    named.as_ref().and_then(|name| name.as_str()).unwrap_or("unnamed").replace('_', " ")
}

pub(crate) fn command(what: &CommandKind) -> String {
    match what {
        CommandKind::Flatten => "flatten".to_owned(),
        CommandKind::Pause(bot) => bot.map_or_else(|| "pause".to_owned(), |bot| format!("pause {bot}")),
        CommandKind::Resume(bot) => bot.map_or_else(|| "resume".to_owned(), |bot| format!("resume {bot}")),
        CommandKind::Stop => "stop".to_owned(),
        CommandKind::Settle(order) => format!("settle {order}"),
        CommandKind::Transfer(amount) => format!("transfer {amount}"),
    }
}

/// `buy 1 MESZ6 stop 6695.25`.
pub(crate) fn order(order: &NewOrder, prices: &Prices) -> String {
    let (side, lots, symbol) = (order.side.word(), order.lots, order.symbol);
    format!("{side} {lots} {symbol} {}", kind(order.kind, symbol, prices))
}

/// `limit 6695.25`, `market`.
pub(crate) fn kind(kind: OrderKind, symbol: Symbol, prices: &Prices) -> String {
    match kind.price() {
        Some(price) => format!("{} {}", kind.word(), prices.show(symbol, price)),
        None => kind.word().to_owned(),
    }
}

/// `enter long 1 MESZ6 at the market, stop 6695.25, target 6712.50`.
pub(crate) fn wish(wish: &Wish, symbol: Symbol, prices: &Prices) -> String {
    match wish {
        Wish::Enter(entry) => {
            let side = match entry.side {
                Side::Buy => "long",
                Side::Sell => "short",
            };
            let at = entry.limit.map_or_else(|| "the market".to_owned(), |price| prices.show(symbol, price));
            let stop = prices.show(symbol, entry.stop);
            let target = entry.target.map(|price| format!(", target {}", prices.show(symbol, price)));
            let target = target.unwrap_or_default();
            format!("enter {side} {} {symbol} at {at}, stop {stop}{target}", entry.lots)
        }
        Wish::Exit => format!("exit {symbol}"),
        Wish::Cancel { order } => format!("cancel {order}"),
        Wish::Modify { order, price, lots } => {
            format!("modify {order} to {lots} at {}", prices.show(symbol, *price))
        }
        Wish::Hold => "hold".to_owned(),
    }
}
