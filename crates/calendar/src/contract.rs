//! The contracts of a root: tick, value, fee, months and the rule of the last trading day, checked.
//!
//! Knows rules and numbers; it never decides whether a day trades.

use jiff::civil::{Date, Time, Weekday};
use stopline_kernel::instrument::{DayMargin, Margin, TickSize, TradingDay};
use stopline_kernel::num::Money;
use stopline_kernel::time::Span;

use crate::data::{CONTRACTS, Confidence, ContractEntry, Fact, MarginEntry, Sources, bad};
use crate::day::{parse_date, parse_time, trading_day};
use crate::error::CalendarError;
use crate::symbol::month_number;

/// All contracts of one root, such as ES.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// The root, such as `ES`.
    pub root: String,
    /// What people call it.
    pub name: String,
    /// The exchange that lists it.
    pub exchange: String,
    /// The currency of the money amounts, as an ISO code.
    pub currency: String,
    /// The session group whose hours it keeps.
    pub group: String,
    /// The smallest price step; above zero.
    pub tick: Fact<TickSize>,
    /// What one tick of one lot is worth; above zero.
    pub tick_value: Fact<Money>,
    /// What one lot costs per side, commission and exchange fees together; zero or more. A stand-in until the
    /// configuration says what the broker takes.
    pub fee: Fact<Money>,
    /// What a lot ties up, where it is known.
    pub margin: Option<ContractMargin>,
    /// What a broker asks instead while the day is young; above zero.
    pub day_margin: Option<Fact<Money>>,
    /// The month codes of its contracts, in the order of the year; at least one.
    pub months: Fact<String>,
    /// The rule of the last trading day, or `None` where it is not known.
    pub expiry: Fact<Option<Expiry>>,
    /// Calendar days before the last trading day on which the next contract becomes the front one.
    pub roll_days: Option<Fact<u16>>,
}

/// The clearing house's margin of a lot, as it was on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractMargin {
    /// To open it; above zero.
    pub initial: Money,
    /// To go on holding it; above zero and at most `initial`.
    pub maintenance: Money,
    /// On which day it was so.
    pub as_of: TradingDay,
    /// A key of the file's `[sources]`.
    pub source: String,
    /// How far it can be trusted.
    pub confidence: Confidence,
}

/// The rule of the last trading day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// The third Friday of the contract's month, at this local time. Where that Friday is a holiday, the weekday
    /// before it.
    ThirdFriday {
        /// The moment after the last trade, in the zone of the session group.
        until: Time,
    },
}

impl Contract {
    /// Checks `[contract.{root}]`.
    pub(crate) fn new(
        root: &str,
        entry: ContractEntry,
        sources: Sources<'_>,
    ) -> Result<Contract, CalendarError> {
        let at = |field: &str| format!("contract.{root}.{field}");
        for (field, fact) in [
            ("tick", &entry.tick),
            ("tick_value", &entry.tick_value),
            ("fee", &entry.fee),
            ("months", &entry.months),
            ("expiry", &entry.expiry),
        ] {
            sources.check(&at(field), fact)?;
        }
        if let Some(fact) = &entry.day_margin {
            sources.check(&at("day_margin"), fact)?;
        }
        if let Some(days) = &entry.roll_days {
            sources.check(&at("roll_days"), days)?;
        }
        months(&at("months"), &entry.months.is)?;
        Ok(Contract {
            root: root.to_owned(),
            name: entry.name,
            exchange: entry.exchange,
            currency: entry.currency,
            group: entry.group,
            tick: read(entry.tick, |text| tick(&at("tick"), text))?,
            tick_value: read(entry.tick_value, |text| money(&at("tick_value"), text, 1))?,
            fee: read(entry.fee, |text| money(&at("fee"), text, 0))?,
            margin: entry.margin.map(|entry| margin(&at("margin"), entry, sources)).transpose()?,
            day_margin: entry
                .day_margin
                .map(|fact| read(fact, |text| money(&at("day_margin"), text, 1)))
                .transpose()?,
            months: entry.months,
            expiry: read(entry.expiry, |text| expiry(&at("expiry"), text))?,
            roll_days: entry.roll_days,
        })
    }

    /// What a lot ties up, where day margins end so long before the close.
    pub(crate) fn margin_of(&self, ends: Span) -> Option<Margin> {
        let day = self.day_margin.as_ref().map(|lot| DayMargin { lot: lot.is, ends });
        self.margin.as_ref().map(|m| Margin { initial: m.initial, maintenance: m.maintenance, day })
    }

    /// The last trading day by the rule alone, and the time of its last trade; `None` where no rule is known.
    pub(crate) fn last_trade(&self, year: i16, month: char) -> Option<(Date, Time)> {
        let Expiry::ThirdFriday { until } = self.expiry.is?;
        let first = Date::new(year, month_number(month)?, 1).ok()?;
        Some((first.nth_weekday_of_month(3, Weekday::Friday).ok()?, until))
    }
}

fn margin(field: &str, entry: MarginEntry, sources: Sources<'_>) -> Result<ContractMargin, CalendarError> {
    sources.check_name(field, &entry.source)?;
    let initial = money(&format!("{field}.initial"), &entry.initial, 1)?;
    let maintenance = money(&format!("{field}.maintenance"), &entry.maintenance, 1)?;
    if maintenance > initial {
        let mend = "no more is asked to hold a lot than to open it: exchange them";
        return Err(bad(CONTRACTS, format!("{field}.maintenance"), &entry.maintenance, mend));
    }
    let as_of = trading_day(parse_date(CONTRACTS, &format!("{field}.as_of"), &entry.as_of)?);
    Ok(ContractMargin { initial, maintenance, as_of, source: entry.source, confidence: entry.confidence })
}

/// The fact with its text read.
fn read<T>(
    fact: Fact<String>,
    parse: impl Fn(&str) -> Result<T, CalendarError>,
) -> Result<Fact<T>, CalendarError> {
    Ok(Fact { is: parse(&fact.is)?, source: fact.source, confidence: fact.confidence })
}

/// `12.50` as (1250, 2); digits, at most one point, at most twelve places.
fn decimal(text: &str) -> Option<(i64, u8)> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{part}");
    let sound = !whole.is_empty() && part.len() <= 12 && digits.bytes().all(|b| b.is_ascii_digit());
    Some((digits.parse().ok().filter(|_| sound)?, u8::try_from(part.len()).ok()?))
}

fn tick(field: &str, text: &str) -> Result<TickSize, CalendarError> {
    match decimal(text) {
        Some((mantissa, scale)) if mantissa > 0 => Ok(TickSize { mantissa, scale }),
        _ => {
            Err(bad(CONTRACTS, field, text, "write a decimal above zero with at most 12 places, as in 0.25"))
        }
    }
}

fn money(field: &str, text: &str, least: i64) -> Result<Money, CalendarError> {
    let micros = |(units, places): (i64, u8)| {
        let places = u32::from(places);
        units.checked_mul(10_i64.pow(6_u32.checked_sub(places)?))
    };
    match decimal(text).and_then(micros) {
        Some(micros) if micros >= least => Ok(Money(micros)),
        _ => Err(bad(CONTRACTS, field, text, "write an amount with at most 6 decimal places, as in 12.50")),
    }
}

fn months(field: &str, text: &str) -> Result<(), CalendarError> {
    let numbers: Option<Vec<i8>> = text.chars().map(month_number).collect();
    match numbers {
        Some(n) if !n.is_empty() && n.is_sorted_by(|a, b| a < b) => Ok(()),
        _ => Err(bad(CONTRACTS, field, text, "write month codes in the order of the year, as in HMUZ")),
    }
}

fn expiry(field: &str, text: &str) -> Result<Option<Expiry>, CalendarError> {
    match text.strip_prefix("third-friday ") {
        Some(time) => Ok(Some(Expiry::ThirdFriday { until: parse_time(CONTRACTS, field, time)? })),
        None if text == "unknown" => Ok(None),
        None => Err(bad(CONTRACTS, field, text, "write \"third-friday HH:MM\" or \"unknown\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_ticks_read_exactly_or_not_at_all() {
        assert_eq!(money("f", "15.625", 1), Ok(Money(15_625_000)));
        assert_eq!(tick("f", "0.0000005"), Ok(TickSize { mantissa: 5, scale: 7 }));
        assert_eq!(tick("f", "1"), Ok(TickSize { mantissa: 1, scale: 0 }));
        for wrong in ["", ".5", "-1", "0", "1e3", "1.2.3", "0.0000001", "9223372036854775807"] {
            assert!(money("f", wrong, 1).is_err(), "{wrong:?}");
        }
        for wrong in ["0", "0.00", "-0.25", "0.00000000000001"] {
            assert!(tick("f", wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn months_are_codes_in_order() {
        assert!(months("f", "HMUZ").is_ok());
        for wrong in ["", "HUM", "HH", "HA", "hmuz"] {
            assert!(months("f", wrong).is_err(), "{wrong:?}");
        }
    }
}
