//! The table of keys as people read it: the page `docs/config.md`, and a configuration as TOML with every default.
//!
//! It only prints: what is true of a key stands in the table.

use std::fmt::Write;

use serde_json::Value;

use super::key::{Clock, KEYS, Key, Unit};
use super::raw::{BOTS, Raw, Table};

const INTRODUCTION: &str = "\
# Configuration

<!-- Printed by `stopline config --markdown` from the table of keys in crates/runtime/src/config/key.rs. -->

`stopline run --config FILE` reads TOML and lays it over these defaults; flags of the command line lie over the file.
A key that is not here, a value of another form, and limits that contradict each other are refused with exit code 2
before anything is opened. `stopline config` prints what is in force, defaults included.

A duration is written as a whole number and `ms`, `s`, `m` or `h`. Durations of the *market* clock run in market time,
which a simulated or replayed market may run faster than real time; those of the *machine* clock run in real time
whatever the market does. Money is in the account's currency: a whole number, or a text with up to six decimals. Each
bot begins with a line `[[bots]]`; without one, a single bot with the defaults below trades.
";

/// The page `docs/config.md`.
pub fn markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    let mut section = None;
    for key in KEYS {
        if section != Some(key.section()) {
            section = Some(key.section());
            let _ = write!(page, "\n## {}\n\n", heading(key.section()));
            page.push_str("| key | default | what is written | clock | meaning |\n|---|---|---|---|---|\n");
        }
        let (leaf, default, clock, what) = (key.leaf(), key.default, key.clock.word(), key.what);
        let _ = writeln!(page, "| `{leaf}` | `{default}` | {} | {clock} | {what} |", written(key.unit));
    }
    page
}

fn heading(section: &str) -> String {
    match section {
        "" => "Top of the file".to_owned(),
        BOTS => "`[[bots]]`".to_owned(),
        section => format!("`[{section}]`"),
    }
}

fn written(unit: Unit) -> String {
    match unit {
        Unit::OrNone(of) => format!("{}, or \"none\"", written(*of)),
        Unit::OneOf(words) => words.join(", "),
        Unit::List(of) => format!("list of {of}"),
        Unit::Duration | Unit::Money | Unit::Whole(_) | Unit::Text(_) | Unit::Table => unit.word().to_owned(),
    }
}

/// A configuration as TOML, each key with its meaning above it.
pub(super) fn toml(raw: &Raw) -> String {
    let mut text = String::new();
    let mut section = "";
    for key in KEYS.iter().filter(|key| key.section() != BOTS) {
        if key.section() != section {
            section = key.section();
            let _ = write!(text, "\n[{section}]\n");
        }
        line(&mut text, key, &raw.settings);
    }
    for bot in &raw.bots {
        text.push_str("\n[[bots]]\n");
        for key in KEYS.iter().filter(|key| key.section() == BOTS) {
            line(&mut text, key, bot);
        }
    }
    text
}

fn line(text: &mut String, key: &Key, table: &Table) {
    let Some(given) = table.get(key.name) else { return };
    let clock = match key.clock {
        Clock::None => String::new(),
        Clock::Market | Clock::Machine => format!(" ({} time)", key.clock.word()),
    };
    let _ = write!(text, "# {}{clock}\n{} = {}\n", key.what, key.leaf(), literal(&given.value));
}

/// A value as TOML writes it.
fn literal(value: &Value) -> String {
    match value {
        Value::Object(table) if table.is_empty() => "{}".to_owned(),
        Value::Object(table) => {
            let items: Vec<_> =
                table.iter().map(|(k, v)| format!("{} = {}", quoted(k), literal(v))).collect();
            format!("{{ {} }}", items.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        Value::String(text) => quoted(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// JSON's strings are strings of TOML too.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
