//! A run made small by its choices: options of faults first, then every stream of them.
//!
//! Zero is the benign choice. It never keeps anything but what a run that still fails has taken.

use super::Judge;
use crate::choice::Domain;
use crate::recording::Recording;

/// So many runs are made at most; what is left after them is left to the lines.
const MOST: u64 = 400;

/// The smallest run found that still fails in the same way.
pub(super) fn smaller(mut recording: Recording, judge: &mut Judge) -> Recording {
    let end = judge.tries + MOST;
    while let Some(fewer) = fewer_options(&recording, judge, end) {
        recording = fewer;
    }
    for domain in Domain::RECORDED.into_iter().filter(|domain| *domain != Domain::Swarm) {
        recording = quieter(recording, domain, judge, end);
    }
    // Options that only stood in the way of others.
    fewer_options(&recording, judge, end).unwrap_or(recording)
}

/// The run without one of its options, or with a weaker one; `None` where all are needed.
fn fewer_options(recording: &Recording, judge: &mut Judge, end: u64) -> Option<Recording> {
    let drawn = recording.streams.get(&Domain::Swarm)?;
    let on = (0..drawn.len()).rev().filter(|at| drawn.get(*at).is_some_and(|n| *n > 0));
    // An option that is on is followed by how strong it is.
    let mut edits = on.flat_map(|at| [1, 2, 3].map(|gone| (at, gone)));
    edits.find_map(|(at, gone)| {
        if judge.tries >= end {
            return None;
        }
        let mut fewer = drawn.clone();
        fewer.splice(at..(at + gone).min(drawn.len()), [0]);
        judge.fails(with(recording, Domain::Swarm, fewer)).filter(|new| weight(new) < weight(recording))
    })
}

fn weight(recording: &Recording) -> usize {
    recording.streams.get(&Domain::Swarm).map_or(0, |drawn| drawn.iter().filter(|n| **n > 0).count())
}

/// The run with as much of one stream benign as can be.
fn quieter(mut recording: Recording, domain: Domain, judge: &mut Judge, end: u64) -> Recording {
    let length = |recording: &Recording| recording.streams.get(&domain).map_or(0, Vec::len);
    let mut chunk = length(&recording);
    while chunk > 0 && judge.tries < end {
        let mut from = 0;
        while from < length(&recording) && judge.tries < end {
            let Some(stream) = recording.streams.get(&domain) else { break };
            let mut quiet = stream.clone();
            let changed = quiet.iter().skip(from).take(chunk).any(|n| *n > 0);
            quiet.iter_mut().skip(from).take(chunk).for_each(|n| *n = 0);
            if changed && let Some(new) = judge.fails(with(&recording, domain, quiet)) {
                recording = new;
            }
            from += chunk;
        }
        // Fine work on thousands of numbers is done by the lines, at less cost.
        chunk = if chunk > 1 && chunk * 32 > length(&recording) { chunk.div_ceil(2) } else { 0 };
    }
    recording
}

fn with(recording: &Recording, domain: Domain, stream: Vec<u64>) -> Recording {
    let mut new = recording.clone();
    new.streams.insert(domain, stream);
    new
}
