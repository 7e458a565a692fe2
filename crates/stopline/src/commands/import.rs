//! `stopline import FILE... --to DIR`: market data of somebody else's into a store of tapes.
//!
//! Each file goes in whole or not at all; what was left out is said with its reason, never passed over.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::IsTerminal;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use stopline_kernel::id::Symbol;
use stopline_tape::import::{Gap, ImportError, Imported, Known, LeftOut, Progress, Series};
use stopline_tape::store::StoreError;
use stopline_tape::{Kind, Length, Reading, TapeError, import};

use crate::exit::{Failure, Report};
use crate::look::table::lay_out;
use crate::look::zone;

/// What to import, and what the files do not say themselves.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Databento DBN (ohlcv, trades, mbp-1, definition) or CSV; plain, gzip or zstd
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The store of tapes; made if it is not there
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// CSV: the length of its bars
    #[arg(long, value_name = "LENGTH", default_value = "1m")]
    bar: Length,
    /// CSV: whether bars are stamped with their start or their end
    #[arg(long, value_name = "WHICH", default_value = "start")]
    stamp: Which,
    /// CSV: the zone of times that name none, such as America/Chicago or UTC
    #[arg(long, value_name = "NAME", value_parser = named)]
    zone: Option<TimeZone>,
    /// CSV without a column for it: the contract
    #[arg(long, value_name = "SYMBOL", value_parser = contract)]
    symbol: Option<Symbol>,
    /// CSV of trades without a column for it: the lots of each
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    lots: Option<u64>,
}

/// Which moment of a bar its stamp is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    Start,
    End,
}

fn named(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| format!("{name:?} is no zone: write one such as America/Chicago or UTC"))
}

fn contract(text: &str) -> Result<Symbol, String> {
    text.parse().map_err(|_| format!("{text:?} is no symbol of 1 to 23 visible characters"))
}

pub(crate) fn run(arguments: &Arguments) -> Result<Report, Failure> {
    let reading = Reading {
        length: arguments.bar,
        ends: arguments.stamp == Which::End,
        zone: arguments.zone.clone(),
        symbol: arguments.symbol.map(|symbol| symbol.to_string()),
        lots: arguments.lots,
    };
    let (mut text, mut documents) = (Vec::new(), Vec::new());
    for file in &arguments.files {
        let shown = file.display().to_string();
        let watched = std::io::stderr().is_terminal();
        let result = import(file, &arguments.to, &reading, &mut |at| {
            if watched {
                anstream::eprint!("\r{}", bar(&shown, at));
            }
        });
        if watched {
            anstream::eprint!("\r\u{1b}[K");
        }
        let imported = result.map_err(|why| failure(&shown, why))?;
        text.push(page(&shown, &imported));
        documents.push(document(&shown, &imported));
    }
    Ok(Report::done(text.join("\n\n"), json!({ "to": arguments.to, "files": documents })))
}

/// What cannot be meant is the user's to mend; what the machine refused is a failure.
fn failure(file: &str, why: ImportError) -> Failure {
    match why {
        ImportError::Store(StoreError::Io { .. })
        | ImportError::Tape(TapeError::Read { .. })
        | ImportError::Calendar(_) => Failure::doing(format!("importing {file}"))(why),
        _ => Failure::Argument(why.to_string()),
    }
}

/// `[#########           ]  45 %  1200000 rows  FILE`.
fn bar(file: &str, at: Progress) -> String {
    let share = at.bytes.saturating_mul(100).checked_div(at.of).unwrap_or(0).min(100);
    let full = usize::try_from(share / 5).unwrap_or(0);
    format!("[{:<20}] {share:>3} %  {} rows  {file}", "#".repeat(full), at.rows)
}

fn page(file: &str, done: &Imported) -> String {
    if done.known {
        return format!("{file}: all of it was imported before; nothing was changed");
    }
    let rows: Vec<Vec<String>> =
        done.series.iter().map(|((kind, symbol), series)| line(*kind, *symbol, series)).collect();
    let written: u64 = done.series.values().map(|series| series.rows).sum();
    let mut text = format!("{file}: {} rows read, {written} written in {} files\n", done.rows, done.parts);
    let heading = ["contract", "kind", "rows", "first day", "last day", "gaps", "missing"];
    text.push_str(&lay_out(&heading, &["rows", "gaps", "missing"], &rows));
    for (why, count) in &done.left_out {
        // Writing into a String cannot fail.
        let _ = write!(text, "\nleft out: {count} rows {}", reason(*why));
    }
    for (known, symbols) in by_knowledge(done) {
        let _ = write!(text, "\nnot checked: {} of {}", unchecked(known), symbols.join(" "));
    }
    if let Some(((kind, symbol), busiest)) = done.series.iter().max_by_key(|(_, series)| series.rows) {
        for gap in &busiest.longest {
            let _ = write!(text, "\ngap: {symbol} {kind}, {}", told(*gap));
        }
    }
    text
}

fn line(kind: Kind, symbol: Symbol, series: &Series) -> Vec<String> {
    let gaps = series.gaps.map_or_else(|| "unknown".to_owned(), |n| n.to_string());
    let missing = series.gaps.map_or_else(|| "unknown".to_owned(), |_| minutes(series.missing));
    let (first, last) = (zone::day(series.first), zone::day(series.last));
    vec![symbol.to_string(), kind.to_string(), series.rows.to_string(), first, last, gaps, missing]
}

fn told(gap: Gap) -> String {
    format!("{} of trading without a row from {} on, Chicago", minutes(gap.trading), zone::moment(gap.from))
}

/// `95 min`.
fn minutes(nanos: i64) -> String {
    format!("{} min", nanos / 60_000_000_000)
}

const fn reason(why: LeftOut) -> &'static str {
    match why {
        LeftOut::Spread => "of spreads, which are two contracts at one price and are not traded here",
        LeftOut::OutsideSessions => "at times at which their contract has no session",
    }
}

const fn unchecked(known: Known) -> &'static str {
    match known {
        Known::All => "nothing",
        Known::TickAlone => {
            "the sessions (no calendar for that time; days go from 17:00 to 17:00 in Chicago)"
        }
        Known::Nothing => {
            "ticks and sessions (not in data/contracts.toml; days go from 17:00 to 17:00 in Chicago)"
        }
    }
}

fn by_knowledge(done: &Imported) -> BTreeMap<Known, Vec<String>> {
    let mut by: BTreeMap<Known, Vec<String>> = BTreeMap::new();
    for (symbol, known) in &done.unchecked {
        by.entry(*known).or_default().push(symbol.to_string());
    }
    by
}

fn document(file: &str, done: &Imported) -> Value {
    let gap =
        |gap: &Gap| json!({ "from_ns": gap.from.0, "until_ns": gap.until.0, "trading_ns": gap.trading });
    let series = done.series.iter().map(|((kind, symbol), series)| {
        json!({
            "symbol": symbol.to_string(), "kind": kind.to_string(), "rows": series.rows,
            "first_day": series.first.0, "last_day": series.last.0, "gaps": series.gaps,
            "missing_ns": series.gaps.map(|_| series.missing),
            "longest_gaps": series.longest.iter().map(gap).collect::<Vec<_>>(),
        })
    });
    let left_out = |why| done.left_out.get(&why).copied().unwrap_or(0);
    json!({
        "file": file, "digest": done.origin.digest, "imported_before": done.known, "rows": done.rows,
        "parts": done.parts, "series": series.collect::<Vec<_>>(),
        "left_out": { "spreads": left_out(LeftOut::Spread), "outside_sessions": left_out(LeftOut::OutsideSessions) },
        "unchecked": done.unchecked.keys().map(Symbol::to_string).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_says_how_far_and_never_more_than_all() {
        let at = |bytes, of| bar("f", Progress { bytes, of, rows: 7 });
        assert_eq!(at(45, 100), "[#########           ]  45 %  7 rows  f");
        assert_eq!(at(1, 0), "[                    ]   0 %  7 rows  f");
        assert!(at(300, 100).contains("100 %"));
    }
}
