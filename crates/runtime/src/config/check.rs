//! From what was written to what can be trusted: every value is read once, and then they are held against each other.
//!
//! Nothing later checks a setting again, and no setting reaches the program except through here.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use stopline_calendar::{Calendar, PriceLimits};
use stopline_exchange::birth::Models;
use stopline_exchange::faults::Faults;
use stopline_kernel::id::Symbol;
use stopline_kernel::instrument::{Instrument, TradingDay};
use stopline_kernel::limits::{LaneConfig, OnStop, Timings};
use stopline_kernel::num::Money;
use stopline_kernel::time::ExchangeTime;

use super::error::{ConfigError, Fault};
use super::raw::{Flag, Raw, Table};
use super::read::{Setting, setting};
use super::{Config, LogConfig, PaperConfig, TapeConfig, bots, limits, page};

/// No log file may be larger, in megabytes.
const MOST: i64 = 1_000_000;

/// The fastest market.
const MOST_SPEED: i64 = 1_000;

/// Where the simulated market begins: Wednesday 16 September 2026, 08:45 in Chicago.
const START: (ExchangeTime, TradingDay) = (ExchangeTime(1_789_566_300_000_000_000), TradingDay(20_260_916));

/// The words of [`OnStop`], in the table's order.
const ON_STOP: &[&str] = &["keep_protection", "flatten"];

/// Reads a configuration: the file, if there is one, and the flags of the command line over it.
///
/// # Errors
///
/// The first thing that is wrong with it.
pub fn load(file: Option<&Path>, flags: &[Flag]) -> Result<Config, ConfigError> {
    check(&Raw::read(file, flags)?)
}

/// Raw to checked.
pub(super) fn check(raw: &Raw) -> Result<Config, ConfigError> {
    let table = &raw.settings;
    let paper = paper(table)?;
    let (bots, seats) = bots::read(&raw.bots, &paper.instrument)?;
    let lane = LaneConfig {
        account: setting(table, "account.id")?.name()?,
        start_cash: setting(table, "account.start_cash")?.money()?,
        limits: limits::read(table, &raw.bots)?,
        timings: timings(table)?,
        bots: seats,
        on_stop: on_stop(&setting(table, "on_stop")?)?,
        sizing: limits::sizing(&raw.bots)?,
    };
    lane.check().map_err(|what| limits::contradiction(raw, what))?;
    Ok(Config {
        data_dir: path(&setting(table, "data_dir")?)?
            .ok_or_else(|| ConfigError::NoSuchKey("data_dir".to_owned()))?,
        lane,
        commit_deadline: setting(table, "timings.commit_deadline")?.duration()?,
        bot_answer: setting(table, "timings.bot_answer")?.duration()?,
        bots,
        paper,
        log: log(table)?,
        text: page::toml(raw),
    })
}

fn timings(table: &Table) -> Result<Timings, ConfigError> {
    let span = |leaf: &str| setting(table, &format!("timings.{leaf}"))?.duration();
    Ok(Timings {
        intent_age: span("intent_age")?,
        data_age: span("data_age")?,
        bar_lateness: span("bar_lateness")?,
        rate_window: span("rate_window")?,
        send_deadline: span("send_deadline")?,
        answer: span("answer")?,
        protect: span("protect")?,
        detect: span("detect")?,
        settle: span("settle")?,
        quotes_gone: span("quotes_gone")?,
        reprice: span("reprice")?,
        flat: span("flat")?,
        account_age: limits::span_or_none(table, "timings.account_age")?,
    })
}

fn on_stop(setting: &Setting<'_>) -> Result<OnStop, ConfigError> {
    match setting.text()? {
        "keep_protection" => Ok(OnStop::KeepProtection),
        "flatten" => Ok(OnStop::Flatten),
        _ => Err(setting.fault(Fault::NoneOf(ON_STOP))),
    }
}

fn log(table: &Table) -> Result<LogConfig, ConfigError> {
    let megabytes = setting(table, "log.max_size")?.whole(1, MOST)?;
    let keep = setting(table, "log.keep")?.whole(0, 1_000)?;
    Ok(LogConfig {
        max_bytes: megabytes.unsigned_abs().saturating_mul(1_000_000),
        keep: u32::try_from(keep).unwrap_or(0),
    })
}

fn paper(table: &Table) -> Result<PaperConfig, ConfigError> {
    let of = |leaf: &str| setting(table, &format!("venue.paper.{leaf}"));
    let (given, tape) = (start(&of("start")?)?, path(&of("tape")?)?);
    let (start, day) = given.unwrap_or(START);
    let instrument = match &tape {
        Some(_) => taped_contract(&of("symbol")?, given.map(|(_, day)| day))?,
        None => contract(&of("symbol")?, day)?,
    };
    let price = of("price")?;
    let ticks = instrument.price(price.text()?).map_err(|why| price.fault(Fault::Price(why)))?;
    let seed = of("seed")?.whole(0, i64::MAX)?;
    let models = Models {
        latency: model(&of("latency")?)?,
        slippage: model(&of("slippage")?)?,
        scenario: model(&of("scenario")?)?,
        limits: match (&tape, given) {
            // The days of a tape are known once it is read.
            (Some(_), None) => BTreeMap::new(),
            (Some(_), Some((_, day))) => price_limits(&of("price_limits")?, instrument.symbol, day)?,
            (None, _) => price_limits(&of("price_limits")?, instrument.symbol, day)?,
        },
    };
    Ok(PaperConfig {
        seed: seed.unsigned_abs(),
        speed_milli: of("speed")?.thousandths(MOST_SPEED)?,
        instrument,
        price: ticks,
        start,
        fee: fee(&setting(table, "account.fee")?)?,
        faults: model::<Faults>(&of("faults")?).and(of("faults")?.text().map(str::to_owned))?,
        models,
        idle: of("idle")?.duration()?,
        patience: of("patience")?.duration()?,
        tape: tape.map(|file| TapeConfig { file, start: given.map(|(moment, _)| moment) }),
    })
}

/// `contract`, or an amount of zero or more.
fn fee(setting: &Setting<'_>) -> Result<Option<Money>, ConfigError> {
    if setting.value().as_str() == Some("contract") {
        return Ok(None);
    }
    match setting.amount()? {
        fee if fee.0 < 0 => Err(setting.fault(Fault::Form("zero, an amount above it, or \"contract\""))),
        fee => Ok(Some(fee)),
    }
}

/// The price limits of a contract on a day, where they are wanted and there are any.
fn price_limits(
    setting: &Setting<'_>,
    symbol: Symbol,
    day: TradingDay,
) -> Result<BTreeMap<Symbol, PriceLimits>, ConfigError> {
    let refuse = |why| setting.fault(Fault::Calendar(why));
    match setting.text()? {
        "none" => Ok(BTreeMap::new()),
        "exchange" => {
            let calendar = stopline_calendar::bundled().map_err(refuse)?;
            let limits = calendar.price_limits(symbol.as_str(), day).map_err(refuse)?;
            Ok(limits.map(|limits| (symbol, limits.clone())).into_iter().collect())
        }
        _ => Err(setting.fault(Fault::NoneOf(&["exchange", "none"]))),
    }
}

/// A model of the exchange's, as its own text.
fn model<M: FromStr<Err: Display>>(setting: &Setting<'_>) -> Result<M, ConfigError> {
    setting.text()?.parse().map_err(|why: M::Err| setting.fault(Fault::Model(why.to_string())))
}

/// `auto`, which is none, or a moment.
fn start(setting: &Setting<'_>) -> Result<Option<(ExchangeTime, TradingDay)>, ConfigError> {
    if setting.text()? == "auto" { Ok(None) } else { moment(setting).map(Some) }
}

/// `2026-09-16 08:45` in Chicago, with the trading day it is meant for.
fn moment(setting: &Setting<'_>) -> Result<(ExchangeTime, TradingDay), ConfigError> {
    let form = || setting.fault(Fault::Form("a moment in Chicago such as \"2026-09-16 08:45\", or \"auto\""));
    moment_of(setting.text()?).ok_or_else(form)
}

/// The same from a text, if it is one.
pub(super) fn moment_of(text: &str) -> Option<(ExchangeTime, TradingDay)> {
    let civil = DateTime::strptime("%Y-%m-%d %H:%M", text).ok()?;
    let nanos = civil.to_zoned(TimeZone::get("America/Chicago").ok()?).ok()?.timestamp().as_nanosecond();
    let date = civil.date();
    let number = i32::from(date.year()) * 10_000 + i32::from(date.month()) * 100 + i32::from(date.day());
    Some((ExchangeTime(i64::try_from(nanos).ok()?), TradingDay(u32::try_from(number).ok()?)))
}

/// A contract by its symbol, or the front one of a root.
fn contract(setting: &Setting<'_>, day: TradingDay) -> Result<Instrument, ConfigError> {
    let text = setting.text()?;
    let refuse = |why| setting.fault(Fault::Calendar(why));
    let calendar = stopline_calendar::bundled().map_err(refuse)?;
    let symbol: Symbol = match calendar.contract(text) {
        Ok(_) => calendar.front_contract(text, day).map_err(refuse)?,
        Err(_) => setting.name()?,
    };
    sessions_from(calendar, symbol, day).map_err(refuse)
}

/// The contract of a tape, by its own symbol. Its bars say later when it traded; until then its sessions are those of
/// all days that the calendar knows.
fn taped_contract(setting: &Setting<'_>, day: Option<TradingDay>) -> Result<Instrument, ConfigError> {
    let refuse = |why| setting.fault(Fault::Calendar(why));
    let calendar = stopline_calendar::bundled().map_err(refuse)?;
    if calendar.contract(setting.text()?).is_ok() {
        return Err(setting.fault(Fault::Form("the symbol of one contract on the tape, such as \"ESZ4\"")));
    }
    let symbol = setting.name()?;
    sessions_from(calendar, symbol, day.unwrap_or(calendar.covers().0)).map_err(refuse)
}

/// The contract with its sessions from `day` on, as far as the calendar goes.
fn sessions_from(
    calendar: &Calendar,
    symbol: Symbol,
    day: TradingDay,
) -> Result<Instrument, stopline_calendar::CalendarError> {
    let (first, last) = calendar.covers();
    calendar.instrument(symbol.as_str(), day.max(first), last)
}

/// A path; none where the text is empty.
fn path(setting: &Setting<'_>) -> Result<Option<PathBuf>, ConfigError> {
    let text = setting.text()?;
    Ok((!text.is_empty()).then(|| PathBuf::from(text)))
}
