//! What every part of the engine works with: clocks, inbox, contracts, what is shown, the register of threads.
//!
//! Handles alone, each with one owner behind it; no decision is made through them.

use std::sync::Arc;

use crate::clock::Clock;
use crate::contracts::Contracts;
use crate::crew::{Crew, Deaths};
use crate::inbox::{Bounds, Inbox};
use crate::published::{Published, Watched};

/// The handles; clones are the same handles.
#[derive(Debug, Clone)]
pub struct Shared {
    /// The clocks.
    pub clock: Clock,
    /// The lane's inbox.
    pub inbox: Arc<Inbox>,
    /// What is known of the contracts.
    pub contracts: Contracts,
    /// Where things are shown.
    pub published: Published,
    /// The threads.
    pub crew: Arc<Crew>,
}

impl Shared {
    /// The handles of one engine, where its deaths are heard, and what its watchers are shown.
    pub fn new(clock: Clock, bounds: Bounds) -> (Shared, Deaths, Watched) {
        let inbox = Arc::new(Inbox::new(clock.clone(), bounds));
        let (crew, deaths) = Crew::new(clock.clone());
        let (published, watched) = Published::new(clock.clone());
        (Shared { clock, inbox, contracts: Contracts::default(), published, crew }, deaths, watched)
    }
}
