//! What every broker's protocol machine is: bytes, timers, questions and orders in; writes, reports and deadlines out.
//!
//! Pure, and driven alike by a socket and by the simulator: a machine never reads a clock, never touches a socket, and
//! never sends an order a second time. What was written before a connection ended has an unknown fate, and saying so
//! is all a machine does about it.

use stopline_kernel::commit::Durable;
use stopline_kernel::effect::{OrderCommand, Query};
use stopline_kernel::input::{Event, NotSent};
use stopline_kernel::report::Stream;
use stopline_kernel::risk::Approved;
use stopline_kernel::time::Mono;

/// What a machine asks of whoever drives it, to be done in order.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "nearly every output is an event, and each is moved once")]
pub enum Output {
    /// Try to connect, and answer with [`Protocol::connected`] or [`Protocol::lost`].
    Connect,
    /// Write these bytes to the connection, all of them; if that fails, close it and call [`Protocol::lost`].
    Write(Vec<u8>),
    /// Hand this to the lane: a report, a tick or bars.
    Deliver(Event),
    /// Close the connection. It is lost already; [`Protocol::lost`] need not be called.
    Close,
}

/// Why a question was not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAsked {
    /// There is no session to ask it through.
    NoSession,
    /// This stream has no answer to it: bars of such a length, or an account on a quotes stream.
    NotOffered,
}

/// One stream of one broker as a state machine. Every call says what time it is.
pub trait Protocol {
    /// Which stream it is.
    fn stream(&self) -> Stream;

    /// When [`Protocol::timer`] is to be called next, at the latest; `None` while only the driver can make it go on.
    fn next_deadline(&self) -> Option<Mono>;

    /// Time passed. A new machine is called once to begin: it asks to be connected.
    fn timer(&mut self, now: Mono, out: &mut Vec<Output>);

    /// The connection asked for is there.
    fn connected(&mut self, now: Mono, out: &mut Vec<Output>);

    /// The connection is gone, or could not be made. Harmless when the machine knows already.
    fn lost(&mut self, now: Mono, why: &str, out: &mut Vec<Output>);

    /// Bytes came, split anyhow. Bytes of a connection that is lost must not be passed on.
    fn bytes(&mut self, now: Mono, bytes: &[u8], out: &mut Vec<Output>);

    /// Asks the venue something. There is at most one answer, and none when the connection ends before it.
    fn query(&mut self, now: Mono, query: Query, out: &mut Vec<Output>) -> Result<(), NotAsked>;

    /// Takes leave of the venue in good order; the machine never connects again.
    fn leave(&mut self, now: Mono, out: &mut Vec<Output>);
}

/// The only way to send an order: for what the gate has approved and the ledger holds, and only while a session is up.
///
/// A stream of quotes has none, so that an engine which is given nothing else cannot trade:
///
/// ```compile_fail,E0277
/// use stopline_venues::{paper::protocol::PaperQuotes, protocol::OrderDoor};
/// fn trades<D: OrderDoor>() {}
/// trades::<PaperQuotes>();
/// ```
pub trait OrderDoor: Protocol {
    /// Gives exactly one [`Output::Write`], or the reason why no byte may leave. The command is gone either way.
    fn order(
        &mut self,
        now: Mono,
        command: Durable<Approved<OrderCommand>>,
        out: &mut Vec<Output>,
    ) -> Result<(), NotSent>;
}
