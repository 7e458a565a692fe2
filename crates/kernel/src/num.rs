//! The numbers of the trade: prices in ticks, quantities in lots, money in micro-units, shares in basis points.
//!
//! Never a float, and never a silent wrap: every operation that can leave the range returns [`Overflow`], and a rule
//! that meets it denies. An off-tick price cannot be written down at all.

use core::fmt;

use serde::{Deserialize, Serialize};

/// A result did not fit its type. Rules treat it as "unknown", which means deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overflow;

impl fmt::Display for Overflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number left its range")
    }
}

/// Declares a signed quantity with the checked operations that make sense for it.
macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl $name {
            /// Nothing of it.
            pub const ZERO: Self = Self(0);

            /// The sum, or [`Overflow`].
            pub fn plus(self, other: Self) -> Result<Self, Overflow> {
                self.0.checked_add(other.0).map(Self).ok_or(Overflow)
            }

            /// The difference, or [`Overflow`].
            pub fn minus(self, other: Self) -> Result<Self, Overflow> {
                self.0.checked_sub(other.0).map(Self).ok_or(Overflow)
            }

            /// This many times `n`, or [`Overflow`].
            pub fn times(self, n: i64) -> Result<Self, Overflow> {
                self.0.checked_mul(n).map(Self).ok_or(Overflow)
            }

            /// The same size with the other sign, or [`Overflow`] for the one value that has none.
            pub fn negated(self) -> Result<Self, Overflow> {
                self.0.checked_neg().map(Self).ok_or(Overflow)
            }

            /// The size without its sign; the one value that has none saturates, so that every limit refuses it.
            pub const fn size(self) -> Self {
                Self(self.0.saturating_abs())
            }

            /// Whether there is nothing of it.
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }
        }
    };
}

quantity!(
    /// A price, or a distance between prices, in units of the instrument's tick.
    Ticks
);
quantity!(
    /// A quantity in contracts. Positions are signed: long above zero, short below.
    Lots
);
quantity!(
    /// An amount of the account's currency in millionths (tick values such as 7.8125 USD are not whole cents).
    Money
);
quantity!(
    /// A share in hundredths of a percent: 10 000 is the whole.
    Bps
);

impl Money {
    /// Millionths in one unit of currency.
    pub const UNIT: i64 = 1_000_000;

    /// `units` whole units of currency, or [`Overflow`].
    pub fn units(units: i64) -> Result<Money, Overflow> {
        Money(Money::UNIT).times(units)
    }

    /// The part of this amount that `share` names, rounded toward zero.
    pub fn share(self, share: Bps) -> Result<Money, Overflow> {
        let exact = i128::from(self.0) * i128::from(share.0) / 10_000;
        i64::try_from(exact).map(Money).map_err(|_| Overflow)
    }
}

impl fmt::Display for Money {
    /// Two decimals where the amount is whole cents, six where it is not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let size = self.0.unsigned_abs();
        let unit = Money::UNIT.unsigned_abs();
        let (whole, rest) = (size / unit, size % unit);
        if rest % 10_000 == 0 {
            write!(f, "{sign}{whole}.{:02}", rest / 10_000)
        } else {
            write!(f, "{sign}{whole}.{rest:06}")
        }
    }
}

impl fmt::Display for Lots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which way an order trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    /// Adds lots.
    Buy,
    /// Takes lots away.
    Sell,
}

impl Side {
    /// The other side.
    pub const fn opposite(self) -> Side {
        match self {
            Side::Buy => Side::Sell,
            Side::Sell => Side::Buy,
        }
    }

    /// +1 for a buy, -1 for a sell.
    pub const fn sign(self) -> i64 {
        match self {
            Side::Buy => 1,
            Side::Sell => -1,
        }
    }

    /// The signed change of position that `lots` on this side make.
    pub fn signed(self, lots: Lots) -> Result<Lots, Overflow> {
        lots.times(self.sign())
    }

    /// The side that reduces a position of `lots`; `None` when flat.
    pub fn reducing(lots: Lots) -> Option<Side> {
        match lots.0 {
            0 => None,
            n if n > 0 => Some(Side::Sell),
            _ => Some(Side::Buy),
        }
    }

    /// `buy` or `sell`.
    pub const fn word(self) -> &'static str {
        match self {
            Side::Buy => "buy",
            Side::Sell => "sell",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn sums_that_leave_the_range_are_values_not_panics() {
        assert_eq!(Lots(i64::MAX).plus(Lots(1)), Err(Overflow));
        assert_eq!(Money(i64::MIN).negated(), Err(Overflow));
        assert_eq!(Money::units(i64::MAX), Err(Overflow));
        assert_eq!(Ticks(3).minus(Ticks(5)), Ok(Ticks(-2)));
    }

    #[test]
    fn money_prints_cents_unless_it_has_finer_parts() {
        assert_eq!(Money(12_500_000).to_string(), "12.50");
        assert_eq!(Money(-7_812_500).to_string(), "-7.812500");
        assert_eq!(Money(-50_000).to_string(), "-0.05");
    }

    #[test]
    fn a_share_of_money_uses_the_wide_type_inside() {
        assert_eq!(Money(i64::MAX).share(Bps(10_000)), Ok(Money(i64::MAX)));
        assert_eq!(Money(-1_000_000).share(Bps(250)), Ok(Money(-25_000)));
    }
}
