//! `stopline sim crashpoints`: the process dies at every place of every golden run, on the modelled log and on the real
//! one, and its ledger is damaged at every frame and page.
//!
//! A sweep in which a place breaks an invariant never ends with exit code 0.

use std::fmt::Write;

use clap::Args;
use serde_json::json;
use stopline_sim::crashpoints::{GOLDEN, Ledger, damage, sweep};

use crate::exit::{Failure, Report};

/// How far the sweep goes.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Every N-th place dies once more while it recovers; 0 for none
    #[arg(long, value_name = "N", default_value_t = 4)]
    nested: u64,
    /// Offsets of the ledger that are drawn besides the boundaries of its frames and pages
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    offsets: u64,
}

pub(super) fn run(arguments: &Arguments) -> Result<Report, Failure> {
    let mut text = String::new();
    let (mut bad, mut rows) = (0, Vec::new());
    let runs = GOLDEN.iter().flat_map(|seed| Ledger::ALL.map(|ledger| (*seed, ledger)));
    for (seed, ledger) in runs {
        let doing = || Failure::doing::<String>(format!("sweeping the golden run {seed}"));
        let points = sweep(seed, ledger, arguments.nested).map_err(doing())?;
        let hurt = damage(seed, ledger, arguments.offsets).map_err(doing())?;
        bad += points.broken.len() + hurt.lost.len();
        let places: u64 = points.places.values().sum();
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "golden {seed} ({}): {places} places, {} runs, {} broke an invariant; ledger of {} bytes opened {} times, {} refused, {} lost records",
            ledger.word(),
            points.runs,
            points.broken.len(),
            hurt.bytes,
            hurt.opened,
            hurt.refused,
            hurt.lost.len()
        );
        for (crashes, violation) in points.broken.iter().take(5) {
            let _ = writeln!(text, "  {crashes:?}: {violation}");
        }
        for lost in hurt.lost.iter().take(5) {
            let _ = writeln!(text, "  {lost}");
        }
        rows.push(
            json!({ "golden": seed, "ledger": ledger.word(), "places": places, "runs": points.runs, "broken": points.broken.len(),
            "opened": hurt.opened, "refused": hurt.refused, "lost": hurt.lost.len() }),
        );
    }
    Ok(Report { text: text.trim_end().to_owned(), json: json!({ "golden": rows }), code: u8::from(bad > 0) })
}
