//! What befalls the engine's machine: its clocks, its disk, its process.
//!
//! Of the disk nothing that was synced is ever lost by a crash alone; what damages synced bytes is a fault of its own,
//! after which the ledger must be refused.

use std::fmt;

use stopline_kernel::time::Span;

use super::{moment, strength};
use crate::choice::Choices;

/// Where in the way of an order the process can be killed, or its disk fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CrashPoint {
    /// Records are about to be appended.
    BeforeAppend,
    /// Records were appended, not synced.
    AfterAppend,
    /// Records were synced; nothing was sent.
    AfterSync,
    /// A command's bytes are about to be handed to the socket.
    BeforeSend,
    /// A command's bytes were handed to the socket; nobody was told.
    AfterSend,
    /// A report was read from the socket; the lane has not seen it.
    OnReport,
    /// The lane was about to take inputs while it has not agreed with the broker yet.
    InRecovery,
    /// The disk has no room for what is appended.
    DiskFull,
    /// The disk cannot be written.
    DiskError,
    /// The sync fails.
    SyncFails,
}

impl CrashPoint {
    /// All of them.
    pub const ALL: [CrashPoint; 10] = [
        CrashPoint::BeforeAppend,
        CrashPoint::AfterAppend,
        CrashPoint::AfterSync,
        CrashPoint::BeforeSend,
        CrashPoint::AfterSend,
        CrashPoint::OnReport,
        CrashPoint::InRecovery,
        CrashPoint::DiskFull,
        CrashPoint::DiskError,
        CrashPoint::SyncFails,
    ];
}

/// One planned crash: at the `pass`-th time that `point` is reached by an order's records, commands or reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crash {
    /// Where.
    pub point: CrashPoint,
    /// Which time, from 1, counted since the last start.
    pub pass: u64,
}

/// What befalls the process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProcessFaults {
    /// Crashes, one per life of the process; none after the last.
    pub crashes: Vec<Crash>,
    /// Pauses: when, from the start of the run, and how long. The clocks run on.
    pub pauses: Vec<(Span, Span)>,
    /// How often in a thousand beats the bot panics.
    pub bot_panics: u64,
}

/// What the clocks of the engine's machine do, against the broker's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClockFaults {
    /// How far the monotonic clock stands ahead of the one the market's time was told by.
    pub offset: Span,
    /// How much faster it runs, in millionths.
    pub drift_ppm: i64,
    /// A time in which it stands still: when, and how long.
    pub freeze: Option<(Span, Span)>,
    /// A step of the wall clock: when, and by how much.
    pub step: Option<(Span, Span)>,
}

/// What the disk does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DiskFaults {
    /// In a crash, a byte of what was not synced is damaged, of so many in a thousand.
    pub torn: u64,
    /// How often in a thousand commits the sync takes long, and how long.
    pub slow: (u64, Span),
    /// After the first crash, a bit of the synced ledger has flipped.
    pub flip: bool,
    /// After the first crash, the end of the synced ledger is cut off.
    pub cut: bool,
    /// After the first crash, an old copy of ledger and anchor has been put back.
    pub old_copy: bool,
    /// It says that it synced, and does not. Never drawn: no ledger survives it, and a checker has to say so. Only the
    /// disk under the real log can lie.
    pub lies: bool,
}

impl ProcessFaults {
    pub(super) fn draw(choices: &mut Choices) -> ProcessFaults {
        let crash = |choices: &mut Choices| Crash {
            point: choices.one_of(&CrashPoint::ALL).unwrap_or(CrashPoint::AfterAppend),
            pass: 1 + choices.below(12),
        };
        let pause = |choices: &mut Choices| {
            let long = choices.permille(30);
            let seconds = if long { &[30, 60, 300][..] } else { &[1, 1, 2, 3, 5][..] };
            (moment(choices), Span::secs(choices.one_of(seconds).unwrap_or(1)))
        };
        ProcessFaults {
            crashes: (0..choices.below(4)).map(|_| crash(choices)).collect(),
            pauses: if choices.permille(120) { vec![pause(choices)] } else { Vec::new() },
            bot_panics: strength(choices, 120, &[2, 8]),
        }
    }

    pub(super) fn families(&self, on: &mut Vec<&'static str>) {
        on.extend(self.crashes.iter().map(|crash| match crash.point {
            CrashPoint::BeforeAppend => "crash.before_append",
            CrashPoint::AfterAppend => "crash.after_append",
            CrashPoint::AfterSync => "crash.after_sync",
            CrashPoint::BeforeSend => "crash.before_send",
            CrashPoint::AfterSend => "crash.after_send",
            CrashPoint::OnReport => "crash.on_report",
            CrashPoint::InRecovery => "crash.in_recovery",
            CrashPoint::DiskFull => "disk.full",
            CrashPoint::DiskError => "disk.error",
            CrashPoint::SyncFails => "disk.sync_fails",
        }));
        on.extend((!self.pauses.is_empty()).then_some("process.pause"));
        on.extend((self.bot_panics > 0).then_some("process.bot_panic"));
    }
}

impl ClockFaults {
    pub(super) fn draw(choices: &mut Choices) -> ClockFaults {
        let mut millis = |permille, list: &[i64]| {
            let on = choices.permille(permille);
            Span::millis(if on { choices.one_of(list).unwrap_or(0) } else { 0 })
        };
        let offset = millis(100, &[20, -20, 300, -300, 5_000]);
        let freeze = millis(60, &[200, 1_000, 4_000]);
        let step = millis(100, &[1_000, -1_000, 3_600_000, -3_600_000]);
        let drift = choices.permille(100);
        ClockFaults {
            offset,
            drift_ppm: if drift { choices.one_of(&[100, -100, 2_000]).unwrap_or(0) } else { 0 },
            freeze: (freeze.0 != 0).then(|| (moment(choices), freeze)),
            step: (step.0 != 0).then(|| (moment(choices), step)),
        }
    }

    pub(super) fn families(&self, on: &mut Vec<&'static str>) {
        let all = [
            ("clock.offset", self.offset.0 != 0),
            ("clock.drift", self.drift_ppm != 0),
            ("clock.freeze", self.freeze.is_some()),
            ("clock.step", self.step.is_some()),
        ];
        on.extend(all.into_iter().filter(|(_, on)| *on).map(|(name, _)| name));
    }
}

impl DiskFaults {
    pub(super) fn draw(choices: &mut Choices) -> DiskFaults {
        let slow = match strength(choices, 150, &[5, 50]) {
            0 => (0, Span::default()),
            often => (often, Span::millis(choices.one_of(&[50, 600, 3_000]).unwrap_or(50))),
        };
        let damage = if choices.permille(60) { 1 + choices.below(3) } else { 0 };
        DiskFaults {
            torn: strength(choices, 250, &[300, 1_000]),
            slow,
            flip: damage == 1,
            cut: damage == 2,
            old_copy: damage == 3,
            lies: false,
        }
    }

    pub(super) fn families(&self, on: &mut Vec<&'static str>) {
        let all = [
            ("disk.torn", self.torn > 0),
            ("disk.slow_sync", self.slow.0 > 0),
            ("disk.flip", self.flip),
            ("disk.cut", self.cut),
            ("disk.old_copy", self.old_copy),
        ];
        on.extend(all.into_iter().filter(|(_, on)| *on).map(|(name, _)| name));
    }
}

impl fmt::Display for ProcessFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.crashes.iter().try_for_each(|c| write!(f, "crash {:?}@{}; ", c.point, c.pass))?;
        let mut pauses = self.pauses.iter();
        pauses.try_for_each(|(at, lasts)| {
            write!(f, "pause at {} ms for {} ms; ", at.as_millis(), lasts.as_millis())
        })?;
        if self.bot_panics > 0 {
            write!(f, "bot-panics {}; ", self.bot_panics)?;
        }
        Ok(())
    }
}

impl fmt::Display for ClockFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.offset.0 != 0 {
            write!(f, "clock ahead by {} ms; ", self.offset.as_millis())?;
        }
        if self.drift_ppm != 0 {
            write!(f, "drift {} ppm; ", self.drift_ppm)?;
        }
        for (what, fault) in [("clock frozen", self.freeze), ("wall clock stepped", self.step)] {
            if let Some((at, by)) = fault {
                write!(f, "{what} at {} ms by {} ms; ", at.as_millis(), by.as_millis())?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for DiskFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.torn > 0 {
            write!(f, "torn {}; ", self.torn)?;
        }
        if self.slow.0 > 0 {
            write!(f, "slow sync {} by {} ms; ", self.slow.0, self.slow.1.as_millis())?;
        }
        for (what, on) in [
            ("bit flip", self.flip),
            ("cut ledger", self.cut),
            ("old copy", self.old_copy),
            ("lying disk", self.lies),
        ] {
            if on {
                write!(f, "{what}; ")?;
            }
        }
        Ok(())
    }
}
