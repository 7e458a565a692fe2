//! A story made small line by line: lines that go, times that shorten, words that are plainer, until nothing more can.
//!
//! Nothing is kept that does not fail in the same way; at the end nothing that fails without the defect.

use super::draft::{Draft, Gap, Piece, price, without_numbers};
use super::{Judge, Unsaid};

/// Times that a person would write, in milliseconds.
const PLAIN: [i64; 13] = [0, 1, 10, 50, 100, 200, 500, 1_000, 2_000, 3_000, 5_000, 10_000, 30_000];

/// What a file that ends with a dead engine lacks.
const STARTS: &str = "engine starts";

/// What a wait is for, most telling first.
const UNTIL: [&str; 22] = [
    "position 1",
    "position -1",
    "entry working",
    "entry unknown",
    "entry filled",
    "entry canceled",
    "stop working",
    "protected",
    "unprotected",
    "flat",
    "engine dead",
    "orders down",
    "orders up",
    "quotes down",
    "trading",
    "closing",
    "no closing",
    "halted",
    "reduce-only",
    "position 2",
    "position -2",
    "broker position 1",
];

/// The smallest file found.
pub(super) fn smaller(ways: Vec<Draft>, judge: &mut Judge) -> Result<Draft, Unsaid> {
    let mut lines = Lines { judge, strict: false };
    let draft = lines.first_that_holds(ways).map_err(|ends| Unsaid::Otherwise { ends })?;
    let rough = lines.rounds(draft);
    let sound = lines.sound(rough)?;
    lines.strict = true;
    let small = lines.rounds(sound);
    let small = lines.plainer_scene(small);
    Ok(lines.with_reasons_to_wait(small))
}

struct Lines<'a> {
    judge: &'a mut Judge,
    /// Whether a file must also pass without the defect.
    strict: bool,
}

impl Lines<'_> {
    fn holds(&mut self, draft: &Draft) -> bool {
        self.judge.ends(draft).is_ok() && (!self.strict || self.judge.passes_without(draft).is_ok())
    }

    /// The draft that `edit` makes, if it holds and is another.
    fn takes(&mut self, draft: &mut Draft, new: Draft) -> bool {
        let better = new != *draft && self.holds(&new);
        if better {
            *draft = new;
        }
        better
    }

    /// The first way to tell the story that ends as the run did; else how the first one ends.
    fn first_that_holds(&mut self, ways: Vec<Draft>) -> Result<Draft, String> {
        let mut first = None;
        for way in ways {
            let plain = way.edited(without_numbers);
            for draft in [way, plain] {
                match self.without_what_cannot_be(draft) {
                    Ok(holds) => return Ok(holds),
                    Err(ends) => drop(first.get_or_insert(ends)),
                }
            }
        }
        Err(first.unwrap_or_default())
    }

    /// The draft that ends as the run did, without lines that could not happen where they stand: those hide all after them.
    fn without_what_cannot_be(&mut self, mut draft: Draft) -> Result<Draft, String> {
        loop {
            let Err(why) = self.judge.ends(&draft) else { return Ok(draft) };
            let could_not = why.contains("cannot happen") || why.contains("did not come before");
            let at = line_of(&why).and_then(|line| draft.at_line(line)).filter(|_| could_not);
            let dead = why.contains("is dead at the end");
            match at {
                Some(at) => draft = draft.without(at, 1),
                None if dead && draft.pieces.last().is_none_or(|last| last.text != STARTS) => {
                    draft.pieces.push(Piece { gap: Gap::Micros(0), text: STARTS.to_owned() });
                }
                None => return Err(why),
            }
        }
    }

    fn rounds(&mut self, mut draft: Draft) -> Draft {
        let plain = draft.edited(without_numbers);
        self.takes(&mut draft, plain);
        self.calmer_market(&mut draft);
        for _ in 0..4 {
            let before = draft.clone();
            self.fewer(&mut draft);
            self.shorter(&mut draft);
            self.plainer(&mut draft);
            if draft == before {
                break;
            }
        }
        draft
    }

    /// The story with the market as the scene has it, or with less of one.
    fn calmer_market(&mut self, draft: &mut Draft) {
        for word in ["trade", "quote"] {
            let without = draft.without_word(word, usize::MAX);
            self.takes(draft, without);
        }
        let is = |piece: &Piece, words: &[&str]| words.iter().any(|word| piece.text.starts_with(word));
        let entries: Vec<usize> = (0..draft.pieces.len())
            .filter(|at| draft.pieces.get(*at).is_some_and(|p| is(p, &["bot buys", "bot sells"])))
            .collect();
        for at in entries.into_iter().rev() {
            let quotes = draft.pieces.iter().take(at).rev().find(|piece| is(piece, &["quote"]));
            let bid = quotes.and_then(|piece| piece.text.split(' ').nth(1).and_then(price));
            let Some(bid) = bid else { continue };
            let moved = draft.moved(23_600 - bid.0);
            let end = at;
            let bare = moved.without_word("trade", usize::MAX).without_word("quote", usize::MAX);
            let quiet = moved.without_word("trade", end).without_word("quote", end);
            if self.takes(draft, bare) || self.takes(draft, quiet) {
                return;
            }
        }
    }

    /// Fewer lines: halves, quarters, and one by one.
    fn fewer(&mut self, draft: &mut Draft) {
        let mut chunk = draft.pieces.len().div_ceil(2);
        while chunk > 0 {
            let (mut from, mut any) = (0, false);
            while from < draft.pieces.len() {
                let without = draft.without(from, chunk);
                if self.takes(draft, without) {
                    any = true;
                } else {
                    from += chunk;
                }
            }
            chunk = match (chunk, any) {
                (1, true) => 1,
                (1, false) => 0,
                (more, _) => more.div_ceil(2),
            };
        }
        self.pairs(draft);
    }

    /// Two lines that only make sense together, such as a death and the start after it.
    fn pairs(&mut self, draft: &mut Draft) {
        if draft.pieces.len() > 40 {
            return;
        }
        let mut first = 0;
        while first + 1 < draft.pieces.len() {
            let gone = (first + 1..draft.pieces.len()).any(|second| {
                let without = draft.without(second, 1).without(first, 1);
                self.takes(draft, without)
            });
            first += usize::from(!gone);
        }
    }

    /// Shorter times, and such as a person would write.
    fn shorter(&mut self, draft: &mut Draft) {
        for at in 0..=draft.pieces.len() {
            let Gap::Micros(micros) = *draft.gap_mut(at) else { continue };
            let plain = PLAIN.iter().map(|millis| millis * 1_000).filter(|plain| *plain < micros);
            let rounded = [10_000, 1_000].map(|unit| (micros + unit - 1) / unit * unit);
            for micros in plain.chain(rounded) {
                let mut new = draft.clone();
                *new.gap_mut(at) = Gap::Micros(micros);
                if self.takes(draft, new) {
                    break;
                }
            }
        }
    }

    /// Plainer words: fewer lots, no limit, no target, no number, a stop where everybody would put it.
    fn plainer(&mut self, draft: &mut Draft) {
        for at in 0..draft.pieces.len() {
            let Some(text) = draft.pieces.get(at).map(|piece| piece.text.clone()) else { break };
            for new in plainer_words(&text) {
                let mut edited = draft.clone();
                if let Some(piece) = edited.pieces.get_mut(at) {
                    piece.text = new;
                }
                self.takes(draft, edited);
            }
        }
    }

    fn plainer_scene(&mut self, mut draft: Draft) -> Draft {
        let mut at = 0;
        while at < draft.scene.len() {
            let is_clock = draft.scene.get(at).is_some_and(|word| word == "clock");
            let many = match (is_clock, draft.scene.get(at + 2).is_some_and(|word| word == "ppm")) {
                (true, true) => 3,
                (true, false) => 2,
                (false, _) => 1,
            };
            let mut new = draft.clone();
            new.scene.drain(at..at + many);
            if !self.takes(&mut draft, new) {
                at += many;
            }
        }
        draft
    }

    /// Waits that say what they wait for.
    fn with_reasons_to_wait(&mut self, mut draft: Draft) -> Draft {
        for at in 0..=draft.pieces.len() {
            if matches!(draft.gap_mut(at), Gap::Micros(0) | Gap::Until(_)) {
                continue;
            }
            for what in UNTIL {
                let mut new = draft.clone();
                *new.gap_mut(at) = Gap::Until(what);
                if self.takes(&mut draft, new) {
                    break;
                }
            }
        }
        draft
    }

    /// A file that passes without the defect.
    fn sound(&mut self, draft: Draft) -> Result<Draft, Unsaid> {
        let Err(fails) = self.judge.passes_without(&draft) else { return Ok(draft) };
        let starts = Piece { gap: Gap::Micros(0), text: STARTS.to_owned() };
        let mut alive = draft.clone();
        alive.pieces.push(starts);
        let later = |draft: &Draft, tail| Draft { tail: Gap::Micros(tail), ..draft.clone() };
        let mut tries = vec![alive.clone()];
        for tail in [100_000, 1_000_000, 5_000_000, 20_000_000] {
            tries.push(later(&draft, tail));
            tries.push(later(&alive, tail));
        }
        self.strict = true;
        let found = tries.into_iter().find(|new| self.holds(new));
        self.strict = false;
        found.ok_or(Unsaid::WithoutDefect { fails })
    }
}

/// The line that a failure names.
fn line_of(why: &str) -> Option<usize> {
    why.strip_prefix("line ")?.split(':').next()?.parse().ok()
}

fn plainer_words(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split(' ').collect();
    let without = |word: &str, many: usize| {
        let at = words.iter().position(|w| *w == word)?;
        let mut left = words.clone();
        left.drain(at..(at + many).min(words.len()));
        Some(left.join(" "))
    };
    let mut plainer = vec![without_numbers(text)];
    plainer.extend(["limit", "target", "x", "ago"].iter().filter_map(|word| without(word, 2)));
    if !text.contains("next of") {
        plainer.extend(
            words
                .iter()
                .position(|w| *w == "of")
                .filter(|at| *at > 2)
                .and_then(|at| words.get(..at).map(|head| head.join(" "))),
        );
    }
    for (verb, stop) in [("bot buys", "5895.00"), ("bot sells", "5905.00")] {
        if text.starts_with(verb) {
            plainer.push(format!("{verb} 1 stop {stop}"));
            plainer.extend(words.get(3..).map(|rest| format!("{verb} 1 {}", rest.join(" "))));
        }
    }
    plainer
}
