//! The names most like a wanted one, for errors that help.
//!
//! Never holds more than eight names, however many it is shown, and decides nothing: the choice is the user's.

/// How many names an error lists.
const MOST: usize = 8;

/// Keeps the names most like a wanted one.
#[derive(Debug)]
pub(crate) struct Nearest {
    wanted: String,
    /// Distance and name, nearest first, each name once.
    best: Vec<(usize, String)>,
}

impl Nearest {
    pub(crate) fn to(wanted: &str) -> Nearest {
        Nearest { wanted: wanted.to_owned(), best: Vec::with_capacity(MOST + 1) }
    }

    /// Shows it one name.
    pub(crate) fn note(&mut self, name: &str) {
        if self.best.iter().any(|(_, known)| known == name) {
            return;
        }
        let distance = distance(&self.wanted, name);
        let at = self.best.partition_point(|(d, known)| (*d, known.as_str()) < (distance, name));
        if at < MOST {
            self.best.insert(at, (distance, name.to_owned()));
            self.best.truncate(MOST);
        }
    }

    /// The names kept, the most alike first; empty if none was shown.
    pub(crate) fn names(self) -> Vec<String> {
        self.best.into_iter().map(|(_, name)| name).collect()
    }
}

/// How many characters have to be put in, taken out or exchanged to make `b` of `a` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut corner = i;
        let mut left = i + 1;
        for (cell, cb) in row.iter_mut().skip(1).zip(b.chars()) {
            let exchanged = corner + usize::from(ca != cb);
            corner = *cell;
            left = exchanged.min(left + 1).min(corner + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits() {
        for (a, b, want) in
            [("", "", 0), ("ESZ4", "ESZ4", 0), ("ESZ4", "ESH5", 2), ("ES", "MES", 1), ("abc", "", 3)]
        {
            assert_eq!(distance(a, b), want, "{a} {b}");
            assert_eq!(distance(b, a), want, "{b} {a}");
        }
    }

    #[test]
    fn the_eight_most_alike_are_kept_each_once() {
        let mut nearest = Nearest::to("ESZ4");
        for name in ["NQH5-NQM5", "ESH5", "ESH5", "ESU4", "NQZ4", "A", "B", "C", "D", "E", "ESZ5"] {
            nearest.note(name);
        }
        let names = nearest.names();
        assert_eq!(names.len(), 8);
        assert_eq!(names.get(..4), Some(["ESU4", "ESZ5", "ESH5", "NQZ4"].map(String::from).as_slice()));
        assert!(!names.contains(&"NQH5-NQM5".to_owned()));
    }
}
