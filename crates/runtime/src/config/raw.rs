//! A configuration as it was written: every key with its value and place, laid over the defaults.
//!
//! It knows which keys exist and nothing of what they mean: a key that is not in the table is refused, a value is passed
//! on as it stands.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Fault};
use super::key::{KEYS, Key, Unit, find};
use super::place::Place;

/// A setting from the command line: it lies over the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// The flag as it is typed.
    pub flag: &'static str,
    /// The key it sets.
    pub key: &'static str,
    /// The value.
    pub value: Value,
}

/// One value with its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Given {
    pub(super) value: Value,
    pub(super) place: Place,
}

/// The keys of one table by their full names.
pub(super) type Table = BTreeMap<&'static str, Given>;

/// Everything that was written, with the defaults for what was not.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Raw {
    /// The file, for errors that concern several keys.
    pub(super) file: String,
    /// All keys but those of bots.
    pub(super) settings: Table,
    /// The keys of each bot.
    pub(super) bots: Vec<Table>,
}

/// The section that is a list.
pub(super) const BOTS: &str = "bots";

impl Raw {
    /// Reads the file, if there is one, and lays it and the flags over the defaults.
    pub(super) fn read(file: Option<&Path>, flags: &[Flag]) -> Result<Raw, ConfigError> {
        let mut raw = match file {
            Some(path) => {
                let name = path.display().to_string();
                let text = read_file(path, &name)?;
                Raw::parse(&name, &text)?
            }
            None => Raw::parse("the defaults", "")?,
        };
        for Flag { flag, key, value } in flags {
            let key = find(key).ok_or_else(|| ConfigError::NoSuchKey((*key).to_owned()))?;
            raw.settings.insert(key.name, Given { value: value.clone(), place: Place::Flag(flag) });
        }
        Ok(raw)
    }

    /// Lays a text over the defaults.
    pub(super) fn parse(file: &str, text: &str) -> Result<Raw, ConfigError> {
        let syntax = |why: toml::de::Error| {
            let line = line(text, why.span().map_or(0, |span| span.start));
            let place = Place::Line { file: file.to_owned(), line };
            ConfigError::Syntax { place, why: why.message().replace('\n', "; ") }
        };
        let table = DeTable::parse(text).map_err(syntax)?;
        let mut reading = Reading {
            file,
            text,
            raw: Raw {
                file: file.to_owned(),
                settings: defaults(|key| key.section() != BOTS)?,
                bots: vec![],
            },
        };
        reading.table("", table.get_ref())?;
        let mut raw = reading.raw;
        if raw.bots.is_empty() {
            raw.bots.push(bot_defaults()?);
        }
        Ok(raw)
    }
}

fn read_file(path: &Path, name: &str) -> Result<String, ConfigError> {
    std::fs::read_to_string(path)
        .map_err(|why| ConfigError::Unread { file: name.to_owned(), why: why.to_string() })
}

fn bot_defaults() -> Result<Table, ConfigError> {
    defaults(|key| key.section() == BOTS)
}

fn defaults(wanted: impl Fn(&Key) -> bool) -> Result<Table, ConfigError> {
    let keys = KEYS.iter().filter(|key| wanted(key));
    keys.map(|key| {
        let value = DeValue::parse(key.default).map_err(|_| ConfigError::NoSuchKey(key.name.to_owned()))?;
        Ok((key.name, Given { value: plain(value.get_ref()), place: Place::Default }))
    })
    .collect()
}

/// A text on its way into a [`Raw`].
struct Reading<'a> {
    file: &'a str,
    text: &'a str,
    raw: Raw,
}

impl Reading<'_> {
    fn place(&self, at: usize) -> Place {
        Place::Line { file: self.file.to_owned(), line: line(self.text, at) }
    }

    /// Takes in a table whose keys begin with `section`.
    fn table(&mut self, section: &str, table: &DeTable<'_>) -> Result<(), ConfigError> {
        for (leaf, value) in table {
            let name = join(section, leaf.get_ref());
            let place = self.place(leaf.span().start);
            if name == BOTS {
                self.bots(place, value.get_ref())?;
            } else if let Some(key) = find(&name) {
                self.raw.settings.insert(key.name, Given { value: plain(value.get_ref()), place });
            } else if is_section(&name) {
                let inner = value.get_ref().as_table().ok_or_else(|| {
                    wrong(place, &name, value.get_ref(), Fault::Form("a section, with its keys under it"))
                })?;
                self.table(&name, inner)?;
            } else {
                return Err(unknown(place, name, |_| true));
            }
        }
        Ok(())
    }

    fn bots(&mut self, place: Place, value: &DeValue<'_>) -> Result<(), ConfigError> {
        let form =
            || wrong(place.clone(), BOTS, value, Fault::Form("each bot under a line of its own: [[bots]]"));
        for bot in value.as_array().ok_or_else(form)?.iter() {
            let table = bot.get_ref().as_table().ok_or_else(form)?;
            let mut taken = bot_defaults()?;
            for (leaf, value) in table {
                let name = join(BOTS, leaf.get_ref());
                let place = self.place(leaf.span().start);
                let Some(key) = find(&name) else {
                    return Err(unknown(place, name, |key| key.section() == BOTS));
                };
                taken.insert(key.name, Given { value: plain(value.get_ref()), place });
            }
            self.raw.bots.push(taken);
        }
        Ok(())
    }
}

/// The line, from 1, of a byte of a text.
fn line(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    1 + before.iter().filter(|b| **b == b'\n').count()
}

fn join(section: &str, leaf: &str) -> String {
    if section.is_empty() { leaf.to_owned() } else { format!("{section}.{leaf}") }
}

fn is_section(name: &str) -> bool {
    let under = |key: &Key| key.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    KEYS.iter().any(under)
}

fn wrong(place: Place, key: &str, given: &DeValue<'_>, fault: Fault) -> ConfigError {
    ConfigError::Value { place, key: key.to_owned(), given: plain(given).to_string(), fault: Box::new(fault) }
}

fn unknown(place: Place, key: String, of: impl Fn(&Key) -> bool) -> ConfigError {
    let leaf = key.rsplit_once('.').map_or(key.as_str(), |(_, leaf)| leaf);
    let far = |known: &Key| edits(known.name, &key).min(edits(known.leaf(), leaf) + 1);
    let sections = |known: &Key| known.unit != Unit::Table;
    let candidates = KEYS.iter().filter(|known| of(known) && sections(known));
    let nearest = candidates.min_by_key(|known| far(known));
    let close = nearest.filter(|known| far(known) <= 1 + leaf.len() / 3).map(|known| known.name);
    ConfigError::UnknownKey { place, key, nearest: close }
}

/// How many characters have to be put in, taken out or exchanged to make `b` of `a` (Levenshtein).
fn edits(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut corner = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(b.bytes()) {
            left = (corner + usize::from(x != y)).min(left + 1).min(*cell + 1);
            corner = std::mem::replace(cell, left);
        }
        row[0] = i + 1;
    }
    row.last().copied().unwrap_or(0)
}

/// A value without its place. Whole numbers that no setting could hold stay as texts, and so do times.
fn plain(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(n) => i64::from_str_radix(n.as_str(), n.radix())
            .map_or_else(|_| Value::from(n.to_string()), Value::from),
        DeValue::Float(n) => n.as_str().parse::<f64>().map_or_else(|_| Value::from(n.as_str()), Value::from),
        DeValue::Boolean(b) => Value::from(*b),
        DeValue::Datetime(time) => Value::from(time.to_string()),
        DeValue::Array(list) => list.iter().map(|item| plain(item.get_ref())).collect(),
        DeValue::Table(table) => Value::Object(
            table.iter().map(|(key, item)| (key.get_ref().to_string(), plain(item.get_ref()))).collect(),
        ),
    }
}
