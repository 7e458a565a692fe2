//! The supervisor: watches every thread, answers each death by rule, and sees a stop through. It is the main thread.
//!
//! Without lane or ledger nothing is safe, so their death ends the process; sessions and bots are told as down and
//! started again; what only shows things is given up. No death is silent, and none is answered in two places.

use std::collections::BTreeMap;
use std::sync::Arc;

use stopline_kernel::input::{CommandKind, Event};
use stopline_kernel::time::{Mono, Span};

use crate::bot_host::{Bots, HostTools};
use crate::commands::Commands;
use crate::crew::{Death, Deaths, How, Role};
use crate::ending::{Ended, LastWords, by_rule};
use crate::fault::Fault;
use crate::ladder::Ladder;
use crate::notice::Happening;
use crate::session::Sessions;
use crate::shared::Shared;
use crate::signals::Signals;
use crate::stopped::Stopped;
use crate::venue::Exchange;

/// Machine: how often everybody is looked at.
const LOOK: Span = Span::millis(50);
/// Machine: a supervisor that comes so late was not alone in standing still.
const STOOD_STILL: Span = Span::secs(1);
/// Machine: how long an orderly stop may take.
const STOP: Span = Span::secs(10);
/// Machine: how long threads that only show or host may take to end.
const LEAVE: Span = Span::secs(1);
/// Machine: how long both streams are down before the exchange is looked for.
const ALONE: Span = Span::secs(2);

/// What follows from a thread's death.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// The process ends.
    End,
    /// It is told as down and started again.
    Restart,
    /// It is noted.
    GiveUp,
}

/// The rule for each role.
const fn rule(role: Role) -> Rule {
    match role {
        Role::Lane | Role::Ledger => Rule::End,
        Role::Session(_) | Role::Bot(_) => Rule::Restart,
        Role::Show | Role::Taken => Rule::GiveUp,
    }
}

/// Everything that is watched.
pub struct Supervisor {
    /// Clocks, inbox, threads and the rest.
    pub shared: Shared,
    /// Who died.
    pub deaths: Deaths,
    /// The sessions.
    pub sessions: Arc<Sessions>,
    /// The bots.
    pub bots: Bots,
    /// What bots are started with.
    pub tools: HostTools,
    /// The exchange's process.
    pub exchange: Exchange,
    /// Takes the command to stop.
    pub commands: Commands,
    /// Raised when the lane has stopped.
    pub stopped: Stopped,
    /// Asks for a stop.
    pub signals: Signals,
    /// Machine: how long the engine runs before it stops by itself.
    pub run_for: Option<Span>,
    /// Takes the last line.
    pub last_words: LastWords,
    /// What is to be started again, and when.
    pub restarts: Restarts,
}

/// What is to be started again, and when.
#[derive(Debug, Default)]
pub struct Restarts {
    due: BTreeMap<Role, Mono>,
    ladders: BTreeMap<Role, (Ladder, Mono)>,
}

impl Supervisor {
    /// Watches until an orderly stop is complete or its time is over.
    pub fn watch(mut self) -> Ended {
        let (began, mut looked) = (self.shared.clock.mono(), self.shared.clock.mono());
        let (mut stopping, mut alone) = (None, None);
        loop {
            if let Some(death) = self.deaths.next(&self.shared.crew, LOOK) {
                self.answer(death);
            }
            self.look(&mut looked);
            self.tend_exchange(&mut alone);
            if stopping.is_none()
                && let Some(who) = self.stop_asked(began)
            {
                self.ask_lane_to_stop(&who);
                stopping = Some(self.shared.clock.mono());
            }
            if self.stopped.is_up() {
                return self.close(Ended::InOrder);
            }
            if stopping.is_some_and(|since| self.shared.clock.mono().since(since) > STOP) {
                return self.close(Ended::Unfinished);
            }
        }
    }

    /// Looks for silent threads and starts what is due.
    fn look(&mut self, looked: &mut Mono) {
        let now = self.shared.clock.mono();
        if now.since(*looked) > STOOD_STILL {
            self.shared.crew.forgive();
        }
        *looked = now;
        if self.shared.inbox.is_jammed() {
            self.end(&Fault::Jammed);
        }
        let dead = self.shared.crew.stalled().into_iter().chain(self.sessions.fallen());
        dead.collect::<Vec<_>>().into_iter().for_each(|death| self.answer(death));
        self.restarts.take_due(now).into_iter().for_each(|role| self.start(role));
    }

    fn answer(&mut self, death: Death) {
        match rule(death.role) {
            Rule::End => self.end(&fault_of(death)),
            Rule::Restart => self.restart(death),
            Rule::GiveUp => self.shared.published.notice(Happening::GivenUp(death)),
        }
    }

    fn restart(&mut self, death: Death) {
        let why = format!("its thread {}", death.how);
        match death.role {
            Role::Session(stream) => self.sessions.end(stream, &why),
            Role::Bot(bot) => {
                // A closed inbox wants no news.
                let _ = self.shared.inbox.put(Event::BotDown { bot, why: why.into() }, || ());
            }
            Role::Lane | Role::Ledger | Role::Show | Role::Taken => {}
        }
        let after = self.restarts.plan(death.role, self.shared.clock.mono());
        self.shared.published.notice(Happening::Restarts { death, after });
    }

    fn start(&mut self, role: Role) {
        let started = match role {
            Role::Session(stream) => self.sessions.start(stream),
            Role::Bot(bot) => self.bots.start(bot, &self.tools),
            Role::Lane | Role::Ledger | Role::Show | Role::Taken => Ok(()),
        };
        if let Err(why) = started {
            let how = How::Panicked(why.to_string().into());
            self.restart(Death { role, how });
        }
    }

    /// An exchange that is gone is started again; the sessions find it by themselves.
    fn tend_exchange(&mut self, alone: &mut Option<Mono>) {
        let now = self.shared.clock.mono();
        if self.sessions.any_up() {
            *alone = None;
            return;
        }
        if now.since(*alone.get_or_insert(now)) < ALONE {
            return;
        }
        *alone = Some(now);
        match self.exchange.tend() {
            Ok(false) => {}
            Ok(true) => self.shared.published.notice(Happening::VenueStarted),
            Err(why) => self.shared.published.notice(Happening::VenueGone { why: why.to_string().into() }),
        }
    }

    fn stop_asked(&self, began: Mono) -> Option<String> {
        let signal = self.signals.asked().map(str::to_owned);
        let over = |span: &Span| self.shared.clock.mono().since(began) >= *span;
        let ended = self.sessions.is_over().then(|| "the end of the tape".to_owned());
        signal
            .or(ended)
            .or_else(|| self.run_for.filter(over).map(|span| format!("--for {} s", span.as_millis() / 1_000)))
    }

    fn ask_lane_to_stop(&self, who: &str) {
        // The lane raises `stopped`; a lane that takes nothing more is about to be found dead.
        let _ = self.commands.submit(CommandKind::Stop, who, "orderly stop");
    }

    /// Ends bots, sessions and the pipeline, in this order: nothing new comes, and what was decided is made durable.
    fn close(mut self, ended: Ended) -> Ended {
        self.bots.close();
        let bots: Vec<Role> = self.bots.names().map(Role::Bot).collect();
        self.wait_for(&bots, LEAVE);
        self.sessions.leave();
        self.shared.inbox.close();
        self.wait_for(&[Role::Lane, Role::Ledger], STOP);
        self.shared.published.end();
        self.wait_for(&[Role::Show, Role::Taken], LEAVE);
        ended
    }

    /// Waits until nobody lives in these roles, but not for ever.
    fn wait_for(&mut self, roles: &[Role], limit: Span) {
        let since = self.shared.clock.mono();
        while roles.iter().any(|role| self.shared.crew.has(*role))
            && self.shared.clock.mono().since(since) < limit
        {
            match self.deaths.next(&self.shared.crew, LOOK) {
                Some(Death { how: How::Returned, .. }) | None => {}
                Some(death) if rule(death.role) == Rule::End => self.end(&fault_of(death)),
                Some(death) => self.shared.published.notice(Happening::GivenUp(death)),
            }
        }
    }

    fn end(&self, fault: &Fault) -> ! {
        by_rule(fault, &self.last_words)
    }
}

impl Restarts {
    /// Plans the next life of a role; how long until it begins.
    fn plan(&mut self, role: Role, now: Mono) -> Span {
        let (ladder, born) = self.ladders.entry(role).or_insert((Ladder::new(), now));
        let after = ladder.next_wait(*born, now);
        *born = now.plus(after);
        self.due.insert(role, now.plus(after));
        after
    }

    fn take_due(&mut self, now: Mono) -> Vec<Role> {
        let due: Vec<Role> = self.due.iter().filter(|(_, at)| **at <= now).map(|(role, _)| *role).collect();
        for role in &due {
            self.due.remove(role);
        }
        due
    }
}

fn fault_of(death: Death) -> Fault {
    let role = death.role;
    match death.how {
        How::Returned => Fault::Ended(role),
        How::Failed(fault) => fault,
        How::Panicked(message) => Fault::Panicked { role, message },
        How::Stalled(silent) => Fault::Stalled { role, silent },
    }
}

#[cfg(test)]
mod tests {
    use stopline_kernel::report::Stream;

    use super::*;

    #[test]
    fn only_lane_and_ledger_take_the_process_with_them() {
        let bot = Role::Bot("cross".parse().unwrap());
        let (quotes, orders) = (Role::Session(Stream::Quotes), Role::Session(Stream::Orders));
        for (role, answer) in [
            (Role::Lane, Rule::End),
            (Role::Ledger, Rule::End),
            (quotes, Rule::Restart),
            (orders, Rule::Restart),
            (bot, Rule::Restart),
            (Role::Show, Rule::GiveUp),
            (Role::Taken, Rule::GiveUp),
        ] {
            assert_eq!(rule(role), answer, "{role}");
        }
    }

    #[test]
    fn what_dies_again_at_once_waits_longer() {
        let (mut restarts, role) = (Restarts::default(), Role::Session(Stream::Quotes));
        assert_eq!(restarts.plan(role, Mono(0)), Span::secs(1));
        assert!(restarts.take_due(Mono(999_999_999)).is_empty());
        assert_eq!(restarts.take_due(Mono(1_000_000_000)), [role]);
        assert_eq!(restarts.plan(role, Mono(1_000_000_001)), Span::secs(2));
    }
}
