//! How things stand, in one line for a run and on a page for `status`.
//!
//! It says only what the status says: an unknown number is shown as unknown.

use stopline_kernel::id::{BotId, Symbol};
use stopline_kernel::num::Money;
use stopline_kernel::time::Stamp;
use stopline_kernel::view::{PositionView, Status};

use super::paint::{Line, Topic};
use super::prices::{Prices, position, signed_if};
use super::{table, words, zone};

/// One line for a run.
pub(crate) fn line(status: &Status, prices: &Prices) -> Line {
    let marks: Vec<String> = status
        .marks
        .iter()
        .map(|(symbol, price)| format!("{symbol} {}", prices.show(*symbol, *price)))
        .collect();
    let marks = if marks.is_empty() { "no price yet".to_owned() } else { marks.join(", ") };
    let parts = [
        marks,
        held(status, prices),
        format!("today {}", signed_if(status.today)),
        format!("equity {}", equity(status).map_or_else(|| "unknown".to_owned(), |m| m.to_string())),
        level(status),
        agreed(status),
    ];
    let time = status.market.map_or_else(|| "--:--:--".to_owned(), zone::clock);
    Line { time, topic: Topic::Status, text: parts.join(" | ") }
}

/// Cash and open profit together, if both are known.
pub(crate) fn equity(status: &Status) -> Option<Money> {
    status.cash.plus(status.open?).ok()
}

fn held(status: &Status, prices: &Prices) -> String {
    let open: Vec<_> = status.positions.iter().filter(|p| !p.lots.is_zero()).collect();
    match open.as_slice() {
        [] => "flat".to_owned(),
        open => open.iter().map(|p| holding(p, prices)).collect::<Vec<_>>().join(", "),
    }
}

fn holding(p: &PositionView, prices: &Prices) -> String {
    let (lots, average) = (position(p.lots), prices.show_if(p.symbol, p.average));
    format!("{lots} at {average} ({}, {} protected)", signed_if(p.open), p.protected)
}

fn level(status: &Status) -> String {
    match &status.waiting {
        Some(why) => format!("{}, waiting: {why}", words::level(status.level)),
        None if !status.trading => format!("{}, recovering", words::level(status.level)),
        None => words::level(status.level).to_owned(),
    }
}

fn agreed(status: &Status) -> String {
    match status.agreed {
        Some(Stamp { mono, .. }) => {
            let age = status.at.mono.since(mono).as_millis();
            format!("agreed {}.{} s ago", age / 1_000, age % 1_000 / 100)
        }
        None => "not agreed with the broker".to_owned(),
    }
}

/// The page of `status`.
pub(crate) fn page(status: &Status, prices: &Prices) -> String {
    let mut page = vec![
        format!("account    {}", status.account),
        format!("market     {}", status.market.map_or_else(|| "unknown".to_owned(), zone::moment)),
        format!("level      {}", level(status)),
        format!("venue      {}", venue(status)),
        format!("agreement  {}", agreed(status)),
        format!("cash       {}", status.cash),
        format!("open       {}", signed_if(status.open)),
        format!("equity     {}", equity(status).map_or_else(|| "unknown".to_owned(), |m| m.to_string())),
        format!("today      {}", signed_if(status.today)),
        format!("record     {}", status.seq),
    ];
    page.extend(status.bots.iter().map(|(bot, level, up)| {
        let process = if *up { "up" } else { "DOWN" };
        format!("bot        {bot}: {}, process {process}", words::level(*level))
    }));
    page.extend(positions(status, prices));
    page.extend(orders(status, prices));
    page.extend(status.halts.iter().map(|halt| {
        let (scope, cause) = (words::scope(halt.scope), words::cause(halt.cause));
        let (level, until) = (words::level(halt.level), words::until(halt.until));
        format!("halt       {scope}: {level}, {cause}, by {}: {}; {until}", halt.who, halt.why)
    }));
    page.extend(status.incidents.iter().map(|i| {
        let kind = words::incident(i.kind);
        format!("incident   #{} {kind}: {}\n           next: {}", i.number, i.evidence, i.next)
    }));
    page.join("\n")
}

fn venue(status: &Status) -> String {
    let up = |up: bool| if up { "up" } else { "DOWN" };
    let name = status.venue.map_or_else(|| "not known yet".to_owned(), |venue| venue.to_string());
    format!("{name}: quotes {}, orders {}", up(status.quotes_up), up(status.orders_up))
}

fn positions(status: &Status, prices: &Prices) -> Option<String> {
    let row = |p: &PositionView| {
        let broker = broker(status, p.symbol);
        let (average, open) = (prices.show_if(p.symbol, p.average), signed_if(p.open));
        let lots = [p.lots, p.intended, p.protected].map(|lots| lots.to_string());
        let [lots, intended, protected] = lots;
        vec![p.bot.to_string(), p.symbol.to_string(), lots, average, intended, broker, protected, open]
    };
    let rows: Vec<_> = status.positions.iter().map(row).collect();
    let heading = ["bot", "contract", "lots", "average", "intended", "broker", "protected", "open"];
    let right = ["lots", "average", "intended", "broker", "protected", "open"];
    (!rows.is_empty()).then(|| format!("\n{}", table::lay_out(&heading, &right, &rows)))
}

/// What the broker holds of a contract over all bots; nothing said of it means flat once it has spoken at all.
fn broker(status: &Status, symbol: Symbol) -> String {
    let said = status.broker.iter().find(|(known, _)| *known == symbol);
    match (said, status.agreed) {
        (Some((_, lots)), _) => lots.to_string(),
        (None, Some(_)) => "0".to_owned(),
        (None, None) => "unknown".to_owned(),
    }
}

fn orders(status: &Status, prices: &Prices) -> Option<String> {
    let row = |o: &stopline_kernel::view::OrderView| {
        let (kind, state) = (words::kind(o.kind, o.symbol, prices), o.state.word().to_owned());
        let (bot, leg, side): (BotId, _, _) = (o.bot, o.leg.word(), o.side.word());
        let lots = format!("{}/{}", o.filled, o.lots);
        let (symbol, id) = (o.symbol.to_string(), o.cl_ord_id.to_string());
        vec![bot.to_string(), leg.to_owned(), side.to_owned(), lots, symbol, kind, state, id]
    };
    let rows: Vec<_> = status.orders.iter().map(row).collect();
    let heading = ["bot", "leg", "side", "filled", "contract", "order", "state", "id"];
    (!rows.is_empty()).then(|| format!("\n{}", table::lay_out(&heading, &["filled"], &rows)))
}
