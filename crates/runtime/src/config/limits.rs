//! The limits as they were written, to the limits that the lane is told; and which keys contradict each other.
//!
//! It reads each key once and holds none against another: the kernel does that, and here it only gets its names.

use stopline_kernel::id::BotId;
use stopline_kernel::limits::{
    Contradiction, DayLimits, HourLimits, Limits, NewsKind, PaceLimits, QuietWindow, SendRate, SizeLimits,
    SizedBy, Sizing,
};
use stopline_kernel::num::{Bps, Lots, Money, Ticks};
use stopline_kernel::time::Span;

use super::check::moment_of;
use super::error::{ConfigError, Fault};
use super::raw::{Raw, Table};
use super::read::{Setting, setting};

/// No limit of lots or ticks may be larger.
const MOST: i64 = 1_000_000;

/// What the kernel remembers of orders placed; a larger window could not be counted.
const MOST_ORDERS: i64 = 256;

/// What it remembers of refusals.
const MOST_REJECTS: i64 = 64;

/// The largest leverage that can be meant.
const MOST_LEVERAGE: i64 = 1_000;

/// The section `limits`.
pub(super) fn read(table: &Table, bots: &[Table]) -> Result<Limits, ConfigError> {
    let whole = |name: &str, most| setting(table, name)?.whole(1, most);
    let orders = whole("limits.max_orders_per_window", MOST_ORDERS)?;
    Ok(Limits {
        max_order_lots: Lots(whole("limits.max_order_lots", MOST)?),
        max_instrument_lots: Lots(whole("limits.max_instrument_lots", MOST)?),
        risk_per_trade: setting(table, "limits.risk_per_trade")?.money()?,
        daily_loss: setting(table, "limits.daily_loss")?.money()?,
        collar: Bps(whole("limits.collar", 10_000)?),
        collar_ticks: Ticks(whole("limits.collar_ticks", MOST)?),
        max_orders_per_window: u32::try_from(orders).unwrap_or(1),
        through: Ticks(whole("limits.through", MOST)?),
        cash_tolerance: setting(table, "limits.cash_tolerance")?.money()?,
        day: day(table)?,
        size: size(table)?,
        hours: hours(table, bots)?,
        pace: pace(table)?,
    })
}

fn day(table: &Table) -> Result<DayLimits, ConfigError> {
    Ok(DayLimits {
        loss_share: whole_or_none(table, "limits.daily_loss_share", 10_000)?.map(Bps),
        profit_target: money_or_none(table, "limits.profit_target")?,
        drawdown: money_or_none(table, "limits.day_drawdown")?,
        trailing_drawdown: money_or_none(table, "limits.trailing_drawdown")?,
        high_step: setting(table, "limits.high_step")?.money()?,
        trades: count_or_none(table, "limits.max_trades_per_day", MOST)?,
        losses_in_row: count_or_none(table, "limits.max_losses_in_row", MOST)?,
    })
}

fn size(table: &Table) -> Result<SizeLimits, ConfigError> {
    let times = setting(table, "limits.max_leverage")?.or_none(|s| s.thousandths(MOST_LEVERAGE))?;
    Ok(SizeLimits {
        open_positions: count_or_none(table, "limits.max_open_positions", MOST)?,
        account_lots: whole_or_none(table, "limits.max_account_lots", MOST)?.map(Lots),
        notional: money_or_none(table, "limits.max_notional")?,
        // Hundredths of thousandths; what is finer than a hundredth is cut off, to the safe side.
        leverage: times.map(|thousandths| thousandths / 10),
    })
}

fn hours(table: &Table, bots: &[Table]) -> Result<HourLimits, ConfigError> {
    let quiet = setting(table, "limits.quiet")?;
    let mut ignores = Vec::new();
    for bot in bots {
        let name: BotId = setting(bot, "bots.name")?.name()?;
        let kinds = setting(bot, "bots.ignores")?;
        for word in kinds.list()? {
            let kind = news(word).ok_or_else(|| kinds.fault(Fault::Form(KINDS)))?;
            ignores.push((name, kind));
        }
    }
    Ok(HourLimits {
        after_open: span_or_none(table, "limits.no_entry_after_open")?,
        before_close: span_or_none(table, "limits.no_entry_before_close")?,
        flat_before_close: span_or_none(table, "limits.flat_before_close")?,
        quiet: quiet.list()?.into_iter().map(|text| window(&quiet, text)).collect::<Result<_, _>>()?,
        ignores,
    })
}

const KINDS: &str = "a list of cpi, fomc, nfp, eia, each in quotes";

fn news(word: &str) -> Option<NewsKind> {
    serde_json::from_value(word.into()).ok()
}

/// `fomc 2026-12-09 13:00 15m`: a quarter of an hour before one o'clock in Chicago, and one after.
fn window(setting: &Setting<'_>, text: &str) -> Result<QuietWindow, ConfigError> {
    let form = || setting.fault(Fault::Form("each as \"fomc 2026-12-09 13:00 15m\""));
    let words: Vec<&str> = text.split_whitespace().collect();
    let [kind, date, time, around] = words[..] else { return Err(form()) };
    let kind = news(kind).ok_or_else(form)?;
    let (at, _) = moment_of(&format!("{date} {time}")).ok_or_else(form)?;
    let around = super::duration(around).filter(|span| span.0 > 0).ok_or_else(form)?;
    Ok(QuietWindow { kind, from: at.plus(Span(-around.0)), until: at.plus(around) })
}

fn pace(table: &Table) -> Result<PaceLimits, ConfigError> {
    let sends = count_or_none(table, "limits.sends_per_second", MOST)?;
    let reserve = u32::try_from(setting(table, "limits.sends_reserve")?.whole(0, MOST)?).unwrap_or(u32::MAX);
    Ok(PaceLimits {
        sends: sends.map(|per_second| SendRate { per_second, reserve }),
        bot_orders: count_or_none(table, "limits.max_bot_orders_per_window", MOST_ORDERS)?,
        rejects: count_or_none(table, "limits.max_rejects_per_window", MOST_REJECTS)?,
        same_rejects: count_or_none(table, "limits.max_same_rejects", MOST_REJECTS)?,
        cancels: count_or_none(table, "limits.max_cancels_per_window", MOST_ORDERS)?,
        pause: setting(table, "limits.pause")?.duration()?,
        spread: whole_or_none(table, "limits.max_spread", MOST)?.map(Ticks),
        spread_pause: setting(table, "limits.spread_pause")?.duration()?,
    })
}

/// How the entries of bots are sized; a bot that trades what it wishes for has no line.
pub(super) fn sizing(bots: &[Table]) -> Result<Vec<Sizing>, ConfigError> {
    let read = bots.iter().map(|table| {
        let bot: BotId = setting(table, "bots.name")?.name()?;
        let rule = setting(table, "bots.sizing")?;
        let words: Vec<&str> = rule.text()?.split_whitespace().collect();
        let (confidence, words) = match words.split_last() {
            Some((&"sure", rest)) => (true, rest),
            _ => (false, words.as_slice()),
        };
        let number = |word: &str| word.parse().ok().filter(|n| (1..=MOST).contains(n));
        let by = match *words {
            ["wish"] => Some(SizedBy::Wish),
            ["lots", n] => number(n).map(|n| SizedBy::Lots(Lots(n))),
            ["risk", n] => number(n).map(|n| SizedBy::Risk(Bps(n))),
            _ => None,
        };
        let by = by.ok_or_else(|| rule.fault(Fault::Form(SIZING)))?;
        Ok((by != SizedBy::Wish || confidence).then_some(Sizing { bot, by, confidence }))
    });
    read.filter_map(Result::transpose).collect()
}

const SIZING: &str = "\"wish\", \"lots 2\" or \"risk 50\", with sure at its end or without";

/// A duration, or none.
pub(super) fn span_or_none(table: &Table, name: &str) -> Result<Option<Span>, ConfigError> {
    setting(table, name)?.or_none(Setting::duration)
}

fn money_or_none(table: &Table, name: &str) -> Result<Option<Money>, ConfigError> {
    setting(table, name)?.or_none(Setting::money)
}

fn whole_or_none(table: &Table, name: &str, most: i64) -> Result<Option<i64>, ConfigError> {
    setting(table, name)?.or_none(|s| s.whole(1, most))
}

fn count_or_none(table: &Table, name: &str, most: i64) -> Result<Option<u32>, ConfigError> {
    Ok(whole_or_none(table, name, most)?.map(|n| u32::try_from(n).unwrap_or(1)))
}

/// A contradiction by the names of its keys, with the mend.
pub(super) fn contradiction(raw: &Raw, what: Contradiction) -> ConfigError {
    let (keys, mend) = match what {
        Contradiction::OrderOverInstrument => (
            vec!["limits.max_order_lots", "limits.max_instrument_lots"],
            "lower the first or raise the second",
        ),
        Contradiction::TradeOverDay => {
            (vec!["limits.risk_per_trade", "limits.daily_loss"], "lower the first or raise the second")
        }
        Contradiction::TradeOverDrawdown => (
            vec!["limits.risk_per_trade", "limits.day_drawdown", "limits.trailing_drawdown"],
            "lower the first or raise the others",
        ),
        Contradiction::HighStepOverDrawdown => (
            vec!["limits.high_step", "limits.day_drawdown", "limits.trailing_drawdown"],
            "lower the first or raise the others",
        ),
        Contradiction::InstrumentOverAccount => (
            vec!["limits.max_instrument_lots", "limits.max_account_lots"],
            "lower the first or raise the second",
        ),
        Contradiction::EntryAfterFlat => (
            vec!["limits.no_entry_before_close", "limits.flat_before_close"],
            "raise the first or lower the second",
        ),
        Contradiction::ReserveOverSends => {
            (vec!["limits.sends_reserve", "limits.sends_per_second"], "lower the first or raise the second")
        }
        Contradiction::AccountAgeBelowDetect => (
            vec!["timings.account_age", "timings.detect", "timings.answer"],
            "raise the first or lower the others",
        ),
        Contradiction::DetectBelowAnswer => {
            (vec!["timings.detect", "timings.answer"], "raise the first or lower the second")
        }
        Contradiction::BotTwice(_) => (vec!["bots.name"], "give each bot a name of its own"),
        Contradiction::NotPositive(field) => (vec![field], "write a number above zero"),
    };
    ConfigError::Contradiction { file: raw.file.clone(), keys, what, mend }
}
