//! What a day has come to, by the records alone: money while the account is flat, trades, and how they ended.
//!
//! It knows no market: of an account that holds something it says nothing, because only a price could.

use std::collections::BTreeMap;

use stopline_kernel::id::{BotId, ClOrdId, Symbol};
use stopline_kernel::ledgered::external_bot;
use stopline_kernel::limits::LaneConfig;
use stopline_kernel::num::Side;
use stopline_kernel::record::Record;

use super::{Verdict, broken};

/// The sums of a day, in millionths of the currency.
#[derive(Debug, Clone, Default)]
pub(super) struct Day {
    held: BTreeMap<(BotId, Symbol), i64>,
    made: BTreeMap<(BotId, Symbol), i64>,
    /// Realised and fees since the day began.
    today: i64,
    /// The highest that was, of the moments at which the account was flat.
    high: i64,
    traded: Vec<ClOrdId>,
    losses: u32,
}

impl Day {
    pub(super) fn take(&mut self, record: &Record) {
        match record {
            Record::DayBegan { .. } => {
                (self.today, self.high, self.losses) = (0, 0, 0);
                self.traded.clear();
            }
            Record::Filled(fill) => {
                let root = fill.root.filter(|root| !self.traded.contains(root));
                let of = (fill.bot, fill.execution.symbol);
                self.traded.extend(root);
                self.change(of, fill.execution.side, fill.execution.lots.0, fill.realised.0 - fill.fee.0);
            }
            Record::Allocated(a) => {
                self.change((a.to, a.symbol), a.side, a.lots.0, a.realised.0);
                self.change((external_bot(), a.symbol), a.side.opposite(), a.lots.0, 0);
            }
            Record::Busted(bust) => {
                if let Some(undone) = &bust.undone {
                    let of = (undone.bot, undone.symbol);
                    let lots = undone.position.0 - self.held.get(&of).copied().unwrap_or(0);
                    self.change(of, Side::Buy, lots, undone.realised.0 + undone.fee.0);
                }
            }
            _ => {}
        }
    }

    fn change(&mut self, of: (BotId, Symbol), side: Side, lots: i64, made: i64) {
        self.today += made;
        let held = self.held.entry(of).or_default();
        *held += side.sign() * lots;
        let result = self.made.entry(of).or_default();
        *result += made;
        if *held == 0 && of.0 != external_bot() {
            self.losses = match result.signum() {
                -1 => self.losses + 1,
                0 => self.losses,
                _ => 0,
            };
            *result = 0;
        }
        if self.is_flat() {
            self.high = self.high.max(self.today);
        }
    }

    fn is_flat(&self) -> bool {
        self.held.values().all(|lots| *lots == 0)
    }

    /// INV-10: no entry on a day that is over, by what it made, lost or fell, or by its trades. `entries` says which of the
    /// orders that have traded were entries.
    pub(super) fn may_trade(&self, config: &LaneConfig, entries: impl Fn(&ClOrdId) -> bool) -> Verdict {
        let limits = &config.limits.day;
        if limits.losses_in_row.is_some_and(|most| self.losses >= most) {
            return broken("INV-10", format!("an entry after {} lost trades in a row", self.losses));
        }
        let trades = self.traded.iter().filter(|root| entries(root)).count();
        if limits.trades.is_some_and(|most| trades >= most as usize) {
            return broken("INV-10", format!("an entry after {trades} trades of the day"));
        }
        if !self.is_flat() {
            return Ok(());
        }
        let (today, fall) = (self.today, self.high - self.today);
        if -today >= config.limits.daily_loss.0 {
            return broken("INV-10", format!("an entry on a day that has lost {today}"));
        }
        if limits.profit_target.is_some_and(|target| today >= target.0) {
            return broken("INV-10", format!("an entry on a day that has made {today}"));
        }
        // A high is recorded in steps, so that a fall from it may be seen that much later.
        if limits.drawdown.is_some_and(|most| fall >= most.0 + limits.high_step.0) {
            return broken("INV-10", format!("an entry on a day that has fallen {fall} from its high"));
        }
        Ok(())
    }
}
