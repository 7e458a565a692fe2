//! A projection of the ledger as a table: the columns a person wants, and every column for programs.
//!
//! It reads what the ledger says and changes no number.

use serde_json::{Value, json};
use stopline_ledger::reader::{Table, View};

use super::setup;
use crate::cli::Global;
use crate::exit::{Failure, Report};
use crate::look::table;

/// A column for people: its name in the ledger, and its heading.
pub(super) type Column = (&'static str, &'static str);

/// Headings of columns that hold numbers.
const RIGHT: &[&str] =
    &["lots", "filled", "price", "average", "slip", "realised", "fee", "fees", "after", "fills"];

/// The rows of a view that `wanted` keeps, newest last.
pub(super) fn show(
    global: &Global,
    view: View,
    columns: &[Column],
    wanted: impl Fn(&Value) -> bool,
) -> Result<Report, Failure> {
    let reader = setup::ledger(global)?;
    let read = reader.view(view);
    let found: Table = read.map_err(Failure::doing(format!("reading the {} of the ledger", view.name())))?;
    let rows: Vec<Value> = found.objects().filter(wanted).collect();
    let cells: Vec<Vec<String>> =
        rows.iter().map(|row| columns.iter().map(|(name, _)| cell(row.get(name))).collect()).collect();
    let heading: Vec<&str> = columns.iter().map(|(_, heading)| *heading).collect();
    let text = match cells.as_slice() {
        [] => format!("no {}", view.name()),
        cells => table::lay_out(&heading, RIGHT, cells),
    };
    Ok(Report::done(text, json!({ view.name(): rows })))
}

/// A value as people read it; what is absent is a dash.
fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(n)) => decimals(&n.to_string()),
        Some(other) => other.to_string(),
    }
}

/// A decimal number with at least two places.
fn decimals(text: &str) -> String {
    match text.split_once('.') {
        Some((_, part)) if part.len() < 2 => format!("{text}0"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(cell(Some(&json!(6700.0))), "6700.00");
        assert_eq!(cell(Some(&json!(6702.25))), "6702.25");
        assert_eq!(cell(Some(&json!(0.015625))), "0.015625");
        assert_eq!(cell(Some(&json!(3))), "3");
        assert_eq!(cell(Some(&Value::Null)), "-");
    }
}
