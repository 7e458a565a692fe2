//! The market that runs when nobody asks for another: MES as participants make it, in simulated trading days.
//!
//! Pure. The days follow a plain weekly rule, without holidays and without daylight saving: they are simulated days,
//! and never stand for the exchange's own.

use stopline_kernel::id::{AccountId, NameError};
use stopline_kernel::instrument::{DayMargin, Instrument, Margin, Session, Sessions, TickSize, TradingDay};
use stopline_kernel::num::{Money, Ticks};
use stopline_kernel::time::{ExchangeTime, Span};

use crate::birth::{Drive, Models, Plan};
use crate::house::Temper;

/// Where the simulated market begins: Wednesday 14 January 2026, 15:30 UTC, an hour into the American morning.
pub const START: ExchangeTime = ExchangeTime(1_768_404_600_000_000_000);

/// How much market there is before it: enough bars for most averages.
pub const WARM_UP: Span = Span::secs(3 * 3_600);

/// The first price: 5 900.00.
pub const FIRST_PRICE: Ticks = Ticks(23_600);

/// What a lot ties up: MES in January 2022, and a retail broker's day margin (`data/contracts.toml` has the sources).
const MARGIN: Margin = Margin {
    initial: Money(1_188_000_000),
    maintenance: Money(1_080_000_000),
    day: Some(DayMargin { lot: Money(50_000_000), ends: Span::secs(15 * 60) }),
};

/// How many trading days are known: two years.
const DAYS: i64 = 520;

const DAY: i64 = 86_400;

/// Simulated MES, with `fee` per lot and side.
pub fn mes(fee: Money) -> Result<Instrument, NameError> {
    Ok(Instrument {
        symbol: "MESH6".parse()?,
        tick: TickSize { mantissa: 25, scale: 2 },
        tick_value: Money(1_250_000),
        fee,
        sessions: weekdays(20_458, DAYS),
        margin: Some(MARGIN),
    })
}

/// An exchange that trades `instrument` among participants from 5 900.00 on, with one account.
pub fn plan(instrument: Instrument, account: AccountId, cash: Money, seed: u64, salt: u64) -> Plan {
    let drive = Drive::House { temper: Temper::ES, price: FIRST_PRICE };
    let (contracts, accounts) = (vec![(instrument, drive)], vec![(account, cash)]);
    Plan { contracts, accounts, seed, salt, start: START, warm_up: WARM_UP, models: Models::default() }
}

/// `count` trading days, Monday to Friday, from the Monday `monday` (in days since the epoch) on. Each opens at 23:00
/// UTC of the day before and closes at 22:00 UTC.
pub fn weekdays(monday: i64, count: i64) -> Sessions {
    let day = |n: i64| {
        let date = monday + n / 5 * 7 + n % 5;
        let at = |secs: i64| ExchangeTime(0).plus(Span::secs(date * DAY + secs));
        Session { day: trading_day(date), open: at(-3_600), close: at(22 * 3_600) }
    };
    Sessions((0..count).map(day).collect())
}

/// The date of a day since the epoch, by the Gregorian calendar.
fn trading_day(days: i64) -> TradingDay {
    // Counted in years that begin in March, so that the leap day is the last of its year.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let number = (year + era * 400 + next) * 10_000 + month * 100 + day;
    TradingDay(u32::try_from(number).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_dates_and_weekends_have_none() {
        let days = weekdays(20_458, 45);
        let dates: Vec<u32> = days.0.iter().map(|s| s.day.0).collect();
        assert_eq!(dates[..6], [20_260_105, 20_260_106, 20_260_107, 20_260_108, 20_260_109, 20_260_112]);
        assert_eq!(dates[39..42], [20_260_227, 20_260_302, 20_260_303]);
        assert_eq!(trading_day(19_782), TradingDay(20_240_229));
        assert!(days.0.windows(2).all(|w| w[0].close < w[1].open));
    }

    #[test]
    fn the_default_start_is_in_a_session_with_its_warm_up() {
        let mes = mes(Money(620_000)).unwrap();
        assert_eq!(mes.sessions.at(START).map(|s| s.day), Some(TradingDay(20_260_114)));
        assert!(mes.sessions.at(ExchangeTime(START.0 - WARM_UP.0)).is_some());
    }
}
