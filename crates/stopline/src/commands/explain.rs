//! `stopline explain ID`: the whole story of a decision from its bar to its money, for any id that is part of it.
//!
//! It reads the ledger and asks nobody; what no record says is not said here.

use clap::Args;
use serde_json::json;
use stopline_kernel::limits::LaneConfig;
use stopline_kernel::record::{Entry, Record};
use stopline_ledger::reader::Reader;

use super::setup;
use crate::cli::Global;
use crate::exit::{Failure, Report};
use crate::story::{self, Story};

/// Whose story.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A decision's id, an order's ClOrdID, a broker's order id or an execution's id
    id: String,
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> Result<Report, Failure> {
    let id = arguments.id.as_str();
    let reader = setup::ledger(global)?;
    let named = about(&reader, id)?;
    let decision = named.iter().find_map(|entry| entry.decision).ok_or_else(|| Failure::Failed {
        doing: format!("looking for {id} in the ledger"),
        why: "no record of a decision or an order names it; `stopline orders` lists every order".to_owned(),
    })?;
    let mut entries = about(&reader, &decision.to_string())?;
    entries.retain(|entry| entry.decision == Some(decision));
    entries.extend(closing(&reader, &entries)?);
    entries.extend(wished(&reader, &entries)?);
    entries.sort_by_key(|entry| entry.seq);
    let first = entries.first().map_or(0, |entry| entry.seq);
    let config = config(&reader, first)?;
    let prices = setup::prices(&reader)?;
    let story =
        Story::of(&entries, config.as_ref(), &prices).map_err(Failure::doing(format!("explaining {id}")))?;
    let later = later(&reader, &story, &entries)?;
    let story = story.followed_by(&later, &prices);
    Ok(Report::done(story.page(), json!({ "story": story })))
}

fn about(reader: &Reader, id: &str) -> Result<Vec<Entry>, Failure> {
    reader.about(id).map_err(Failure::doing("reading the ledger"))
}

/// The beginning and the end of the closing that these records belong to, if they do.
fn closing(reader: &Reader, entries: &[Entry]) -> Result<Vec<Entry>, Failure> {
    let Some(wanted) = story::closing(entries) else { return Ok(Vec::new()) };
    let mut found = about(reader, "ClosingBegan")?;
    found.extend(about(reader, "ClosingEnded")?);
    found.retain(|entry| match &entry.record {
        Record::ClosingBegan(closing) => closing.number == wanted,
        Record::ClosingEnded { number, .. } => *number == wanted,
        _ => false,
    });
    found.retain(|entry| entries.iter().all(|known| known.seq != entry.seq));
    Ok(found)
}

/// The bot's decision that the closing of these records began with, if it was one.
fn wished(reader: &Reader, entries: &[Entry]) -> Result<Vec<Entry>, Failure> {
    let known = |seq: u64| entries.iter().any(|entry| entry.seq == seq);
    let began = entries.iter().find(|entry| matches!(entry.record, Record::ClosingBegan(_)));
    let Some(decision) = began.and_then(|began| began.decision) else { return Ok(Vec::new()) };
    let mut found = about(reader, &decision.to_string())?;
    let decided = |entry: &Entry| matches!(entry.record, Record::Decided { .. });
    found.retain(|entry| entry.decision == Some(decision) && decided(entry) && !known(entry.seq));
    Ok(found)
}

/// The fills of the same bot and contract after the last one of these records.
fn later(reader: &Reader, story: &Story, entries: &[Entry]) -> Result<Vec<Entry>, Failure> {
    let filled = |entry: &&Entry| matches!(entry.record, Record::Filled(_));
    let Some(last) = entries.iter().rfind(filled).map(|entry| entry.seq) else { return Ok(Vec::new()) };
    let mut found = about(reader, "Filled")?;
    found.retain(|entry| match &entry.record {
        Record::Filled(fill) => {
            entry.seq > last && fill.bot == story.bot() && fill.execution.symbol == story.symbol
        }
        _ => false,
    });
    Ok(found)
}

/// The configuration in force at a record.
fn config(reader: &Reader, seq: u64) -> Result<Option<LaneConfig>, Failure> {
    let configured = about(reader, "Configured")?.into_iter().rev().filter(|entry| entry.seq <= seq);
    let mut configs = configured.filter_map(|entry| match entry.record {
        Record::Configured(config) => Some(*config),
        _ => None,
    });
    Ok(configs.next())
}
