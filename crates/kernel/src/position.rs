//! A position from its fills: lots, cost and what has been realised, first in first out, exact.
//!
//! Never changed by a status, a snapshot or a wish: only by a fill that was booked once.

use alloc::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::num::{Lots, Overflow, Side, Ticks};

/// Lots bought or sold at one price and still open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenLots {
    /// Signed.
    pub lots: Lots,
    /// The price they traded at.
    pub price: Ticks,
}

/// One bot's position in one instrument.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// What is open, oldest first; all of one sign.
    open: VecDeque<OpenLots>,
}

impl Position {
    /// Signed lots.
    pub fn lots(&self) -> Lots {
        Lots(self.open.iter().map(|o| o.lots.0).sum())
    }

    /// Whether nothing is open.
    pub fn is_flat(&self) -> bool {
        self.open.is_empty()
    }

    /// The average price in ticks, rounded toward zero; `None` when flat.
    pub fn average(&self) -> Option<Ticks> {
        let cost: i128 = self.open.iter().map(|o| i128::from(o.price.0) * i128::from(o.lots.0)).sum();
        let lots = i128::from(self.lots().0);
        cost.checked_div(lots).and_then(|average| i64::try_from(average).ok()).map(Ticks)
    }

    /// What the open lots would make at `mark`, in ticks times lots.
    pub fn open_ticks(&self, mark: Ticks) -> Result<i64, Overflow> {
        self.open.iter().try_fold(0_i64, |sum, o| {
            let part = mark.minus(o.price)?.times(o.lots.0)?;
            sum.checked_add(part.0).ok_or(Overflow)
        })
    }

    /// Books a fill; gives what it realised, in ticks times lots.
    pub fn fill(&mut self, side: Side, lots: Lots, price: Ticks) -> Result<i64, Overflow> {
        let mut rest = side.signed(lots)?;
        self.lots().plus(rest)?;
        let mut realised = 0_i64;
        while let Some(oldest) = self.open.front_mut() {
            if rest.is_zero() || oldest.lots.0.signum() == rest.0.signum() {
                break;
            }
            let closed = Lots(oldest.lots.0.signum() * oldest.lots.size().min(rest.size()).0);
            let gain = price.minus(oldest.price)?.times(closed.0)?;
            realised = realised.checked_add(gain.0).ok_or(Overflow)?;
            rest = rest.plus(closed)?;
            oldest.lots = oldest.lots.minus(closed)?;
            if oldest.lots.is_zero() {
                self.open.pop_front();
            }
        }
        if !rest.is_zero() {
            self.open.push_back(OpenLots { lots: rest, price });
        }
        Ok(realised)
    }

    /// Takes a booked fill back; gives the change of what is realised, in ticks times lots. What of it is still open is
    /// taken out where it lies; the rest was closed since, and is reversed at its own price.
    pub fn take_back(&mut self, side: Side, lots: Lots, price: Ticks) -> Result<i64, Overflow> {
        let mut rest = lots;
        let own = |o: &&mut OpenLots| o.price == price && o.lots.0.signum() == side.sign();
        for open in self.open.iter_mut().rev().filter(own) {
            let taken = Lots(open.lots.size().0.min(rest.0));
            open.lots = open.lots.minus(side.signed(taken)?)?;
            rest = rest.minus(taken)?;
        }
        self.open.retain(|o| !o.lots.is_zero());
        if rest.is_zero() { Ok(0) } else { self.fill(side.opposite(), rest, price) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(fills: &[(Side, i64, i64)]) -> (Position, i64) {
        let mut p = Position::default();
        let mut realised = 0;
        for (side, lots, price) in fills {
            realised += p.fill(*side, Lots(*lots), Ticks(*price)).unwrap();
        }
        (p, realised)
    }

    #[test]
    fn the_oldest_lots_close_first() {
        let (p, realised) = filled(&[(Side::Buy, 2, 100), (Side::Buy, 2, 110), (Side::Sell, 3, 120)]);
        assert_eq!((p.lots(), p.average(), realised), (Lots(1), Some(Ticks(110)), 50));
        assert_eq!(p.open_ticks(Ticks(112)), Ok(2));
    }

    #[test]
    fn a_fill_through_flat_turns_the_position() {
        let (p, realised) = filled(&[(Side::Sell, 1, 100), (Side::Buy, 3, 90)]);
        assert_eq!((p.lots(), p.average(), realised), (Lots(2), Some(Ticks(90)), 10));
    }

    #[test]
    fn realised_and_open_always_sum_to_the_cash_flow() {
        let mut seed = 7_u64;
        let mut p = Position::default();
        let (mut realised, mut flow) = (0, 0);
        for _ in 0..2_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let side = if seed >> 63 == 0 { Side::Buy } else { Side::Sell };
            let (lots, price) = (1 + (seed >> 40) as i64 % 5, 1_000 + (seed >> 20) as i64 % 50);
            realised += p.fill(side, Lots(lots), Ticks(price)).unwrap();
            flow -= side.sign() * lots * price;
            assert_eq!(realised + p.open_ticks(Ticks(0)).unwrap(), flow);
        }
    }

    #[test]
    fn a_fill_taken_back_leaves_what_the_others_made() {
        let (mut p, _) = filled(&[(Side::Buy, 1, 100), (Side::Buy, 1, 110)]);
        assert_eq!(p.take_back(Side::Buy, Lots(1), Ticks(100)), Ok(0));
        assert_eq!((p.lots(), p.average()), (Lots(1), Some(Ticks(110))));
        let (mut p, realised) = filled(&[(Side::Buy, 1, 100), (Side::Sell, 1, 120)]);
        assert_eq!((realised, p.take_back(Side::Sell, Lots(1), Ticks(120))), (20, Ok(0)));
        assert_eq!((p.lots(), p.average()), (Lots(1), Some(Ticks(120))));
    }

    #[test]
    fn an_impossible_sum_changes_nothing() {
        let mut p = Position::default();
        p.fill(Side::Buy, Lots(i64::MAX), Ticks(1)).unwrap();
        let before = p.clone();
        assert_eq!(p.fill(Side::Buy, Lots(1), Ticks(1)), Err(Overflow));
        assert_eq!(p, before);
    }
}
