//! Misbehaviour on request: what a bad network or a bad broker does to messages, drawn from a seed. Off by default.
//!
//! It touches messages on their way only. What the exchange has done stays done and stays in the journal: a lost
//! answer is about an order that works.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use stopline_kernel::time::{Mono, Span};

use crate::latency::Latency;
use crate::paper::SessionId;
use crate::rng::Rng;

/// What goes wrong and how often. Probabilities are shares of 1; spans are real time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Faults {
    /// A request of an order session is lost before the exchange sees it.
    pub lose: f64,
    /// An answer to an order session is lost.
    pub drop: f64,
    /// A report is sent twice.
    pub dup: f64,
    /// A report arrives after those sent later.
    pub reorder: f64,
    /// An event of the market is lost on its way to a quotes session.
    pub gap: f64,
    /// The connection ends after a request was worked off and before its answer leaves.
    pub disconnect: f64,
    /// The exchange ends and starts again after a request was worked off and before its answer leaves.
    pub restart: f64,
    /// Every message takes this long.
    pub latency: Span,
    /// And up to this much longer; order is kept.
    pub delay: Span,
    /// What befalls the order session's n-th request, counted from 1 over the life of this process.
    pub script: BTreeMap<u64, Mishap>,
}

/// What can befall a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// It is lost.
    Lose,
    /// It is worked off; then the connection ends.
    Disconnect,
    /// It is worked off; then the exchange starts again.
    Restart,
}

/// Why a text describes no faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultsError {
    /// No fault has this name.
    UnknownKey(String),
    /// Not a probability between 0 and 1.
    NotAShare(String),
    /// Not a length of time such as `200ms` or `2s`.
    NotASpan(String),
    /// Neither `key=value` nor `key@n`.
    NotAPair(String),
}

impl fmt::Display for FaultsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FaultsError::UnknownKey(key) => write!(
                f,
                "no fault is named {key:?}; there are lose, drop, dup, reorder, gap, disconnect, restart, latency, delay"
            ),
            FaultsError::NotAShare(text) => write!(f, "{text:?} is no probability between 0 and 1"),
            FaultsError::NotASpan(text) => write!(f, "{text:?} is no length of time such as 200ms or 2s"),
            FaultsError::NotAPair(text) => write!(f, "{text:?} is neither key=value nor key@request"),
        }
    }
}

impl std::error::Error for FaultsError {}

impl FromStr for Faults {
    type Err = FaultsError;

    /// Reads `drop=0.01,dup=0.02,delay=200ms,reorder=0.01,disconnect=0.002,restart@7`.
    fn from_str(text: &str) -> Result<Faults, FaultsError> {
        let mut faults = Faults::default();
        for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            if let Some((key, n)) = part.split_once('@') {
                let n = n.parse().map_err(|_| FaultsError::NotAPair(part.to_owned()))?;
                faults.script.insert(n, mishap(key)?);
            } else {
                let (key, value) =
                    part.split_once('=').ok_or_else(|| FaultsError::NotAPair(part.to_owned()))?;
                faults.set(key, value)?;
            }
        }
        Ok(faults)
    }
}

impl Faults {
    fn set(&mut self, key: &str, value: &str) -> Result<(), FaultsError> {
        let chance = match key {
            "lose" => &mut self.lose,
            "drop" => &mut self.drop,
            "dup" => &mut self.dup,
            "reorder" => &mut self.reorder,
            "gap" => &mut self.gap,
            "disconnect" => &mut self.disconnect,
            "restart" => &mut self.restart,
            "latency" => return span(value).map(|s| self.latency = s),
            "delay" => return span(value).map(|s| self.delay = s),
            _ => return Err(FaultsError::UnknownKey(key.to_owned())),
        };
        let share = value.parse().ok().filter(|p| (0.0..=1.0).contains(p));
        *chance = share.ok_or_else(|| FaultsError::NotAShare(value.to_owned()))?;
        Ok(())
    }
}

fn mishap(key: &str) -> Result<Mishap, FaultsError> {
    match key {
        "lose" => Ok(Mishap::Lose),
        "disconnect" => Ok(Mishap::Disconnect),
        "restart" => Ok(Mishap::Restart),
        _ => Err(FaultsError::UnknownKey(key.to_owned())),
    }
}

/// A length of time such as `200ms` or `2s`.
pub(crate) fn span(text: &str) -> Result<Span, FaultsError> {
    let bad = || FaultsError::NotASpan(text.to_owned());
    let (digits, unit) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(digits), _) => (digits, 1),
        (None, Some(digits)) => (digits, 1_000),
        (None, None) => return Err(bad()),
    };
    let n: u32 = digits.parse().map_err(|_| bad())?;
    Ok(Span::millis(i64::from(n).saturating_mul(unit)))
}

/// What kind of message is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cargo {
    /// The beginning or the end of a session: never lost.
    Session,
    /// An event of the market.
    Quote,
    /// News about an order.
    Report,
    /// An answer to a question on an order session.
    Answer,
}

/// The line between the exchange and its clients.
#[derive(Debug, Clone)]
pub struct Line {
    faults: Faults,
    latency: Latency,
    rng: Rng,
    requests: u64,
    /// When the last message in order is due, per session.
    due: BTreeMap<SessionId, Mono>,
}

impl Line {
    /// A line of this latency with these faults.
    pub fn new(faults: Faults, latency: Latency, seed: u64) -> Line {
        Line { faults, latency, rng: Rng::new(seed, 0xfa01), requests: 0, due: BTreeMap::new() }
    }

    /// From here on it behaves like this; what is on its way stays as it was drawn.
    pub fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
    }

    /// What befalls the next request of an order session.
    pub fn request(&mut self) -> Option<Mishap> {
        self.requests = self.requests.saturating_add(1);
        let drawn = [
            (self.rng.chance(self.faults.lose), Mishap::Lose),
            (self.rng.chance(self.faults.disconnect), Mishap::Disconnect),
            (self.rng.chance(self.faults.restart), Mishap::Restart),
        ];
        let scripted = self.faults.script.get(&self.requests).copied();
        scripted.or_else(|| drawn.into_iter().find(|(hit, _)| *hit).map(|(_, mishap)| mishap))
    }

    /// When a message sent at `now` arrives: never, once, or twice.
    pub fn arrivals(&mut self, session: SessionId, now: Mono, cargo: Cargo) -> Vec<Mono> {
        let lost = match cargo {
            Cargo::Session => 0.0,
            Cargo::Quote => self.faults.gap,
            Cargo::Report | Cargo::Answer => self.faults.drop,
        };
        if self.rng.chance(lost) {
            return Vec::new();
        }
        let most = self.faults.delay.0.saturating_add(self.latency.jitter().0);
        let jitter = Span(self.rng.between(0, most));
        let due = self.due.entry(session).or_default();
        let at = now.plus(self.faults.latency).plus(self.latency.least()).plus(jitter).max(*due);
        if cargo != Cargo::Report {
            *due = at;
            return vec![at];
        }
        if self.rng.chance(self.faults.reorder) {
            // Late on its own: what is sent after it is not held up.
            return vec![at.plus(self.faults.delay).plus(Span::millis(self.rng.between(1, 50)))];
        }
        *due = at;
        if self.rng.chance(self.faults.dup) { vec![at, at] } else { vec![at] }
    }

    /// A session is gone.
    pub fn forget(&mut self, session: SessionId) {
        self.due.remove(&session);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_reads_and_names_what_is_wrong() {
        let faults: Faults = "drop=0.01, delay=200ms,latency=2s,restart@7".parse().unwrap();
        assert_eq!((faults.drop, faults.delay, faults.latency), (0.01, Span::millis(200), Span::secs(2)));
        assert_eq!(faults.script.get(&7), Some(&Mishap::Restart));
        assert_eq!("".parse(), Ok(Faults::default()));
        assert_eq!("drip=1".parse::<Faults>(), Err(FaultsError::UnknownKey("drip".to_owned())));
        assert_eq!("drop=1.5".parse::<Faults>(), Err(FaultsError::NotAShare("1.5".to_owned())));
        assert_eq!("delay=5".parse::<Faults>(), Err(FaultsError::NotASpan("5".to_owned())));
        assert_eq!("drop".parse::<Faults>(), Err(FaultsError::NotAPair("drop".to_owned())));
    }

    #[test]
    fn jitter_keeps_the_order_and_only_reordering_breaks_it() {
        let session = SessionId(1);
        let arrive = |text: &str| {
            let mut line = Line::new(text.parse().unwrap(), Latency::None, 3);
            (0..200)
                .flat_map(|n| line.arrivals(session, Mono(n * 1_000_000), Cargo::Report))
                .collect::<Vec<_>>()
        };
        assert!(arrive("delay=50ms").is_sorted());
        assert!(!arrive("delay=50ms,reorder=0.1").is_sorted());
        assert_eq!(arrive("dup=1").len(), 400);
        assert_eq!(arrive("drop=1").len(), 0);
    }
}
