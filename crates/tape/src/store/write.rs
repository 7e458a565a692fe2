//! The writer of a store: rows in, sealed files out, and nothing to be seen before all of them are whole.
//!
//! It never writes into a file that somebody may read: parts grow in a folder of their own, are synced, and then get
//! their place by a rename. An import that fails leaves nothing behind.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::{Compression, Encoding};
use parquet::data_type::Int64Type;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use stopline_kernel::id::Symbol;
use stopline_kernel::instrument::TradingDay;
use stopline_kernel::time::ExchangeTime;

use super::Store;
use super::disk::{list, sync};
use super::error::StoreError;
use super::part::{Part, SCHEMA, key, name, partition, schema};
use super::staging::Staging;
use crate::kind::{Cells, Kind, NONE};

/// Rows of one group: what a reader decodes at a time.
const GROUP: usize = 32_768;

/// Rows held over all open parts; the fullest one is written out when there are more. 1 048 576 rows are 59 MB.
const HELD: usize = 1 << 20;

/// Where the rows come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file's name.
    pub name: String,
    /// Its digest, in hex.
    pub digest: String,
}

/// Writes the rows of one source. Dropped before [`Writer::seal`], it takes back all that it wrote.
#[derive(Debug)]
pub struct Writer {
    root: PathBuf,
    staging: Staging,
    origin: Origin,
    open: BTreeMap<(Kind, Symbol), Growing>,
    /// Whole files that wait for their place.
    done: Vec<Part>,
    held: usize,
}

/// A part that is being written.
struct Growing {
    part: Part,
    file: SerializedFileWriter<File>,
    rows: Vec<Cells>,
}

impl std::fmt::Debug for Growing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Growing({:?}, {} rows held)", self.part, self.rows.len())
    }
}

impl Writer {
    /// A writer into the store at `root`, which is made if it is not there.
    pub fn new(root: &Path, origin: Origin) -> Result<Writer, StoreError> {
        let staging = Staging::make(root)?;
        let (root, open) = (root.to_owned(), BTreeMap::new());
        Ok(Writer { root, staging, origin, open, done: Vec::new(), held: 0 })
    }

    /// Takes one row. The rows of a kind and contract come in the order of their time, and so of their days.
    pub fn put(
        &mut self,
        kind: Kind,
        symbol: Symbol,
        day: TradingDay,
        cells: Cells,
    ) -> Result<(), StoreError> {
        let place = (kind, symbol);
        if self.open.get(&place).is_none_or(|growing| growing.part.day != day) {
            self.close(place)?;
            let growing = self.begin(kind, symbol, day, cells)?;
            self.open.insert(place, growing);
        }
        let Some(growing) = self.open.get_mut(&place) else { return Ok(()) };
        growing.part.last = ExchangeTime(cells[0]);
        growing.rows.push(cells);
        self.held += 1;
        if growing.rows.len() >= GROUP {
            self.held -= growing.flush()?;
        } else if self.held >= HELD {
            let fullest = self.open.values_mut().max_by_key(|growing| growing.rows.len());
            self.held -= fullest.map_or(Ok(0), Growing::flush)?;
        }
        Ok(())
    }

    fn begin(
        &self,
        kind: Kind,
        symbol: Symbol,
        day: TradingDay,
        first: Cells,
    ) -> Result<Growing, StoreError> {
        let path = self.staging.path().join(format!("{kind}-{symbol}-{}", day.0));
        let file = File::create(&path).map_err(StoreError::io(&path, "creating"))?;
        let schema = parse_message_type(&schema(kind)).map_err(StoreError::damaged(&path))?;
        let file = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties()))
            .map_err(StoreError::damaged(&path))?;
        let (first, Origin { name: source, digest }) = (ExchangeTime(first[0]), self.origin.clone());
        let part = Part { path, kind, symbol, day, rows: 0, first, last: first, source, digest };
        Ok(Growing { part, file, rows: Vec::new() })
    }

    fn close(&mut self, place: (Kind, Symbol)) -> Result<(), StoreError> {
        let Some(mut growing) = self.open.remove(&place) else { return Ok(()) };
        self.held -= growing.flush()?;
        self.done.push(growing.close()?);
        Ok(())
    }

    /// Gives every file its place; from here on they can be seen. Nothing gets one if any of them would tell a time
    /// for the second time.
    pub fn seal(mut self) -> Result<Vec<Part>, StoreError> {
        while let Some(place) = self.open.keys().next().copied() {
            self.close(place)?;
        }
        for part in &self.done {
            self.refuse_overlap(part)?;
        }
        let mut sealed = std::mem::take(&mut self.done);
        for part in &mut sealed {
            let folder = self.root.join(partition(part.kind, part.symbol, part.day));
            let to = folder.join(name(part.first, &part.digest));
            fs::create_dir_all(&folder).map_err(StoreError::io(&folder, "creating"))?;
            fs::rename(&part.path, &to).map_err(StoreError::io(&to, "renaming"))?;
            sync(&folder)?;
            part.path = to;
        }
        sync(&self.root)?;
        Ok(sealed)
    }

    fn refuse_overlap(&self, part: &Part) -> Result<(), StoreError> {
        let folder = self.root.join(partition(part.kind, part.symbol, part.day));
        for path in list(&folder)? {
            let (there, _) = Part::open(&path, part.kind, part.symbol, part.day)?;
            // The same rows of the same file take their own place again: an import that was killed goes on so.
            if there.digest != part.digest && there.overlaps(part) {
                return Err(StoreError::Overlap { path, there: there.source });
            }
        }
        Ok(())
    }
}

impl Growing {
    /// Writes what is held as one group; gives how many rows that were.
    fn flush(&mut self) -> Result<usize, StoreError> {
        let rows = std::mem::take(&mut self.rows);
        if !rows.is_empty() {
            self.group(&rows).map_err(StoreError::damaged(&self.part.path))?;
            self.part.rows += u64::try_from(rows.len()).unwrap_or(u64::MAX);
        }
        let written = rows.len();
        self.rows = rows;
        self.rows.clear();
        Ok(written)
    }

    fn group(&mut self, rows: &[Cells]) -> Result<(), parquet::errors::ParquetError> {
        let mut group = self.file.next_row_group()?;
        let (mut values, mut there) = (Vec::with_capacity(rows.len()), Vec::new());
        for (n, column) in self.part.kind.columns().iter().enumerate() {
            let Some(mut writer) = group.next_column()? else { break };
            let cells = rows.iter().filter_map(|row| row.get(n).copied());
            values.clear();
            if column.may_lack {
                there.clear();
                there.extend(cells.clone().map(|cell| i16::from(cell != NONE)));
                values.extend(cells.filter(|cell| *cell != NONE));
                writer.typed::<Int64Type>().write_batch(&values, Some(&there), None)?;
            } else {
                values.extend(cells);
                writer.typed::<Int64Type>().write_batch(&values, None, None)?;
            }
            writer.close()?;
        }
        group.close()?;
        Ok(())
    }

    /// Writes the footer and syncs.
    fn close(mut self) -> Result<Part, StoreError> {
        let Part { path, source, digest, first, last, .. } = &self.part;
        let pairs = [
            (key::SCHEMA, SCHEMA.to_owned()),
            (key::SOURCE, source.clone()),
            (key::DIGEST, digest.clone()),
            (key::FIRST, first.0.to_string()),
            (key::LAST, last.0.to_string()),
        ];
        for (key, value) in pairs {
            self.file.append_key_value_metadata(KeyValue::new(key.to_owned(), value));
        }
        let file = self.file.into_inner().map_err(StoreError::damaged(path))?;
        file.sync_all().map_err(StoreError::io(path, "syncing"))?;
        Ok(self.part)
    }
}

/// Delta encodings halve the size and nearly triple the speed of reading.
fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_created_by(concat!("stopline ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_dictionary_enabled(false)
        .set_encoding(Encoding::DELTA_BINARY_PACKED)
        .set_compression(Compression::LZ4_RAW)
        .build()
}

impl Store {
    /// Notes that all of a source is here: from now on it is not imported again.
    pub fn note(&self, origin: &Origin) -> Result<(), StoreError> {
        let path = self.noted(&origin.digest);
        let folder = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder).map_err(StoreError::io(folder, "creating"))?;
        fs::write(&path, format!("{}\n", origin.name)).map_err(StoreError::io(&path, "writing"))?;
        sync(folder)
    }
}
