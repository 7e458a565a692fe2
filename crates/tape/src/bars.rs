//! The bars of one symbol, streamed from a file.
//!
//! Holds one bar at a time, and never looks into the rows of other symbols.

use std::error::Error as StdError;
use std::path::Path;

use stopline_kernel::id::Symbol;
use stopline_kernel::instrument::Instrument;
use stopline_kernel::time::ExchangeTime;

use crate::bar::TapeBar;
use crate::error::{Fault, TapeError};
use crate::kind::{Kind, Length};
use crate::nearest::Nearest;
use crate::read::{Reading, Row, Source};

/// The bars of one symbol in a file, oldest first, one per minute that traded.
///
/// After an error there is nothing more.
pub struct Bars {
    source: Source,
    instrument: Instrument,
    /// Whether the file may hold other symbols beside ours.
    named: bool,
    /// The bar that `open` read ahead.
    first: Option<TapeBar>,
    previous: ExchangeTime,
    over: bool,
}

impl std::fmt::Debug for Bars {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Bars { instrument, previous, .. } = self;
        write!(f, "Bars({}, {}, after {previous:?})", self.source.file(), instrument.symbol)
    }
}

impl Bars {
    /// Opens `path` and reads up to the first bar of `symbol`; without a symbol the file must hold only one.
    ///
    /// `lookup` is asked once, with the symbol and the time of its first bar, for the instrument whose tick the prices
    /// are read in.
    ///
    /// # Errors
    /// Any [`TapeError`]. A symbol that the file does not have is found out here, after reading all of it.
    pub fn open<E>(
        path: &Path,
        symbol: Option<Symbol>,
        lookup: impl FnOnce(Symbol, ExchangeTime) -> Result<Instrument, E>,
    ) -> Result<Bars, TapeError>
    where
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let mut source = Source::open(path, Reading::default())?;
        if source.kind() != Kind::Bars(Length::MINUTE) {
            return Err(TapeError::NotMinutes { file: source.file().to_owned(), kind: source.kind() });
        }
        let mut nearest = symbol.map(|s| Nearest::to(s.as_str()));
        while let Some(row) = source.next()? {
            if symbol.is_some_and(|s| s.as_str() != row.symbol) {
                nearest.as_mut().into_iter().for_each(|n| n.note(row.symbol));
                continue;
            }
            let instrument = instrument(&row, lookup)?;
            let first = row.bar(&instrument, None)?;
            let (named, previous) = (symbol.is_some(), first.start);
            return Ok(Bars { source, instrument, named, first: Some(first), previous, over: false });
        }
        let file = source.file().to_owned();
        let nearest = nearest.map(Nearest::names).unwrap_or_default();
        match symbol {
            Some(wanted) if !nearest.is_empty() => {
                Err(TapeError::UnknownSymbol { file, wanted: wanted.to_string(), nearest })
            }
            _ => Err(TapeError::Empty { file }),
        }
    }

    /// The instrument that `lookup` gave.
    pub fn instrument(&self) -> &Instrument {
        &self.instrument
    }

    /// The next bar of our symbol.
    fn read(&mut self) -> Result<Option<TapeBar>, TapeError> {
        while let Some(row) = self.source.next()? {
            if row.symbol == self.instrument.symbol.as_str() {
                let bar = row.bar(&self.instrument, Some(self.previous))?;
                self.previous = bar.start;
                return Ok(Some(bar));
            }
            if !self.named {
                let (first, second) = (self.instrument.symbol.to_string(), row.symbol.to_owned());
                return Err(TapeError::SeveralSymbols { file: row.file.to_owned(), first, second });
            }
        }
        Ok(None)
    }
}

impl Iterator for Bars {
    type Item = Result<TapeBar, TapeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(first) = self.first.take() {
            return Some(Ok(first));
        }
        if self.over {
            return None;
        }
        let next = self.read().transpose();
        self.over = !matches!(next, Some(Ok(_)));
        next
    }
}

/// The instrument of `row`, under the name that the file uses.
fn instrument<E>(
    row: &Row<'_>,
    lookup: impl FnOnce(Symbol, ExchangeTime) -> Result<Instrument, E>,
) -> Result<Instrument, TapeError>
where
    E: Into<Box<dyn StdError + Send + Sync>>,
{
    let symbol: Symbol =
        row.symbol.parse().map_err(|_| row.error("symbol", row.symbol.to_owned(), Fault::NotASymbol))?;
    let found = lookup(symbol, row.time).map_err(|e| TapeError::Instrument {
        file: row.file.to_owned(),
        symbol: symbol.to_string(),
        source: e.into(),
    })?;
    Ok(Instrument { symbol, ..found })
}
