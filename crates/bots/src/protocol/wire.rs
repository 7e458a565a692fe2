//! The messages as they stand on the line. Written beside the kernel's types on purpose: the kernel may change its
//! words, a published protocol may not.
//!
//! Prices are whole ticks, times nanoseconds since the Unix epoch by the exchange's clock. What a bot says is read
//! strictly (an unknown field is refused: a misspelt `target` must not become none); what the engine says may gain
//! fields within a version, so bots ignore those they do not know. No message may hold more than the bot may see.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use stopline_kernel::halt::Level;
use stopline_kernel::id::{BotId, ClOrdId, Symbol};
use stopline_kernel::instrument::TickSize;
use stopline_kernel::table::Published;
use stopline_kernel::time::Span;

use crate::parameters::Parameters;
use crate::show;
use crate::strategy::Seat;

/// The engine's first line: what the bot is and what it trades.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Which kind of bot, such as `cross`.
    pub bot: String,
    /// Its name in this engine.
    pub id: BotId,
    /// The contract it trades.
    pub symbol: Symbol,
    /// The contract's tick, as decimal text.
    #[serde(serialize_with = "write_tick", deserialize_with = "read_tick")]
    pub tick_size: TickSize,
    /// The length of its bars, in market time.
    #[serde(rename = "bar_length_ns")]
    pub bar_length: Span,
    /// Its parameters.
    pub parameters: Parameters,
}

impl Hello {
    /// What the bot trades.
    pub const fn seat(&self) -> Seat {
        Seat { symbol: self.symbol, tick: self.tick_size, bar_length: self.bar_length }
    }
}

fn write_tick<S: Serializer>(tick: &TickSize, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&show::tick_size(*tick))
}

fn read_tick<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TickSize, D::Error> {
    let text = String::deserialize(deserializer)?;
    show::read_tick_size(&text).ok_or_else(|| de::Error::custom("`tick_size` is no decimal above zero"))
}

/// What the engine says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum EngineSays {
    Hello(Hello),
    WarmUp { bars: Vec<WireBar>, state: Option<String> },
    Bar { bar: WireBar, view: WireView },
    Quote { time_ns: i64, bid: Option<WireLevel>, ask: Option<WireLevel> },
    Fill { side: WireSide, lots: i64, price: i64, view: WireView },
    Timer { time_ns: i64, view: WireView },
    Denied { wish: WireWish, rule: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WireBar {
    pub(super) opens_at_ns: i64,
    pub(super) length_ns: i64,
    pub(super) open: i64,
    pub(super) high: i64,
    pub(super) low: i64,
    pub(super) close: i64,
    pub(super) volume: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WireView {
    pub(super) time_ns: i64,
    pub(super) bid: Option<WireLevel>,
    pub(super) ask: Option<WireLevel>,
    pub(super) last: Option<i64>,
    pub(super) position: i64,
    pub(super) average: Option<i64>,
    pub(super) level: Level,
    pub(super) orders: Vec<WireOrder>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WireLevel {
    pub(super) price: i64,
    pub(super) lots: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WireOrder {
    pub(super) id: ClOrdId,
    pub(super) leg: WireLeg,
    pub(super) side: WireSide,
    pub(super) lots: i64,
    pub(super) filled: i64,
    pub(super) kind: WireKind,
    pub(super) price: Option<i64>,
    pub(super) state: Published,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WireSide {
    Buy,
    Sell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WireLeg {
    Entry,
    Stop,
    Target,
    Flatten,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WireKind {
    Market,
    Limit,
    Stop,
}

/// What a bot says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum BotSays {
    Ready {
        #[serde(default)]
        bars_needed: u32,
    },
    Intents {
        in_reply: u64,
        intents: Vec<WireIntent>,
    },
    State {
        state: String,
    },
    Log {
        text: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireIntent {
    pub(super) wish: WireWish,
    pub(super) reason: String,
    pub(super) confidence_bps: i64,
    pub(super) bar_opens_at_ns: i64,
    pub(super) data_time_ns: i64,
    #[serde(default)]
    pub(super) sequence: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum WireWish {
    Enter {
        side: WireSide,
        lots: i64,
        #[serde(default)]
        limit: Option<i64>,
        stop: i64,
        #[serde(default)]
        target: Option<i64>,
    },
    Exit {},
    Cancel {
        order: ClOrdId,
    },
    Modify {
        order: ClOrdId,
        price: i64,
        lots: i64,
    },
    Hold {},
}
