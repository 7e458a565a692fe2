//! A flag that an orderly stop raises when it is complete.
//!
//! It only ever goes up: a stop that is complete is never undone in the same process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Raised once, by the door; looked at by the supervisor.
#[derive(Debug, Clone, Default)]
pub struct Stopped(Arc<AtomicBool>);

impl Stopped {
    /// The stop is complete.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether it is.
    pub fn is_up(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
