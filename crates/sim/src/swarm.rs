//! What a seed's run is like: which faults it has and how strong, drawn first and printed with every verdict.
//!
//! Many runs have few kinds of faults on; a run with all of them hides what one of them does. No option is ever drawn
//! later or from elsewhere.

use std::fmt;

use stopline_exchange::faults::Faults;
use stopline_kernel::time::Span;

use crate::choice::{Choices, Domain};

/// Where in the way of an order the process can be killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CrashPoint {
    /// Records are about to be appended.
    BeforeAppend,
    /// Records were appended, not synced.
    AfterAppend,
    /// Records were synced; nothing was sent.
    AfterSync,
    /// A command's bytes were handed to the socket; nobody was told.
    AfterSend,
    /// A report was read from the socket; the lane has not seen it.
    OnReport,
}

impl CrashPoint {
    /// All of them.
    pub const ALL: [CrashPoint; 5] = [
        CrashPoint::BeforeAppend,
        CrashPoint::AfterAppend,
        CrashPoint::AfterSync,
        CrashPoint::AfterSend,
        CrashPoint::OnReport,
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

/// The options of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Swarm {
    /// What the venue's line does.
    pub faults: Faults,
    /// Crashes, one per life of the process; none after the last.
    pub crashes: Vec<Crash>,
    /// How many times in a thousand bytes on their way to the venue are lost with the connection in a crash.
    pub lost_in_crash: u64,
    /// How often in a thousand beats the connection is cut.
    pub cuts: u64,
    /// How often in a thousand beats a person commands something.
    pub operator: u64,
    /// Virtual time with faults.
    pub stormy: Span,
    /// Virtual time after them, in which everything must come to rest.
    pub calm: Span,
}

impl Swarm {
    /// The options of `seed`.
    pub fn draw(seed: u64) -> Swarm {
        let mut choices = Choices::new(seed, Domain::Swarm);
        let crashes = (0..choices.below(4)).map(|_| crash(&mut choices)).collect();
        Swarm {
            faults: faults(&mut choices),
            crashes,
            lost_in_crash: choices.one_of(&[0, 300, 1_000]).unwrap_or(0),
            cuts: choices.one_of(&[0, 0, 1, 4]).unwrap_or(0),
            operator: choices.one_of(&[0, 0, 0, 1]).unwrap_or(0),
            stormy: Span::secs(10),
            calm: Span::secs(20),
        }
    }
}

fn crash(choices: &mut Choices) -> Crash {
    let point = choices.one_of(&CrashPoint::ALL).unwrap_or(CrashPoint::AfterAppend);
    Crash { point, pass: 1 + choices.below(12) }
}

/// Each kind of fault is on in about one run of three.
fn faults(choices: &mut Choices) -> Faults {
    let mut share = |most: u32| -> f64 {
        let on = choices.permille(350);
        let strength = choices.below(u64::from(most) + 1) as f64 / 1_000.0;
        if on { strength } else { 0.0 }
    };
    Faults {
        lose: share(80),
        drop: share(100),
        dup: share(200),
        reorder: share(150),
        gap: share(50),
        disconnect: share(40),
        restart: share(20),
        latency: Span::millis(choices.one_of(&[0, 1, 20]).unwrap_or(0)),
        delay: Span::millis(choices.one_of(&[0, 5, 120, 400]).unwrap_or(0)),
        ..Faults::default()
    }
}

impl fmt::Display for Swarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let x = &self.faults;
        write!(
            f,
            "lose {} drop {} dup {} reorder {} gap {} disconnect {} restart {} latency {} ms delay {} ms",
            x.lose,
            x.drop,
            x.dup,
            x.reorder,
            x.gap,
            x.disconnect,
            x.restart,
            x.latency.as_millis(),
            x.delay.as_millis()
        )?;
        write!(f, ", cuts {} operator {} lost-in-crash {}", self.cuts, self.operator, self.lost_in_crash)?;
        self.crashes.iter().try_for_each(|c| write!(f, ", crash {:?}@{}", c.point, c.pass))
    }
}
