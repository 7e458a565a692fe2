//! The reader of a store: the rows of one contract, part by part, in columns.
//!
//! It never reorders, repairs or leaves out a row within what was asked for.

use std::collections::VecDeque;

use parquet::column::reader::ColumnReader;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, RowGroupReader};
use stopline_kernel::time::ExchangeTime;

use super::error::StoreError;
use super::part::{Part, Sealed};
use crate::kind::{Cells, Column, Kind, NONE, WIDTH};

/// The rows of one kind and contract, in batches.
pub struct Rows {
    parts: VecDeque<Part>,
    open: Option<Opened>,
    from: ExchangeTime,
    until: ExchangeTime,
    columns: [Vec<i64>; WIDTH],
    levels: Vec<i16>,
}

struct Opened {
    part: Part,
    file: Sealed,
    group: usize,
    /// Rows before the group.
    before: u64,
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rows({} parts to come)", self.parts.len())
    }
}

/// Where a batch stands: its file, and how many rows of it come before.
#[derive(Debug, Clone)]
pub struct Source<'a> {
    /// The part.
    pub part: &'a Part,
    /// The number of its first row, counted from 1, before what lies outside the asked time was left out.
    pub row: u64,
}

impl Rows {
    pub(super) fn new(parts: Vec<Part>, from: ExchangeTime, until: ExchangeTime) -> Rows {
        Rows { parts: parts.into(), open: None, from, until, columns: Default::default(), levels: Vec::new() }
    }

    /// How many rows the parts have that are still to come, whole parts counted.
    pub fn to_come(&self) -> u64 {
        self.parts.iter().map(|part| part.rows).sum()
    }

    /// Puts the next batch into `rows`, in place of what is there; `None` after the last.
    pub fn next(&mut self, rows: &mut Vec<Cells>) -> Result<Option<Source<'_>>, StoreError> {
        rows.clear();
        while rows.is_empty() {
            if self.open.is_none() {
                let Some(part) = self.parts.pop_front() else { return Ok(None) };
                let (part, file) = Part::open(&part.path, part.kind, part.symbol, part.day)?;
                self.open = Some(Opened { part, file, group: 0, before: 0 });
            }
            self.group(rows)?;
        }
        let Some(open) = &self.open else { return Ok(None) };
        let group = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        Ok(Some(Source { part: &open.part, row: open.before.saturating_sub(group).saturating_add(1) }))
    }

    /// Reads one group, or closes the part after its last.
    fn group(&mut self, rows: &mut Vec<Cells>) -> Result<(), StoreError> {
        let Rows { open, columns, levels, from, until, .. } = self;
        let Some(opened) = open else { return Ok(()) };
        if opened.group >= opened.file.num_row_groups() {
            *open = None;
            return Ok(());
        }
        let damaged = StoreError::damaged(&opened.part.path);
        let kind = opened.part.kind;
        let read = opened.file.get_row_group(opened.group).and_then(|g| decode(kind, &*g, columns, levels));
        let count = read.map_err(damaged)?;
        opened.group += 1;
        opened.before = opened.before.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        gather(kind, count, columns, rows);
        if rows.first().is_some_and(|row| row[0] < from.0) || rows.last().is_some_and(|row| row[0] >= until.0)
        {
            rows.retain(|row| (from.0..until.0).contains(&row[0]));
        }
        Ok(())
    }
}

/// Decodes the columns of a group; gives how many rows it has.
fn decode(
    kind: Kind,
    group: &dyn RowGroupReader,
    columns: &mut [Vec<i64>; WIDTH],
    levels: &mut Vec<i16>,
) -> Result<usize, ParquetError> {
    let count =
        usize::try_from(group.metadata().num_rows()).map_err(|e| ParquetError::External(Box::new(e)))?;
    for (n, (column, cells)) in kind.columns().iter().zip(columns).enumerate() {
        let ColumnReader::Int64ColumnReader(mut reader) = group.get_column_reader(n)? else {
            return Err(ParquetError::General(format!("{} is no column of whole numbers", column.name)));
        };
        cells.clear();
        levels.clear();
        let mut read = 0;
        while read < count {
            let there = column.may_lack.then_some(&mut *levels);
            let (more, _, _) = reader.read_records(count - read, there, None, cells)?;
            if more == 0 {
                return Err(ParquetError::EOF(format!("{} ends after {read} of {count} rows", column.name)));
            }
            read += more;
        }
        spread(column, levels, cells);
    }
    Ok(count)
}

/// Puts the empty cells where they were.
fn spread(column: &Column, levels: &[i16], cells: &mut Vec<i64>) {
    if !column.may_lack || cells.len() == levels.len() {
        return;
    }
    let mut packed = cells.len();
    cells.resize(levels.len(), NONE);
    // From the back, so that no value is overwritten before it was moved.
    for (at, level) in levels.iter().enumerate().rev() {
        let value = if *level > 0 {
            packed = packed.saturating_sub(1);
            cells.get(packed).copied().unwrap_or(NONE)
        } else {
            NONE
        };
        if let Some(cell) = cells.get_mut(at) {
            *cell = value;
        }
    }
}

/// Columns to rows.
fn gather(kind: Kind, count: usize, columns: &[Vec<i64>; WIDTH], rows: &mut Vec<Cells>) {
    rows.resize(count, [NONE; WIDTH]);
    for (n, column) in columns.iter().enumerate().take(kind.columns().len()) {
        for (row, cell) in rows.iter_mut().zip(column) {
            row[n] = *cell;
        }
    }
    for n in kind.columns().len()..WIDTH {
        rows.iter_mut().for_each(|row| row[n] = NONE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_cells_come_back_where_they_were() {
        let column = Column { name: "bid", holds: crate::kind::Holds::Price, may_lack: true };
        let mut cells = vec![7, 8];
        spread(&column, &[0, 1, 0, 0, 1, 0], &mut cells);
        assert_eq!(cells, [NONE, 7, NONE, NONE, 8, NONE]);
        let mut none = Vec::new();
        spread(&column, &[0, 0], &mut none);
        assert_eq!(none, [NONE, NONE]);
    }
}
