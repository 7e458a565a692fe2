//! A table of texts with its columns lined up.
//!
//! It only lays out: no cell is cut or changed.

/// Rows under a heading, two spaces between columns. Columns named in `right` are aligned to the right.
pub(crate) fn lay_out(heading: &[&str], right: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain(heading.get(column).map(|name| name.len())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heading.len()).map(width).collect();
    let lay = |cells: &mut dyn Iterator<Item = &str>| {
        let cells = cells.zip(&widths).zip(heading).map(|((cell, width), name)| {
            if right.contains(name) { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut lines = vec![lay(&mut heading.iter().copied())];
    lines.extend(rows.iter().map(|row| lay(&mut row.iter().map(String::as_str))));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [vec!["a".to_owned(), "1".to_owned()], vec!["long".to_owned(), "12".to_owned()]];
        assert_eq!(lay_out(&["id", "n"], &["n"], &rows), "id     n\na      1\nlong  12");
    }
}
