//! The contracts that the venue has told: what a bot's process has to know before its first event.
//!
//! A copy for the rim alone. The lane keeps its own, and nothing it decides comes from here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use stopline_kernel::id::Symbol;
use stopline_kernel::instrument::Instrument;

/// Contracts by symbol; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Contracts(Arc<Mutex<BTreeMap<Symbol, Instrument>>>);

impl Contracts {
    /// Takes over what a venue, or the ledger, says.
    pub fn learn<'a>(&self, told: impl IntoIterator<Item = &'a Instrument>) {
        let mut known = self.lock();
        known.extend(told.into_iter().map(|instrument| (instrument.symbol, instrument.clone())));
    }

    /// A contract, once it is known.
    pub fn of(&self, symbol: Symbol) -> Option<Instrument> {
        self.lock().get(&symbol).cloned()
    }

    /// All of them.
    pub fn all(&self) -> Vec<Instrument> {
        self.lock().values().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Symbol, Instrument>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
