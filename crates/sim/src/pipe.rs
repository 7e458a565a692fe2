//! When bytes arrive: latency, jitter, partitions and splits of the two wires, stream by stream.
//!
//! Bytes of one session and direction never overtake each other, and none is changed or lost here.

use std::collections::BTreeMap;

use stopline_exchange::paper::SessionId;
use stopline_kernel::time::{Mono, Span};

use crate::choice::Choices;
use crate::swarm::{Partition, Path, WireFaults};

/// Bytes take so long between two processes of one machine.
pub(crate) const HOP: Span = Span(40_000);

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    /// To the broker.
    Out,
    /// To the engine.
    In,
}

/// The two wires.
#[derive(Debug)]
pub(crate) struct Pipes {
    began: Mono,
    faults: WireFaults,
    /// How much longer bytes of a path take, where a script says so.
    slow: BTreeMap<Path, Span>,
    /// When the last bytes of a stream arrive.
    last: BTreeMap<(SessionId, Way), Mono>,
}

impl Pipes {
    /// Wires with these faults in a run that began at `began`.
    pub(crate) const fn new(began: Mono, faults: WireFaults) -> Pipes {
        Pipes { began, faults, slow: BTreeMap::new(), last: BTreeMap::new() }
    }

    /// From here on they are good, but for what never heals; what is on its way stays as it was.
    pub(crate) fn heal(&mut self, lasting: Option<Partition>) {
        self.faults = WireFaults { partitions: lasting.into_iter().collect(), ..WireFaults::default() };
        self.slow.clear();
    }

    /// From now on bytes of this path take so much longer.
    pub(crate) fn slow(&mut self, path: Path, by: Span) {
        self.slow.insert(path, by);
    }

    /// From now on nothing comes through for a while: to the broker, to the engine.
    pub(crate) fn part(&mut self, path: Path, (to_broker, to_engine): (bool, bool), now: Mono, lasts: Span) {
        let at = now.since(self.began);
        self.faults.partitions.push(Partition { path, to_broker, to_engine, at, lasts });
    }

    /// When bytes written at `now` arrive, and where they are cut in two, if they are.
    pub(crate) fn carry(
        &mut self,
        path: Path,
        (session, way): (SessionId, Way),
        now: Mono,
        bytes: Vec<u8>,
        choices: &mut Choices,
    ) -> Vec<(Mono, Vec<u8>)> {
        let at = self.arrival(path, (session, way), now, choices);
        if bytes.len() < 2 || !choices.permille(self.faults.split) {
            return vec![(at, bytes)];
        }
        let cut = 1 + usize::try_from(choices.below(bytes.len() as u64 - 1)).unwrap_or(0);
        let mut first = bytes;
        let rest = first.split_off(cut.min(first.len()));
        let gap = Span(1_000 * i64::try_from(1 + choices.below(3_000)).unwrap_or(1));
        let later = at.plus(gap);
        self.last.insert((session, way), later);
        vec![(at, first), (later, rest)]
    }

    /// When something that must not overtake what was written before arrives.
    pub(crate) fn arrival(
        &mut self,
        path: Path,
        (session, way): (SessionId, Way),
        now: Mono,
        choices: &mut Choices,
    ) -> Mono {
        let jitter = self.faults.jitter.0;
        let wait =
            if jitter > 0 { choices.below(u64::try_from(jitter / 1_000).unwrap_or(0)) * 1_000 } else { 0 };
        let slow = self.slow.get(&path).copied().unwrap_or_default();
        let least = now.plus(HOP).plus(self.faults.latency).plus(slow);
        let fair = least.plus(Span(i64::try_from(wait).unwrap_or(0)));
        let open = self.opens(path, way, fair);
        let at = self.last.get(&(session, way)).map_or(open, |last| open.max(*last));
        self.last.insert((session, way), at);
        at
    }

    /// The first moment from `at` on at which the path is open.
    fn opens(&self, path: Path, way: Way, at: Mono) -> Mono {
        let held = self
            .faults
            .partitions
            .iter()
            .filter(|p| p.path == path && if way == Way::Out { p.to_broker } else { p.to_engine });
        held.fold(at, |at, p| {
            let (from, until) = (self.began.plus(p.at), self.began.plus(p.at).plus(p.lasts));
            if from <= at && at < until { until } else { at }
        })
    }

    /// A session is over.
    pub(crate) fn forget(&mut self, session: SessionId) {
        self.last.remove(&(session, Way::Out));
        self.last.remove(&(session, Way::In));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choice::Domain;

    #[test]
    fn nothing_overtakes_and_nothing_is_lost() {
        let partition = Partition {
            path: Path::Orders,
            to_broker: true,
            to_engine: false,
            at: Span::millis(20),
            lasts: Span::millis(500),
        };
        let faults = WireFaults {
            jitter: Span::millis(50),
            split: 500,
            partitions: vec![partition],
            ..WireFaults::default()
        };
        let mut pipes = Pipes::new(Mono(0), faults);
        let mut choices = Choices::new(5, Domain::Wire);
        let mut arrived = Vec::new();
        for n in 0..100_u8 {
            let now = Mono(u64::from(n) * 1_000_000);
            let pieces = pipes.carry(Path::Orders, (SessionId(1), Way::Out), now, vec![n; 3], &mut choices);
            arrived.extend(pieces);
        }
        assert!(arrived.is_sorted_by_key(|(at, _)| *at));
        let bytes: Vec<u8> = arrived.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
        assert_eq!(bytes, (0..100_u8).flat_map(|n| [n; 3]).collect::<Vec<_>>());
        let inside = arrived.iter().any(|(at, _)| (20_000_001..520_000_000).contains(&at.0));
        assert!(!inside, "a partition holds back what would have arrived in it");
    }
}
