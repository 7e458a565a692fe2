//! What the simulated exchange's journal tells a report: its bars, its seed, and the models it names.
//!
//! A journal that is damaged anywhere is not believed at all; nothing is read past its last whole line.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;
use stopline_exchange::bars::Bar;
use stopline_exchange::fact::Fact;
use stopline_exchange::journal::{self, Damage};
use stopline_kernel::id::{Symbol, VenueInstance};
use stopline_kernel::num::Lots;

/// Fields of the two facts below that are no model.
const KNOWN: &[&str] = &["fact", "format", "venue", "seed", "time", "run"];

/// The facts in which an exchange says how it is made.
const SELF: &[&str] = &["\"fact\":\"created\"", "\"fact\":\"started\""];

/// What the journal tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Venue {
    pub(crate) name: VenueInstance,
    pub(crate) seed: u64,
    /// The models that its newest words about itself name: market, latency, slippage; empty where it names none.
    pub(crate) models: BTreeMap<String, String>,
    /// Minutes in the order of their time.
    pub(crate) bars: Vec<(Symbol, Bar)>,
}

/// Why a journal tells nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Silent {
    Damaged(Damage),
    NoBeginning,
}

impl fmt::Display for Silent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Silent::Damaged(damage) => damage.fmt(f),
            Silent::NoBeginning => f.write_str("it does not begin with the exchange's creation"),
        }
    }
}

impl Venue {
    pub(crate) fn read(bytes: &[u8]) -> Result<Venue, Silent> {
        let journal = journal::read(bytes).map_err(Silent::Damaged)?;
        let mut identity = None;
        let mut series: BTreeMap<Symbol, Vec<Bar>> = BTreeMap::new();
        for fact in journal.steps.into_iter().flatten() {
            match fact {
                Fact::Created { venue, seed, .. } => identity = identity.or(Some((venue, seed))),
                Fact::Bar { symbol, bar } => add(series.entry(symbol).or_default(), bar),
                _ => {}
            }
        }
        let (name, seed) = identity.ok_or(Silent::NoBeginning)?;
        let mut bars: Vec<(Symbol, Bar)> = series
            .into_iter()
            .flat_map(|(symbol, bars)| bars.into_iter().map(move |bar| (symbol, bar)))
            .collect();
        bars.sort_by_key(|(symbol, bar)| (bar.open_time, *symbol));
        let models = models(bytes.get(..journal.whole).unwrap_or_default());
        Ok(Venue { name, seed, models, bars })
    }
}

/// Adds a bar; the two parts of a minute that a restart cut in two become one.
fn add(bars: &mut Vec<Bar>, bar: Bar) {
    match bars.last_mut() {
        Some(last) if last.open_time == bar.open_time => {
            last.high = last.high.max(bar.high);
            last.low = last.low.min(bar.low);
            last.close = bar.close;
            last.volume = Lots(last.volume.0.saturating_add(bar.volume.0));
        }
        _ => bars.push(bar),
    }
}

/// What the exchange says of itself beyond its name, seed and clock. Read by name, so that a journal of an exchange with
/// more models than this build knows is told as it stands.
fn models(bytes: &[u8]) -> BTreeMap<String, String> {
    let lines = String::from_utf8_lossy(bytes);
    let mut models = BTreeMap::new();
    for line in lines.lines().filter(|line| SELF.iter().any(|word| line.contains(word))) {
        let facts: Vec<Value> =
            line.split_once(' ').and_then(|(_, body)| serde_json::from_str(body).ok()).unwrap_or_default();
        let own = facts.iter().filter(|fact| matches!(fact["fact"].as_str(), Some("created" | "started")));
        for (name, value) in own.filter_map(Value::as_object).flatten() {
            collect(&mut models, name, value);
        }
    }
    models
}

fn collect(models: &mut BTreeMap<String, String>, name: &str, value: &Value) {
    match value {
        _ if KNOWN.contains(&name) => {}
        Value::Null => {}
        Value::Object(parts) => parts.iter().for_each(|(part, value)| collect(models, part, value)),
        Value::String(text) => drop(models.insert(name.to_owned(), text.clone())),
        other => drop(models.insert(name.to_owned(), other.to_string())),
    }
}
