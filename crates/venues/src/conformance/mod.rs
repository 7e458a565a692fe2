//! What every venue must do, whoever stands behind it: scripts of what a client does and what it must then hear, run
//! through the broker's protocol machine against a stand-in for the broker, in virtual time.
//!
//! Compiled for tests alone. It sends nothing anywhere: the bytes that a machine writes go to the stand-in, a value in
//! the same thread.

use stopline_kernel::effect::OrderCommand;
use stopline_kernel::id::{AccountId, Symbol};
use stopline_kernel::input::NotSent;
use stopline_kernel::num::{Money, Ticks};
use stopline_kernel::time::Mono;

use crate::protocol::{Output, Protocol};

mod compare;
pub mod paper;
mod rig;
pub mod scenarios;
mod script;
mod show;

pub use compare::Broken;
use rig::Rig;
use scenarios::{SCENARIOS, Scenario};

/// The bytes of an order without the proofs that sending it takes: a stand-in's account has nothing to lose.
pub trait Encode {
    /// What [`crate::protocol::OrderDoor::order`] gives for a command that is approved and durable.
    fn encode(&mut self, now: Mono, command: &OrderCommand, out: &mut Vec<Output>) -> Result<(), NotSent>;
}

/// A machine with an order door, as the suite needs it.
pub trait Trader: Protocol + Encode {}

impl<M: Protocol + Encode> Trader for M {}

/// A connection to the stand-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionId(pub u64);

/// What the stand-in does to a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It writes.
    Bytes(Vec<u8>),
    /// It closes.
    Closed,
}

/// A stand-in for the broker, with a market that nobody moves but the suite's own accounts.
pub trait Broker {
    /// A client connects.
    fn connect(&mut self, now: Mono) -> SessionId;

    /// A client is gone.
    fn disconnect(&mut self, session: SessionId, now: Mono);

    /// A client wrote.
    fn bytes(&mut self, session: SessionId, now: Mono, bytes: &[u8]);

    /// Time passes until `to`; what the stand-in did until then, in order.
    fn advance(&mut self, to: Mono) -> Vec<(SessionId, Said)>;
}

/// What every scenario stands on: one contract in an open market in which nothing has happened, and three flat
/// accounts. Market time runs as fast as real time.
#[derive(Debug, Clone, Copy)]
pub struct Stage {
    /// When it begins.
    pub now: Mono,
    /// The contract.
    pub symbol: Symbol,
    /// The price that scripts call 0.
    pub reference: Ticks,
    /// Whose sessions scripts call `us` and `twin`, `other`, and `third`.
    pub accounts: [AccountId; 3],
    /// The cash of each.
    pub cash: Money,
}

/// Bytes that a broker might send some day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stray {
    /// A well-formed message of a kind that we do not know.
    UnknownMessage,
    /// The greeting of a venue that speaks another version.
    OtherVersion,
    /// Bytes of another protocol altogether.
    OtherProtocol,
}

/// A broker's stand-in with the machines that speak to it.
pub trait Bench {
    /// What is there at the beginning.
    fn stage(&self) -> Stage;

    /// A new stand-in, set as the stage says.
    fn broker(&self) -> Box<dyn Broker>;

    /// A new machine that trades this account.
    fn trader(&self, account: AccountId) -> Box<dyn Trader>;

    /// A new machine that listens to the market.
    fn listener(&self) -> Box<dyn Protocol>;

    /// Bytes of that sort in this protocol; `None` where it cannot have any.
    fn stray(&self, stray: Stray) -> Option<Vec<u8>>;
}

/// How a scenario went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Its name.
    pub scenario: &'static str,
    /// Into pieces of how many bytes what the two sides said was cut.
    pub piece: usize,
    /// What came of it.
    pub verdict: Verdict,
}

/// What can come of a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All that was to be heard was heard, and nothing else.
    Held,
    /// This protocol has no such bytes.
    NotApplicable(Stray),
    /// Something is wrong, with the venue or with its machine.
    Broken(Broken),
}

/// The sizes of the pieces: whole writes, an odd size, and cut at every position.
const PIECES: [usize; 3] = [usize::MAX, 7, 1];

/// Runs every scenario, with the bytes in whole and in pieces.
pub fn run(bench: &dyn Bench) -> Vec<Outcome> {
    let each = SCENARIOS.iter().flat_map(|scenario| PIECES.map(|piece| (scenario, piece)));
    each.map(|(scenario, piece)| {
        let verdict = play(bench, scenario, piece).unwrap_or_else(Verdict::Broken);
        Outcome { scenario: scenario.name, piece, verdict }
    })
    .collect()
}

fn play(bench: &dyn Bench, scenario: &Scenario, piece: usize) -> Result<Verdict, Broken> {
    let mut rig = Rig::new(bench, piece);
    for block in script::read(scenario.script)? {
        if let Some(stray) = block.stray().filter(|stray| bench.stray(*stray).is_none()) {
            return Ok(Verdict::NotApplicable(stray));
        }
        let line = block.line;
        rig.act(&block.act).map_err(|what| Broken::Script { line, what })?;
        compare::compare(line, &block.expected, rig.take_heard())?;
    }
    Ok(Verdict::Held)
}
