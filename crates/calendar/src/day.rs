//! Days as the kernel writes them (`yyyymmdd`), as the data files write them (`yyyy-mm-dd`) and as jiff computes.
//!
//! Knows no exchange: which days trade is the business of `hours`.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use stopline_kernel::instrument::TradingDay;
use stopline_kernel::time::ExchangeTime;

use crate::data::bad;
use crate::error::CalendarError;

/// The calendar day that `day` names.
pub(crate) fn date(day: TradingDay) -> Result<Date, CalendarError> {
    let wrong = CalendarError::NotADay { day };
    let part = |n: u32| i8::try_from(n).ok();
    let year = i16::try_from(day.0 / 10_000).ok();
    match (year, part(day.0 / 100 % 100), part(day.0 % 100)) {
        (Some(year), Some(month), Some(d)) => Date::new(year, month, d).map_err(|_| wrong),
        _ => Err(wrong),
    }
}

/// `date` as the kernel writes it. Dates before the year 0 do not occur here; they become day 0.
pub(crate) fn trading_day(date: Date) -> TradingDay {
    let number = i32::from(date.year()) * 10_000 + i32::from(date.month()) * 100 + i32::from(date.day());
    TradingDay(u32::try_from(number).unwrap_or(0))
}

/// Reads `yyyy-mm-dd` from a data file.
pub(crate) fn parse_date(file: &'static str, field: &str, text: &str) -> Result<Date, CalendarError> {
    text.parse().map_err(|_| bad(file, field, text, "write a day as yyyy-mm-dd"))
}

/// Reads `HH:MM` from a data file.
pub(crate) fn parse_time(file: &'static str, field: &str, text: &str) -> Result<Time, CalendarError> {
    let wrong = || bad(file, field, text, "write a time of day as HH:MM");
    let (hour, minute) = text.split_once(':').ok_or_else(wrong)?;
    let sound = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    let number = |part: &str| if sound(part) { part.parse::<i8>().ok() } else { None };
    match (number(hour), number(minute)) {
        (Some(h), Some(m)) => Time::new(h, m, 0, 0).map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}

/// The moment at which the clocks of `zone` show `time` on `date`; `None` past the range of 64-bit nanoseconds.
///
/// A time that the clocks skip counts from before the change, one that they show twice is the first of the two.
pub(crate) fn moment(date: Date, time: Time, zone: &TimeZone) -> Option<ExchangeTime> {
    let zoned = date.to_datetime(time).to_zoned(zone.clone()).ok()?;
    i64::try_from(zoned.timestamp().as_nanosecond()).ok().map(ExchangeTime)
}

/// Whether `date` is a Saturday or a Sunday.
pub(crate) fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trading_day_is_a_real_date_or_an_error() {
        assert_eq!(date(TradingDay(20_240_229)).map(trading_day), Ok(TradingDay(20_240_229)));
        for day in [20_230_229, 20_241_301, 0, 99_999_999, u32::MAX].map(TradingDay) {
            assert_eq!(date(day), Err(CalendarError::NotADay { day }));
        }
    }

    #[test]
    fn times_have_two_digits_each() {
        assert!(parse_time("f", "x", "08:30").is_ok());
        for bad in ["8:30", "0830", "24:00", "08:60", "08:3a", "+8:30"] {
            assert!(parse_time("f", "x", bad).is_err(), "{bad}");
        }
    }
}
