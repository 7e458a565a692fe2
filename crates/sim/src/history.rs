//! A run as its checkers saw it, line by line, and the checkers run over such a history again, without the engine.
//!
//! It holds facts and never verdicts: what is told of an old history is what the invariants of today say of it.

use std::fmt;

use stopline_exchange::desk::Desk;
use stopline_exchange::fact::Fact;
use stopline_exchange::journal;
use stopline_kernel::ledgered::Ledgered;
use stopline_kernel::record::Entry;
use stopline_kernel::time::Mono;
use stopline_ledger::decode::PRESENT;
use stopline_ledger::frame::{Frame, Hash};
use stopline_venues::paper::wire::{ClientMessage, decode, encode};

use crate::oracle::{Oracle, Violation};
use crate::scene;

/// The first line of a history; one of another form is not read.
const FORM: &str = "history 1";

/// A history that is being written.
#[derive(Debug)]
pub(crate) struct History {
    text: String,
    /// The record before the next one, for its chain.
    last: Hash,
    dishonest: bool,
}

impl History {
    /// The history of a run with these options.
    pub(crate) fn begin(tight: bool, others: bool, lied_to: bool) -> History {
        let word = |is: bool, word| if is { word } else { "" };
        let options =
            format!("{}{}{}", word(tight, " tight"), word(others, " others"), word(lied_to, " lied"));
        History {
            text: format!("{FORM}{options}\n"),
            last: Hash::genesis(scene::account()),
            dishonest: false,
        }
    }

    /// The text of it.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// A line of its own.
    pub(crate) fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Lines of the exchange's journal.
    pub(crate) fn exchange(&mut self, journal: &[u8]) {
        for line in String::from_utf8_lossy(journal).lines() {
            self.line(&format!("exchange {line}"));
        }
    }

    /// Whether the broker has said, by now, what is not so.
    pub(crate) fn honesty(&mut self, dishonest: bool) {
        if std::mem::replace(&mut self.dishonest, dishonest) != dishonest {
            self.line(if dishonest { "dishonest" } else { "honest" });
        }
    }

    /// Records that are durable, or that an old copy holds.
    pub(crate) fn records(&mut self, head: &str, entries: &[Entry]) {
        self.line(head);
        for entry in entries {
            // Every record is one that a ledger could write.
            let Ok(frame) = Frame::of(self.last, entry) else { continue };
            self.last = frame.hash;
            self.text.push_str("record ");
            self.text.push_str(&String::from_utf8_lossy(&frame.to_line()));
        }
    }

    /// What is kept next came back with a ledger: it was there before anybody looked.
    pub(crate) fn survivors(&mut self) {
        self.line("survivors");
    }

    /// A request at the socket.
    pub(crate) fn sent(&mut self, message: &ClientMessage) {
        let frame = encode(message);
        self.line(&format!("sent {}", String::from_utf8_lossy(frame.get(4..).unwrap_or_default())));
    }

    /// Bytes that the network will deliver too late.
    pub(crate) fn late(&mut self, bytes: &[u8]) {
        let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        self.line(&format!("late {}", hex.concat()));
    }
}

/// What the invariants of today say of an old history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rechecked {
    /// How many lines were looked at.
    pub lines: usize,
    /// The first line at which one is broken, if one is.
    pub violation: Option<(usize, Violation)>,
}

/// Why a text is no history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryError {
    /// It does not begin as one.
    NoHistory,
    /// A line is none.
    NoLine(usize),
    /// The exchange's journal in it is damaged.
    Journal(String),
    /// A record cannot be read.
    Record(usize, String),
    /// A fact that could not follow.
    Fact(usize, String),
}

impl fmt::Display for HistoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HistoryError::NoHistory => {
                write!(f, "it does not begin with `{FORM}`; write one with `stopline sim run --keep`")
            }
            HistoryError::NoLine(line) => write!(f, "line {line} is no line of a history"),
            HistoryError::Journal(why) => write!(f, "the exchange's journal in it is damaged: {why}"),
            HistoryError::Record(line, why) => write!(f, "the record on line {line}: {why}"),
            HistoryError::Fact(line, why) => write!(f, "the exchange's fact on line {line}: {why}"),
        }
    }
}

impl std::error::Error for HistoryError {}

/// Runs the checkers over a history.
///
/// # Errors
///
/// The text is none.
pub fn recheck(text: &str) -> Result<Rechecked, HistoryError> {
    let first = text.lines().next().and_then(|line| line.strip_prefix(FORM));
    let options = first.ok_or(HistoryError::NoHistory)?;
    let has = |word: &str| options.split(' ').any(|option| option == word);
    let told: String = text
        .lines()
        .filter_map(|line| line.strip_prefix("exchange "))
        .flat_map(|line| [line, "\n"])
        .collect();
    let journal = journal::read(told.as_bytes()).map_err(|why| HistoryError::Journal(format!("{why:?}")))?;
    let mut again = Again {
        oracle: Oracle::new(scene::config_of(has("tight")), has("others"), has("lied")),
        desk: Desk::new(vec![scene::contract()]),
        ledgered: Ledgered::default(),
        facts: journal.steps.into_iter(),
        dishonest: false,
        survive: false,
        is_old: false,
    };
    let lines: Vec<&str> = text.lines().collect();
    let mut at = 1;
    while at < lines.len() {
        let end = lines.iter().skip(at + 1).take_while(|line| line.starts_with("record ")).count() + at + 1;
        if let Err(violation) = again.takes(&lines, at, end)? {
            return Ok(Rechecked { lines: at + 1, violation: Some((at + 1, violation)) });
        }
        at = end;
    }
    Ok(Rechecked { lines: lines.len(), violation: None })
}

type Verdict = Result<(), Violation>;

/// The checkers, and what they look at, without an engine.
struct Again {
    oracle: Oracle,
    desk: Desk,
    ledgered: Ledgered,
    facts: std::vec::IntoIter<Vec<Fact>>,
    dishonest: bool,
    /// The next records were judged by nobody when they were written.
    survive: bool,
    /// An old copy of the ledger was put back: what it does not know is held against nobody.
    is_old: bool,
}

impl Again {
    /// The line at `at`, and the records under it up to `end`.
    fn takes(&mut self, lines: &[&str], at: usize, end: usize) -> Result<Verdict, HistoryError> {
        let bad = HistoryError::NoLine(at + 1);
        let line = lines.get(at).copied().unwrap_or_default();
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let number = || rest.parse::<u64>().map_err(|_| HistoryError::NoLine(at + 1));
        Ok(match word {
            "exchange" => self.exchange(at)?,
            "kept" => {
                let asked = if rest == "-" { None } else { Some(Mono(number()?)) };
                let entries = records(lines, at, end)?;
                self.kept(&entries, asked)
            }
            "old" => {
                let entries = records(lines, at, end)?;
                (self.is_old, self.ledgered) = (true, Ledgered::default());
                self.oracle.start_over(&entries, &self.desk, scene::account()).and(self.applies(&entries))
            }
            "life" => self.oracle.recovered(number()?),
            "sent" => {
                let message: ClientMessage = decode(rest.as_bytes()).map_err(|_| bad)?;
                self.oracle.write(&message)
            }
            "door" => self.oracle.opens_at_door(),
            "end" => self.ends(),
            _ => {
                self.notes(word, rest).ok_or(bad)?;
                Ok(())
            }
        })
    }

    /// What the checkers were told besides; `None` for a line that is none.
    fn notes(&mut self, word: &str, rest: &str) -> Option<()> {
        match word {
            "offer" => self.oracle.offer(rest.parse().ok()?),
            "survivors" => self.survive = true,
            "honest" => self.dishonest = false,
            "dishonest" => self.dishonest = true,
            "refused" => self.oracle.note_refused(rest),
            "others" => self.oracle.note_others(),
            "lied" => self.oracle.note_lies(),
            "stray" => {
                let (id, at) = rest.split_once(' ')?;
                self.oracle.note_stray(id, Mono(at.parse().ok()?));
            }
            "late" => {
                let digits = |at| rest.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok());
                let bytes: Option<Vec<u8>> = (0..rest.len()).step_by(2).map(digits).collect();
                self.oracle.note_late(&bytes?);
            }
            _ => return None,
        }
        Some(())
    }

    fn exchange(&mut self, at: usize) -> Result<Verdict, HistoryError> {
        for fact in self.facts.next().unwrap_or_default() {
            self.desk.apply(&fact).map_err(|why| HistoryError::Fact(at + 1, why.to_string()))?;
        }
        let looked = self.oracle.look(&self.desk, scene::account());
        Ok(looked.and_then(|()| match self.is_old {
            true => Ok(()),
            false => self.oracle.orders(&self.desk, scene::account()),
        }))
    }

    fn kept(&mut self, entries: &[Entry], asked: Option<Mono>) -> Verdict {
        let (desk, account) = (&self.desk, scene::account());
        let at_once = !std::mem::take(&mut self.survive) && !self.dishonest;
        if at_once {
            self.oracle.flat(entries, desk, account, asked)?;
        }
        self.oracle.kept(entries, asked)?;
        if at_once {
            self.oracle.ends(entries, desk, account)?;
        }
        self.applies(entries)?;
        match self.oracle.take_filled() {
            true => self.oracle.positions(&self.ledgered, &self.desk, account),
            false => Ok(()),
        }
    }

    /// INV-19: no record is refused by the state it belongs to.
    fn applies(&mut self, entries: &[Entry]) -> Verdict {
        entries.iter().try_for_each(|entry| {
            let broken = |why| Violation { invariant: "INV-19", seen: format!("the lane is broken: {why}") };
            self.ledgered.apply(entry).map_err(broken)
        })
    }

    fn ends(&self) -> Verdict {
        if self.is_old || self.dishonest {
            return Ok(());
        }
        self.oracle.agrees(&self.ledgered, &self.desk, scene::account())
    }
}

fn records(lines: &[&str], at: usize, end: usize) -> Result<Vec<Entry>, HistoryError> {
    let under = lines.iter().enumerate().take(end).skip(at + 1);
    let read = under.map(|(at, line)| {
        let error = |why: String| HistoryError::Record(at + 1, why);
        let frame = line.strip_prefix("record ").and_then(|line| Frame::from_line(line.as_bytes()));
        let frame = frame.ok_or_else(|| error("it is no line of a ledger".to_owned()))?;
        PRESENT.entry(&frame).map_err(|why| error(why.to_string()))
    });
    read.collect()
}
