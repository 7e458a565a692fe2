//! A scenario that is being made small: its lines, each with the time before it.
//!
//! It edits words and never plays. Whatever comes of an edit has to be read and played by others.

use stopline_kernel::num::Ticks;
use stopline_kernel::time::{Mono, Span};

use crate::scenario::{Mistake, Scenario};
use crate::scene;
use crate::world::{About, Story, Told, span};

/// What is between a line and the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Gap {
    /// So many microseconds.
    Micros(i64),
    /// Until this is so.
    Until(&'static str),
}

/// A line, and what is before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) gap: Gap,
    pub(super) text: String,
}

/// A scenario that is being made small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Draft {
    /// What is not as in every scene.
    pub(super) scene: Vec<String>,
    pub(super) pieces: Vec<Piece>,
    /// What comes after the last line.
    pub(super) tail: Gap,
}

impl Draft {
    /// The ways to tell a story, the most faithful first: with the market that was shown, with one that gives us our trades and
    /// no more, or that one and entries that wait for it; from the beginning or from when the account could trade.
    pub(super) fn all_of(story: &Story) -> Vec<Draft> {
        let ready = story.ready.unwrap_or(story.began);
        let of = |market| [story.began, ready].map(|from| Draft::of(story, market, from));
        let waiting = of(About::Trade).map(Draft::with_limits);
        [of(About::Market), of(About::Trade), waiting].into_iter().flatten().collect()
    }

    /// With a limit for every entry that has none, at the price that the market shows next: what a thin market does not fill
    /// at once is then not over.
    fn with_limits(self) -> Draft {
        let mut draft = self.clone();
        for (at, piece) in draft.pieces.iter_mut().enumerate() {
            let place = match piece.text.get(..8) {
                Some("bot buys") => 2,
                Some("bot sell") => 1,
                _ => continue,
            };
            let mut after = self.pieces.iter().skip(at).filter(|piece| piece.text.starts_with("quote"));
            let price = after.next().and_then(|quote| quote.text.split(' ').nth(place));
            if let Some(price) = price.filter(|_| !piece.text.contains("limit")) {
                piece.text.push_str(&format!(" limit {price}"));
            }
        }
        draft
    }

    fn of(story: &Story, market: About, from: Mono) -> Draft {
        let (mut last, mut pieces) = (0, Vec::new());
        let meant = |told: &&Told| {
            let option = told.line.contains(" slow ") && told.at == story.began;
            (told.at >= from || option) && [market, About::Rest].contains(&told.about)
        };
        for told in story.told.iter().filter(meant) {
            let at = (told.at.since(from).0 / 1_000).max(last);
            let gap = Gap::Micros(at - last);
            last = at;
            pieces.push(Piece { gap, text: told.line.clone() });
        }
        if !story.lives {
            pieces.push(Piece { gap: Gap::Micros(0), text: "engine starts".to_owned() });
        }
        let scene = story.scene.split(' ').skip(1).map(str::to_owned).collect();
        Draft { scene, pieces, tail: Gap::Micros(0) }
    }

    /// Its lines below the header.
    pub(super) fn body(&self) -> String {
        let mut text = String::new();
        if !self.scene.is_empty() {
            text.push_str(&format!("scene {}\n", self.scene.join(" ")));
        }
        text.push('\n');
        for piece in &self.pieces {
            text.push_str(&piece.gap.line());
            text.push_str(&piece.text);
            text.push('\n');
        }
        text.push_str(&self.tail.line());
        if self.pieces.is_empty() && self.tail == Gap::Micros(0) {
            text.push_str("wait 1ms\n");
        }
        text
    }

    /// As it is read.
    pub(super) fn scenario(&self) -> Result<Scenario, Mistake> {
        format!("title shrunk\n{}", self.body()).parse()
    }

    /// Which piece stands on a line of the file that [`Draft::scenario`] reads.
    pub(super) fn at_line(&self, line: usize) -> Option<usize> {
        let mut last = if self.scene.is_empty() { 2 } else { 3 };
        self.pieces.iter().position(|piece| {
            last += usize::from(piece.gap != Gap::Micros(0)) + 1;
            last == line
        })
    }

    /// Without these lines; the time before them stays.
    pub(super) fn without(&self, from: usize, many: usize) -> Draft {
        let mut draft = self.clone();
        let end = (from + many).min(draft.pieces.len());
        let gone: i64 = draft.pieces.drain(from..end).map(|piece| piece.gap.micros()).sum();
        let next = draft.pieces.get_mut(from).map_or(&mut draft.tail, |piece| &mut piece.gap);
        if let Gap::Micros(micros) = next {
            *micros += gone;
        }
        draft
    }

    /// Every gap, the tail's last.
    pub(super) fn gap_mut(&mut self, at: usize) -> &mut Gap {
        match self.pieces.get_mut(at) {
            Some(piece) => &mut piece.gap,
            None => &mut self.tail,
        }
    }

    /// With another text for every line that `edit` changes.
    pub(super) fn edited(&self, edit: impl Fn(&str) -> String) -> Draft {
        let mut draft = self.clone();
        draft.pieces.iter_mut().for_each(|piece| piece.text = edit(&piece.text));
        draft
    }

    /// Without the lines that begin with this word, of those before `end`.
    pub(super) fn without_word(&self, word: &str, end: usize) -> Draft {
        let mut draft = self.clone();
        for at in (0..end.min(self.pieces.len())).rev() {
            if draft.pieces.get(at).is_some_and(|piece| piece.text.starts_with(word)) {
                draft = draft.without(at, 1);
            }
        }
        draft
    }

    /// With every price moved by so much.
    pub(super) fn moved(&self, by: i64) -> Draft {
        self.edited(|text| {
            let words = text.split(' ').map(|word| match price(word) {
                Some(price) => scene::contract().show(Ticks(price.0 + by)),
                None => word.to_owned(),
            });
            words.collect::<Vec<_>>().join(" ")
        })
    }
}

impl Gap {
    fn line(&self) -> String {
        match self {
            Gap::Micros(0) => String::new(),
            Gap::Micros(micros) => format!("wait {}\n", span(Span(micros * 1_000))),
            Gap::Until(what) => format!("until {what}\n"),
        }
    }

    const fn micros(&self) -> i64 {
        match self {
            Gap::Micros(micros) => *micros,
            Gap::Until(_) => 0,
        }
    }
}

/// A word that is a price.
pub(super) fn price(word: &str) -> Option<Ticks> {
    word.contains('.').then(|| scene::contract().price(word).ok()).flatten()
}

/// Orders without their numbers.
pub(super) fn without_numbers(text: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    for word in text.split(' ') {
        let named = words.last().is_some_and(|last| ["entry", "stop", "target", "closing"].contains(last));
        if !(named && word.parse::<usize>().is_ok()) {
            words.push(word);
        }
    }
    words.join(" ")
}

/// What was seen, without ids, as a title.
pub(super) fn plain(seen: &str) -> String {
    let words = seen.split_whitespace().map(|word| {
        let id = word.len() >= 16 && word.bytes().any(|b| b.is_ascii_digit());
        if id { "an order" } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(lines: &[(i64, &str)]) -> Draft {
        let piece = |(gap, text): &(i64, &str)| Piece { gap: Gap::Micros(*gap), text: (*text).to_owned() };
        Draft { scene: Vec::new(), pieces: lines.iter().map(piece).collect(), tail: Gap::Micros(7) }
    }

    #[test]
    fn the_time_before_a_line_that_goes_stays() {
        let whole = draft(&[(1, "engine killed"), (2, "engine starts"), (4, "bot exits")]);
        assert_eq!(whole.without(0, 2), draft(&[(7, "bot exits")]));
        assert_eq!(whole.without(2, 1).tail, Gap::Micros(11));
    }

    #[test]
    fn prices_move_together_and_numbers_of_orders_go() {
        let moved = draft(&[(0, "bot buys 1 stop 5895.00 limit 5899.75")]).moved(2);
        assert_eq!(moved, draft(&[(0, "bot buys 1 stop 5895.50 limit 5900.25")]));
        assert_eq!(
            without_numbers("broker loses next 2 fill of entry 3"),
            "broker loses next 2 fill of entry"
        );
    }
}
