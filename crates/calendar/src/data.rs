//! The shape of the files in `data/`, as written; the checked forms are made from it.
//!
//! Holds texts only and interprets none: what a price or a time means is decided by the module that owns it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::CalendarError;

/// The name under which errors speak of the contract data.
pub(crate) const CONTRACTS: &str = "data/contracts.toml";
/// The name under which errors speak of the session data.
pub(crate) const SESSIONS: &str = "data/sessions.toml";
/// The name under which errors speak of the data of scheduled releases.
pub(crate) const RELEASES: &str = "data/releases.toml";
/// The name under which errors speak of the data of price limits.
pub(crate) const PRICE_LIMITS: &str = "data/price_limits.toml";
/// The only layout that this build reads.
const VERSION: u32 = 1;

/// How far a fact can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Somebody assumed it.
    Low,
    /// It follows from a rule; the exchange has not published it yet.
    Inferred,
    /// One source, or sources that differ in places.
    Medium,
    /// Seen in data, or in sources that agree.
    High,
}

/// One fact of the data files, with where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact<T> {
    /// The fact.
    pub is: T,
    /// A key of the file's `[sources]`.
    pub source: String,
    /// How far it can be trusted.
    pub confidence: Confidence,
}

/// `contracts.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContractFile {
    pub(crate) version: u32,
    pub(crate) expires: String,
    pub(crate) day_margin_ends: Fact<String>,
    pub(crate) sources: BTreeMap<String, String>,
    pub(crate) contract: BTreeMap<String, ContractEntry>,
}

/// One `[contract.ROOT]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContractEntry {
    pub(crate) name: String,
    pub(crate) exchange: String,
    pub(crate) currency: String,
    pub(crate) group: String,
    pub(crate) tick: Fact<String>,
    pub(crate) tick_value: Fact<String>,
    pub(crate) fee: Fact<String>,
    pub(crate) margin: Option<MarginEntry>,
    pub(crate) day_margin: Option<Fact<String>>,
    pub(crate) months: Fact<String>,
    pub(crate) expiry: Fact<String>,
    pub(crate) roll_days: Option<Fact<u16>>,
}

/// What a lot ties up, as of a day.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MarginEntry {
    pub(crate) initial: String,
    pub(crate) maintenance: String,
    pub(crate) as_of: String,
    pub(crate) source: String,
    pub(crate) confidence: Confidence,
}

/// `sessions.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SessionFile {
    pub(crate) version: u32,
    pub(crate) covers: Covers,
    pub(crate) expires: String,
    pub(crate) sources: BTreeMap<String, String>,
    pub(crate) group: BTreeMap<String, GroupEntry>,
    pub(crate) exception: Vec<ExceptionEntry>,
}

/// The days that a file answers for, both included.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Covers {
    pub(crate) from: String,
    pub(crate) to: String,
}

/// One `[group.NAME]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupEntry {
    pub(crate) zone: String,
    pub(crate) opens: Fact<String>,
    pub(crate) closes: Fact<String>,
    #[serde(default)]
    pub(crate) halt: Vec<HaltEntry>,
}

/// One `[[group.NAME.halt]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HaltEntry {
    pub(crate) from: Fact<String>,
    pub(crate) to: Fact<String>,
    pub(crate) last_day: Fact<String>,
}

/// One `[[exception]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExceptionEntry {
    pub(crate) day: String,
    pub(crate) why: String,
    pub(crate) at: BTreeMap<String, Fact<String>>,
}

/// `releases.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleaseFile {
    pub(crate) version: u32,
    pub(crate) covers: Covers,
    pub(crate) expires: String,
    pub(crate) sources: BTreeMap<String, String>,
    pub(crate) release: BTreeMap<String, ReleaseEntry>,
}

/// One `[release.NAME]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleaseEntry {
    #[expect(dead_code, reason = "for whoever reads the file; it must be there")]
    pub(crate) name: String,
    pub(crate) zone: String,
    pub(crate) time: String,
    pub(crate) days: Vec<ReleaseDays>,
}

/// One `[[release.NAME.days]]`: days of one source.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleaseDays {
    pub(crate) source: String,
    pub(crate) confidence: Confidence,
    pub(crate) days: String,
}

/// Reads `contracts.toml` and checks its version.
pub(crate) fn contracts(text: &str) -> Result<ContractFile, CalendarError> {
    let file: ContractFile = parse(CONTRACTS, text)?;
    check_version(CONTRACTS, file.version)?;
    Ok(file)
}

/// Reads `sessions.toml` and checks its version.
pub(crate) fn sessions(text: &str) -> Result<SessionFile, CalendarError> {
    let file: SessionFile = parse(SESSIONS, text)?;
    check_version(SESSIONS, file.version)?;
    Ok(file)
}

/// Reads `releases.toml` and checks its version.
pub(crate) fn releases(text: &str) -> Result<ReleaseFile, CalendarError> {
    let file: ReleaseFile = parse(RELEASES, text)?;
    check_version(RELEASES, file.version)?;
    Ok(file)
}

/// The file and its `[sources]`, against which the facts of the file are checked.
#[derive(Clone, Copy)]
pub(crate) struct Sources<'a> {
    pub(crate) file: &'static str,
    pub(crate) named: &'a BTreeMap<String, String>,
}

impl Sources<'_> {
    /// Checks that the source of `fact`, which stands at `field`, is named in the file.
    pub(crate) fn check<T>(&self, field: &str, fact: &Fact<T>) -> Result<(), CalendarError> {
        self.check_name(field, &fact.source)
    }

    /// Checks that `source`, which stands at `field`, is named in the file.
    pub(crate) fn check_name(&self, field: &str, source: &str) -> Result<(), CalendarError> {
        if self.named.contains_key(source) {
            return Ok(());
        }
        let mend = "name a key of [sources], or add one there";
        Err(bad(self.file, format!("{field}.source"), source, mend))
    }
}

/// A [`CalendarError::Data`].
pub(crate) fn bad(
    file: &'static str,
    field: impl Into<String>,
    value: &str,
    mend: &'static str,
) -> CalendarError {
    CalendarError::Data { file, field: field.into(), value: value.to_owned(), mend }
}

pub(crate) fn parse<T: for<'de> Deserialize<'de>>(
    file: &'static str,
    text: &str,
) -> Result<T, CalendarError> {
    toml::from_str(text)
        .map_err(|e| CalendarError::Shape { file, reason: e.to_string().trim_end().to_owned() })
}

pub(crate) fn check_version(file: &'static str, version: u32) -> Result<(), CalendarError> {
    match version {
        VERSION => Ok(()),
        other => Err(bad(file, "version", &other.to_string(), "this build reads version 1")),
    }
}
