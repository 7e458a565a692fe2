//! The report as one page: headline figures, equity with its drawdown, trades on the price chart, every table.
//!
//! The page needs no network and names no address; without scripts its tables stand all the same. Every text that comes
//! from a record is escaped.

mod chart;
mod html;

use super::figures::Figures;
use super::slips::Slippage;
use super::summary::Summary;
use super::text::{self, duration, id};
use super::told::TradeTold;
use crate::look::prices::signed;

use html::{element, escape, table, tone};

/// How every page begins: by it a page of ours is known.
pub(crate) const OPENING: &str = "<!doctype html>\n<!-- a report of stopline -->\n";

const STYLE: &str = include_str!("../../../assets/report.css");
const SCRIPT: &str = include_str!("../../../assets/report.js");
const UPLOT: &str = include_str!("../../../assets/uplot/uPlot.iife.min.js");
const UPLOT_STYLE: &str = include_str!("../../../assets/uplot/uPlot.min.css");
const UPLOT_LICENSE: &str = include_str!("../../../assets/uplot/LICENSE");

/// The whole page.
pub(crate) fn page(report: &Summary) -> String {
    let title = format!("Stopline report {}", report.account);
    let parts = [
        head(report),
        headline(report),
        notes(report),
        pictures(report),
        trades(report),
        open(report),
        skipped(&report.total),
        groups("By bot", &report.by_bot),
        groups("By contract", &report.by_instrument),
        all_figures(&report.total),
        foot(report),
    ];
    format!(
        "{OPENING}<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n\
         <style>{UPLOT_STYLE}\n{STYLE}</style>\n</head>\n<body>\n<main>\n{}\n</main>\n{}</body>\n</html>\n",
        escape(&title),
        parts.concat(),
        scripts(report)
    )
}

fn head(report: &Summary) -> String {
    let edge =
        |at: &Option<String>| at.as_deref().and_then(|at| at.get(..19)).unwrap_or("unknown").to_owned();
    let runs = if report.runs == 1 { "1 run".to_owned() } else { format!("{} runs", report.runs) };
    let bot = report.only_bot.map_or_else(String::new, |bot| format!(" · bot {bot} alone"));
    let venue = report.venue.name.map_or_else(|| "no venue known".to_owned(), |venue| venue.to_string());
    let period = format!("{} to {} {}", edge(&report.from), edge(&report.to), report.zone);
    let under = format!("{}{bot} at {venue} · {period} · {runs}", report.account);
    let simulated =
        if report.venue.simulated == Some(true) { "<span class=\"tag\">simulated</span>" } else { "" };
    format!("<header><h1>Performance {simulated}</h1>{}</header>\n", element("p", &under))
}

/// The figures that a trader looks for first.
fn headline(report: &Summary) -> String {
    let f = &report.total;
    let (net, fall) = (f.net.0, &f.drawdown);
    let cards = [
        ("Net", signed(net), tone(net.0), format!("{} before fees of {}", signed(f.gross.0), f.fees.0)),
        (
            "Max drawdown",
            if fall.money.0.0 > 0 { format!("-{}", fall.money.0) } else { "0.00".to_owned() },
            if fall.money.0.0 > 0 { "bad" } else { "" },
            match fall.peak_time {
                None => "equity never fell".to_owned(),
                Some(_) => format!(
                    "{}, {}{}",
                    fall.percent.show(|p| format!("{p:.2} %")),
                    duration(fall.duration_ns),
                    if fall.recovered_time.is_none() { ", not recovered" } else { "" }
                ),
            },
        ),
        card(
            "Win rate",
            f.win_rate_percent.0.map(|p| format!("{p:.1} %")),
            format!("{} won, {} lost of {}", f.winners, f.losers, f.trades),
        ),
        card(
            "Profit factor",
            f.profit_factor.0.map(|p| format!("{p:.2}")),
            "won by lost, after fees".to_owned(),
        ),
        card(
            "Expectancy",
            f.expectancy.0.map(|m| text::cents(m.0)),
            f.expectancy_r.show(|r| format!("{r:+.2} R a trade")),
        ),
        card(
            "Exposure",
            f.exposure_percent.0.map(|p| format!("{p:.1} %")),
            format!("{} of {}", duration(f.exposure_ns), duration(f.session_ns)),
        ),
    ];
    let card = |(name, value, tone, under): &(&str, String, &str, String)| {
        format!(
            "<div class=\"card\"><b>{}</b><strong class=\"{tone}\">{}</strong><span>{}</span></div>",
            escape(name),
            escape(value),
            escape(under)
        )
    };
    format!("<section class=\"cards\">{}</section>\n", cards.iter().map(card).collect::<String>())
}

/// A figure with what is under it; without a value the reason is.
fn card(
    name: &'static str,
    value: Result<String, super::defined::Why>,
    under: String,
) -> (&'static str, String, &'static str, String) {
    match value {
        Ok(value) => (name, value, "", under),
        Err(why) => (name, "undefined".to_owned(), "none", why.text().to_owned()),
    }
}

fn notes(report: &Summary) -> String {
    let notes: String = report.notes.iter().map(|note| element("li", note)).collect();
    format!("<ul class=\"notes\">{notes}</ul>\n")
}

fn pictures(report: &Summary) -> String {
    let mut pictures = String::from(
        "<noscript><p class=\"missing\">Scripts are off: no charts. Every figure and every trade is below.</p></noscript>\n\
         <section class=\"charts\"><h2>Equity <small>drawdown shaded</small></h2><div class=\"chart\" id=\"equity\"></div>\n",
    );
    if report.picture.bars.is_empty() {
        let why = report.venue.without_bars.as_deref().unwrap_or("the journal has no bar of this period");
        pictures
            .push_str(&format!("<h2>Price</h2><p class=\"missing\">No price chart: {}.</p>", escape(why)));
    }
    for (i, symbol) in report.picture.bars.keys().enumerate() {
        pictures.push_str(&format!(
            "<h2>{} <small id=\"length-{i}\"></small></h2><div class=\"chart price\" id=\"price-{i}\"></div>\n",
            escape(symbol.as_str())
        ));
    }
    pictures.push_str(
        "<p class=\"hint\">Drag to zoom, wheel or two fingers to zoom, shift-drag or one finger to move, \
         double click for all. ▲ long entry, ▼ short entry, ● exit, dashes: the stop. A row of the table shows its trade.</p>\
         </section>\n",
    );
    pictures
}

fn trades(report: &Summary) -> String {
    if report.trades.is_empty() {
        return "<section><h2>Trades</h2><p class=\"missing\">No trade was closed in this period.</p></section>\n".to_owned();
    }
    let heading = [
        "#",
        "Bot",
        "Contract",
        "Side",
        "Lots",
        "Opened",
        "Entry",
        "Stop",
        "Exit",
        "By",
        "Closed",
        "Gross",
        "Fees",
        "Net",
        "R",
        "Decision",
        "Entry order",
        "Exit orders",
    ];
    let rows = report.trades.iter().map(|t| {
        let r = t.r.0.map_or_else(|why| format!("({})", why.text()), |r| format!("{r:+.2}"));
        let time = |at: &str| at.get(..19).unwrap_or(at).to_owned();
        (
            t.number,
            vec![
                cell(&t.number.to_string()),
                cell(t.bot.as_str()),
                cell(t.symbol.as_str()),
                cell(t.direction),
                number(&t.lots.to_string()),
                cell(&time(&t.opened)),
                number(&t.entry_price),
                number(t.stop_price.as_deref().unwrap_or("unknown")),
                number(t.exit_price.as_deref().unwrap_or("")),
                cell(t.exit.unwrap_or("")),
                cell(&t.closed.as_deref().map(time).unwrap_or_default()),
                money(t.gross.0),
                number(&t.fees.0.to_string()),
                money(t.net.0),
                number(&r),
                code(&id(t)),
                code(&t.entry_order.map(|order| order.to_string()).unwrap_or_default()),
                code(&t.exit_orders.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")),
            ],
        )
    });
    format!(
        "<section><h2>Trades <small>stopline explain ID tells a story; a click on an id copies the command</small></h2>{}</section>\n",
        table(&heading, rows)
    )
}

fn open(report: &Summary) -> String {
    if report.open.is_empty() {
        return String::new();
    }
    let heading = [
        "#",
        "Bot",
        "Contract",
        "Side",
        "Lots",
        "Opened",
        "Entry",
        "Stop",
        "Mark",
        "From",
        "At mark",
        "Decision",
        "Entry order",
    ];
    let rows = report.open.iter().filter_map(|t: &TradeTold| {
        let left = t.open.as_ref()?;
        let cells = vec![
            cell(&t.number.to_string()),
            cell(t.bot.as_str()),
            cell(t.symbol.as_str()),
            cell(t.direction),
            number(&left.lots.to_string()),
            cell(t.opened.get(..19).unwrap_or(&t.opened)),
            number(&t.entry_price),
            number(t.stop_price.as_deref().unwrap_or("unknown")),
            number(&left.mark_price),
            cell(left.mark_from),
            money(left.at_mark.0),
            code(&id(t)),
            code(&t.entry_order.map(|order| order.to_string()).unwrap_or_default()),
        ];
        Some((t.number, cells))
    });
    format!(
        "<section><h2>Open at the end <small>not counted as trades</small></h2>{}</section>\n",
        table(&heading, rows)
    )
}

fn skipped(total: &Figures) -> String {
    if total.decided.skipped.is_empty() {
        return "<section><h2>Skipped decisions</h2><p>None.</p></section>\n".to_owned();
    }
    let rows = total.decided.skipped.iter().map(|(why, n)| (0, vec![cell(why), number(&n.to_string())]));
    format!("<section><h2>Skipped decisions</h2>{}</section>\n", table(&["Reason", "Count"], rows))
}

fn groups(title: &str, groups: &[Figures]) -> String {
    let heading = [
        "",
        "Trades",
        "Gross",
        "Fees",
        "Net",
        "Win rate",
        "Profit factor",
        "Expectancy",
        "R",
        "Drawdown",
        "Exposure",
        "Entry slippage",
        "Stop slippage",
        "Open",
        "Skipped",
    ];
    let slip = |s: &Slippage| {
        number(
            &s.ticks_per_lot.0.map_or_else(|why| format!("({})", why.text()), |t| format!("{t:+.2} ticks")),
        )
    };
    let rows = groups.iter().map(|f| {
        let name = f.bot.map(|bot| bot.to_string()).or_else(|| f.symbol.map(|symbol| symbol.to_string()));
        let said = |value: Result<String, super::defined::Why>| {
            number(&value.unwrap_or_else(|why| format!("({})", why.text())))
        };
        let cells = vec![
            cell(&name.unwrap_or_default()),
            number(&f.trades.to_string()),
            money(f.gross.0),
            number(&f.fees.0.to_string()),
            money(f.net.0),
            said(f.win_rate_percent.0.map(|p| format!("{p:.1} %"))),
            said(f.profit_factor.0.map(|p| format!("{p:.2}"))),
            said(f.expectancy.0.map(|m| text::cents(m.0))),
            said(f.expectancy_r.0.map(|r| format!("{r:+.2}"))),
            number(&f.drawdown.money.0.to_string()),
            said(f.exposure_percent.0.map(|p| format!("{p:.1} %"))),
            slip(&f.entry_slippage),
            slip(&f.stop_slippage),
            number(&f.open.open_trades.to_string()),
            number(&f.skipped_in_all().to_string()),
        ];
        (0, cells)
    });
    format!("<section><h2>{}</h2>{}</section>\n", escape(title), table(&heading, rows))
}

fn all_figures(total: &Figures) -> String {
    let rows = text::lines(total)
        .into_iter()
        .map(|(name, said)| (0, vec![cell(name), format!("<td class=\"said\">{}</td>", escape(&said))]));
    format!("<section><h2>All figures</h2>{}</section>\n", table(&["Figure", "Value"], rows))
}

fn foot(report: &Summary) -> String {
    let said = format!(
        "Made from the ledger up to record {}. Slippage: worse is above zero. R: net result by the risk from entry to stop. \
         Charts by uPlot 1.6.32, MIT, Leon Sorokin; its licence is in this file.",
        report.last_record
    );
    format!("<footer>{}</footer>\n", element("p", &said))
}

fn scripts(report: &Summary) -> String {
    // The library's first line is a comment that names an address; the licence stands whole before it.
    let library = UPLOT.split_once('\n').map_or(UPLOT, |(_, rest)| rest);
    format!(
        "<script type=\"application/json\" id=\"data\">{}</script>\n<script>/*\nuPlot 1.6.32\n{}\n*/\n{library}</script>\n<script>{SCRIPT}</script>\n",
        chart::data(report),
        UPLOT_LICENSE.trim()
    )
}

fn cell(text: &str) -> String {
    element("td", text)
}

fn number(text: &str) -> String {
    format!("<td class=\"n\">{}</td>", escape(text))
}

fn money(money: stopline_kernel::num::Money) -> String {
    format!("<td class=\"n {}\">{}</td>", tone(money.0), escape(&signed(money)))
}

fn code(ids: &str) -> String {
    let each = ids.split_whitespace().map(|id| element("code", id)).collect::<Vec<_>>().join(" ");
    format!("<td>{each}</td>")
}
