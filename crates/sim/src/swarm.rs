//! What a run is like: which families of faults it has and how strong, drawn first and printed with every verdict.
//!
//! Many runs have few families on; a run with all of them hides what one of them does. No option is ever drawn later
//! or from elsewhere.

use std::fmt;

use stopline_kernel::time::Span;

use crate::choice::Choices;

mod broker;
mod lasting;
mod node;
mod wire;

pub use broker::BrokerFaults;
pub use lasting::Lasting;
pub use node::{ClockFaults, Crash, CrashPoint, DiskFaults, ProcessFaults};
pub use wire::{Partition, Path, WireFaults};

/// The names of all families of faults.
pub const FAMILIES: [&str; 59] = [
    "wire.latency",
    "wire.split",
    "wire.cut",
    "wire.half_open",
    "wire.reset_before",
    "wire.reset_after",
    "wire.partition",
    "broker.lose",
    "broker.drop",
    "broker.dup",
    "broker.reorder",
    "broker.late",
    "broker.gap",
    "broker.disconnect",
    "broker.restart",
    "broker.logout",
    "broker.unknown_word",
    "broker.drop_children",
    "broker.reject_child",
    "broker.unsolicited_cancel",
    "broker.foreign",
    "broker.outside_flatten",
    "broker.lie",
    "broker.stale",
    "broker.truncate",
    "broker.overtake",
    "broker.halted",
    "broker.cash_off",
    "clock.offset",
    "clock.drift",
    "clock.freeze",
    "clock.step",
    "disk.torn",
    "disk.slow_sync",
    "disk.flip",
    "disk.cut",
    "disk.old_copy",
    "disk.full",
    "disk.error",
    "disk.sync_fails",
    "crash.before_append",
    "crash.after_append",
    "crash.after_sync",
    "crash.before_send",
    "crash.after_send",
    "crash.on_report",
    "crash.in_recovery",
    "process.pause",
    "process.bot_panic",
    "operator",
    "limits.tight",
    "bot.busy",
    "lasting.orders_cut",
    "lasting.orders_deaf",
    "lasting.orders_mute",
    "lasting.quotes_cut",
    "lasting.bot_gone",
    "operator.flatten_at_last",
    "disk.sqlite",
];

/// How many seeds in a thousand have a fault that never heals.
const LASTING: u64 = 60;

/// How many seeds in a thousand end with a person's flatten.
const FLATTEN_AT_LAST: u64 = 60;

/// How long the faults of a run last, pauses of the process not counted.
const STORM: Span = Span::secs(10);

/// T_conv: within this virtual time after the faults everything must have come to rest.
const CONVERGE: Span = Span::secs(60);

/// How many runs in a thousand are on the real log.
const SQLITE: u64 = 20;

/// The options of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swarm {
    /// What the wires do to bytes.
    pub wire: WireFaults,
    /// What the broker does to messages.
    pub broker: BrokerFaults,
    /// What the engine's clocks do.
    pub clock: ClockFaults,
    /// What the disk does.
    pub disk: DiskFaults,
    /// What befalls the process.
    pub process: ProcessFaults,
    /// How often in a thousand beats a person commands something.
    pub operator: u64,
    /// The day's loss is so small that a trade or two use it up.
    pub tight: bool,
    /// The bot wants something at each of its fills, not only at each bar.
    pub busy: bool,
    /// The log is the real one, SQLite over a faulty disk, and not the modelled one.
    pub sqlite: bool,
    /// What never heals.
    pub lasting: Option<Lasting>,
    /// A person flattens once the storm is over.
    pub flatten_at_last: bool,
    /// Virtual time with faults.
    pub stormy: Span,
    /// Virtual time after them, in which everything must come to rest.
    pub calm: Span,
}

impl Swarm {
    /// The options that `choices` draw.
    pub fn draw(choices: &mut Choices) -> Swarm {
        let mut swarm = Swarm {
            wire: WireFaults::draw(choices),
            broker: BrokerFaults::draw(choices),
            clock: ClockFaults::draw(choices),
            disk: DiskFaults::draw(choices),
            process: ProcessFaults::draw(choices),
            operator: strength(choices, 250, &[1, 4]),
            tight: choices.permille(80),
            busy: choices.permille(300),
            // Last, so that a seed that runs on the modelled log is the run that it was without this.
            sqlite: choices.permille(SQLITE),
            lasting: Lasting::draw(choices, LASTING),
            flatten_at_last: choices.permille(FLATTEN_AT_LAST),
            ..Swarm::quiet()
        };
        let paused = swarm.process.pauses.iter().map(|(_, lasts)| lasts.0).sum::<i64>();
        swarm.stormy = Span(STORM.0.saturating_add(paused));
        swarm
    }

    /// A run in which nothing goes wrong.
    pub fn quiet() -> Swarm {
        Swarm {
            wire: WireFaults::default(),
            broker: BrokerFaults::default(),
            clock: ClockFaults::default(),
            disk: DiskFaults::default(),
            process: ProcessFaults::default(),
            operator: 0,
            tight: false,
            busy: false,
            sqlite: false,
            lasting: None,
            flatten_at_last: false,
            stormy: STORM,
            calm: CONVERGE,
        }
    }

    /// The names of the families that are on.
    pub fn families(&self) -> Vec<&'static str> {
        let mut on = Vec::new();
        self.wire.families(&mut on);
        self.broker.families(&mut on);
        self.clock.families(&mut on);
        self.disk.families(&mut on);
        self.process.families(&mut on);
        if self.operator > 0 {
            on.push("operator");
        }
        if self.tight {
            on.push("limits.tight");
        }
        if self.busy {
            on.push("bot.busy");
        }
        if self.sqlite {
            on.push("disk.sqlite");
        }
        on.extend(self.lasting.map(Lasting::name));
        if self.flatten_at_last {
            on.push("operator.flatten_at_last");
        }
        on
    }
}

/// A family is on so many times in a thousand, and then as strong as one of the list.
fn strength(choices: &mut Choices, permille: u64, list: &[u64]) -> u64 {
    if choices.permille(permille) { choices.one_of(list).unwrap_or(0) } else { 0 }
}

/// A moment within the storm.
fn moment(choices: &mut Choices) -> Span {
    Span::millis(500 + i64::try_from(choices.below(8_500)).unwrap_or(0))
}

impl fmt::Display for Swarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quiet = *self == Swarm { stormy: self.stormy, calm: self.calm, ..Swarm::quiet() };
        if quiet {
            return f.write_str("no faults");
        }
        write!(f, "{}{}{}{}{}", self.wire, self.broker, self.clock, self.disk, self.process)?;
        if self.operator > 0 {
            write!(f, "operator {}; ", self.operator)?;
        }
        if self.tight {
            f.write_str("little to lose; ")?;
        }
        if self.busy {
            f.write_str("busy bot; ")?;
        }
        if self.sqlite {
            f.write_str("real SQLite; ")?;
        }
        if let Some(lasting) = self.lasting {
            write!(f, "{} for ever; ", lasting.name())?;
        }
        if self.flatten_at_last {
            f.write_str("flattened at last; ")?;
        }
        Ok(())
    }
}
