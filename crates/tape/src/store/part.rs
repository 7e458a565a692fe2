//! One sealed file of a store: where it stands, and what its name and its footer say of it.
//!
//! A part is never changed after it was sealed. What its place says and what its footer says must agree.

use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use stopline_kernel::id::Symbol;
use stopline_kernel::instrument::TradingDay;
use stopline_kernel::time::ExchangeTime;

use super::error::StoreError;
use crate::kind::{Holds, Kind};

/// The version of what stands in a file's footer and columns.
pub(super) const SCHEMA: &str = "1";

/// Keys of the footer.
pub(super) mod key {
    pub(in crate::store) const SCHEMA: &str = "stopline.schema";
    pub(in crate::store) const SOURCE: &str = "stopline.source";
    pub(in crate::store) const DIGEST: &str = "stopline.digest";
    pub(in crate::store) const FIRST: &str = "stopline.first";
    pub(in crate::store) const LAST: &str = "stopline.last";
}

/// A sealed file, opened: its footer was read.
pub(super) type Sealed = SerializedFileReader<File>;

/// A sealed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The file.
    pub path: PathBuf,
    /// What its rows are.
    pub kind: Kind,
    /// The contract.
    pub symbol: Symbol,
    /// The trading day.
    pub day: TradingDay,
    /// How many rows it has; at least one.
    pub rows: u64,
    /// The time of its first row.
    pub first: ExchangeTime,
    /// The time of its last row.
    pub last: ExchangeTime,
    /// The file that it was imported from.
    pub source: String,
    /// That file's digest.
    pub digest: String,
}

/// Where a partition stands under the store's folder.
pub(super) fn partition(kind: Kind, symbol: Symbol, day: TradingDay) -> PathBuf {
    let TradingDay(n) = day;
    let day = format!("day={:04}-{:02}-{:02}", n / 10_000, n / 100 % 100, n % 100);
    PathBuf::from(kind.to_string()).join(format!("symbol={symbol}")).join(day)
}

/// The name of a part: by its first row, so that names sort as times do.
pub(super) fn name(first: ExchangeTime, digest: &str) -> String {
    let short = digest.get(..8).unwrap_or(digest);
    format!("{:019}-{short}.parquet", first.0.max(0))
}

/// The day of a folder's name.
pub(super) fn day(name: &str) -> Option<TradingDay> {
    let digits: String = name.strip_prefix("day=")?.split('-').collect();
    digits.parse().ok().filter(|_| digits.len() == 8).map(TradingDay)
}

/// The columns as Parquet's schema language has them.
///
/// Times carry no zone: DuckDB takes a zoned nanosecond for a type that its own functions do not have.
pub(super) fn schema(kind: Kind) -> String {
    let columns = kind.columns().iter().map(|column| {
        let may = if column.may_lack { "optional" } else { "required" };
        let holds = match column.holds {
            Holds::Time => " (TIMESTAMP(NANOS,false))",
            Holds::Price => " (DECIMAL(18,9))",
            Holds::Count => "",
        };
        format!("  {may} int64 {}{holds};\n", column.name)
    });
    format!("message row {{\n{}}}", columns.collect::<String>())
}

impl Part {
    /// Opens the file at `path`, which stands where a part of this kind, contract and day does.
    pub(super) fn open(
        path: &Path,
        kind: Kind,
        symbol: Symbol,
        day: TradingDay,
    ) -> Result<(Part, Sealed), StoreError> {
        let file = File::open(path).map_err(StoreError::io(path, "opening"))?;
        let reader = SerializedFileReader::new(file).map_err(StoreError::damaged(path))?;
        let footer = Footer { path, meta: reader.metadata() };
        let said = footer.text(key::SCHEMA)?;
        if said != SCHEMA {
            return Err(footer.wrong(format!("its schema is {said}, this build reads {SCHEMA}")));
        }
        let named: Vec<&str> =
            footer.meta.file_metadata().schema_descr().columns().iter().map(|c| c.name()).collect();
        if named != kind.columns().iter().map(|c| c.name).collect::<Vec<_>>() {
            return Err(footer.wrong(format!("its columns are {}", named.join(", "))));
        }
        let part = Part {
            path: path.to_owned(),
            kind,
            symbol,
            day,
            rows: u64::try_from(footer.meta.file_metadata().num_rows()).unwrap_or(0),
            first: footer.time(key::FIRST)?,
            last: footer.time(key::LAST)?,
            source: footer.text(key::SOURCE)?.to_owned(),
            digest: footer.text(key::DIGEST)?.to_owned(),
        };
        Ok((part, reader))
    }

    /// Whether `self` and `other` speak of the same stretch of time.
    pub(super) fn overlaps(&self, other: &Part) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// What a file says of itself at its end.
struct Footer<'a> {
    path: &'a Path,
    meta: &'a ParquetMetaData,
}

impl Footer<'_> {
    fn text(&self, key: &str) -> Result<&str, StoreError> {
        let pairs = self.meta.file_metadata().key_value_metadata();
        let pair = pairs.into_iter().flatten().find(|pair| pair.key == key);
        pair.and_then(|pair| pair.value.as_deref())
            .ok_or_else(|| self.wrong(format!("it does not say its {key}")))
    }

    fn time(&self, key: &str) -> Result<ExchangeTime, StoreError> {
        let text = self.text(key)?;
        text.parse().map(ExchangeTime).map_err(|_| self.wrong(format!("{key} is {text:?}")))
    }

    fn wrong(&self, reason: String) -> StoreError {
        StoreError::Damaged { path: self.path.to_owned(), reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Length;

    #[test]
    fn a_place_says_kind_contract_and_day() {
        let symbol = "ESZ4".parse().unwrap();
        let place = partition(Kind::Bars(Length::MINUTE), symbol, TradingDay(20_241_105));
        assert_eq!(place, Path::new("bars-1m/symbol=ESZ4/day=2024-11-05"));
        assert_eq!(day("day=2024-11-05"), Some(TradingDay(20_241_105)));
        assert_eq!([day("day=2024-11"), day("2024-11-05"), day("day=2024-11-xx")], [None; 3]);
    }

    #[test]
    fn names_sort_as_their_first_rows_do() {
        let (early, late) = (name(ExchangeTime(9), "abcdef0123"), name(ExchangeTime(10), "00000000"));
        assert!(early < late, "{early} {late}");
    }
}
