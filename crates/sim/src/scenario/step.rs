//! What a scenario says, as values: one step a line, and everything that a step can name.
//!
//! It knows nothing of how a step is done; a step that is here can be written down, and no other.

use stopline_exchange::scenario::Set;
use stopline_kernel::halt::{HaltCause, Level};
use stopline_kernel::incident::IncidentKind;
use stopline_kernel::intent::{Entry, Leg};
use stopline_kernel::num::{Lots, Money, Side, Ticks};
use stopline_kernel::report::Stream;
use stopline_kernel::risk::Denial;
use stopline_kernel::table::{Ask, Life};
use stopline_kernel::time::Span;

use crate::swarm::{CrashPoint, Lasting, Path};

/// One step, with the line it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its line, counted from 1.
    pub line: usize,
    /// As it is written.
    pub text: String,
    /// What it does.
    pub(crate) act: Act,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    /// Lets time pass.
    Wait(Span),
    /// Lets time pass until something is so, and at most so long.
    Until(Condition, Span),
    /// Something is so now.
    Expect(Condition),
    /// The market does something.
    Market(Market),
    /// The bot wants something, or something befalls it.
    Bot(BotAct),
    /// The broker does something to a message that is still to come.
    Arm(Armed),
    /// The broker does something now.
    Broker(BrokerAct),
    /// Somebody else places an order on the account.
    Someone(Someone),
    /// Something befalls a connection.
    Wire(Path, WireAct),
    /// Something befalls the engine's process or machine.
    Machine(MachineAct),
    /// A person commands something.
    Person(PersonAct),
    /// When the file is over, this befalls the run and never heals.
    AtLast(Lasting),
}

/// What the market does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Market {
    /// It quotes: bid and offer, where there is one, and the lots of each.
    Quote(Option<Ticks>, Option<Ticks>, Lots, Lots),
    /// Others trade.
    Trade(Ticks, Lots),
    /// The feed falls silent, or speaks again.
    Flows(bool),
    /// The feed says that its data is so much older than it is.
    Late(Span),
    /// It enters a phase.
    Phase(Set),
}

/// What the bot does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BotAct {
    /// It wants a position, on data that is so much older than the last bar.
    Enters(Entry, Span),
    /// It wants none.
    Exits,
    /// It wants an order cancelled.
    Cancels(Name),
    /// It wants an order changed; the lots stay as they are where none are given.
    Changes(Name, Ticks, Option<Lots>),
    /// It wants its last wish again, word for word.
    Repeats,
    /// Its process ends, or is back.
    Up(bool),
}

/// An order by its role, and by its number where it is not the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name {
    /// Its role.
    pub(crate) leg: Leg,
    /// Which bracket's, or which closing order, from 1.
    pub(crate) number: Option<usize>,
}

/// A message on the orders connection, by its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Message {
    /// A request of ours, by its type on the wire.
    Request(&'static str),
    /// A word of the broker's, by its type on the wire, and for news of an order what happened.
    Word(&'static str, Option<&'static str>),
}

/// How often an armed deed is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Times {
    /// So often.
    Exactly(u64),
    /// To every message from here on; that none comes is no error.
    Always,
}

/// A deed that waits for its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Armed {
    /// What is done.
    pub(crate) deed: Deed,
    /// To which kind of message.
    pub(crate) message: Message,
    /// About which order; any, where none is named.
    pub(crate) of: Option<Name>,
    /// How often.
    pub(crate) times: Times,
}

/// What is done to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Deed {
    /// It is lost.
    Loses,
    /// It comes so much later.
    Delays(Span),
    /// It comes twice.
    Doubles,
    /// It comes when the broker releases it.
    Holds,
    /// News of an order comes in a word that nobody knows.
    Rewords(String),
    /// A request is refused by the broker, and never reaches the exchange.
    Refuses(String),
    /// A bracket reaches the exchange without its exits, or without one of them.
    Forgets(Option<Leg>),
    /// An exit of a bracket is refused, the rest is placed.
    RefusesExit(Leg, String),
    /// A request is worked off, and the connection ends before the answer leaves.
    HangsUp,
    /// A request is worked off, and the broker starts again before the answer leaves.
    Restarts,
    /// News that an order works is followed by the lie that it is refused.
    CallsRefused(String),
    /// The connection is cut as the request's bytes leave.
    Resets(Arrives),
    /// A word comes without one of its fields, by its name on the wire.
    LeavesField(&'static str),
    /// Half of a word arrives, and what follows is read as the rest of it.
    CutsShort,
    /// A byte in the middle of a word is changed.
    Damages,
    /// A fill carries the id of the first one that was told.
    ReusesId,
    /// The list of the account leaves something out.
    LeavesOut(Part),
    /// The list of the account says another position.
    SaysPosition(Lots),
    /// The list of the account is an earlier one.
    IsOld,
}

/// What of a request arrives when the connection is cut as it leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrives {
    /// Nothing.
    Nothing,
    /// Its first half.
    Half,
    /// All of it.
    All,
}

/// What a list of the account can leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The newest execution.
    Execution,
    /// An order.
    Order(Name),
    /// Every position.
    Positions,
}

/// What the broker does at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BrokerAct {
    /// Everything held goes on its way.
    Releases,
    /// It ends an order of its own accord.
    Cancels(Name),
    /// It says something of an order that nothing happened to.
    Says(Name, &'static str, Option<String>),
    /// It starts again.
    Restarts,
    /// It takes the newest trade of an order back, or puts its price right.
    TakesBack(Name, Option<Ticks>),
    /// An order trades so much more, at a price, than the exchange knows of.
    Trades(Name, Lots, Ticks),
    /// It ends the orders session with a goodbye.
    LogsOut,
    /// It sells or buys back what the account holds.
    Flattens,
    /// The cash it tells is off by so many units from here on.
    CashOff(i64),
    /// Its answers overtake the engine's own word that something was sent.
    Overtakes,
}

/// An order of somebody else's on the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Someone {
    /// Which way.
    pub(crate) side: Side,
    /// How many.
    pub(crate) lots: Lots,
    /// Its limit; at the market where there is none.
    pub(crate) limit: Option<Ticks>,
}

/// What befalls a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WireAct {
    /// It is cut, and both sides know.
    Cut,
    /// It is gone, and the engine does not know.
    HalfOpen,
    /// Nothing comes through for a while: to the broker, to the engine.
    Partition(Span, bool, bool),
    /// Bytes take so much longer from here on, both ways.
    Slow(Span),
}

/// What befalls the engine's machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MachineAct {
    /// The process dies now.
    Dies,
    /// The process dies, or its disk fails, the next time this point is reached.
    DiesAt(CrashPoint),
    /// A process starts.
    Starts,
    /// The process is not scheduled for a while.
    Pauses(Span),
    /// The next sync takes so long.
    SyncTakes(Span),
    /// Somebody copies the ledger away.
    Copies,
    /// The old copy is put back while no process runs.
    PutsBack,
    /// A bit of the ledger flips while no process runs.
    Flips,
    /// The second half of the ledger is gone while no process runs.
    LosesEnd,
    /// The wall clock is stepped.
    Steps(Span),
    /// The monotonic clock stands still for a while.
    Freezes(Span),
}

/// What a person commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PersonAct {
    /// Close everything and stay closed.
    Flattens,
    /// No new risk: of the bot alone, or of all.
    Pauses(bool),
    /// New risk again: of the bot alone, or of all.
    Resumes(bool),
    /// Stop in good order.
    Stops,
    /// An order that nobody can prove anything of is over.
    Settles(Name),
    /// Money came in, or went out.
    Transfers(Money),
}

/// What can be so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Condition {
    /// It is not.
    Not(Box<Condition>),
    /// An order stands here.
    Life(Name, Life),
    /// This is asked of an order.
    Ask(Name, Ask),
    /// An order's confirmed price.
    At(Name, Ticks),
    /// An order's confirmed lots.
    Lots(Name, Lots),
    /// So many lots of an order are booked as traded.
    Traded(Name, Lots),
    /// There is such an order.
    Exists(Name),
    /// Our position.
    Position(Lots),
    /// The position at the exchange.
    BrokerPosition(Lots),
    /// So many orders work, or are held, at the exchange.
    BrokerHas(u64),
    /// This order works, or is held, at the exchange.
    BrokerHasOrder(Name),
    /// The bot holds something, and every lot of it is protected.
    Protected,
    /// A lot of the bot is not.
    Unprotected,
    /// Nothing is held and nothing works, here and at the exchange.
    Flat,
    /// A closing goes on.
    Closing,
    /// The account trades: agreed, and nothing halted.
    Trading,
    /// What the account, or the bot, is allowed.
    Level(Level),
    /// A halt of this cause stands.
    Halt(HaltCause),
    /// The newest decision was accepted.
    Accepted,
    /// The newest decision was denied by this rule.
    Denied(Denial),
    /// An incident of this kind, or of any, was opened; so often, where that is said.
    Incident(Option<IncidentKind>, Option<u64>),
    /// Requests of this kind left; of any kind, where none is named.
    Sent(Sent),
    /// Records of this kind were kept.
    Record(&'static str, Option<u64>),
    /// Our cash.
    Cash(Money),
    /// The exchange's cash.
    BrokerCash(Money),
    /// A stream is up.
    Up(Stream),
    /// A process runs.
    Runs,
}

/// What left for the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sent {
    /// The request's type on the wire; `None` for any about an order.
    pub(crate) what: Option<&'static str>,
    /// About which order.
    pub(crate) of: Option<Name>,
    /// How often; at least once, where that is not said.
    pub(crate) times: Option<u64>,
    /// Counted from the last step that did something, instead of from the beginning.
    pub(crate) since_last: bool,
}

impl Act {
    /// Whether it makes something happen, so that "since the last step" counts from it.
    pub(crate) const fn does(&self) -> bool {
        !matches!(self, Act::Wait(_) | Act::Until(..) | Act::Expect(_) | Act::Arm(_))
    }

    /// Whether it is an event of the story, and not a look at it or a wait.
    pub(crate) const fn is_event(&self) -> bool {
        !matches!(self, Act::Wait(_) | Act::Until(..) | Act::Expect(_))
    }
}
