//! Between the messages of the line and the kernel's words, both ways, without loss.
//!
//! Must never repair: what does not fit is an error, and the contract is the bot's own, never one it names.

use alloc::boxed::Box;
use alloc::string::{String, ToString};

use stopline_kernel::bar::Bar;
use stopline_kernel::effect::BotEvent;
use stopline_kernel::id::{BotId, Symbol};
use stopline_kernel::intent::{Entry, Intent, Leg, Wish};
use stopline_kernel::market::{Bbo, Level};
use stopline_kernel::num::{Bps, Lots, Side, Ticks};
use stopline_kernel::order::OrderKind;
use stopline_kernel::time::{ExchangeTime, Span};
use stopline_kernel::view::{OrderView, View};

use super::wire::{
    EngineSays, WireBar, WireIntent, WireKind, WireLeg, WireLevel, WireOrder, WireSide, WireView, WireWish,
};
use super::{MAX_TEXT, ProtocolError};

/// Whose talk it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Party {
    pub(super) bot: BotId,
    pub(super) symbol: Symbol,
}

pub(super) fn event_to_wire(event: &BotEvent) -> EngineSays {
    match event {
        BotEvent::WarmUp { bars, state } => EngineSays::WarmUp {
            bars: bars.iter().map(bar_to_wire).collect(),
            state: state.as_deref().map(String::from),
        },
        BotEvent::Bar { bar, view } => EngineSays::Bar { bar: bar_to_wire(bar), view: view_to_wire(view) },
        BotEvent::Quote { time, bbo } => EngineSays::Quote {
            time_ns: time.0,
            bid: bbo.bid.map(level_to_wire),
            ask: bbo.ask.map(level_to_wire),
        },
        BotEvent::Fill { side, lots, price, view } => {
            EngineSays::Fill { side: (*side).into(), lots: lots.0, price: price.0, view: view_to_wire(view) }
        }
        BotEvent::Timer { time, view } => EngineSays::Timer { time_ns: time.0, view: view_to_wire(view) },
        BotEvent::Denied { wish, rule } => {
            EngineSays::Denied { wish: wish_to_wire(wish), rule: rule.to_string() }
        }
    }
}

/// The event that a message is; `hello` is none.
pub(super) fn event_from_wire(says: EngineSays, party: Party) -> Result<BotEvent, ProtocolError> {
    Ok(match says {
        EngineSays::Hello(_) => return Err(ProtocolError::OutOfTurn("hello")),
        EngineSays::WarmUp { bars, state } => BotEvent::WarmUp {
            bars: bars.into_iter().map(bar_from_wire).collect(),
            state: state.map(Box::from),
        },
        EngineSays::Bar { bar, view } => {
            BotEvent::Bar { bar: bar_from_wire(bar), view: view_from_wire(view, party)? }
        }
        EngineSays::Quote { time_ns, bid, ask } => BotEvent::Quote {
            time: ExchangeTime(time_ns),
            bbo: Bbo { bid: bid.map(level_from_wire), ask: ask.map(level_from_wire) },
        },
        EngineSays::Fill { side, lots, price, view } => BotEvent::Fill {
            side: side.into(),
            lots: Lots(lots),
            price: Ticks(price),
            view: view_from_wire(view, party)?,
        },
        EngineSays::Timer { time_ns, view } => {
            BotEvent::Timer { time: ExchangeTime(time_ns), view: view_from_wire(view, party)? }
        }
        EngineSays::Denied { wish, rule } => {
            BotEvent::Denied { wish: wish_from_wire(wish), rule: Box::from(rule) }
        }
    })
}

pub(super) fn intent_to_wire(intent: &Intent, party: Party) -> Result<WireIntent, ProtocolError> {
    if intent.symbol != party.symbol {
        return Err(ProtocolError::OtherSymbol(intent.symbol.to_string()));
    }
    Ok(WireIntent {
        wish: wish_to_wire(&intent.wish),
        reason: intent.reason.to_string(),
        confidence_bps: intent.confidence.0,
        bar_opens_at_ns: intent.bar_open.0,
        data_time_ns: intent.data_time.0,
        sequence: intent.sequence,
    })
}

pub(super) fn intent_from_wire(intent: WireIntent, party: Party) -> Result<Intent, ProtocolError> {
    if !(0..=10_000).contains(&intent.confidence_bps) {
        return Err(ProtocolError::OutOfRange { field: "confidence_bps", given: intent.confidence_bps });
    }
    Ok(Intent {
        symbol: party.symbol,
        wish: wish_from_wire(intent.wish),
        reason: plain("reason", &intent.reason)?,
        confidence: Bps(intent.confidence_bps),
        bar_open: ExchangeTime(intent.bar_opens_at_ns),
        data_time: ExchangeTime(intent.data_time_ns),
        sequence: intent.sequence,
    })
}

/// Text of a bot that may be shown on a terminal: not too long, and without control characters.
pub(super) fn plain(field: &'static str, text: &str) -> Result<Box<str>, ProtocolError> {
    if text.len() > MAX_TEXT {
        return Err(ProtocolError::TextTooLong { field, len: text.len() });
    }
    let shown = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    Ok(text.chars().map(shown).collect::<String>().into_boxed_str())
}

fn wish_to_wire(wish: &Wish) -> WireWish {
    match *wish {
        Wish::Enter(Entry { side, lots, limit, stop, target }) => WireWish::Enter {
            side: side.into(),
            lots: lots.0,
            limit: limit.map(|price| price.0),
            stop: stop.0,
            target: target.map(|price| price.0),
        },
        Wish::Exit => WireWish::Exit {},
        Wish::Cancel { order } => WireWish::Cancel { order },
        Wish::Modify { order, price, lots } => WireWish::Modify { order, price: price.0, lots: lots.0 },
        Wish::Hold => WireWish::Hold {},
    }
}

fn wish_from_wire(wish: WireWish) -> Wish {
    match wish {
        WireWish::Enter { side, lots, limit, stop, target } => Wish::Enter(Entry {
            side: side.into(),
            lots: Lots(lots),
            limit: limit.map(Ticks),
            stop: Ticks(stop),
            target: target.map(Ticks),
        }),
        WireWish::Exit {} => Wish::Exit,
        WireWish::Cancel { order } => Wish::Cancel { order },
        WireWish::Modify { order, price, lots } => {
            Wish::Modify { order, price: Ticks(price), lots: Lots(lots) }
        }
        WireWish::Hold {} => Wish::Hold,
    }
}

const fn bar_to_wire(bar: &Bar) -> WireBar {
    WireBar {
        opens_at_ns: bar.open_time.0,
        length_ns: bar.length.0,
        open: bar.open.0,
        high: bar.high.0,
        low: bar.low.0,
        close: bar.close.0,
        volume: bar.volume.0,
    }
}

const fn bar_from_wire(bar: WireBar) -> Bar {
    Bar {
        open_time: ExchangeTime(bar.opens_at_ns),
        length: Span(bar.length_ns),
        open: Ticks(bar.open),
        high: Ticks(bar.high),
        low: Ticks(bar.low),
        close: Ticks(bar.close),
        volume: Lots(bar.volume),
    }
}

fn view_to_wire(view: &View) -> WireView {
    let bbo = view.bbo.unwrap_or_default();
    WireView {
        time_ns: view.time.0,
        bid: bbo.bid.map(level_to_wire),
        ask: bbo.ask.map(level_to_wire),
        last: view.last.map(|price| price.0),
        position: view.position.0,
        average: view.average.map(|price| price.0),
        level: view.level,
        orders: view.orders.iter().map(order_to_wire).collect(),
    }
}

fn view_from_wire(view: WireView, party: Party) -> Result<View, ProtocolError> {
    let bbo = Bbo { bid: view.bid.map(level_from_wire), ask: view.ask.map(level_from_wire) };
    let orders = view.orders.into_iter().map(|order| order_from_wire(order, party));
    Ok(View {
        time: ExchangeTime(view.time_ns),
        symbol: party.symbol,
        bbo: (bbo != Bbo::default()).then_some(bbo),
        last: view.last.map(Ticks),
        position: Lots(view.position),
        average: view.average.map(Ticks),
        level: view.level,
        orders: orders.collect::<Result<_, _>>()?,
    })
}

fn order_to_wire(order: &OrderView) -> WireOrder {
    let kind = match order.kind {
        OrderKind::Market => WireKind::Market,
        OrderKind::Limit(_) => WireKind::Limit,
        OrderKind::Stop(_) => WireKind::Stop,
    };
    WireOrder {
        id: order.cl_ord_id,
        leg: order.leg.into(),
        side: order.side.into(),
        lots: order.lots.0,
        filled: order.filled.0,
        kind,
        price: order.kind.price().map(|price| price.0),
        state: order.state,
    }
}

fn order_from_wire(order: WireOrder, party: Party) -> Result<OrderView, ProtocolError> {
    let kind = match (order.kind, order.price.map(Ticks)) {
        (WireKind::Market, None) => OrderKind::Market,
        (WireKind::Limit, Some(price)) => OrderKind::Limit(price),
        (WireKind::Stop, Some(price)) => OrderKind::Stop(price),
        (kind, price) => {
            let what = alloc::format!("an order of kind {kind:?} with price {price:?}");
            return Err(ProtocolError::NotAMessage(what));
        }
    };
    Ok(OrderView {
        cl_ord_id: order.id,
        bot: party.bot,
        leg: order.leg.into(),
        symbol: party.symbol,
        side: order.side.into(),
        lots: Lots(order.lots),
        filled: Lots(order.filled),
        kind,
        state: order.state,
    })
}

const fn level_to_wire(level: Level) -> WireLevel {
    WireLevel { price: level.price.0, lots: level.lots.0 }
}

const fn level_from_wire(level: WireLevel) -> Level {
    Level { price: Ticks(level.price), lots: Lots(level.lots) }
}

/// Two enums that say the same.
macro_rules! same {
    ($kernel:ident, $wire:ident: $($word:ident),+) => {
        impl From<$kernel> for $wire {
            fn from(word: $kernel) -> $wire {
                match word { $($kernel::$word => $wire::$word),+ }
            }
        }

        impl From<$wire> for $kernel {
            fn from(word: $wire) -> $kernel {
                match word { $($wire::$word => $kernel::$word),+ }
            }
        }
    };
}

same!(Side, WireSide: Buy, Sell);
same!(Leg, WireLeg: Entry, Stop, Target, Flatten);
