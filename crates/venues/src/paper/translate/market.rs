//! The market as the venue tells it: its contracts and clock, trades, best bid and offer, finished bars.
//!
//! Pure. A tick that is not exact is no tick; none is ever made up to fill a gap.

use stopline_kernel::bar::Bar;
use stopline_kernel::id::{Symbol, VenueInstance};
use stopline_kernel::instrument::{DayMargin, Instrument, Margin, Session, Sessions, TickSize, TradingDay};
use stopline_kernel::market::{Bbo, Level, MarketStatus, Tick, TickKind, Trading};
use stopline_kernel::num::Money;
use stopline_kernel::report::Welcome;
use stopline_kernel::time::{ExchangeTime, MarketClock, Mono, Span};

use super::{Contracts, Unclear, count, name, price, some};
use crate::paper::wire::{BarMessage, ClockMessage, InstrumentMessage, LevelMessage, MarginMessage};

/// The most decimal places a price can have; the kernel holds no more.
const MAX_SCALE: u8 = 12;

/// What the venue says of itself.
pub fn welcome(
    venue: &str,
    clock: ClockMessage,
    instruments: &[InstrumentMessage],
) -> Result<Welcome, Unclear> {
    let venue: VenueInstance = name("venue", venue)?;
    let clock = MarketClock {
        origin: ExchangeTime(clock.origin),
        at: Mono(clock.mono),
        speed_milli: clock.speed_milli,
    };
    let instruments: Result<_, _> = instruments.iter().map(instrument).collect();
    Ok(Welcome { venue, clock, instruments: instruments? })
}

fn instrument(told: &InstrumentMessage) -> Result<Instrument, Unclear> {
    if told.tick_mantissa < 1 || told.tick_scale > MAX_SCALE {
        return Err(Unclear::Contradiction("a tick size is above zero and has 12 decimal places at most"));
    }
    if told.tick_value < 1 || told.fee < 0 {
        return Err(Unclear::Contradiction("a tick is worth something and a fee is not a gift"));
    }
    Ok(Instrument {
        symbol: name("symbol", &told.symbol)?,
        tick: TickSize { mantissa: told.tick_mantissa, scale: told.tick_scale },
        tick_value: Money(told.tick_value),
        fee: Money(told.fee),
        sessions: sessions(&told.sessions)?,
        margin: margin(told)?,
    })
}

fn margin(told: &InstrumentMessage) -> Result<Option<Margin>, Unclear> {
    let Some(MarginMessage { initial, maintenance, day }) = told.margin else { return Ok(None) };
    let sound =
        0 < maintenance && maintenance <= initial && day.is_none_or(|(lot, ends)| 0 < lot && 0 <= ends);
    if !sound {
        return Err(Unclear::Contradiction(
            "a margin is above zero, and no more to hold a lot than to open it",
        ));
    }
    let day = day.map(|(lot, ends)| DayMargin { lot: Money(lot), ends: Span(ends) });
    Ok(Some(Margin { initial: Money(initial), maintenance: Money(maintenance), day }))
}

fn sessions(told: &[(u32, i64, i64)]) -> Result<Sessions, Unclear> {
    let ordered = told.windows(2).all(|pair| matches!(pair, [a, b] if a.2 <= b.1));
    if !ordered || told.iter().any(|(_, open, close)| open >= close) {
        return Err(Unclear::Contradiction("sessions end after they begin and do not overlap"));
    }
    let session = |(day, open, close): &(u32, i64, i64)| Session {
        day: TradingDay(*day),
        open: ExchangeTime(*open),
        close: ExchangeTime(*close),
    };
    Ok(Sessions(told.iter().map(session).collect()))
}

/// Where and when something happened in the market.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The feed's number.
    pub seq: u64,
    /// The contract.
    pub symbol: &'a str,
    /// Exchange time.
    pub time: i64,
}

/// Somebody traded.
pub fn trade(contracts: &Contracts, at: Place<'_>, text: &str, lots: i64) -> Result<Tick, Unclear> {
    let instrument = contracts.find(at.symbol)?;
    let what = TickKind::Trade { price: price(instrument, text)?, lots: some("lots", lots)? };
    Ok(tick(instrument.symbol, at, what))
}

/// The best bid and offer changed.
pub fn bbo(
    contracts: &Contracts,
    at: Place<'_>,
    bid: Option<&LevelMessage>,
    ask: Option<&LevelMessage>,
) -> Result<Tick, Unclear> {
    let instrument = contracts.find(at.symbol)?;
    let level = |told: &LevelMessage| {
        Ok(Level { price: price(instrument, &told.price)?, lots: some("lots", told.lots)? })
    };
    let bbo = Bbo { bid: bid.map(level).transpose()?, ask: ask.map(level).transpose()? };
    Ok(tick(instrument.symbol, at, TickKind::Bbo(bbo)))
}

const fn tick(symbol: Symbol, at: Place<'_>, what: TickKind) -> Tick {
    Tick { symbol, seq: at.seq, exchange_time: ExchangeTime(at.time), broker_time: None, what }
}

/// How a contract trades. A word that is not known is kept in the reason.
pub fn status(
    contracts: &Contracts,
    symbol: &str,
    word: &str,
    why: &str,
    (since, until): (i64, Option<i64>),
) -> Result<MarketStatus, Unclear> {
    let mut known = Trading::ALL.iter().filter(|status| **status != Trading::Unrecognised);
    let known = known.find(|status| status.word() == word);
    Ok(MarketStatus {
        symbol: contracts.find(symbol)?.symbol,
        status: known.copied().unwrap_or(Trading::Unrecognised),
        why: if known.is_some() { why.into() } else { format!("{word:?}: {why}").into() },
        until: until.map(ExchangeTime),
        since: ExchangeTime(since),
    })
}

/// Finished bars, oldest first.
pub fn bars(
    contracts: &Contracts,
    symbol: Symbol,
    length: Span,
    told: &[BarMessage],
) -> Result<Vec<Bar>, Unclear> {
    let instrument = contracts.find(symbol.as_str())?;
    let bars: Vec<Bar> = told.iter().map(|one| bar(instrument, length, one)).collect::<Result<_, _>>()?;
    if !bars.windows(2).all(|pair| matches!(pair, [a, b] if a.end() <= b.open_time)) {
        return Err(Unclear::Contradiction("bars come oldest first and do not overlap"));
    }
    Ok(bars)
}

fn bar(instrument: &Instrument, length: Span, told: &BarMessage) -> Result<Bar, Unclear> {
    let bar = Bar {
        open_time: ExchangeTime(told.open_time),
        length,
        open: price(instrument, &told.open)?,
        high: price(instrument, &told.high)?,
        low: price(instrument, &told.low)?,
        close: price(instrument, &told.close)?,
        volume: count("volume", told.volume)?,
    };
    let inside = |price| bar.low <= price && price <= bar.high;
    if inside(bar.open) && inside(bar.close) {
        Ok(bar)
    } else {
        Err(Unclear::Contradiction("a bar opens and closes between its low and its high"))
    }
}
