//! The report's figures against ledgers small enough to be reckoned by hand, and against each other on random ones.
//!
//! MES: a tick is worth 1.25, a side costs 0.62 a lot. Nothing here reads a clock or a ledger file.

use stopline_kernel::intent::Leg;
use stopline_kernel::num::{Lots, Money, Side, Ticks};
use stopline_kernel::record::Record;
use stopline_kernel::risk::Denial;
use stopline_kernel::time::Span;

use super::defined::{Defined, Why};
use super::figures::Figures;
use super::scene::{Scene, at, bot};
use super::{Fault, Period, page};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/report.txt");

fn near(found: Defined<f64>, wanted: f64) -> bool {
    found.0.is_ok_and(|found| (found - wanted).abs() < 1e-9)
}

/// A long stopped out one tick through its stop, a short that made its target, and one more that was denied.
fn two_trades() -> Scene {
    let mut scene = Scene::of(&["cross", "idle"]);
    scene.bar(0, 26_800);
    let long = scene.enter(60, "cross", Side::Buy, 1, 26_800, 26_780);
    scene.fill(61, long, Leg::Entry, 1, 26_801, 26_800);
    scene.bar(60, 26_790);
    scene.fill(150, long, Leg::Stop, 1, 26_779, 26_780);
    scene.bar(120, 26_779);
    let short = scene.enter(180, "cross", Side::Sell, 2, 26_780, 26_800);
    scene.fill(181, short, Leg::Entry, 1, 26_780, 26_780);
    scene.fill(182, short, Leg::Entry, 1, 26_779, 26_780);
    scene.bar(180, 26_770);
    scene.denied(240, "cross", Denial::DailyLoss);
    scene.fill(299, short, Leg::Target, 2, 26_740, 26_740);
    scene.bar(240, 26_740);
    scene.denied(400, "cross", Denial::DailyLoss);
    scene.denied(1_000, "cross", Denial::Halted);
    scene
}

#[test]
fn every_figure_of_two_trades_is_the_one_reckoned_by_hand() {
    let report = two_trades().report();
    let f = &report.total;
    assert_eq!((f.trades, f.long, f.short, f.winners, f.losers, f.even), (2, 1, 1, 1, 1, 0));
    // -22 ticks: -27.50. 40 and 39 ticks: +98.75. Six sides: 3.72.
    assert_eq!((f.gross.0, f.fees.0, f.net.0), (Money(71_250_000), Money(3_720_000), Money(67_530_000)));
    assert!(near(f.win_rate_percent, 50.0));
    assert!(near(f.profit_factor, (98.75 - 2.48) / (27.50 + 1.24)));
    assert_eq!(f.expectancy.0.unwrap().0, Money(33_765_000));
    // Risks: 21 ticks of one lot; 20 and 21 ticks.
    assert!(near(f.expectancy_r, (-28.74 / 26.25 + 96.27 / 51.25) / 2.0), "{:?}", f.expectancy_r);
    assert_eq!((f.best.0.unwrap().0, f.worst.0.unwrap().0), (Money(96_270_000), Money(-28_740_000)));
    assert_eq!(f.average_duration_ns.0, Ok(Span::millis((89 + 118) * 500)));
    assert_eq!((f.exposure_ns, f.session_ns), (Span::secs(89 + 118), Span::secs(1_000)));
    assert!(near(f.exposure_percent, 20.7));
    // Entries: +1, 0, and 1 tick worse for the short: two ticks over three lots. The stop: one tick.
    assert!(near(f.entry_slippage.ticks_per_lot, 2.0 / 3.0), "{:?}", f.entry_slippage);
    assert_eq!(f.entry_slippage.money.0.unwrap().0, Money(2_500_000));
    assert_eq!((f.stop_slippage.worst_ticks.0, f.stop_slippage.fills), (Ok(1), 1));
    assert_eq!((f.decided.decisions, f.decided.entered, f.skipped_in_all()), (5, 2, 3));
    assert_eq!((f.decided.skipped["daily_loss"], f.decided.skipped["halted"]), (2, 1));
    assert_eq!(report.by_bot.len(), 2);
    assert_eq!(report.by_bot[1].bot, Some(bot("idle")));
    assert_eq!((report.by_bot[1].trades, report.by_bot[0].net), (0, f.net));
}

#[test]
fn the_drawdown_is_the_deepest_fall_with_its_way_back() {
    let d = two_trades().report().total.drawdown;
    // From 1 000 to 971.26 after the stop, and to 970.64 with the first fee of the short.
    assert_eq!(d.money.0, Money(29_360_000), "{d:?}");
    assert!(near(d.percent, 2.936), "{d:?}");
    // The peak was last seen at the first bar's close; 19 ticks at the close of 240 do not reach it, the target does.
    assert_eq!((d.peak_time, d.recovered_time), (Some(at(60)), Some(at(299))));
    assert_eq!((d.duration_ns, d.at_end.0), (Span::secs(239), Money::ZERO));
}

#[test]
fn a_fall_that_is_not_made_good_is_said_to_stand_at_the_end() {
    let mut scene = Scene::of(&["cross"]);
    let long = scene.enter(60, "cross", Side::Buy, 1, 26_800, 26_780);
    scene.fill(61, long, Leg::Entry, 1, 26_800, 26_800);
    scene.fill(90, long, Leg::Stop, 1, 26_780, 26_780);
    let report = scene.report();
    let d = report.total.drawdown;
    assert_eq!((d.recovered_time, d.at_end.0), (None, Money(26_240_000)));
    assert!(report.text().contains("NOT RECOVERED at the end"), "{}", report.text());
    assert!(report.text().contains("no price chart"), "{}", report.text());
}

#[test]
fn a_flip_is_two_trades_and_its_fee_is_split_by_lots() {
    let mut scene = Scene::of(&["cross"]);
    let long = scene.enter(1, "cross", Side::Buy, 1, 100, 90);
    scene.fill(2, long, Leg::Entry, 1, 100, 100);
    let short = scene.enter(3, "cross", Side::Sell, 3, 110, 120);
    scene.fill(4, short, Leg::Entry, 3, 110, 110);
    let report = scene.report();
    assert_eq!((report.trades.len(), report.open.len()), (1, 1));
    let (closed, open) = (&report.trades[0], &report.open[0]);
    assert_eq!((closed.gross.0, closed.fees.0), (Money(12_500_000), Money(1_240_000)));
    assert_eq!((open.direction, open.lots, open.fees.0), ("short", Lots(2), Money(1_240_000)));
    assert_eq!(open.open.as_ref().unwrap().mark_from, "last fill");
}

#[test]
fn what_is_open_stands_apart_at_the_last_close() {
    let mut scene = two_trades();
    let long = scene.enter(1_000, "cross", Side::Buy, 2, 26_740, 26_700);
    scene.fill(1_001, long, Leg::Entry, 2, 26_740, 26_740);
    scene.bar(1_020, 26_744);
    scene.fill(1_200, long, Leg::Target, 1, 26_750, 26_750);
    scene.bar(1_200, 26_760);
    scene.denied(1_300, "cross", Denial::Halted);
    let report = scene.report();
    assert_eq!((report.total.trades, report.total.open.open_trades), (2, 1));
    assert_eq!(report.total.open.open_realised.0, Money(12_500_000));
    assert_eq!(report.total.open.open_at_mark.0, Money(25_000_000));
    assert_eq!(report.open[0].open.as_ref().unwrap().mark_price, "6690.00");
    assert!(agree(&report.total), "{:?}", report.total);
}

/// Whether the trades and the cash come to the same.
fn agree(f: &Figures) -> bool {
    let trades = f.net.0.0 + f.open.open_realised.0.0 - f.open.open_fees.0.0 + f.open.open_at_mark.0.0;
    trades == f.equity_end.0.0 - f.equity_start.0.0
}

#[test]
fn trades_and_open_marks_come_to_the_change_of_equity_whatever_is_filled() {
    let mut seed = 7_u64;
    let mut draw = |n: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((seed >> 33) % n).unwrap()
    };
    for _ in 0..60 {
        let mut scene = Scene::of(&["a", "b"]);
        for i in 0..80 {
            let name = if draw(2) == 0 { "a" } else { "b" };
            let (side, lots, price) =
                (if draw(2) == 0 { Side::Buy } else { Side::Sell }, 1 + draw(4), 1_000 + draw(60));
            let key = scene.enter(i * 60, name, side, lots, price, price - side.sign() * 10);
            scene.fill(i * 60 + 1, key, Leg::Entry, lots, price, price);
            if draw(3) == 0 {
                scene.fill(i * 60 + 2, key, Leg::Entry, 1, price + 1, price);
            }
            scene.bar(i * 60, 1_000 + draw(60));
        }
        let report = scene.report();
        assert!(agree(&report.total), "{:?}", report.total);
        assert!(report.by_bot.iter().chain(&report.by_instrument).all(agree));
        let bots: i64 = report.by_bot.iter().map(|f| f.net.0.0).sum();
        assert_eq!(bots, report.total.net.0.0);
    }
}

#[test]
fn a_record_that_contradicts_its_fills_is_refused() {
    let spoil = |wrong: fn(&mut stopline_kernel::record::Fill)| {
        let mut scene = two_trades();
        let fill = scene.entries.iter_mut().find_map(|entry| match &mut entry.record {
            Record::Filled(fill) if fill.position == Lots::ZERO => Some(fill),
            _ => None,
        });
        wrong(fill.unwrap());
        scene.report_of(Period::default()).unwrap_err()
    };
    assert!(matches!(spoil(|fill| fill.position = Lots(1)), Fault::Position { found: Lots(0), .. }));
    assert!(matches!(spoil(|fill| fill.realised = Money(5)), Fault::Realised { said: Money(5), .. }));
    assert!(matches!(spoil(|fill| fill.execution.lots = Lots(0)), Fault::NoLots { .. }));
    assert!(matches!(spoil(|fill| fill.execution.price = Ticks(1)), Fault::Realised { .. }));
    assert!(matches!(
        spoil(|fill| fill.execution.symbol = "ESZ6".parse().unwrap()),
        Fault::UnknownContract { .. }
    ));
}

#[test]
fn without_trades_every_figure_says_why_there_is_none() {
    let mut scene = Scene::of(&["cross"]);
    scene.denied(100, "cross", Denial::DataAge);
    let report = scene.report();
    let f = &report.total;
    assert_eq!(f.win_rate_percent, Defined(Err(Why::NoTrades)));
    assert_eq!(f.profit_factor, Defined(Err(Why::NoTrades)));
    assert_eq!((f.trades, f.equity_end), (0, f.equity_start));
    assert!(report.text().contains("undefined (no closed trades)"));
    assert!(page::page(&report).contains("No trade was closed in this period."));
    scene.entries.clear();
    assert_eq!(scene.report_of(Period::default()), Err(Fault::Empty));
}

#[test]
fn no_loser_leaves_the_profit_factor_undefined() {
    let mut scene = Scene::of(&["cross"]);
    let long = scene.enter(1, "cross", Side::Buy, 1, 100, 90);
    scene.fill(2, long, Leg::Entry, 1, 100, 100);
    scene.fill(3, long, Leg::Target, 1, 110, 110);
    let report = scene.report();
    assert_eq!(report.total.profit_factor, Defined(Err(Why::NoLosers)));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(
        json["total"]["profit_factor"],
        serde_json::json!({ "value": null, "undefined": "no losing trades" })
    );
}

#[test]
fn a_period_counts_a_trade_where_it_is_closed_and_begins_with_the_equity_of_then() {
    let scene = two_trades();
    let later = scene.report_of(Period { from: Some(at(170)), ..Period::default() }).unwrap();
    assert_eq!((later.total.trades, later.total.gross.0), (1, Money(98_750_000)));
    assert_eq!(later.total.equity_start.0, Money(1_000_000_000 - 28_740_000));
    let before = scene.report_of(Period { to: Some(at(170)), ..Period::default() }).unwrap();
    assert_eq!((before.total.trades, before.total.gross.0), (1, Money(-27_500_000)));
    let idle = scene.report_of(Period { bot: Some(bot("idle")), ..Period::default() }).unwrap();
    assert_eq!(idle.total.trades, 0);
    let nobody = scene.report_of(Period { bot: Some(bot("nobody")), ..Period::default() });
    assert!(matches!(nobody, Err(Fault::NoBot { known, .. }) if known == "cross, idle"));
}

#[test]
fn the_text_is_the_golden_one() {
    let text = two_trades().report().text();
    let golden = std::fs::read_to_string(GOLDEN).unwrap_or_default();
    assert!(
        text.trim_end() == golden.trim_end(),
        "tests/golden/report.txt differs; the text is now:\n{text}"
    );
}

#[test]
fn the_page_names_no_address_and_stands_without_scripts() {
    let page = page::page(&two_trades().report());
    for stranger in ["http:", "https:", "src=", "href=", "@import", "url("] {
        assert!(!page.contains(stranger), "{stranger}");
    }
    let markup = page.split("<script type=").next().unwrap();
    for figure in [
        "+67.53",
        "SIMULATED: the exchange sim-1",
        "latency 5 ms",
        "daily_loss",
        "<noscript>",
        "data-trade=\"2\"",
    ] {
        assert!(markup.contains(figure), "{figure}");
    }
    assert!(page.starts_with(page::OPENING));
    assert_eq!(page.matches("</script>").count(), 3);
}

#[test]
fn assets_are_the_ones_that_were_vendored() {
    let listed = include_str!("../../assets/README.md");
    for (name, bytes) in [
        ("uPlot.iife.min.js", &include_bytes!("../../assets/uplot/uPlot.iife.min.js")[..]),
        ("uPlot.min.css", include_bytes!("../../assets/uplot/uPlot.min.css")),
        ("LICENSE", include_bytes!("../../assets/uplot/LICENSE")),
    ] {
        let row = format!("| `uplot/{name}` | `{}` |", blake3::hash(bytes).to_hex());
        assert!(listed.contains(&row), "{row}");
    }
}
