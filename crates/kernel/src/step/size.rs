//! Sizing: a recorded step before the gate, from the lots that a bot wishes for to the lots that are asked for.
//!
//! It never rounds up and never asks a rule; what it cannot work out is denied, and less than one lot is no trade.

use super::Work;
use crate::intent::{Entry, Intent, IntentKey, Wish};
use crate::ledgered::Broken;
use crate::limits::{SizedBy, Sizing};
use crate::num::{Lots, Money, Overflow, Ticks};
use crate::record::Record;
use crate::risk::{Check, Denial, Measure, trade_risk};

impl Work<'_> {
    /// The entry as it is asked for: as wished where the bot has no sizing, sized otherwise, or nothing where that is less
    /// than a lot or unknown, which is denied here.
    pub(super) fn sized(
        &mut self,
        key: IntentKey,
        intent: &Intent,
        entry: &Entry,
    ) -> Result<Option<(Intent, Entry)>, Broken> {
        let bot = key.origin.bot();
        let Some(sizing) = self.book.config.sizing.iter().find(|s| s.bot == bot).copied() else {
            return Ok(Some((intent.clone(), *entry)));
        };
        let least = Measure::Lots(1);
        let check = match self.lots(&sizing, intent, entry) {
            Some(lots) if lots.0 > 0 => {
                let sized = Entry { lots, ..*entry };
                self.record(Record::Sized { key, wished: entry.lots, lots, by: sizing })?;
                return Ok(Some((Intent { wish: Wish::Enter(sized), ..intent.clone() }, sized)));
            }
            Some(lots) => Check { rule: Denial::TooSmall, value: lots.into(), limit: least, passed: false },
            None => Check::unknown(Denial::TooSmall, least),
        };
        self.denied(key, intent, alloc::vec![check], Denial::TooSmall)?;
        Ok(None)
    }

    /// How many lots, and never more than one order may have; `None` where a number of it is unknown.
    fn lots(&self, sizing: &Sizing, intent: &Intent, entry: &Entry) -> Option<Lots> {
        let lots = match sizing.by {
            SizedBy::Wish => entry.lots,
            SizedBy::Lots(lots) => lots,
            SizedBy::Risk(share) => {
                let money = self.book.equity()?.share(share).ok()?;
                let reference = entry.limit.or_else(|| self.touch(intent, entry.side))?;
                self.lots_at_risk(intent, money, reference, entry.stop).ok()?
            }
        };
        let sure = if sizing.confidence { intent.confidence.0.clamp(0, 10_000) } else { 10_000 };
        let scaled = i128::from(lots.0) * i128::from(sure) / 10_000;
        let scaled = Lots(i64::try_from(scaled).ok()?);
        Some(if mutant!(SizedUp) {
            Lots(scaled.0.saturating_add(1))
        } else {
            scaled.min(self.book.config.limits.max_order_lots)
        })
    }

    fn lots_at_risk(
        &self,
        intent: &Intent,
        money: Money,
        reference: Ticks,
        stop: Ticks,
    ) -> Result<Lots, Overflow> {
        let instrument = self.book.instrument(intent.symbol).ok_or(Overflow)?;
        let each = trade_risk(instrument, reference, stop, Lots(1))?;
        money.0.checked_div(each.0).map(Lots).ok_or(Overflow)
    }
}
