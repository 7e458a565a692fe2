//! The two tables that people keep by hand: who may touch the machine (`allowed.toml`), and which lengths are still to
//! come down (`ratchet.toml`). It only reads them; whether they agree with the tree is the rules' affair.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::tree::Tree;
use crate::violation::Violation;

/// Where the table of exceptions stands.
pub const ALLOWED: &str = "crates/tidy/allowed.toml";
/// Where the table of lengths stands.
pub const RATCHET: &str = "crates/tidy/ratchet.toml";

/// A list of entries, each with its line in the table's file.
pub type Entries = BTreeMap<String, usize>;

/// The list at `[section] key` of [`ALLOWED`]: paths, or `path: Type`.
///
/// # Errors
/// A violation when the table or the list is gone or is not a list of texts.
pub fn allowed(tree: &Tree, section: &str, key: &str) -> Result<Entries, Violation> {
    let (text, table) = read(tree, ALLOWED)?;
    let list = table.get(section).and_then(|section| section.get(key)).and_then(Value::as_array);
    let Some(list) = list else { return Err(wrong(ALLOWED, format!("no list `{key}` under [{section}]"))) };
    let mut entries = Entries::new();
    for entry in list {
        let Some(entry) = entry.as_str() else {
            return Err(wrong(ALLOWED, format!("`{key}` holds more than texts")));
        };
        entries.insert(entry.to_owned(), line_of(text, entry));
    }
    Ok(entries)
}

/// The keys of a section of [`ALLOWED`].
///
/// # Errors
/// A violation when the table or the section is gone.
pub fn allowed_keys(tree: &Tree, section: &str) -> Result<Vec<String>, Violation> {
    let (_, table) = read(tree, ALLOWED)?;
    let section = table
        .get(section)
        .and_then(Value::as_table)
        .ok_or_else(|| wrong(ALLOWED, format!("no [{section}]")))?;
    Ok(section.keys().cloned().collect())
}

/// The numbers at `[section]` of [`RATCHET`], with their lines. A section that is not there is empty.
///
/// # Errors
/// A violation when the table is gone or holds something else than lengths.
pub fn ratchet(tree: &Tree, section: &str) -> Result<BTreeMap<String, (usize, usize)>, Violation> {
    let (text, table) = read(tree, RATCHET)?;
    let mut numbers = BTreeMap::new();
    for (key, value) in table.get(section).and_then(Value::as_table).into_iter().flatten() {
        let number = value.as_integer().and_then(|n| usize::try_from(n).ok());
        let number = number.ok_or_else(|| wrong(RATCHET, format!("`{key}` has no length")))?;
        numbers.insert(key.clone(), (number, line_of(text, key)));
    }
    Ok(numbers)
}

fn read<'a>(tree: &'a Tree, path: &str) -> Result<(&'a str, Table), Violation> {
    let text = tree.text(path).ok_or_else(|| Violation::gone(path))?;
    let table = text.parse().map_err(|e: toml::de::Error| wrong(path, e.message().to_owned()))?;
    Ok((text, table))
}

fn wrong(path: &str, what: String) -> Violation {
    Violation::of(path, what, "give the table the form its first lines describe")
}

/// The line that holds a quoted text; the first one if none does.
fn line_of(text: &str, entry: &str) -> usize {
    let quoted = format!("\"{entry}\"");
    text.lines().position(|line| line.contains(&quoted)).map_or(1, |at| at + 1)
}
