//! Tapes on disk: sealed Parquet files, by kind, contract and trading day.
//!
//! `DIR/bars-1m/symbol=ESZ4/day=2024-11-05/0001730757600000000-1f2e3d4c.parquet`: any engine that knows Parquet reads
//! it. A file that can be seen is whole and never changes.

mod disk;
mod error;
mod part;
mod read;
mod staging;
mod typed;
mod write;

use std::path::{Path, PathBuf};

use stopline_kernel::id::Symbol;
use stopline_kernel::instrument::{Instrument, TradingDay};
use stopline_kernel::time::ExchangeTime;

use crate::kind::Kind;
use disk::list;

pub use error::StoreError;
pub use part::Part;
pub use read::{Rows, Source};
pub use typed::Typed;
pub(crate) use typed::tick_nanos;
pub use write::{Origin, Writer};

/// A folder of tapes.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

/// What a store has of one contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// What the rows are.
    pub kind: Kind,
    /// The contract.
    pub symbol: Symbol,
    /// How many there are.
    pub rows: u64,
    /// The first trading day.
    pub first: TradingDay,
    /// The last trading day.
    pub last: TradingDay,
    /// How many trading days.
    pub days: u32,
}

impl Store {
    /// The store at `root`.
    ///
    /// # Errors
    /// [`StoreError::NotAStore`] where there is no such folder.
    pub fn open(root: &Path) -> Result<Store, StoreError> {
        match root.is_dir() {
            true => Ok(Store { root: root.to_owned() }),
            false => Err(StoreError::NotAStore { path: root.to_owned() }),
        }
    }

    /// What it has, by kind and contract.
    ///
    /// # Errors
    /// Any [`StoreError`]: every footer is read.
    pub fn contents(&self) -> Result<Vec<Holding>, StoreError> {
        let mut holdings: Vec<Holding> = Vec::new();
        for (kind, symbol) in self.series()? {
            let mut held: Option<Holding> = None;
            let mut last = None;
            for part in self.parts(kind, symbol)? {
                let first = Holding { kind, symbol, rows: 0, first: part.day, last: part.day, days: 0 };
                let holding = held.get_or_insert(first);
                holding.rows += part.rows;
                holding.last = part.day;
                holding.days += u32::from(last != Some(part.day));
                last = Some(part.day);
            }
            holdings.extend(held);
        }
        Ok(holdings)
    }

    /// Every kind and contract that has a folder.
    fn series(&self) -> Result<Vec<(Kind, Symbol)>, StoreError> {
        let mut series = Vec::new();
        for folder in list(&self.root)? {
            let Some(Ok(kind)) = last_name(&folder).map(str::parse::<Kind>) else { continue };
            for contract in list(&folder)? {
                let symbol = last_name(&contract).and_then(|name| name.strip_prefix("symbol=")?.parse().ok());
                series.extend(symbol.map(|symbol| (kind, symbol)));
            }
        }
        Ok(series)
    }

    /// The parts of a kind and contract, oldest first.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub fn parts(&self, kind: Kind, symbol: Symbol) -> Result<Vec<Part>, StoreError> {
        let mut parts = Vec::new();
        for folder in list(&self.root.join(kind.to_string()).join(format!("symbol={symbol}")))? {
            let Some(day) = last_name(&folder).and_then(part::day) else { continue };
            for path in
                list(&folder)?.into_iter().filter(|path| path.extension().is_some_and(|e| e == "parquet"))
            {
                parts.push(Part::open(&path, kind, symbol, day)?.0);
            }
        }
        parts.sort_by_key(|part| part.first);
        Ok(parts)
    }

    /// The rows of a kind and contract, `from <= time < until`, oldest first.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub fn rows(
        &self,
        kind: Kind,
        symbol: Symbol,
        from: ExchangeTime,
        until: ExchangeTime,
    ) -> Result<Rows, StoreError> {
        let mut parts = self.parts(kind, symbol)?;
        parts.retain(|part| part.last >= from && part.first < until);
        Ok(Rows::new(parts, from, until))
    }

    /// The same in the ticks of `instrument`.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub fn typed(
        &self,
        kind: Kind,
        instrument: &Instrument,
        from: ExchangeTime,
        until: ExchangeTime,
    ) -> Result<Typed, StoreError> {
        Ok(Typed::new(self.rows(kind, instrument.symbol, from, until)?, kind, instrument))
    }

    /// Whether all of the source with this digest is here.
    pub fn has(&self, digest: &str) -> bool {
        self.noted(digest).is_file()
    }

    fn noted(&self, digest: &str) -> PathBuf {
        self.root.join("imports").join(digest)
    }
}

fn last_name(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}
