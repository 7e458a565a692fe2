//! What is traded: tick, tick value, fees and sessions. Prices become [`Ticks`] here, exactly, or not at all.
//!
//! Knows no calendar rules: sessions arrive as plain intervals, worked out by whoever may look at a calendar.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

use serde::{Deserialize, Serialize};

use crate::id::Symbol;
use crate::num::{Lots, Money, Overflow, Ticks};
use crate::time::{ExchangeTime, Span};

/// The smallest price step, as an exact decimal: `mantissa / 10^scale`. 0.25 is `{ 25, 2 }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TickSize {
    /// At least 1.
    pub mantissa: i64,
    /// Decimal places, at most 12.
    pub scale: u8,
}

/// The exchange's trading days, oldest first, without overlap.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sessions(pub Vec<Session>);

/// One trading day: `open <= t < close`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The trading day as `yyyymmdd`; it is the date of the close, not of the open.
    pub day: TradingDay,
    /// First moment of trading.
    pub open: ExchangeTime,
    /// First moment after trading.
    pub close: ExchangeTime,
}

/// A trading day as the number `yyyymmdd`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TradingDay(pub u32);

impl Sessions {
    /// The session that `t` lies in, or `None` while the market is closed.
    pub fn at(&self, t: ExchangeTime) -> Option<&Session> {
        let next = self.0.partition_point(|s| s.open <= t);
        next.checked_sub(1).and_then(|last| self.0.get(last)).filter(|s| t < s.close)
    }

    /// The close of the trading day whose session `t` lies in: of its last session, where a halt has split it.
    pub fn end_of_day(&self, t: ExchangeTime) -> Option<ExchangeTime> {
        let day = self.at(t)?.day;
        let later = self.0.get(self.0.partition_point(|s| s.open <= t)..).unwrap_or(&[]);
        let last = later.iter().take_while(|s| s.day == day).last();
        last.or_else(|| self.at(t)).map(|session| session.close)
    }

    /// The trading day `t` counts toward: the session it lies in, else the next one to open.
    pub fn day_of(&self, t: ExchangeTime) -> Option<TradingDay> {
        self.0.get(self.0.partition_point(|s| s.close <= t)).map(|s| s.day)
    }
}

/// A futures contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instrument {
    /// The contract's name at the venue.
    pub symbol: Symbol,
    /// The smallest price step.
    pub tick: TickSize,
    /// What one tick of one lot is worth; above zero.
    pub tick_value: Money,
    /// What one lot costs per side, commission and exchange fees together.
    pub fee: Money,
    /// When it trades.
    pub sessions: Sessions,
    /// What a lot ties up, where the venue tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<Margin>,
}

/// What one lot, held or asked for, ties up of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Margin {
    /// To open it.
    pub initial: Money,
    /// To go on holding it: an account worth less is closed out. At most `initial`.
    pub maintenance: Money,
    /// What is asked instead of either, where that is less, while the close is far enough away.
    pub day: Option<DayMargin>,
}

/// What a lot ties up that is not carried over the close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayMargin {
    /// For a lot.
    pub lot: Money,
    /// It is asked until so long before the trading day's close.
    pub ends: Span,
}

/// Why a text is no price of this instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceError {
    /// Not a plain decimal number (exponents, infinities and blanks are none).
    NotDecimal,
    /// A decimal number, but between two ticks.
    OffTick,
    /// Too large to hold.
    OutOfRange,
}

impl fmt::Display for PriceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PriceError::NotDecimal => "not a plain decimal number",
            PriceError::OffTick => "the price lies between two ticks",
            PriceError::OutOfRange => "the price is too large",
        })
    }
}

impl Instrument {
    /// Reads a price such as `5871.25` exactly.
    pub fn price(&self, text: &str) -> Result<Ticks, PriceError> {
        let (units, places) = decimal(text)?;
        self.price_of(units, places)
    }

    /// The price `units / 10^places` (a DBN price has nine places).
    pub fn price_of(&self, units: i128, places: u8) -> Result<Ticks, PriceError> {
        let up = |n: i128, by: u8| n.checked_mul(10_i128.checked_pow(by.into())?);
        let price = up(units, self.tick.scale).ok_or(PriceError::OutOfRange)?;
        let tick = up(self.tick.mantissa.into(), places).ok_or(PriceError::OutOfRange)?;
        if tick <= 0 || price % tick != 0 {
            return Err(PriceError::OffTick);
        }
        i64::try_from(price / tick).map(Ticks).map_err(|_| PriceError::OutOfRange)
    }

    /// The price as people write it.
    pub fn show(&self, price: Ticks) -> String {
        let value = i128::from(price.0) * i128::from(self.tick.mantissa);
        let unit = 10_u128.saturating_pow(self.tick.scale.into());
        let size = value.unsigned_abs();
        let mut text = String::new();
        let sign = if value < 0 { "-" } else { "" };
        let width = usize::from(self.tick.scale);
        // Writing into a String cannot fail.
        let _ = match width {
            0 => write!(text, "{sign}{size}"),
            _ => write!(text, "{sign}{}.{:0width$}", size / unit, size % unit),
        };
        text
    }

    /// What a lot ties up that is opened at `t`; `None` where the venue has not told.
    pub fn initial_at(&self, t: ExchangeTime) -> Option<Money> {
        self.margin.map(|margin| self.by_day(t, margin.initial))
    }

    /// What a lot that is held ties up at `t`; `None` where the venue has not told.
    pub fn maintenance_at(&self, t: ExchangeTime) -> Option<Money> {
        self.margin.map(|margin| self.by_day(t, margin.maintenance))
    }

    fn by_day(&self, t: ExchangeTime, otherwise: Money) -> Money {
        let day = self.margin.and_then(|margin| margin.day);
        let young = |day: &DayMargin| self.sessions.end_of_day(t).is_some_and(|end| t.plus(day.ends) < end);
        day.filter(young).map_or(otherwise, |day| day.lot.min(otherwise))
    }

    /// What `distance` is worth on `lots`.
    pub fn worth(&self, distance: Ticks, lots: Lots) -> Result<Money, Overflow> {
        let exact = i128::from(distance.0) * i128::from(lots.0) * i128::from(self.tick_value.0);
        i64::try_from(exact).map(Money).map_err(|_| Overflow)
    }
}

/// `12.50` as `(1250, 2)`.
fn decimal(text: &str) -> Result<(i128, u8), PriceError> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all = whole.bytes().chain(part.bytes());
    if whole.is_empty() || !all.clone().all(|b| b.is_ascii_digit()) {
        return Err(PriceError::NotDecimal);
    }
    let mut units = 0_i128;
    for b in all {
        let next = units.checked_mul(10).and_then(|u| u.checked_add(i128::from(b - b'0')));
        units = next.ok_or(PriceError::OutOfRange)?;
    }
    let places = u8::try_from(part.len()).map_err(|_| PriceError::OutOfRange)?;
    Ok((if negative { -units } else { units }, places))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use alloc::vec;

    /// MES with one session, 0 to 1 000 seconds.
    pub(crate) fn mes() -> Instrument {
        let open = ExchangeTime(0);
        let close = ExchangeTime(1_000_000_000_000);
        Instrument {
            symbol: "MESZ6".parse().unwrap(),
            tick: TickSize { mantissa: 25, scale: 2 },
            tick_value: Money(1_250_000),
            fee: Money(620_000),
            sessions: Sessions(vec![Session { day: TradingDay(20_261_120), open, close }]),
            margin: None,
        }
    }

    #[test]
    fn prices_read_exactly_or_not_at_all() {
        let mes = mes();
        assert_eq!(mes.price("5871.25"), Ok(Ticks(23_485)));
        assert_eq!(mes.price("-0.5"), Ok(Ticks(-2)));
        assert_eq!(mes.price("5871.30"), Err(PriceError::OffTick));
        for bad in ["", "-", ".", ".5", "1e3", "NaN", "1,5", " 1", "+1"] {
            assert_eq!(mes.price(bad), Err(PriceError::NotDecimal), "{bad:?}");
        }
        assert_eq!(mes.price(&"9".repeat(60)), Err(PriceError::OutOfRange));
        assert_eq!(mes.price_of(5_871_250_000_000, 9), Ok(Ticks(23_485)));
    }

    #[test]
    fn prices_print_as_people_write_them() {
        assert_eq!(mes().show(Ticks(23_485)), "5871.25");
        assert_eq!(mes().show(Ticks(-1)), "-0.25");
    }

    #[test]
    fn a_day_margin_is_asked_until_it_ends_and_never_of_a_split_days_first_half_alone() {
        let (mut mes, at) = (mes(), |secs: i64| ExchangeTime(secs * 1_000_000_000));
        assert_eq!(mes.initial_at(at(5)), None, "a venue that does not tell");
        let session = |open, close| Session { day: TradingDay(20_261_120), open: at(open), close: at(close) };
        mes.sessions = Sessions(vec![session(0, 400), session(500, 1_000)]);
        let day = Some(DayMargin { lot: Money(50), ends: Span::secs(100) });
        mes.margin = Some(Margin { initial: Money(1_188), maintenance: Money(1_080), day });
        let asked = |t| (mes.initial_at(at(t)), mes.maintenance_at(at(t)));
        assert_eq!(asked(399), (Some(Money(50)), Some(Money(50))), "the day goes on after the halt");
        assert_eq!(asked(899), (Some(Money(50)), Some(Money(50))));
        for late in [900, 999, 450, 2_000] {
            assert_eq!(asked(late), (Some(Money(1_188)), Some(Money(1_080))), "{late}");
        }
    }

    #[test]
    fn sessions_are_half_open() {
        let mes = mes();
        assert!(mes.sessions.at(ExchangeTime(0)).is_some());
        assert!(mes.sessions.at(ExchangeTime(1_000_000_000_000)).is_none());
        assert_eq!(mes.sessions.day_of(ExchangeTime(-5)), Some(TradingDay(20_261_120)));
        assert_eq!(mes.sessions.day_of(ExchangeTime(1_000_000_000_000)), None);
    }
}
