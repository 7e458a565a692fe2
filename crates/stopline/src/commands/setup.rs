//! What several subcommands begin with: the configuration with the flags over it, and the ledger to read.
//!
//! It opens nothing for writing.

use std::path::Path;

use serde_json::Value;
use stopline_kernel::record::Record;
use stopline_ledger::OpenError;
use stopline_ledger::reader::Reader;
use stopline_runtime::config::{Config, Flag, load};

use crate::cli::Global;
use crate::exit::Failure;
use crate::look::prices::Prices;

/// The configuration in force for these arguments.
pub(super) fn config(global: &Global, mut flags: Vec<Flag>) -> Result<Config, Failure> {
    if let Some(dir) = &global.data_dir {
        let value = Value::from(dir.display().to_string());
        flags.push(Flag { flag: "--data-dir", key: "data_dir", value });
    }
    Ok(load(global.config.as_deref(), &flags)?)
}

/// The ledger of the data directory in force.
pub(super) fn ledger(global: &Global) -> Result<Reader, Failure> {
    let dir = config(global, Vec::new())?.data_dir;
    Reader::open(&dir).map_err(|why| unreadable(&dir, &why))
}

/// The contracts as the venue described them last, for prices as people write them.
pub(super) fn prices(reader: &Reader) -> Result<Prices, Failure> {
    let told = reader.about("VenueKnown").map_err(Failure::doing("reading the contracts in the ledger"))?;
    let newest = told.into_iter().rev().find_map(|entry| match entry.record {
        Record::VenueKnown(welcome) => Some(welcome.instruments),
        _ => None,
    });
    Ok(Prices::of(newest.unwrap_or_default()))
}

/// Says that a ledger cannot be read.
pub(super) fn unreadable(dir: &Path, why: &OpenError) -> Failure {
    Failure::doing(format!("reading the ledger in {}", dir.display()))(why)
}
