//! Tests of the configuration: defaults, agreement of table and checker, and one clear error for each mistake.
//!
//! No test here touches anything but texts and the page in `docs/`.

use std::path::Path;

use stopline_kernel::id::BotId;
use stopline_kernel::limits::{NewsKind, OnStop, QuietWindow, SizedBy, Sizing};
use stopline_kernel::num::{Bps, Lots, Money};
use stopline_kernel::time::{ExchangeTime, Span};

use super::raw::Raw;
use super::*;

fn read(text: &str) -> Result<Config, ConfigError> {
    check::check(&Raw::parse("stopline.toml", text)?)
}

fn error(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn the_defaults_are_a_paper_account_a_simulated_contract_and_the_cross() {
    let config = read("").unwrap();
    assert_eq!(config.lane.account.as_str(), "PAPER-1");
    assert_eq!(config.lane.start_cash, Money(50_000_000_000));
    assert_eq!(config.lane.timings.protect, Span::secs(2));
    assert_eq!(config.lane.timings.detect, Span::secs(5));
    assert_eq!(config.lane.on_stop, OnStop::KeepProtection);
    assert_eq!(config.paper.instrument.symbol.as_str(), "MESZ6");
    assert_eq!(config.paper.speed_milli, 60_000);
    assert_eq!(config.bots.len(), 1);
    assert_eq!(config.lane.bots[0].bar, Span::secs(60));
    assert!(config.lane.bots[0].warm_up > 0);
}

#[test]
fn a_file_lies_over_the_defaults() {
    let config =
        read("[limits]\nmax_order_lots = 3\n[[bots]]\nname = \"a\"\n[[bots]]\nname = \"b\"\n").unwrap();
    assert_eq!(config.lane.limits.max_order_lots, Lots(3));
    assert_eq!(config.lane.limits.max_instrument_lots, Lots(4));
    assert_eq!(config.lane.bots.iter().map(|b| b.bot.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn a_printed_configuration_reads_back_as_itself() {
    let text = "[venue.paper]\nspeed = \"0.5\"\n[[bots]]\nparams = { stop = \"12 ticks\", fast = 3 }\n";
    let config = read(text).unwrap();
    assert_eq!(read(&config.text).unwrap(), config);
    assert_eq!(read(&config.text).unwrap().hash(), config.hash());
    assert_ne!(read("").unwrap().hash(), config.hash());
}

#[test]
fn every_key_of_the_table_is_read_and_refuses_what_cannot_be_meant() {
    for key in KEYS {
        let bad = if key.unit == Unit::Table { "1" } else { "{}" };
        let section = match key.section() {
            "" => String::new(),
            "bots" => "[[bots]]\n".to_owned(),
            section => format!("[{section}]\n"),
        };
        let found = error(&format!("{section}{} = {bad}\n", key.leaf()));
        assert!(found.contains(&format!("`{} = {bad}`", key.name)), "{}: {found}", key.name);
    }
}

#[test]
fn unknown_keys_name_place_and_mend() {
    assert_eq!(
        error("\n[limits]\ndaly_loss = 5\n"),
        "stopline.toml:3: unknown key `limits.daly_loss`; did you mean `limits.daily_loss`?"
    );
    assert_eq!(
        error("daily_loss = 5\n"),
        "stopline.toml:1: unknown key `daily_loss`; did you mean `limits.daily_loss`?"
    );
    assert_eq!(
        error("[venue.live]\nx = 1\n"),
        "stopline.toml:1: unknown key `venue.live`; `stopline config` lists every key"
    );
    assert!(error("[[bots]]\nstrategi = \"cross\"\n").contains("did you mean `bots.strategy`?"));
}

#[test]
fn values_that_cannot_be_meant_name_value_and_mend() {
    for (text, wanted) in [
        ("[limits]\ndaily_loss = -5", "stopline.toml:2: `limits.daily_loss = -5`: must be above zero"),
        ("[limits]\nmax_order_lots = 0", "`limits.max_order_lots = 0`: must be above zero"),
        ("[limits]\ndaily_loss = 0.5", "`limits.daily_loss = 0.5`: write a whole number, or a text such as"),
        ("[limits]\nmax_orders_per_window = 1000", "choose a number from 1 to 256"),
        ("[timings]\nanswer = 2", "`timings.answer = 2`: write a duration such as \"250ms\""),
        ("[timings]\nanswer = \"0s\"", "must be above zero"),
        ("[limits]\nquiet = [\"fed 2026-12-09 13:00 15m\"]", "write each as \"fomc 2026-12-09 13:00 15m\""),
        ("[limits]\nquiet = [\"fomc 2026-12-09 13:00\"]", "write each as"),
        ("[[bots]]\nignores = [\"fed\"]", "write a list of cpi, fomc, nfp, eia"),
        ("[[bots]]\nsizing = \"half\"", "write \"wish\", \"lots 2\" or \"risk 50\""),
        ("[limits]\nprofit_target = 0", "`limits.profit_target = 0`: must be above zero"),
        ("[limits]\nmax_leverage = \"much\"", "`limits.max_leverage = \"much\"`"),
        ("on_stop = \"panic\"", "choose one of keep_protection, flatten"),
        ("[account]\nid = \"two words\"", "no name: only visible ASCII"),
        ("[venue.paper]\nprice = \"6700.10\"", "no price of this contract: the price lies between two ticks"),
        ("[venue.paper]\nsymbol = \"XYZ\"", "`venue.paper.symbol = \"XYZ\"`"),
        ("[venue.paper]\nspeed = 5000", "choose a number from 0 to 1000"),
        ("[venue.paper]\nfaults = \"drip=1\"", "no fault is named \"drip\""),
        ("[venue.paper]\nstart = \"noon\"", "write a moment in Chicago such as"),
        ("[[bots]]\nstrategy = \"corss\"", "there is no bot `corss`"),
        ("[[bots]]\nparams = { fast = 20, slow = 5 }", "bot `cross`"),
        ("[[bots]]\nsymbol = \"ESZ6\"", "\"venue\", or the contract of `venue.paper.symbol`"),
        ("bots = 3", "`bots = 3`: write each bot under a line of its own"),
        ("limits = 3", "`limits = 3`: write a section"),
        ("[limits", "stopline.toml:1: not TOML: "),
    ] {
        assert!(error(text).contains(wanted), "{text}: {}", error(text));
    }
}

#[test]
fn contradictions_name_both_keys_and_the_mend() {
    assert_eq!(
        error("[limits]\nrisk_per_trade = 2000"),
        "stopline.toml: `limits.risk_per_trade` and `limits.daily_loss` contradict each other: risk_per_trade is \
         above daily_loss: one losing trade would break the day; lower the first or raise the second"
    );
    assert!(
        error("[limits]\nmax_order_lots = 9")
            .contains("`limits.max_order_lots` and `limits.max_instrument_lots`")
    );
    for (text, keys) in [
        ("day_drawdown = 100", "`limits.risk_per_trade` and `limits.day_drawdown`"),
        ("trailing_drawdown = 900\nhigh_step = 91", "`limits.high_step` and `limits.day_drawdown`"),
        ("flat_before_close = \"5m\"", "`limits.no_entry_before_close` and `limits.flat_before_close`"),
        ("sends_per_second = 22", "`limits.sends_reserve` and `limits.sends_per_second`"),
        ("max_account_lots = 3", "`limits.max_instrument_lots` and `limits.max_account_lots`"),
    ] {
        let found = error(&format!("[limits]\n{text}"));
        assert!(found.contains(keys), "{text}: {found}");
    }
    assert!(error("[timings]\ndetect = \"1s\"").contains("`timings.detect` and `timings.answer`"));
    assert!(error("[[bots]]\n[[bots]]\n").contains("two bots are named cross"));
}

#[test]
fn flags_lie_over_the_file_and_errors_name_them() {
    let flag = |value: serde_json::Value| Flag { flag: "--speed", key: "venue.paper.speed", value };
    let config = load(None, &[flag(600.into())]).unwrap();
    assert_eq!(config.paper.speed_milli, 600_000);
    let error = load(None, &[flag("fast".into())]).unwrap_err().to_string();
    assert!(error.starts_with("command line, --speed: `venue.paper.speed = \"fast\"`"), "{error}");
    let missing = load(Some(Path::new("no/such.toml")), &[]).unwrap_err().to_string();
    assert!(missing.starts_with("no/such.toml: cannot be read"), "{missing}");
}

#[test]
fn the_page_is_current() {
    let page = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/config.md"));
    assert!(
        page == markdown(),
        "docs/config.md is old: run `cargo run -p stopline -- config --markdown > docs/config.md`"
    );
}

#[test]
fn a_window_around_news_is_read_in_chicago_and_a_bot_may_pass_over_its_kind() {
    let text = "[limits]\nquiet = [\"fomc 2026-12-09 13:00 15m\"]\n[[bots]]\nignores = [\"eia\"]\n";
    let hours = read(text).unwrap().lane.limits.hours;
    let at = ExchangeTime(1_796_842_800_000_000_000);
    let (from, until) = (at.plus(Span::secs(-900)), at.plus(Span::secs(900)));
    assert_eq!(hours.quiet, [QuietWindow { kind: NewsKind::Fomc, from, until }]);
    assert_eq!(hours.ignores, [(BotId::from_static("cross"), NewsKind::Eia)]);
    assert!(error("[timings]\naccount_age = \"6s\"").contains("`timings.account_age`"));
}

#[test]
fn a_bot_that_trades_what_it_wishes_for_has_no_sizing_and_others_have_theirs() {
    let text = "[[bots]]\nname = \"a\"\n[[bots]]\nname = \"b\"\nsizing = \"risk 50 sure\"\n";
    let sized = Sizing { bot: BotId::from_static("b"), by: SizedBy::Risk(Bps(50)), confidence: true };
    assert_eq!(read(text).unwrap().lane.sizing, [sized]);
}

#[test]
fn the_page_of_risk_is_current_and_every_key_on_it_has_a_default() {
    let page = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/risk.md"));
    assert!(
        page == risk_markdown(),
        "docs/risk.md is old: run `cargo run -p stopline -- config --risk > docs/risk.md`"
    );
    assert!(!page.contains("` = ?"), "a rule names a key that is not there");
}
