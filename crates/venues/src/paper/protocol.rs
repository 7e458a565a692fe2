//! The paper protocol's two machines: one trades, one only listens.
//!
//! Pure. A quotes machine has no order door at all, and an orders machine opens it for nothing but a command that is
//! approved and durable.

use std::marker::PhantomData;

use stopline_kernel::commit::Durable;
use stopline_kernel::effect::{OrderCommand, Query};
use stopline_kernel::input::NotSent;
use stopline_kernel::report::Stream;
use stopline_kernel::risk::Approved;
use stopline_kernel::time::Mono;

pub use super::link::{Config, Timings};
use super::session::Session;
use crate::protocol::{NotAsked, OrderDoor, Output, Protocol};

/// The orders stream of a paper account.
pub type PaperOrders = Paper<Orders>;

/// The quotes stream of a paper account.
pub type PaperQuotes = Paper<Quotes>;

/// A machine of the paper protocol.
#[derive(Debug)]
pub struct Paper<S> {
    session: Session,
    stream: PhantomData<S>,
}

/// The stream with an order door.
#[derive(Debug, Clone, Copy)]
pub enum Orders {}

/// The stream without one.
#[derive(Debug, Clone, Copy)]
pub enum Quotes {}

impl Paper<Orders> {
    /// A machine that has not connected yet.
    pub fn new(config: Config) -> PaperOrders {
        Paper { session: Session::new(config, Stream::Orders), stream: PhantomData }
    }
}

impl Paper<Quotes> {
    /// A machine that has not connected yet.
    pub fn new(config: Config) -> PaperQuotes {
        Paper { session: Session::new(config, Stream::Quotes), stream: PhantomData }
    }
}

impl<S> Protocol for Paper<S> {
    fn stream(&self) -> Stream {
        self.session.link.stream()
    }

    fn next_deadline(&self) -> Option<Mono> {
        self.session.link.next_deadline()
    }

    fn timer(&mut self, now: Mono, out: &mut Vec<Output>) {
        self.session.timer(now, out);
    }

    fn connected(&mut self, now: Mono, out: &mut Vec<Output>) {
        self.session.link.connected(now, out);
    }

    fn lost(&mut self, now: Mono, why: &str, out: &mut Vec<Output>) {
        self.session.lost(now, why, out);
    }

    fn bytes(&mut self, now: Mono, bytes: &[u8], out: &mut Vec<Output>) {
        self.session.bytes(now, bytes, out);
    }

    fn query(&mut self, now: Mono, query: Query, out: &mut Vec<Output>) -> Result<(), NotAsked> {
        self.session.query(now, query, out)
    }

    fn leave(&mut self, now: Mono, out: &mut Vec<Output>) {
        self.session.link.leave(now, out);
    }
}

impl OrderDoor for PaperOrders {
    fn order(
        &mut self,
        now: Mono,
        command: Durable<Approved<OrderCommand>>,
        out: &mut Vec<Output>,
    ) -> Result<(), NotSent> {
        self.session.order(now, command.command(), out)
    }
}

#[cfg(any(test, feature = "conformance"))]
impl crate::conformance::Encode for PaperOrders {
    fn encode(&mut self, now: Mono, command: &OrderCommand, out: &mut Vec<Output>) -> Result<(), NotSent> {
        self.session.order(now, command, out)
    }
}
