//! Stretches of market time: joined, cut with each other, and measured.
//!
//! A stretch is half open and never counted twice.

use stopline_kernel::time::{ExchangeTime, Span};

/// From the first moment up to and without the second.
pub(crate) type Stretch = (ExchangeTime, ExchangeTime);

/// The same time without overlaps, oldest first.
pub(crate) fn joined(mut stretches: Vec<Stretch>) -> Vec<Stretch> {
    stretches.retain(|(from, to)| from < to);
    stretches.sort_unstable();
    let mut joined: Vec<Stretch> = Vec::new();
    for (from, to) in stretches {
        match joined.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => joined.push((from, to)),
        }
    }
    joined
}

/// The time in both of two joined lists.
pub(crate) fn common(a: &[Stretch], b: &[Stretch]) -> Vec<Stretch> {
    let (mut i, mut j, mut found) = (0, 0, Vec::new());
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        let (from, to) = (x.0.max(y.0), x.1.min(y.1));
        if from < to {
            found.push((from, to));
        }
        if x.1 < y.1 {
            i += 1;
        } else {
            j += 1;
        }
    }
    found
}

/// How long a joined list is; held at the end of the range.
pub(crate) fn length(stretches: &[Stretch]) -> Span {
    Span(stretches.iter().fold(0, |sum: i64, (from, to)| sum.saturating_add(to.since(*from).0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(from: i64, to: i64) -> Stretch {
        (ExchangeTime(from), ExchangeTime(to))
    }

    #[test]
    fn time_is_counted_once_and_only_where_both_have_it() {
        let held = joined(vec![at(5, 9), at(0, 3), at(2, 4), at(7, 7)]);
        assert_eq!(held, [at(0, 4), at(5, 9)]);
        let open = joined(vec![at(1, 6), at(8, 20)]);
        assert_eq!(common(&held, &open), [at(1, 4), at(5, 6), at(8, 9)]);
        assert_eq!(length(&common(&held, &open)), Span(5));
    }
}
