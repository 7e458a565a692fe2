//! `stopline report`: what a run or a replay came to, as text, as JSON, and as one page with pictures.
//!
//! It reads the ledger and the exchange's journal and asks nobody, whether or not an engine runs; it writes nothing but
//! the page it was asked for, and never over a file that is no such page.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use stopline_kernel::id::BotId;
use stopline_kernel::record::Entry;
use stopline_kernel::time::ExchangeTime;
use stopline_ledger::OpenError;
use stopline_ledger::reader::Reader;

use super::setup;
use crate::cli::Global;
use crate::exit::{Failure, Report};
use crate::look::zone;
use crate::performance::{Fault, KINDS, Past, Period, Summary, Venue, page};

/// What of it, and where to.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Write a page with the equity curve and the trades on the price chart; it needs no network to be read
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Only this bot
    #[arg(long, value_name = "NAME")]
    bot: Option<String>,
    /// Only trades closed from this moment on, in Chicago, such as "2026-09-16" or "2026-09-16 08:45"
    #[arg(long, value_name = "MOMENT")]
    from: Option<String>,
    /// Nothing from this moment on
    #[arg(long, value_name = "MOMENT")]
    to: Option<String>,
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> Result<Report, Failure> {
    let config = setup::config(global, Vec::new())?;
    let period = period(arguments)?;
    let dir = config.data_dir.as_path();
    let reader = Reader::open(dir).map_err(|why| setup::unreadable(dir, &why))?;
    let reporting = || format!("reporting on the ledger in {}", dir.display());
    let (past, last) = past(&reader, period).map_err(|why| match why {
        Trouble::Ledger(why) => setup::unreadable(dir, &why),
        Trouble::Records(fault) => Failure::doing(reporting())(fault),
    })?;
    let venue = venue(&config.venue_dir().join("exchange.journal"));
    let summary = Summary::of(&past, venue.as_ref().map_err(String::clone), last);
    let summary = summary.map_err(|fault| match fault {
        Fault::NoBot { .. } => Failure::Argument(format!("--bot: {fault}")),
        fault => Failure::doing(reporting())(fault),
    })?;
    let mut text = summary.text();
    if let Some(file) = &arguments.html {
        write(file, &page::page(&summary))?;
        text = format!("{text}\n\nthe page is {}", file.display());
    }
    Ok(Report::done(text, json!({ "report": summary, "html": arguments.html })))
}

fn period(arguments: &Arguments) -> Result<Period, Failure> {
    let moment = |flag: &str, text: &Option<String>| -> Result<Option<ExchangeTime>, Failure> {
        let refuse = |text: &str| {
            let form = "give a moment in Chicago such as \"2026-09-16\" or \"2026-09-16 08:45\"";
            Failure::Argument(format!("{flag} {text:?}: no moment; {form}"))
        };
        text.as_deref().map(|text| zone::read(text).ok_or_else(|| refuse(text))).transpose()
    };
    let (from, to) = (moment("--from", &arguments.from)?, moment("--to", &arguments.to)?);
    if from.zip(to).is_some_and(|(from, to)| from >= to) {
        return Err(Failure::Argument("--from is not before --to: nothing lies between them".to_owned()));
    }
    let bot = arguments
        .bot
        .as_deref()
        .map(|name| name.parse::<BotId>().map_err(|why| Failure::Argument(format!("--bot {name:?}: {why}"))));
    Ok(Period { from, to, bot: bot.transpose()? })
}

/// What can be wrong on the way through the records.
enum Trouble {
    Ledger(OpenError),
    Records(Fault),
}

impl From<OpenError> for Trouble {
    fn from(why: OpenError) -> Trouble {
        Trouble::Ledger(why)
    }
}

fn past(reader: &Reader, period: Period) -> Result<(Past, u64), Trouble> {
    let mut past = Past::new(period);
    let last = reader.walk(KINDS, |entry: Entry| past.take(&entry).map_err(Trouble::Records))?;
    Ok((past, last))
}

/// The journal, or why there is none.
fn venue(journal: &Path) -> Result<Venue, String> {
    let named = |why: &dyn std::fmt::Display| format!("{}: {why}", journal.display());
    match fs::read(journal) {
        Ok(bytes) => Venue::read(&bytes)
            .map_err(|why| format!("the exchange's journal is not believed: {}", named(&why))),
        Err(why) if why.kind() == ErrorKind::NotFound => {
            Err("no journal of the simulated exchange lies beside the ledger".to_owned())
        }
        Err(why) => Err(format!("the exchange's journal cannot be read: {}", named(&why))),
    }
}

/// Writes the page beside its place and moves it there, so that no reader meets half of one.
fn write(file: &Path, page: &str) -> Result<(), Failure> {
    let doing = || Failure::doing(format!("writing {}", file.display()));
    match fs::read(file) {
        Ok(there) if !there.starts_with(page::OPENING.as_bytes()) => {
            let why = "there is a file that is no report of ours: move it away, or name another";
            return Err(Failure::Argument(format!("--html {}: {why}", file.display())));
        }
        _ => {}
    }
    let beside = file.with_added_extension("part");
    fs::write(&beside, page).and_then(|()| fs::rename(&beside, file)).map_err(|why| {
        // What is left of it is of no use; that it cannot be taken away changes nothing.
        drop(fs::remove_file(&beside));
        doing()(why)
    })
}
