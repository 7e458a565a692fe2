//! Market time as traders read it: in the exchange's own zone.
//!
//! It only formats moments that others measured; it never asks what time it is.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use stopline_kernel::instrument::TradingDay;
use stopline_kernel::time::{ExchangeTime, Stamp};

/// The zone's name.
pub(crate) const NAME: &str = "America/Chicago";

/// The exchange's zone: Chicago, or UTC should the compiled-in rules lack it.
fn zone() -> TimeZone {
    TimeZone::get(NAME).unwrap_or(TimeZone::UTC)
}

fn format(nanos: i64, zone: TimeZone, form: &str) -> String {
    match Timestamp::from_nanosecond(nanos.into()) {
        Ok(time) => time.to_zoned(zone).strftime(form).to_string(),
        Err(_) => "unknown".to_owned(),
    }
}

/// The moment that `2026-09-16`, `2026-09-16 08:46` or `2026-09-16 08:46:00` names there; `None` for any other text.
pub(crate) fn read(text: &str) -> Option<ExchangeTime> {
    let day = |form: &str| Date::strptime(form, text).ok().map(|date| date.at(0, 0, 0, 0));
    let moment = |form: &str| DateTime::strptime(form, text).ok();
    let civil =
        moment("%Y-%m-%d %H:%M:%S").or_else(|| moment("%Y-%m-%d %H:%M")).or_else(|| day("%Y-%m-%d"))?;
    let nanos = civil.to_zoned(zone()).ok()?.timestamp().as_nanosecond();
    i64::try_from(nanos).ok().map(ExchangeTime)
}

/// `08:46:00`.
pub(crate) fn clock(time: ExchangeTime) -> String {
    format(time.0, zone(), "%H:%M:%S")
}

/// `2026-09-16 08:46:00.250`.
pub(crate) fn moment(time: ExchangeTime) -> String {
    format(time.0, zone(), "%Y-%m-%d %H:%M:%S%.3f")
}

/// `2026-09-16T13:46:00.25Z`.
pub(crate) fn utc(nanos: i64) -> String {
    Timestamp::from_nanosecond(nanos.into()).map_or_else(|_| "unknown".to_owned(), |time| time.to_string())
}

/// `2026-09-16`.
pub(crate) fn day(day: TradingDay) -> String {
    let TradingDay(n) = day;
    format!("{:04}-{:02}-{:02}", n / 10_000, n / 100 % 100, n % 100)
}

/// The market time of a stamp, or dashes while the venue has not told us its clock.
pub(crate) fn clock_of(at: Stamp) -> String {
    at.market.map_or_else(|| "--:--:--".to_owned(), clock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn market_time_is_chicago_time_in_summer_and_winter() {
        assert_eq!(clock(ExchangeTime(1_768_404_600_000_000_000)), "09:30:00");
        assert_eq!(moment(ExchangeTime(1_789_566_300_000_000_000)), "2026-09-16 08:45:00.000");
        assert_eq!(clock(ExchangeTime(i64::MAX)), "18:47:16");
    }
}
