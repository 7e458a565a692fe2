//! What the tests of this crate share: files of their own, instruments, and the real data where it is present.
//!
//! Real market data is never part of the repository. Where it is absent a test says so in one line and passes.
#![allow(dead_code, reason = "every test file uses a part of this")]

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use stopline_calendar::CalendarError;
use stopline_kernel::id::Symbol;
use stopline_kernel::instrument::{Instrument, Sessions, TickSize, TradingDay};
use stopline_kernel::num::Money;
use stopline_kernel::time::ExchangeTime;

/// Writes a file of this test run and returns its path.
pub(crate) fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// A contract with a tick of 0.25, whatever its name.
pub(crate) fn quarter(symbol: Symbol, _: ExchangeTime) -> Result<Instrument, CalendarError> {
    let tick = TickSize { mantissa: 25, scale: 2 };
    Ok(Instrument {
        symbol,
        tick,
        tick_value: Money(12_500_000),
        fee: Money(0),
        sessions: Sessions(Vec::new()),
        margin: None,
    })
}

/// The contract as the calendar knows it, with the sessions of the half year after its first bar.
pub(crate) fn from_calendar(symbol: Symbol, at: ExchangeTime) -> Result<Instrument, CalendarError> {
    stopline_calendar::instrument(symbol.as_str(), day(at, -1), day(at, 200))
}

fn day(at: ExchangeTime, days: i64) -> TradingDay {
    let time = jiff::Timestamp::from_second(at.0 / 1_000_000_000 + days * 86_400).unwrap();
    let date = time.to_zoned(jiff::tz::TimeZone::UTC).date();
    let number = i32::from(date.year()) * 10_000 + i32::from(date.month()) * 100 + i32::from(date.day());
    TradingDay(u32::try_from(number).unwrap())
}

/// A moment from RFC 3339.
pub(crate) fn time(text: &str) -> ExchangeTime {
    let time: jiff::Timestamp = text.parse().unwrap();
    ExchangeTime(i64::try_from(time.as_nanosecond()).unwrap())
}

/// The path of a real file, or `None` after saying that `test` is skipped.
pub(crate) fn shared(test: &str, path: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let data = std::env::var_os("STOPLINE_SHARED_DATA").map_or(root.join("../shared/data"), PathBuf::from);
    let file = data.join(path);
    if file.exists() {
        return Some(file);
    }
    let line = format!("skipped: {test}: shared data is absent");
    println!("{line}");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
    fs::create_dir_all(&target).unwrap();
    let list = target.join("skipped.txt");
    let mut list = OpenOptions::new().create(true).append(true).open(list).unwrap();
    writeln!(list, "{line}").unwrap();
    None
}
