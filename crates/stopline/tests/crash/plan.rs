//! What befalls one case, drawn from its seed: the configuration it runs under and the moments at which it is killed.
//!
//! It must never ask a clock or the machine: the same seed always makes the same plan.

use std::fmt;

use stopline_exchange::rng::Rng;
use stopline_runtime::hooks::Point;

/// Real time: how long a position may stand without working protection before it is closed.
pub(crate) const PROTECT_MS: i64 = 2_000;

/// Real time: how long a request may go unanswered.
pub(crate) const ANSWER_MS: i64 = 500;

/// Real time: how long an order that was sent may be absent before its absence proves something.
pub(crate) const SETTLE_MS: i64 = 300;

/// Real time: how long a closing order may work before it is priced anew.
pub(crate) const REPRICE_MS: i64 = 500;

/// Market time per real time.
pub(crate) const SPEED: i64 = 600;

/// When the engine is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aim {
    /// By itself, at the n-th pass of a point.
    At(Point, u64),
    /// So many milliseconds after a position was first seen open in this life.
    Open(u64),
    /// So many milliseconds after it was started, whatever it does then.
    Since(u64),
}

impl fmt::Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Aim::At(point, pass) => write!(f, "{}:{pass}", point.word()),
            Aim::Open(ms) => write!(f, "open+{ms}ms"),
            Aim::Since(ms) => write!(f, "start+{ms}ms"),
        }
    }
}

/// A defect of the engine that the checks must find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plant {
    /// It sends before it commits.
    SendsFirst,
    /// Its lane panics.
    LanePanics,
}

/// One case.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// What everything else is drawn from.
    pub(crate) seed: u64,
    /// The kills, one per life.
    pub(crate) kills: Vec<Aim>,
    /// The defect that is planted in the engine.
    pub(crate) plant: Option<Plant>,
    /// The configuration, as TOML.
    pub(crate) config: String,
}

impl Case {
    /// A case with one kill at the point whose turn it is, at least one at random, and at times a third.
    pub(crate) fn of(seed: u64) -> Case {
        let mut rng = Rng::new(seed, 0x0c4a);
        let turn = usize::try_from(seed).unwrap_or(0) % Point::ALL.len();
        let aimed = aimed(Point::ALL[turn], &mut rng);
        let mut kills = vec![aimed, random(&mut rng)];
        if rng.chance(0.5) {
            kills.push(random(&mut rng));
        }
        let first = usize::try_from(rng.below(2)).unwrap_or(0);
        kills.swap(0, first);
        Case { seed, kills, plant: None, config: config(seed, &mut rng) }
    }

    /// A case of the mutant that sends first: killed once, right after it has sent.
    pub(crate) fn that_sends_first(seed: u64) -> Case {
        let mut rng = Rng::new(seed, 0x0c4b);
        let kills = vec![Aim::At(Point::AfterSend, 1 + seed % 3)];
        Case { seed, kills, plant: Some(Plant::SendsFirst), config: config(seed, &mut rng) }
    }
}

impl Case {
    /// A case whose engine ends although nobody kills it.
    pub(crate) fn that_panics(seed: u64) -> Case {
        let mut rng = Rng::new(seed, 0x0c4c);
        let plant = Some(Plant::LanePanics);
        Case { seed, kills: vec![Aim::Since(5_000)], plant, config: config(seed, &mut rng) }
    }
}

/// A pass that a few seconds of trading reach: commits are many, sends are few.
fn aimed(point: Point, rng: &mut Rng) -> Aim {
    let most = match point {
        Point::BeforeAppend | Point::AfterAppend | Point::BeforeSync | Point::AfterSync => 120,
        Point::BeforeSend | Point::AfterSend => 10,
        Point::BeforeAck | Point::AfterAck => 50,
    };
    Aim::At(point, 1 + rng.below(most))
}

/// Mostly with a position open; at times early, while the engine recovers.
fn random(rng: &mut Rng) -> Aim {
    if rng.chance(0.75) { Aim::Open(rng.below(400)) } else { Aim::Since(100 + rng.below(1_500)) }
}

/// Fast bars, a quick cross with a close stop, a line that loses, doubles, delays, reorders and breaks.
fn config(seed: u64, rng: &mut Rng) -> String {
    let mut share = |most: f64| format!("{:.3}", most * (0.2 + 0.8 * rng.unit()));
    let faults = format!(
        "lose={},drop={},dup={},reorder={},disconnect={},delay=15ms",
        share(0.01),
        share(0.02),
        share(0.10),
        share(0.05),
        share(0.01)
    );
    format!(
        r#"
on_stop = "flatten"

[account]
start_cash = 1000000

[limits]
daily_loss = 500000
max_orders_per_window = 256

[timings]
intent_age = "10m"
data_age = "10m"
rate_window = "10s"
answer = "{ANSWER_MS}ms"
protect = "{PROTECT_MS}ms"
detect = "1s"
settle = "{SETTLE_MS}ms"
reprice = "{REPRICE_MS}ms"

[venue.paper]
seed = {seed}
speed = {SPEED}
start = "2026-09-15 19:00"
idle = "30s"
faults = "{faults}"

[[bots]]
bar = "1m"
params = {{ fast = 2, slow = 3, stop = "12 ticks", target = "12 ticks" }}
"#
    )
}
