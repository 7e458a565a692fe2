//! Why the calendar has no answer. Each error names where the trouble is and what mends it.
//!
//! Never carries an answer that is "probably right": the caller gets the fact or the reason.

use stopline_kernel::instrument::TradingDay;
use thiserror::Error;

/// Why the calendar has no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CalendarError {
    /// The text of a data file is not TOML of the expected shape.
    #[error("{file}: {reason}; mend the file as the comment at its top describes")]
    Shape {
        /// The data file.
        file: &'static str,
        /// What the reader said, with line and column.
        reason: String,
    },
    /// One value of a data file makes no sense.
    #[error("{file}: {field} = {value:?}: {mend}")]
    Data {
        /// The data file.
        file: &'static str,
        /// The path of the value in it, such as `contract.ES.tick`.
        field: String,
        /// What is written there.
        value: String,
        /// What should be.
        mend: &'static str,
    },
    /// A text that does not name a contract.
    #[error("{symbol:?} is no contract: write the root, a month code and one digit of the year, as in MESZ6")]
    NotASymbol {
        /// The text.
        symbol: String,
    },
    /// A root that the data does not know.
    #[error("{root:?} is not in {file}, which has {known}: correct the symbol, or add [contract.{root}]")]
    UnknownRoot {
        /// The data file.
        file: &'static str,
        /// What was asked for.
        root: String,
        /// The roots that are there, separated by blanks.
        known: String,
    },
    /// A month in which the root has no contract.
    #[error("{symbol:?}: {root} has the months {months}; name one of them")]
    NoSuchMonth {
        /// What was asked for.
        symbol: String,
        /// Its root.
        root: String,
        /// The month codes that exist.
        months: String,
    },
    /// A session group that the data does not know.
    #[error(
        "session group {group:?} is not in {file}, which has {known}: add [group.{group}] and its exceptions"
    )]
    UnknownGroup {
        /// The data file.
        file: &'static str,
        /// What was asked for.
        group: String,
        /// The groups that are there, separated by blanks.
        known: String,
    },
    /// A number that is no day of the calendar.
    #[error("{} is no day: write yyyymmdd, as in 20261120", day.0)]
    NotADay {
        /// The number.
        day: TradingDay,
    },
    /// Days in the wrong order.
    #[error("the first day {} is after the last day {}: exchange them", from.0, to.0)]
    Backwards {
        /// The first day asked for.
        from: TradingDay,
        /// The last day asked for.
        to: TradingDay,
    },
    /// A day that the data does not reach.
    #[error("{} is outside {file}, which covers {} to {}: ask for days inside, or extend it", day.0, first.0, last.0)]
    NotCovered {
        /// The data file.
        file: &'static str,
        /// The day asked for.
        day: TradingDay,
        /// The first day that is covered.
        first: TradingDay,
        /// The last day that is covered.
        last: TradingDay,
    },
    /// A data file that is older than it may be.
    #[error(
        "{file} was to be trusted until {}, and today is {}: check it against its sources, then set a later `expires`",
        expires.0, today.0
    )]
    Expired {
        /// The data file.
        file: &'static str,
        /// Its last day.
        expires: TradingDay,
        /// The day asked for.
        today: TradingDay,
    },
    /// The root has no rule for its last trading day or its roll, so that no contract is the front one.
    #[error(
        "{file}: contract.{root}.{field} is missing or unknown, so there is no front contract: name the contract"
    )]
    NoRoll {
        /// The data file.
        file: &'static str,
        /// The root.
        root: String,
        /// The field that would be needed.
        field: &'static str,
    },
}
