//! What an order at the market pays beyond the price that it meets, by named model.
//!
//! Pure. It never takes an order beyond its own limit, and never makes a price better.

use std::fmt;
use std::str::FromStr;

use stopline_kernel::num::{Side, Ticks};

/// A model of slippage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Slippage {
    /// The book alone: an order pays what stands there, level by level.
    #[default]
    Book,
    /// So many ticks more than the book, for an order that takes: a recording shows what stood there, and not what would have
    /// been pulled.
    Ticks(Ticks),
}

/// A text that names no model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownSlippage(pub String);

impl fmt::Display for UnknownSlippage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no model of slippage: write book, or ticks:N with N from 0 to 1000", self.0)
    }
}

impl std::error::Error for UnknownSlippage {}

impl FromStr for Slippage {
    type Err = UnknownSlippage;

    fn from_str(text: &str) -> Result<Slippage, UnknownSlippage> {
        let unknown = || UnknownSlippage(text.to_owned());
        match (text, text.strip_prefix("ticks:")) {
            ("book", _) => Ok(Slippage::Book),
            (_, Some(n)) => {
                let n = n.parse().ok().filter(|n| (0..=1_000).contains(n)).ok_or_else(unknown)?;
                Ok(Slippage::Ticks(Ticks(n)))
            }
            _ => Err(unknown()),
        }
    }
}

impl fmt::Display for Slippage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Slippage::Book => f.write_str("book"),
            Slippage::Ticks(ticks) => write!(f, "ticks:{}", ticks.0),
        }
    }
}

impl Slippage {
    /// What an order of this side that takes at `price` pays, with this limit of its own.
    pub fn paid(self, side: Side, price: Ticks, limit: Option<Ticks>) -> Ticks {
        let Slippage::Ticks(more) = self else { return price };
        let worse = Ticks(price.0.saturating_add(side.sign().saturating_mul(more.0)));
        match (side, limit) {
            (_, None) => worse,
            (Side::Buy, Some(limit)) => worse.min(limit).max(price),
            (Side::Sell, Some(limit)) => worse.max(limit).min(price),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_read_back_and_anything_else_is_refused() {
        for text in ["book", "ticks:0", "ticks:3"] {
            assert_eq!(text.parse::<Slippage>().unwrap().to_string(), text);
        }
        for text in ["", "ticks", "ticks:-1", "ticks:1001"] {
            assert_eq!(text.parse::<Slippage>(), Err(UnknownSlippage(text.to_owned())));
        }
    }

    #[test]
    fn who_takes_pays_more_and_never_beyond_its_limit() {
        let two = Slippage::Ticks(Ticks(2));
        assert_eq!(two.paid(Side::Buy, Ticks(100), None), Ticks(102));
        assert_eq!(two.paid(Side::Sell, Ticks(100), None), Ticks(98));
        assert_eq!(two.paid(Side::Buy, Ticks(100), Some(Ticks(101))), Ticks(101));
        assert_eq!(two.paid(Side::Sell, Ticks(100), Some(Ticks(100))), Ticks(100));
        assert_eq!(Slippage::Book.paid(Side::Buy, Ticks(100), None), Ticks(100));
    }
}
