//! The report as text: headline figures, what has to be known first, tables by bot and contract, open and closed trades.
//!
//! It makes no figure; what is undefined is written with its reason.

use std::collections::BTreeMap;

use stopline_kernel::num::Money;
use stopline_kernel::time::Span;

use super::curve::{Drawdown, MoneyText};
use super::defined::Defined;
use super::figures::Figures;
use super::slips::Slippage;
use super::summary::Summary;
use super::told::TradeTold;
use crate::look::{prices, table, zone};

/// Trades that the text lists; the page and the JSON have all of them.
const LISTED: usize = 20;

impl Summary {
    pub(crate) fn text(&self) -> String {
        let mut page = vec![self.heading()];
        page.extend(self.notes.iter().map(|note| format!("note        {note}")));
        page.push(String::new());
        page.extend(lines(&self.total).into_iter().map(|(name, said)| format!("{name:<20} {said}")));
        page.extend(skipped(&self.total.decided.skipped));
        page.push(format!("\nby bot\n{}", groups(&self.by_bot, "bot", |f| f.bot.map(|bot| bot.to_string()))));
        let symbol = |f: &Figures| f.symbol.map(|symbol| symbol.to_string());
        page.push(format!("\nby contract\n{}", groups(&self.by_instrument, "contract", symbol)));
        if !self.open.is_empty() {
            page.push(format!("\nopen at the end, not counted as trades\n{}", open(&self.open)));
        }
        if !self.trades.is_empty() {
            let heading = match self.trades.len() {
                n if n > LISTED => format!("the last {LISTED} of {n} trades (--html and --json have all)"),
                _ => "trades".to_owned(),
            };
            page.push(format!("\n{heading}\n{}", closed(&self.trades)));
            page.push("`stopline explain ID` tells a trade's whole story".to_owned());
        }
        page.join("\n")
    }

    /// What is reported, in the words of the page's head too.
    pub(crate) fn heading(&self) -> String {
        let edge = |at: &Option<String>| at.clone().unwrap_or_else(|| "unknown".to_owned());
        let venue = self.venue.name.map_or_else(|| "no venue known".to_owned(), |venue| venue.to_string());
        let bot = self.only_bot.map_or_else(String::new, |bot| format!(", bot {bot} alone"));
        let runs = if self.runs == 1 { "1 run".to_owned() } else { format!("{} runs", self.runs) };
        format!(
            "account     {}{bot} at {venue}\nperiod      {} to {} ({} time), {runs}",
            self.account,
            edge(&self.from),
            edge(&self.to),
            self.zone
        )
    }
}

/// The figures of a group, each with its name.
pub(crate) fn lines(f: &Figures) -> Vec<(&'static str, String)> {
    let money = |m: &Defined<MoneyText>| m.show(|m| cents(m.0));
    let percent = |p: &Defined<f64>| p.show(|p| format!("{p:.1} %"));
    let r = match f.without_r {
        0 => String::new(),
        n => format!(" ({n} trades without a known risk left out)"),
    };
    let deposit = if f.open.open_trades == 0 { "nothing".to_owned() } else { open_line(f) };
    vec![
        ("net", format!("{} after fees of {}", prices::signed(f.net.0), f.fees.0)),
        ("gross", prices::signed(f.gross.0)),
        (
            "trades",
            format!(
                "{} closed: {} won, {} lost, {} even; {} long, {} short",
                f.trades, f.winners, f.losers, f.even, f.long, f.short
            ),
        ),
        ("win rate", percent(&f.win_rate_percent)),
        ("profit factor", f.profit_factor.show(|p| format!("{p:.2}"))),
        ("expectancy", format!("{} a trade", money(&f.expectancy))),
        ("expectancy in R", format!("{}{r}", f.expectancy_r.show(|r| format!("{r:+.2} R a trade")))),
        ("average win, loss", format!("{}, {}", money(&f.average_win), money(&f.average_loss))),
        ("best, worst", format!("{}, {}", money(&f.best), money(&f.worst))),
        ("held on average", f.average_duration_ns.show(|span| duration(*span))),
        ("maximum drawdown", drawdown(&f.drawdown)),
        ("longest drawdown", duration(f.drawdown.longest_ns)),
        ("below peak at end", f.drawdown.at_end.0.to_string()),
        (
            "exposure",
            format!(
                "{}: {} of {} of session time",
                percent(&f.exposure_percent),
                duration(f.exposure_ns),
                duration(f.session_ns)
            ),
        ),
        ("entry slippage", slippage(&f.entry_slippage, "the decision's price")),
        ("stop slippage", slippage(&f.stop_slippage, "the trigger")),
        ("open at end", deposit),
        ("equity", format!("{} to {}", f.equity_start.0, f.equity_end.0)),
        (
            "decisions",
            format!(
                "{}: {} to enter, {} to exit or change, {} to hold, {} skipped",
                f.decided.decisions,
                f.decided.entered,
                f.decided.asked,
                f.decided.held,
                f.skipped_in_all()
            ),
        ),
    ]
}

fn open_line(f: &Figures) -> String {
    format!(
        "{} trades: {} at the last price, {} realised, fees of {}",
        f.open.open_trades,
        prices::signed(f.open.open_at_mark.0),
        prices::signed(f.open.open_realised.0),
        f.open.open_fees.0
    )
}

/// The deepest fall: `-120.00 (0.2 % of the peak) over 1 h 20 min, from .. to .., not recovered`.
pub(crate) fn drawdown(d: &Drawdown) -> String {
    let Some((peak, trough)) = d.peak_time.zip(d.trough_time) else {
        return "0.00: equity never fell".to_owned();
    };
    let share = d.percent.show(|p| format!("{p:.2} % of the peak"));
    let end = d.recovered_time.map_or_else(
        || "NOT RECOVERED at the end".to_owned(),
        |at| format!("recovered {}", zone::moment(at)),
    );
    let (peak, trough) = (zone::moment(peak), zone::moment(trough));
    format!("-{} ({share}) over {}: peak {peak}, lowest {trough}, {end}", d.money.0, duration(d.duration_ns))
}

/// Slippage against a price: worse is above zero.
pub(crate) fn slippage(s: &Slippage, against: &str) -> String {
    let unknown = match s.unknown {
        0 => String::new(),
        n => format!("; {n} fills without a known price left out"),
    };
    match (s.ticks_per_lot.0, s.worst_ticks.0, s.money.0) {
        (Ok(each), Ok(worst), Ok(money)) => format!(
            "{each:+.2} ticks a lot against {against} (worst {worst:+}), cost {} over {} fills{unknown}",
            money.0,
            s.fills - s.unknown
        ),
        _ => s.money.show(|money| money.0.to_string()),
    }
}

/// An average to the cent, half a cent away from zero; the JSON has it to the millionth.
pub(crate) fn cents(average: Money) -> String {
    let half = 5_000 * average.0.signum();
    prices::signed(Money(average.0.saturating_add(half) / 10_000 * 10_000))
}

/// A length of market time in its two largest units.
pub(crate) fn duration(span: Span) -> String {
    let seconds = span.0 / 1_000_000_000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, ..) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

fn skipped(reasons: &BTreeMap<String, u64>) -> Vec<String> {
    reasons.iter().map(|(why, n)| format!("{:<20} {n} {why}", "  skipped")).collect()
}

/// One row for each group.
fn groups(all: &[Figures], name: &'static str, of: impl Fn(&Figures) -> Option<String>) -> String {
    let short =
        |d: &Defined<f64>, places: usize| d.0.map_or_else(|_| "-".to_owned(), |v| format!("{v:.places$}"));
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|f| {
            vec![
                of(f).unwrap_or_default(),
                f.trades.to_string(),
                prices::signed(f.gross.0),
                f.fees.0.to_string(),
                prices::signed(f.net.0),
                short(&f.win_rate_percent, 1),
                short(&f.profit_factor, 2),
                f.expectancy.0.map_or_else(|_| "-".to_owned(), |m| cents(m.0)),
                short(&f.expectancy_r, 2),
                f.drawdown.money.0.to_string(),
                short(&f.exposure_percent, 1),
                f.open.open_trades.to_string(),
                f.skipped_in_all().to_string(),
            ]
        })
        .collect();
    let heading = [
        name,
        "trades",
        "gross",
        "fees",
        "net",
        "win %",
        "factor",
        "expect",
        "R",
        "drawdown",
        "exposure %",
        "open",
        "skipped",
    ];
    table::lay_out(&heading, &heading[1..], &rows)
}

fn closed(trades: &[TradeTold]) -> String {
    let last = trades.iter().skip(trades.len().saturating_sub(LISTED));
    let row = |t: &TradeTold| {
        vec![
            t.number.to_string(),
            t.bot.to_string(),
            t.direction.to_owned(),
            t.lots.to_string(),
            t.symbol.to_string(),
            t.opened.get(..19).unwrap_or(&t.opened).to_owned(),
            t.entry_price.clone(),
            t.exit_price.clone().unwrap_or_default(),
            t.exit.unwrap_or("-").to_owned(),
            prices::signed(t.net.0),
            t.r.0.map_or_else(|_| "-".to_owned(), |r| format!("{r:+.2}")),
            id(t),
        ]
    };
    let heading = ["#", "bot", "side", "lots", "contract", "opened", "entry", "exit", "by", "net", "R", "id"];
    table::lay_out(&heading, &["#", "lots", "entry", "exit", "net", "R"], &last.map(row).collect::<Vec<_>>())
}

fn open(trades: &[TradeTold]) -> String {
    let row = |t: &TradeTold| {
        let left = t.open.as_ref();
        vec![
            t.number.to_string(),
            t.bot.to_string(),
            t.direction.to_owned(),
            left.map(|left| left.lots.to_string()).unwrap_or_default(),
            t.symbol.to_string(),
            t.opened.get(..19).unwrap_or(&t.opened).to_owned(),
            t.entry_price.clone(),
            t.stop_price.clone().unwrap_or_else(|| "unknown".to_owned()),
            left.map(|left| format!("{} ({})", left.mark_price, left.mark_from)).unwrap_or_default(),
            left.map(|left| prices::signed(left.at_mark.0)).unwrap_or_default(),
            id(t),
        ]
    };
    let heading =
        ["#", "bot", "side", "lots", "contract", "opened", "entry", "stop", "mark", "at mark", "id"];
    table::lay_out(
        &heading,
        &["#", "lots", "entry", "stop", "at mark"],
        &trades.iter().map(row).collect::<Vec<_>>(),
    )
}

/// What `stopline explain` takes: the decision, or for a position that no decision of ours opened the order.
pub(crate) fn id(t: &TradeTold) -> String {
    let decision = t.decision.map(|decision| decision.to_string());
    decision.or_else(|| t.entry_order.map(|order| order.to_string())).unwrap_or_else(|| "unknown".to_owned())
}
