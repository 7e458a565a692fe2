//! Points at which the tests hurt this process: kill it, panic a thread, stall a thread, at the N-th pass.
//!
//! Compiled with the feature `hooks` only, and never in a release. `STOPLINE_HOOK` says what happens where:
//! `kill:<point>:<pass>`, `panic:<thread>:<pass>` or `stall:<thread>:<pass>`, several separated by commas. A pass is a
//! number, or `@<file>`: every pass while that file is there.
//! `STOPLINE_MUTANT=send-before-commit` moves the send before the commit, which every crash test has to notice.

use std::fmt::Display;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use stopline_kernel::commit::Log;
use stopline_kernel::input::Event;
use stopline_kernel::record::Entry;
use stopline_kernel::report::Report;

use crate::crew::Role;
use crate::ledger_loop::Ledger;

/// A boundary between what is durable, sent and heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// Records are about to be appended.
    BeforeAppend,
    /// Records are appended and not durable.
    AfterAppend,
    /// Records are about to be made durable.
    BeforeSync,
    /// Records are durable, and nothing is sent.
    AfterSync,
    /// A command is about to be sent.
    BeforeSend,
    /// A command is sent, and the lane does not know.
    AfterSend,
    /// News of an order is read, and the lane does not have it.
    BeforeAck,
    /// News of an order is in the inbox.
    AfterAck,
}

impl Point {
    /// All of them, in the order an order passes them.
    pub const ALL: [Point; 8] = [
        Point::BeforeAppend,
        Point::AfterAppend,
        Point::BeforeSync,
        Point::AfterSync,
        Point::BeforeSend,
        Point::AfterSend,
        Point::BeforeAck,
        Point::AfterAck,
    ];

    /// Its name in `STOPLINE_HOOK`.
    pub const fn word(self) -> &'static str {
        match self {
            Point::BeforeAppend => "before-append",
            Point::AfterAppend => "after-append",
            Point::BeforeSync => "before-sync",
            Point::AfterSync => "after-sync",
            Point::BeforeSend => "before-send",
            Point::AfterSend => "after-send",
            Point::BeforeAck => "before-ack",
            Point::AfterAck => "after-ack",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Kill,
    Panic,
    Stall,
}

#[derive(Debug)]
struct Hook {
    action: Action,
    place: String,
    when: When,
    passes: AtomicU64,
}

/// The pass at which a hook acts.
#[derive(Debug, PartialEq, Eq)]
enum When {
    /// The N-th, once.
    Pass(u64),
    /// Every one while this file is there.
    File(PathBuf),
}

impl Hook {
    /// Counts a pass; whether it is one to act at.
    fn is_due(&self) -> bool {
        let pass = self.passes.fetch_add(1, Ordering::SeqCst) + 1;
        match &self.when {
            When::Pass(wanted) => *wanted == pass,
            When::File(file) => file.exists(),
        }
    }
}

static HOOKS: OnceLock<Vec<Hook>> = OnceLock::new();

/// This process passes a point.
pub fn pass(point: Point) {
    due(point.word(), |action| action == Action::Kill).for_each(act);
}

/// This process passes a point, if the event is news of an order.
pub fn report(point: Point, event: &Event) {
    if matches!(event, Event::Report(Report::Order(_))) {
        pass(point);
    }
}

/// A thread begins another pass of its loop.
pub fn thread(role: Role) {
    due(&role.to_string(), |action| action != Action::Kill).for_each(act);
}

/// Whether the mutant is on that sends before it commits.
pub fn sends_before_commit() -> bool {
    static ON: OnceLock<bool> = OnceLock::new();
    *ON.get_or_init(|| std::env::var("STOPLINE_MUTANT").is_ok_and(|mutant| mutant == "send-before-commit"))
}

fn due(place: &str, fits: impl Fn(Action) -> bool) -> impl Iterator<Item = &'static Hook> {
    let hooks = HOOKS.get_or_init(|| parse(&std::env::var("STOPLINE_HOOK").unwrap_or_default()));
    let here = hooks.iter().filter(move |hook| hook.place == place && fits(hook.action));
    here.filter(|hook| hook.is_due())
}

#[expect(clippy::panic, reason = "a hook that panics is what the test asked for")]
fn act(hook: &Hook) {
    match hook.action {
        Action::Kill => {
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        }
        Action::Panic => panic!("a hook panics `{}`", hook.place),
        Action::Stall => loop {
            std::thread::park();
        },
    }
}

#[expect(clippy::panic, reason = "a test that names a hook wrongly must not pass for one that did nothing")]
fn parse(text: &str) -> Vec<Hook> {
    let hooks = text.split(',').filter(|hook| !hook.is_empty());
    hooks.map(|hook| parse_one(hook).unwrap_or_else(|| panic!("no such hook: {hook}"))).collect()
}

fn parse_one(text: &str) -> Option<Hook> {
    let (action, rest) = text.split_once(':')?;
    let (place, pass) = rest.rsplit_once(':')?;
    let action = match action {
        "kill" if Point::ALL.iter().any(|point| point.word() == place) => Action::Kill,
        "panic" => Action::Panic,
        "stall" => Action::Stall,
        _ => return None,
    };
    let when = match pass.strip_prefix('@') {
        Some(file) => When::File(file.into()),
        None => When::Pass(pass.parse().ok()?),
    };
    Some(Hook { action, place: place.to_owned(), when, passes: AtomicU64::new(0) })
}

/// A ledger with points around what it does.
#[derive(Debug)]
pub struct Hooked<L>(pub L);

impl<L: Log<Error: Display>> Log for Hooked<L> {
    type Error = L::Error;

    fn append(&mut self, entries: &[Entry]) -> Result<(), L::Error> {
        pass(Point::BeforeAppend);
        self.0.append(entries)?;
        pass(Point::AfterAppend);
        Ok(())
    }

    fn sync(&mut self) -> Result<(), L::Error> {
        pass(Point::BeforeSync);
        self.0.sync()?;
        pass(Point::AfterSync);
        Ok(())
    }
}

impl<L: Ledger> Ledger for Hooked<L> {
    fn idle(&mut self) -> Result<(), L::Error> {
        self.0.idle()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hooks_are_read_strictly() {
        let hook = parse_one("kill:before-append:3").unwrap();
        assert_eq!((hook.action, hook.place.as_str()), (Action::Kill, "before-append"));
        assert_eq!(hook.when, When::Pass(3));
        assert_eq!(parse_one("stall:bot-cross:@now").unwrap().when, When::File("now".into()));
        for wrong in ["kill:append:3", "kill:before-append", "hurt:lane:1", "panic:lane:x"] {
            assert!(parse_one(wrong).is_none(), "{wrong}");
        }
    }
}
