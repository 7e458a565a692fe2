//! Prices and money as people write them, from the contracts the venue told us.
//!
//! A price of a contract that is not known is shown in ticks and says so; nothing is guessed.

use std::collections::BTreeMap;

use stopline_kernel::id::Symbol;
use stopline_kernel::instrument::Instrument;
use stopline_kernel::num::{Lots, Money, Ticks};

/// The contracts by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Prices(BTreeMap<Symbol, Instrument>);

impl Prices {
    /// Those of these contracts.
    pub(crate) fn of(instruments: impl IntoIterator<Item = Instrument>) -> Prices {
        Prices(instruments.into_iter().map(|i| (i.symbol, i)).collect())
    }

    /// A price: `6702.25`.
    pub(crate) fn show(&self, symbol: Symbol, price: Ticks) -> String {
        self.0.get(&symbol).map_or_else(|| format!("{} ticks", price.0), |i| i.show(price))
    }

    /// A price that may not be there.
    pub(crate) fn show_if(&self, symbol: Symbol, price: Option<Ticks>) -> String {
        price.map_or_else(|| "unknown".to_owned(), |price| self.show(symbol, price))
    }

    /// What a distance is worth on some lots, if the contract is known.
    pub(crate) fn worth(&self, symbol: Symbol, distance: Ticks, lots: Lots) -> Option<Money> {
        self.0.get(&symbol)?.worth(distance, lots).ok()
    }
}

/// Money with its sign: `+12.50`, `-3.75`, `0.00`.
pub(crate) fn signed(money: Money) -> String {
    let sign = if money.0 > 0 { "+" } else { "" };
    format!("{sign}{money}")
}

/// Money that may not be known.
pub(crate) fn signed_if(money: Option<Money>) -> String {
    money.map_or_else(|| "unknown".to_owned(), signed)
}

/// Signed lots: `+1`, `-2`, `flat`.
pub(crate) fn position(lots: Lots) -> String {
    match lots.0 {
        0 => "flat".to_owned(),
        n => format!("{n:+}"),
    }
}
