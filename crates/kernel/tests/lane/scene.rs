//! A scene as text, played: its `#!` lines over the rig's configuration, its inputs, and what really came of each.
//!
//! It compares nothing; whoever plays a scene does.

use std::fs;
use std::path::{Path, PathBuf};

use stopline_kernel::limits::{LaneConfig, NewsKind, OnStop, QuietWindow, SendRate, SizedBy, Sizing};
use stopline_kernel::num::{Bps, Lots, Money, Ticks};
use stopline_kernel::time::{ExchangeTime, Span};

use crate::rig::{Out, Rig, bot, config};

/// Every scene there is, by name.
pub(crate) fn files() -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Where they are.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lane/scripts")
}

/// The configuration of a scene: the rig's, with what its `#!` lines say over it.
fn configured(text: &str) -> LaneConfig {
    let mut config = config();
    for line in text.lines().filter_map(|line| line.strip_prefix("#! ")) {
        match line.strip_prefix("limits ") {
            Some(limits) => limits.split_whitespace().for_each(|word| set_limit(&mut config, word)),
            None if line == "flatten on stop" => config.on_stop = OnStop::Flatten,
            None => panic!("what is {line:?}?"),
        }
    }
    config
}

fn set_limit(config: &mut LaneConfig, word: &str) {
    let (name, n) = word.split_once('=').unwrap();
    let n: i64 = n.parse().unwrap();
    let (money, count) = (Money::units(n).ok(), u32::try_from(n).ok());
    let (day, size) = (&mut config.limits.day, &mut config.limits.size);
    match name {
        "loss_share" => day.loss_share = Some(Bps(n)),
        "profit_target" => day.profit_target = money,
        "drawdown" => day.drawdown = money,
        "trailing_drawdown" => day.trailing_drawdown = money,
        "trades" => day.trades = count,
        "losses_in_row" => day.losses_in_row = count,
        "open_positions" => size.open_positions = count,
        "account_lots" => size.account_lots = Some(Lots(n)),
        "notional" => size.notional = money,
        "leverage" => size.leverage = count,
        _ => set_pace(config, name, n),
    }
}

fn set_pace(config: &mut LaneConfig, name: &str, n: i64) {
    let (span, count) = (Some(Span::secs(n)), u32::try_from(n).ok());
    config.timings.account_age = if name == "account_age" { span } else { config.timings.account_age };
    let mut sized = |by, confidence| config.sizing.push(Sizing { bot: bot(), by, confidence });
    match name {
        "size_lots" => return sized(SizedBy::Lots(Lots(n)), false),
        "size_risk" => return sized(SizedBy::Risk(Bps(n)), false),
        "size_sure" => return sized(SizedBy::Lots(Lots(n)), true),
        _ => {}
    }
    let (hours, pace) = (&mut config.limits.hours, &mut config.limits.pace);
    match name {
        "account_age" => {}
        "after_open" => hours.after_open = span,
        "before_close" => hours.before_close = span,
        "flat_before_close" => hours.flat_before_close = span,
        "quiet_until" => hours.quiet.push(QuietWindow {
            kind: NewsKind::Fomc,
            from: ExchangeTime(0),
            until: ExchangeTime(0).plus(Span::secs(n)),
        }),
        "bot_orders" => pace.bot_orders = count,
        "sends" => pace.sends = count.map(|per_second| SendRate { per_second, reserve: 2 }),
        "rejects" => pace.rejects = count,
        "same_rejects" => pace.same_rejects = count,
        "cancels" => pace.cancels = count,
        "spread" => pace.spread = Some(Ticks(n)),
        other => panic!("what is {other:?}?"),
    }
}

/// Plays a scene; gives it back with what really came of every input, and the rig as it stands at the end.
pub(crate) fn play(text: &str) -> (String, Rig) {
    let mut rig = Rig::ready_with(configured(text));
    let mut said = Vec::new();
    for line in text.lines().filter(|l| l.starts_with('#') || l.starts_with("> ")) {
        said.push(line.to_owned());
        let Some(input) = line.strip_prefix("> ") else { continue };
        let from = rig.log.0.len();
        if input.starts_with("miss") {
            rig.miss(input);
            continue;
        }
        let did = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| rig.line(input)));
        let Ok(out): Result<Vec<Out>, _> = did else {
            said.push("  the scene broke off here".into());
            break;
        };
        said.extend(rig.shown(from, &out).into_iter().map(|line| format!("  {line}")));
    }
    (said.join("\n") + "\n", rig)
}
