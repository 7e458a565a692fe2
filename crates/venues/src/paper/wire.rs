//! The paper protocol on the wire: length-prefixed JSON, version 1, spoken by both ends.
//!
//! A frame is four bytes of length, most significant first, and that many bytes of JSON. Prices are decimal text, as
//! people write them; times are nanoseconds since the Unix epoch. Pure: it never reads a clock or a socket, and bytes
//! that are no frame are an error, never a panic.

use serde::{Deserialize, Serialize};

/// The version both ends must speak.
pub const VERSION: u32 = 1;

/// The longest frame either end accepts, in bytes. A longer one ends the connection.
pub const MAX_FRAME: usize = 32 * 1024 * 1024;

/// The `order_id` of news that is about no order of the exchange; its quantities say nothing.
pub const NO_ORDER: &str = "NONE";

/// The reason of a `rejected` that refuses a second order with an id, and says nothing of the first.
pub const DUPLICATE_ID: &str = "duplicate cl_ord_id";

/// The reason of the goodbye to quotes sessions when a tape has ended: there will be no more quotes. Orders sessions
/// stay, since the account can still be asked about.
pub const TAPE_OVER: &str = "the tape is over";

/// What a client says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientMessage {
    /// The first message of a session.
    Hello {
        /// [`VERSION`].
        version: u32,
        /// The account to trade or look at.
        account: String,
        /// Which stream this session is.
        stream: StreamName,
        /// Who calls, for the venue's log.
        client: String,
    },
    /// Place an order, or an entry with exits that wait for its fills and of which one cancels the other.
    Place {
        /// Repeated in answers to this request.
        request: u64,
        /// The order.
        order: OrderSpec,
        /// Its exits; empty for a single order.
        exits: Vec<OrderSpec>,
    },
    /// Cancel an order.
    Cancel {
        /// Repeated in answers to this request.
        request: u64,
        /// The order's present id.
        cl_ord_id: String,
    },
    /// Change a working order's price or total quantity.
    Replace {
        /// Repeated in answers to this request.
        request: u64,
        /// The order's present id.
        orig_cl_ord_id: String,
        /// Its id from then on.
        cl_ord_id: String,
        /// The new total quantity.
        lots: i64,
        /// The new price.
        price: String,
    },
    /// Ask for the whole account.
    Snapshot {
        /// Repeated in the answer.
        request: u64,
    },
    /// Ask for one order, ended or not.
    OrderStatus {
        /// Repeated in the answer.
        request: u64,
        /// Any id the order had.
        cl_ord_id: String,
    },
    /// Ask for the newest finished bars, oldest first.
    History {
        /// Repeated in the answer.
        request: u64,
        /// The contract.
        symbol: String,
        /// Length of a bar in seconds.
        seconds: u32,
        /// How many at most.
        bars: u32,
    },
    /// Ask for everything the exchange itself knows of the account: orders, fills, positions, cash.
    Book {
        /// Repeated in the answer.
        request: u64,
    },
    /// Ask for a sign of life.
    Ping {
        /// Repeated in the answer.
        nonce: u64,
    },
    /// The client is about to leave in good order.
    Bye,
}

/// The two kinds of session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamName {
    /// Market data; sends trades and best bid and offer from the Welcome on.
    Quotes,
    /// Orders and account.
    Orders,
}

/// Which way, on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SideName {
    /// Buy.
    Buy,
    /// Sell.
    Sell,
}

/// Kind of order, on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KindName {
    /// At the market; `price` is absent.
    Market,
    /// At `price` or better.
    Limit,
    /// At the market once `price` trades.
    Stop,
}

/// An order as a client asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderSpec {
    /// The client's id, unique in the account for ever: a second order with it is refused.
    pub cl_ord_id: String,
    /// The contract.
    pub symbol: String,
    /// Which way.
    pub side: SideName,
    /// How many; above zero.
    pub lots: i64,
    /// Which kind.
    pub kind: KindName,
    /// The price, except for a market order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<String>,
}

/// What the venue says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum VenueMessage {
    /// The session is up.
    Welcome {
        /// [`VERSION`].
        version: u32,
        /// Which life of the venue this is.
        venue: String,
        /// How market time follows from the monotonic clock.
        clock: ClockMessage,
        /// The contracts.
        instruments: Vec<InstrumentMessage>,
    },
    /// The session is refused or ended by the venue; the connection closes.
    Goodbye {
        /// Why.
        why: String,
    },
    /// Somebody traded.
    Trade {
        /// One more than the last number in the feed of this symbol.
        seq: u64,
        /// The contract.
        symbol: String,
        /// Exchange time.
        time: i64,
        /// At which price.
        price: String,
        /// How many.
        lots: i64,
    },
    /// The best bid and offer changed.
    Bbo {
        /// One more than the last number in the feed of this symbol.
        seq: u64,
        /// The contract.
        symbol: String,
        /// Exchange time.
        time: i64,
        /// Best bid, if there is one.
        bid: Option<LevelMessage>,
        /// Best offer, if there is one.
        ask: Option<LevelMessage>,
    },
    /// News about one order.
    Exec(ExecMessage),
    /// The whole account.
    Snapshot {
        /// The request's number.
        request: u64,
        /// Exchange time.
        time: i64,
        /// Every order that has not ended.
        working: Vec<OrderMessage>,
        /// Every position that is not flat.
        positions: Vec<PositionMessage>,
        /// Every execution of the account's life, oldest first, without those taken back.
        executions: Vec<TradeMessage>,
        /// The executions that were taken back.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        busted: Vec<String>,
        /// Cash in millionths.
        cash: i64,
    },
    /// One order, or its absence from the account's complete history.
    OrderStatus {
        /// The request's number.
        request: u64,
        /// The id asked for.
        cl_ord_id: String,
        /// The order, if there ever was one.
        found: Option<OrderMessage>,
        /// Its executions.
        executions: Vec<TradeMessage>,
    },
    /// Finished bars, oldest first.
    History {
        /// The request's number.
        request: u64,
        /// The contract.
        symbol: String,
        /// Length of a bar in seconds.
        seconds: u32,
        /// The bars.
        bars: Vec<BarMessage>,
    },
    /// Everything the exchange knows of the account.
    Book {
        /// The request's number.
        request: u64,
        /// Exchange time.
        time: i64,
        /// Every order, ended or not.
        orders: Vec<OrderMessage>,
        /// Every execution.
        executions: Vec<TradeMessage>,
        /// Every position that is not flat.
        positions: Vec<PositionMessage>,
        /// Cash in millionths.
        cash: i64,
    },
    /// A sign of life.
    Pong {
        /// The nonce of the Ping.
        nonce: u64,
    },
}

/// How market time follows from the machine's monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockMessage {
    /// Market time at `mono`.
    pub origin: i64,
    /// The monotonic moment of `origin`, in nanoseconds of CLOCK_MONOTONIC.
    pub mono: u64,
    /// Market nanoseconds per real nanosecond, in thousandths.
    pub speed_milli: u32,
}

/// A contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstrumentMessage {
    /// Its name.
    pub symbol: String,
    /// The smallest price step is `tick_mantissa / 10^tick_scale`.
    pub tick_mantissa: i64,
    /// Decimal places of a price.
    pub tick_scale: u8,
    /// What one tick of one lot is worth, in millionths.
    pub tick_value: i64,
    /// Cost per lot and side, in millionths.
    pub fee: i64,
    /// Trading days as (yyyymmdd, open, close), oldest first.
    pub sessions: Vec<(u32, i64, i64)>,
}

/// A price level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelMessage {
    /// The price.
    pub price: String,
    /// The lots shown.
    pub lots: i64,
}

/// News about one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecMessage {
    /// The client's id of the order, as it is after this news.
    pub cl_ord_id: Option<String>,
    /// The exchange's id.
    pub order_id: String,
    /// What happened: `received`, `held`, `accepted`, `trade`, `busted`, `corrected`, `cancel_refused`, `canceled`,
    /// `replace_refused`, `replaced`, `rejected` or `expired`. A word a client does not know must not end its session.
    pub what: String,
    /// Why, where there is a reason to give.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Traded so far.
    pub cum: i64,
    /// The order's quantity now: an exit is worth what its entry has filled.
    pub lots: i64,
    /// Exchange time.
    pub time: i64,
    /// The execution, when `what` is `trade`; what stands in its place, when `what` is `corrected`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trade: Option<TradeMessage>,
    /// The execution that is taken back, when `what` is `busted` or `corrected`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exec_id: Option<String>,
}

/// One execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeMessage {
    /// Unique in the account for ever.
    pub exec_id: String,
    /// The exchange's id of the order.
    pub order_id: String,
    /// The client's id of the order.
    pub cl_ord_id: Option<String>,
    /// The contract.
    pub symbol: String,
    /// Which way.
    pub side: SideName,
    /// How many.
    pub lots: i64,
    /// At which price.
    pub price: String,
    /// What it cost, in millionths.
    pub fee: i64,
    /// Exchange time.
    pub time: i64,
}

/// An order as the exchange holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderMessage {
    /// The exchange's id.
    pub order_id: String,
    /// The client's present id of it.
    pub cl_ord_id: Option<String>,
    /// The contract.
    pub symbol: String,
    /// Which way.
    pub side: SideName,
    /// Its quantity now.
    pub lots: i64,
    /// Traded so far.
    pub cum: i64,
    /// Which kind.
    pub kind: KindName,
    /// Its price, except for a market order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<String>,
    /// `held`, `working`, `filled`, `canceled`, `rejected` or `expired`.
    pub state: String,
}

/// A position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PositionMessage {
    /// The contract.
    pub symbol: String,
    /// Signed lots.
    pub lots: i64,
    /// Average price, rounded to the nearest tick.
    pub average: String,
}

/// A finished bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BarMessage {
    /// Exchange time of its first moment.
    pub open_time: i64,
    /// First price.
    pub open: String,
    /// Highest price.
    pub high: String,
    /// Lowest price.
    pub low: String,
    /// Last price.
    pub close: String,
    /// Lots traded.
    pub volume: i64,
}

/// Why bytes are no message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WireError {
    /// The length says more than [`MAX_FRAME`].
    TooLong {
        /// What it says.
        bytes: usize,
    },
    /// The frame is not a message of this protocol.
    NotAMessage {
        /// What the reader of JSON found.
        why: String,
        /// The frame's text, cut to 500 characters.
        text: String,
    },
}

impl std::fmt::Display for WireError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            WireError::TooLong { bytes } => {
                write!(f, "a frame of {bytes} bytes; at most {MAX_FRAME} are allowed")
            }
            WireError::NotAMessage { why, text } => {
                write!(f, "not a message of the paper protocol: {why}: {text}")
            }
        }
    }
}

impl std::error::Error for WireError {}

/// The message as a frame.
pub fn encode<M: Serialize>(message: &M) -> Vec<u8> {
    // These types have string keys and no fallible fields, so writing JSON to memory cannot fail.
    let body = serde_json::to_vec(message).unwrap_or_default();
    let mut frame = Vec::with_capacity(body.len() + 4);
    frame.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes());
    frame.extend_from_slice(&body);
    frame
}

/// Reads one frame's body.
pub fn decode<M: for<'de> Deserialize<'de>>(body: &[u8]) -> Result<M, WireError> {
    serde_json::from_slice(body).map_err(|why| WireError::NotAMessage {
        why: why.to_string(),
        text: String::from_utf8_lossy(body).chars().take(500).collect(),
    })
}

/// Cuts a stream of bytes into frames, however it was split on the way.
#[derive(Debug, Default)]
pub struct Frames {
    bytes: Vec<u8>,
    start: usize,
}

impl Frames {
    /// Takes bytes as they arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 && self.start == self.bytes.len() {
            self.bytes.clear();
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole frame's body, if one is there.
    pub fn next_frame(&mut self) -> Result<Option<Vec<u8>>, WireError> {
        let rest = self.bytes.get(self.start..).unwrap_or(&[]);
        let Some((head, body)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        let len = usize::try_from(u32::from_be_bytes(*head)).unwrap_or(usize::MAX);
        if len > MAX_FRAME {
            return Err(WireError::TooLong { bytes: len });
        }
        let Some(frame) = body.get(..len) else {
            self.bytes.drain(..self.start);
            self.start = 0;
            return Ok(None);
        };
        let frame = frame.to_vec();
        self.start += 4 + len;
        Ok(Some(frame))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_survive_any_split() {
        let messages = [ClientMessage::Snapshot { request: 7 }, ClientMessage::Bye];
        let bytes: Vec<u8> = messages.iter().flat_map(encode).collect();
        for cut in 0..=bytes.len() {
            let mut frames = Frames::default();
            let mut read = Vec::new();
            for part in [&bytes[..cut], &bytes[cut..]] {
                frames.push(part);
                while let Some(frame) = frames.next_frame().unwrap() {
                    read.push(decode::<ClientMessage>(&frame).unwrap());
                }
            }
            assert_eq!(read, messages);
        }
    }

    #[test]
    fn a_giant_length_is_refused_before_it_is_read() {
        let mut frames = Frames::default();
        frames.push(&u32::MAX.to_be_bytes());
        assert!(matches!(frames.next_frame(), Err(WireError::TooLong { .. })));
    }

    #[test]
    fn foreign_bytes_are_an_error_with_their_text() {
        let error = decode::<ClientMessage>(b"GET / HTTP/1.1").unwrap_err();
        assert!(error.to_string().contains("GET / HTTP/1.1"));
    }
}
