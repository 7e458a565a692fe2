//! The calm after the storm, and everything with a time limit: what must hold soon, and what must hold at rest.
//!
//! Times are virtual, never the machine's: T_protect 2 s, T_detect 5 s, T_conv 60 s.

use stopline_kernel::book::Book;
use stopline_kernel::input::CommandKind;
use stopline_kernel::ledgered::external_bot;
use stopline_kernel::report::Stream;
use stopline_kernel::time::{Mono, Span};

use super::World;
use super::lasso::{Lasso, unsettled};
use crate::oracle::{Rest, Violation, stands_bare};
use crate::scene;
use crate::swarm::{Lasting, Path};

/// Calm lasts at least so long: longer than any answer, protection or detection may take.
const CALM_AT_LEAST: Span = Span::millis(3_200);

/// How often one looks, after that, whether everything is at rest.
const REST_EVERY: Span = Span::millis(250);

/// T_protect, and a beat or two in which it is noticed.
const PROTECT: Span = Span::millis(2_100);

/// How long a position may stand bare at the exchange itself while the engine is connected: until a comparison with the
/// account shows what no report told, an answer later, and T_protect.
const NAKED: Span = Span::millis(8_000);

/// How long quotes may be gone with a position open, and a beat or two.
const QUOTES: Span = Span::millis(2_100);

/// T_detect: after this time a wire that nothing passes is known to be one, and nothing more is opened.
const CUT_OFF: Span = Span::secs(5);

/// How long a run goes on that cannot come to rest, since the truth cannot be had.
const CUT_OFF_FOR: Span = Span::secs(12);

/// When in the calm a person flattens, where one does.
const FLATTEN: Span = Span::millis(500);

/// The calm: when to look next whether everything is at rest.
#[derive(Debug)]
pub(super) struct Calm {
    began: Mono,
    next: Mono,
    lasso: Lasso,
    /// When a person flattens, if that is still to come.
    flatten: Option<Mono>,
}

/// Since when something stands that may not stand long, by the engine's monotonic clock.
#[derive(Debug, Default)]
pub(super) struct Timed {
    bare: Option<Mono>,
    naked: Option<Mono>,
    blind: Option<Mono>,
}

impl Timed {
    /// A new life, or one that was paused, has its time anew.
    pub(super) const fn forget(&mut self) {
        (self.bare, self.naked, self.blind) = (None, None, None);
    }
}

impl World {
    /// The storm is over: no more faults, no more crashes.
    pub(super) fn calm_down(&mut self) {
        self.tell(|| "every fault is over".to_owned());
        let flatten = self.swarm.flatten_at_last.then(|| self.now.plus(FLATTEN));
        let next = self.now.plus(CALM_AT_LEAST);
        self.calm = Some(Calm { began: self.now, next, lasso: Lasso::default(), flatten });
        self.pipes.heal(self.swarm.lasting.and_then(Lasting::partition));
        self.broker.heal();
        self.log.heal();
        self.swarm.disk.slow.0 = 0;
        if let Some(engine) = &mut self.engine {
            engine.disarm();
        }
        if self.bot_is_gone() {
            self.bot_goes("gone for good");
        }
    }

    /// Whether the bot's process is one that does not come back.
    pub(super) fn bot_is_gone(&self) -> bool {
        self.is_calm() && self.swarm.lasting == Some(Lasting::BotGone)
    }

    /// Each beat of the calm: a person flattens when it is time, and a run that turns in circles is told.
    pub(super) fn watch_calm(&mut self) -> Result<(), Violation> {
        let Some(calm) = &mut self.calm else { return Ok(()) };
        let flattens = calm.flatten.take_if(|at| *at <= self.now).is_some();
        if let Some(engine) = &self.engine
            && calm.lasso.closes(unsettled(engine.lane().book()))
        {
            let seen = "the run comes back to an unsettled state again and again".to_owned();
            return Err(Violation { invariant: "INV-14", seen });
        }
        if flattens {
            self.person_commands(CommandKind::Flatten, 1);
        }
        Ok(())
    }

    /// Whether everything has come to rest before its time: connected, agreed, and every checker content.
    pub(super) fn has_come_to_rest(&mut self) -> bool {
        let Some(calm) = self.calm.as_mut().filter(|calm| self.now >= calm.next) else { return false };
        calm.next = self.now.plus(REST_EVERY);
        let (lasted, flattened) = (self.now.since(calm.began), calm.flatten.is_none());
        let link = self.engine.as_ref().map(|engine| &engine.lane().book().link);
        let stands = link.is_some_and(|link| match self.swarm.lasting {
            None | Some(Lasting::BotGone) => link.up.len() == 2,
            Some(Lasting::QuotesCut) => link.up.contains_key(&Stream::Orders) && lasted > CUT_OFF,
            Some(Lasting::OrdersCut | Lasting::OrdersDeaf | Lasting::OrdersMute) => lasted > CUT_OFF_FOR,
        });
        stands && flattened && self.rest().is_ok()
    }

    /// What holds when all faults are over and everything has had its time.
    pub(super) fn rest(&self) -> Result<(), Violation> {
        let Some(engine) = &self.engine else {
            return Err(Violation { invariant: "INV-14", seen: "no engine runs at the end".to_owned() });
        };
        let (book, desk) = (engine.lane().book(), self.venue.desk());
        let how = Rest {
            dishonest: self.swarm.broker.is_dishonest() || self.unsettled,
            cash_off: self.swarm.broker.cash_off.is_some(),
        };
        let obtainable = self.swarm.lasting.is_none_or(Lasting::leaves_the_truth_obtainable);
        // What an old ledger does not know is not held against a life that nobody can tell it any more.
        if obtainable || self.rolled_back.is_none() {
            self.oracle.positions(&book.ledgered, desk, scene::account())?;
            self.oracle.orders(desk, scene::account())?;
        }
        if obtainable { self.oracle.at_rest(book, desk, scene::account(), how) } else { self.cut_off(book) }
    }

    /// INV-16 and 26: where the truth cannot be had, that is said, and nothing is opened.
    fn cut_off(&self, book: &Book) -> Result<(), Violation> {
        if book.link.up.contains_key(&Stream::Orders) {
            let seen = "the orders stream is said to be up over a wire that is cut".to_owned();
            return Err(Violation { invariant: "INV-26", seen });
        }
        // What never heals begins with the calm.
        let known = self.calm.as_ref().map(|calm| calm.began.plus(CUT_OFF));
        match self.oracle.last_entry {
            Some(at) if known.is_none_or(|known| at > known) => {
                let seen = "an entry was recorded while the broker could not be reached".to_owned();
                Err(Violation { invariant: "INV-16", seen })
            }
            _ => Ok(()),
        }
    }

    /// INV-09 and 15 in time: no position stands bare or without quotes for longer than it may, unless it is being
    /// closed or the broker cannot be reached.
    pub(super) fn judge_in_time(&mut self) -> Result<(), Violation> {
        let now = self.reading().mono;
        let Some(engine) = &self.engine else { return Ok(()) };
        let book = engine.lane().book();
        let mut open = book.ledgered.open_positions().filter(|(bot, ..)| *bot != external_bot());
        let held = open.find(|(bot, symbol, _)| book.ledgered.closing(*bot, *symbol).is_none());
        let bare =
            held.is_some_and(|(bot, symbol, p)| book.ledgered.protected(bot, symbol) < p.lots().size());
        let reached = book.link.up.contains_key(&Stream::Orders);
        // What the broker will not tell, and what others hold, nobody here can protect.
        let told = reached
            && !self.swarm.broker.is_dishonest()
            && !self.swarm.broker.has_others()
            && self.oracle.is_told_as_it_is(scene::symbol());
        let closing = book.ledgered.closings.values().next().is_some();
        let naked = told && !closing && stands_bare(self.venue.desk(), scene::account(), scene::symbol());
        let blind = held.is_some() && !self.sessions.contains_key(&Path::Quotes);
        for (since, stands, limit, invariant, what) in [
            (&mut self.timed.bare, bare && reached, PROTECT, "INV-09", "bare"),
            (&mut self.timed.naked, naked, NAKED, "INV-09", "bare at the exchange"),
            (&mut self.timed.blind, blind, QUOTES, "INV-15", "without quotes"),
        ] {
            let began = if stands { since.get_or_insert(now) } else { since.insert(now) };
            let lasted = now.since(*began);
            if lasted > limit {
                let seen = format!("a position stood {what} for {} ms", lasted.as_millis());
                return Err(Violation { invariant, seen });
            }
        }
        Ok(())
    }
}
