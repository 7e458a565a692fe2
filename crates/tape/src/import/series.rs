//! The rows of one kind and contract as an import sees them pass: how many, from when to when, and what is missing.
//!
//! Counts only; it holds no row back and keeps the largest gaps alone.

use stopline_kernel::instrument::TradingDay;
use stopline_kernel::time::ExchangeTime;

use super::contract::Contract;
use crate::kind::Kind;

/// How many gaps are told one by one.
const TOLD: usize = 3;

/// A silence of trades or quotes that is called a gap: five minutes of trading time.
const SILENCE: i64 = 300_000_000_000;

/// How many bars must have passed before their distance says something of their length.
const ENOUGH: u64 = 100;

/// A stretch of trading time without rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// Its first moment.
    pub from: ExchangeTime,
    /// The row after it.
    pub until: ExchangeTime,
    /// How much of it is trading time, in nanoseconds.
    pub trading: i64,
}

/// What passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// How many rows.
    pub rows: u64,
    /// The first trading day.
    pub first: TradingDay,
    /// The last trading day.
    pub last: TradingDay,
    /// How many gaps; `None` where the sessions are not known.
    pub gaps: Option<u64>,
    /// Trading time in all gaps, in nanoseconds; saturates.
    pub missing: i64,
    /// The longest gaps, longest first.
    pub longest: Vec<Gap>,
    /// The time of the last row.
    pub(super) newest: ExchangeTime,
    /// The smallest distance of two rows.
    nearest: i64,
}

impl Series {
    /// Of a first row.
    pub(super) fn new(kind: Kind, contract: &Contract, day: TradingDay, time: ExchangeTime) -> Series {
        let daily = matches!(kind, Kind::Bars(length) if length.span().0 >= crate::Length::DAY.span().0);
        let counted = contract.trading(time, time).is_some() && kind != Kind::Definitions && !daily;
        Series {
            rows: 1,
            first: day,
            last: day,
            gaps: counted.then_some(0),
            missing: 0,
            longest: Vec::new(),
            newest: time,
            nearest: i64::MAX,
        }
    }

    /// One more row.
    pub(super) fn note(&mut self, kind: Kind, contract: &Contract, day: TradingDay, time: ExchangeTime) {
        let before = std::mem::replace(&mut self.newest, time);
        let length = if let Kind::Bars(length) = kind { length.span().0 } else { 0 };
        let least = if length > 0 { length } else { SILENCE };
        let apart = time.0.saturating_sub(before.0);
        (self.rows, self.last) = (self.rows + 1, day);
        self.nearest = self.nearest.min(apart);
        if apart <= least || self.gaps.is_none() {
            return;
        }
        let from = ExchangeTime(before.0.saturating_add(length));
        let trading = contract.trading(from, time).unwrap_or(0);
        if trading >= least {
            self.gaps = self.gaps.map(|n| n + 1);
            self.missing = self.missing.saturating_add(trading);
            let at = self.longest.partition_point(|gap| gap.trading >= trading);
            self.longest.insert(at, Gap { from, until: time, trading });
            self.longest.truncate(TOLD);
        }
    }

    /// The distance that the bars have, where no two of many are as near as their length says.
    pub(super) fn spacing(&self, kind: Kind) -> Option<i64> {
        let Kind::Bars(length) = kind else { return None };
        let wrong = self.rows >= ENOUGH && self.nearest > length.span().0;
        wrong.then_some(self.nearest)
    }
}
