//! The scripts' language: one line per act, and below it what must be heard because of it.
//!
//! Pure reading, and no act that a client of a real broker could not do. A line that cannot be read is an error, never
//! an act left out.
//!
//! ```text
//! us: place E buy 2 limit 0 stop X -8 target T 8
//! < us: E accepted 0/2
//! ```

use stopline_kernel::num::Side;

use super::{Broken, Stray};

/// An act with what must be heard until the next.
pub(super) struct Block {
    /// The act's line, counted from 1.
    pub(super) line: usize,
    pub(super) act: Act,
    pub(super) expected: Vec<String>,
}

impl Block {
    /// The bytes of a stranger that the act needs.
    pub(super) const fn stray(&self) -> Option<Stray> {
        match &self.act {
            Act::Do(_, Deed::Hear(stray)) => Some(*stray),
            _ => None,
        }
    }
}

/// What a script can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    /// These sessions begin.
    Start(Vec<String>),
    /// A session's connection breaks, and none can be made.
    Cut(String),
    /// Connections can be made again.
    Mend(String),
    /// What either side says is lost on the way.
    Mute(String),
    /// And is not any more.
    Unmute(String),
    /// Milliseconds pass.
    Wait(i64),
    /// A session does something.
    Do(String, Deed),
}

/// What a session can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Deed {
    Place(Order, Vec<Order>),
    Cancel(String),
    Replace(String, Order),
    AskSnapshot,
    AskStatus(String),
    AskHistory { seconds: i64, bars: u32 },
    Hear(Stray),
}

/// An order in a script; prices count from the stage's reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) name: String,
    pub(super) side: Side,
    pub(super) lots: i64,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Market,
    Limit(i64),
    Stop(i64),
}

/// The blocks of a script.
pub(super) fn read(script: &str) -> Result<Vec<Block>, Broken> {
    let mut blocks: Vec<Block> = Vec::new();
    for (line, text) in (1..).zip(script.lines()) {
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        match (text.strip_prefix("< "), blocks.last_mut()) {
            (Some(heard), Some(block)) => block.expected.push(heard.to_owned()),
            _ => {
                let unread = || Broken::Script { line, what: format!("cannot read {text:?}") };
                blocks.push(Block { line, act: act(text).ok_or_else(unread)?, expected: Vec::new() });
            }
        }
    }
    Ok(blocks)
}

fn act(text: &str) -> Option<Act> {
    if let Some((who, deed_text)) = text.split_once(": ") {
        let words: Vec<&str> = deed_text.split(' ').collect();
        return deed(&words).map(|deed| Act::Do(who.to_owned(), deed));
    }
    match *text.split(' ').collect::<Vec<_>>() {
        ["start", ref names @ ..] => Some(Act::Start(names.iter().map(|&n| n.to_owned()).collect())),
        ["cut", who] => Some(Act::Cut(who.to_owned())),
        ["mend", who] => Some(Act::Mend(who.to_owned())),
        ["mute", who] => Some(Act::Mute(who.to_owned())),
        ["unmute", who] => Some(Act::Unmute(who.to_owned())),
        ["wait", ms] => ms.parse().ok().map(Act::Wait),
        _ => None,
    }
}

fn deed(words: &[&str]) -> Option<Deed> {
    match *words {
        ["place", ref rest @ ..] => place(rest),
        ["cancel", name] => Some(Deed::Cancel(name.to_owned())),
        ["replace", old, ref rest @ ..] => {
            let (order, rest) = order(rest)?;
            rest.is_empty().then(|| Deed::Replace(old.to_owned(), order))
        }
        ["ask", "snapshot"] => Some(Deed::AskSnapshot),
        ["ask", "status", name] => Some(Deed::AskStatus(name.to_owned())),
        ["ask", "history", seconds, bars] => {
            Some(Deed::AskHistory { seconds: seconds.parse().ok()?, bars: bars.parse().ok()? })
        }
        ["hear", "unknown_message"] => Some(Deed::Hear(Stray::UnknownMessage)),
        ["hear", "other_version"] => Some(Deed::Hear(Stray::OtherVersion)),
        ["hear", "other_protocol"] => Some(Deed::Hear(Stray::OtherProtocol)),
        _ => None,
    }
}

fn place(words: &[&str]) -> Option<Deed> {
    let (entry, mut rest) = order(words)?;
    let mut exits = Vec::new();
    while let [kind, name, price, ref after @ ..] = *rest {
        let price = price.parse().ok()?;
        let kind = match kind {
            "stop" => Kind::Stop(price),
            "target" => Kind::Limit(price),
            _ => return None,
        };
        exits.push(Order { name: name.to_owned(), side: entry.side.opposite(), lots: entry.lots, kind });
        rest = after;
    }
    rest.is_empty().then_some(Deed::Place(entry, exits))
}

fn order<'a>(words: &'a [&'a str]) -> Option<(Order, &'a [&'a str])> {
    let [name, side, lots, kind, ref rest @ ..] = *words else { return None };
    let side = match side {
        "buy" => Side::Buy,
        "sell" => Side::Sell,
        _ => return None,
    };
    let (kind, rest) = match (kind, rest) {
        ("market", rest) => (Kind::Market, rest),
        ("limit", [price, rest @ ..]) => (Kind::Limit(price.parse().ok()?), rest),
        ("stop", [price, rest @ ..]) => (Kind::Stop(price.parse().ok()?), rest),
        _ => return None,
    };
    Some((Order { name: name.to_owned(), side, lots: lots.parse().ok()?, kind }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::scenarios::SCENARIOS;

    #[test]
    fn every_scenario_can_be_read_and_expects_something() {
        for scenario in SCENARIOS {
            let blocks = read(scenario.script).unwrap_or_else(|why| panic!("{}: {why}", scenario.name));
            assert!(blocks.iter().any(|block| !block.expected.is_empty()), "{}", scenario.name);
        }
    }

    #[test]
    fn a_bracket_reads_as_an_entry_with_exits_of_the_other_side() {
        let exit = |name: &str, kind| Order { name: name.to_owned(), side: Side::Sell, lots: 2, kind };
        let entry = Order { name: "E".to_owned(), side: Side::Buy, lots: 2, kind: Kind::Market };
        let exits = vec![exit("X", Kind::Stop(-8)), exit("T", Kind::Limit(8))];
        let deed = Deed::Place(entry, exits);
        assert_eq!(
            act("us: place E buy 2 market stop X -8 target T 8"),
            Some(Act::Do("us".to_owned(), deed))
        );
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        assert!(matches!(read("start us\nus: dance"), Err(Broken::Script { line: 2, .. })));
        assert!(matches!(read("< us: up"), Err(Broken::Script { line: 1, .. })));
    }
}
