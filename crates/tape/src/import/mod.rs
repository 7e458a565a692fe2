//! `import`: a file of somebody else's, row by row, into a store of tapes.
//!
//! Nothing is repaired and nothing left out in silence: a row is written, counted with the reason why not, or ends the
//! import with an error, and then nothing of the file is in the store.

mod contract;
mod error;
mod series;

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use stopline_calendar::Calendar;
use stopline_kernel::id::Symbol;
use stopline_kernel::instrument::TradingDay;
use stopline_kernel::time::ExchangeTime;

use crate::error::Fault;
use crate::kind::{Cells, Kind, Length};
use crate::read::{Reading, Row, Source, What, Whole, digest};
use crate::store::{Origin, Store, Writer, tick_nanos};

use contract::{Contract, Groups};

pub use contract::Known;
pub use error::ImportError;
pub use series::{Gap, Series};

/// How many rows pass between two words about the progress.
const EVERY: u64 = 50_000;

/// Of how many rows one may lie outside every session before the file's times are not believed: a zone that is off by
/// an hour puts one in 23 there.
const STRAY: u64 = 100;

/// How far an import is, in bytes of the file: each is read twice, for its digest and for its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Read so far.
    pub bytes: u64,
    /// To be read.
    pub of: u64,
    /// Rows so far.
    pub rows: u64,
}

/// Why a row was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// It is of a spread: two contracts, with prices of their own kind, which nothing here trades.
    Spread,
    /// It is of a time at which the contract has no session.
    OutsideSessions,
}

/// What came of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The file and its digest.
    pub origin: Origin,
    /// Whether all of it was there before; then nothing was read.
    pub known: bool,
    /// Rows of the file.
    pub rows: u64,
    /// Files written.
    pub parts: usize,
    /// What was written.
    pub series: BTreeMap<(Kind, Symbol), Series>,
    /// What was not.
    pub left_out: BTreeMap<LeftOut, u64>,
    /// Contracts of which not all was known.
    pub unchecked: BTreeMap<Symbol, Known>,
}

/// Imports the file at `path` into the store at `to`, all of it or nothing.
///
/// # Errors
/// [`ImportError`], with the place in the file where there is one.
pub fn import(
    path: &Path,
    to: &Path,
    reading: &Reading,
    progress: &mut dyn FnMut(Progress),
) -> Result<Imported, ImportError> {
    let read = Whole::default();
    let (digest, size) = digest(path, &read)?;
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let origin = Origin { name, digest };
    let nothing = Imported {
        origin: origin.clone(),
        known: true,
        rows: 0,
        parts: 0,
        series: BTreeMap::new(),
        left_out: BTreeMap::new(),
        unchecked: BTreeMap::new(),
    };
    if Store::open(to).is_ok_and(|store| store.has(&origin.digest)) {
        return Ok(nothing);
    }
    let mut source = Source::counted(path, reading.clone(), &read)?;
    let writer = Writer::new(to, origin.clone())?;
    let calendar = stopline_calendar::bundled()?;
    let imported = Imported { known: false, ..nothing };
    let mut run = Run { calendar, groups: Groups::new(), contracts: BTreeMap::new(), writer, imported };
    while let Some(row) = source.next()? {
        run.take(&row)?;
        if run.imported.rows.is_multiple_of(EVERY) {
            progress(Progress { bytes: read.bytes(), of: size.saturating_mul(2), rows: run.imported.rows });
        }
    }
    run.finish(source.file(), to)
}

/// An import under way.
struct Run {
    calendar: &'static Calendar,
    groups: Groups,
    contracts: BTreeMap<Symbol, Contract>,
    writer: Writer,
    imported: Imported,
}

impl Run {
    fn take(&mut self, row: &Row<'_>) -> Result<(), ImportError> {
        self.imported.rows += 1;
        // Databento writes the legs of a spread with a dash between, and user-defined ones with a colon.
        if row.symbol.contains(['-', ':', ' ']) {
            *self.imported.left_out.entry(LeftOut::Spread).or_default() += 1;
            return Ok(());
        }
        let symbol: Symbol =
            row.symbol.parse().map_err(|_| row.error("symbol", row.symbol.to_owned(), Fault::NotASymbol))?;
        let Run { calendar, groups, contracts, .. } = self;
        let contract =
            contracts.entry(symbol).or_insert_with(|| Contract::new(symbol, row.time, calendar, groups));
        if contract.known != Known::All {
            self.imported.unchecked.insert(symbol, contract.known);
        }
        let Some(day) = day(row, contract) else {
            *self.imported.left_out.entry(LeftOut::OutsideSessions).or_default() += 1;
            return Ok(());
        };
        let kind = row.kind();
        let before = self.imported.series.get(&(kind, symbol)).map(|series| series.newest);
        let cells = row.cells(&contract.instrument, before)?;
        if let Kind::Definitions = kind
            && contract.known != Known::Nothing
            && cells[1] != tick_nanos(contract.instrument.tick)
        {
            let (said, ours) = (cells[1], tick_nanos(contract.instrument.tick));
            return Err(ImportError::OtherTick { file: row.file.to_owned(), symbol, said, ours });
        }
        let trade = match row.what {
            What::Quote { trade: Some(trade), .. } => Some(row.trade(&contract.instrument, &trade)?),
            _ => None,
        };
        self.write(kind, symbol, day, cells)?;
        trade.map_or(Ok(()), |cells| self.write(Kind::Trades, symbol, day, cells))
    }

    fn write(
        &mut self,
        kind: Kind,
        symbol: Symbol,
        day: TradingDay,
        cells: Cells,
    ) -> Result<(), ImportError> {
        let Some(contract) = self.contracts.get(&symbol) else { return Ok(()) };
        let time = ExchangeTime(cells[0]);
        match self.imported.series.get_mut(&(kind, symbol)) {
            Some(series) => series.note(kind, contract, day, time),
            None => {
                let series = Series::new(kind, contract, day, time);
                self.imported.series.insert((kind, symbol), series);
            }
        }
        Ok(self.writer.put(kind, symbol, day, cells)?)
    }

    /// The file as a whole: is it what it was taken for? Then its rows get their places.
    fn finish(mut self, file: &str, to: &Path) -> Result<Imported, ImportError> {
        let (file, rows) = (file.to_owned(), self.imported.rows);
        if rows == 0 {
            return Err(ImportError::Tape(crate::TapeError::Empty { file }));
        }
        let left_out = |why| self.imported.left_out.get(&why).copied().unwrap_or(0);
        let (outside, spreads) = (left_out(LeftOut::OutsideSessions), left_out(LeftOut::Spread));
        if outside.saturating_mul(STRAY) > rows.saturating_sub(spreads) {
            return Err(ImportError::OutsideSessions { file, outside, rows: rows - spreads });
        }
        if self.imported.series.is_empty() {
            return Err(ImportError::NothingLeft { file, rows });
        }
        for ((kind, symbol), series) in &self.imported.series {
            if let (Kind::Bars(length), Some(apart)) = (kind, series.spacing(*kind)) {
                return Err(ImportError::OtherLength { file, symbol: *symbol, length: *length, apart });
            }
        }
        self.imported.parts = self.writer.seal()?.len();
        Store::open(to)?.note(&self.imported.origin)?;
        Ok(self.imported)
    }
}

/// The trading day of a row. A daily bar carries its date, and a definition is said before a session opens.
fn day(row: &Row<'_>, contract: &mut Contract) -> Option<TradingDay> {
    let dated = match row.kind() {
        Kind::Bars(length) => length == Length::DAY,
        Kind::Definitions => true,
        Kind::Trades | Kind::Quotes => false,
    };
    if !dated {
        return contract.day(row.time);
    }
    let time = Timestamp::from_nanosecond(row.time.0.into()).ok()?;
    Some(contract::number(time.to_zoned(TimeZone::UTC).date()))
}
