//! What people, the bot and the market want in a script, done in the present moment.
//!
//! A wish goes the way it would, into the engine's inbox or to the exchange, and never past the gate.

use stopline_exchange::scenario::Set;
use stopline_kernel::input::{Command, CommandKind, Event};
use stopline_kernel::intent::{Intent, Wish};
use stopline_kernel::market::{Bbo, Level, TickKind};
use stopline_kernel::num::{Bps, Lots};
use stopline_kernel::time::{ExchangeTime, Span};

use super::Script;
use crate::oracle::Violation;
use crate::scenario::Broke;
use crate::scenario::step::{BotAct, Market, Name, PersonAct};
use crate::scene;
use crate::world::{Due, World, impossible};

/// How often a quote that stands is shown again.
const AGAIN: Span = Span::secs(1);

/// A step that cannot happen.
pub(super) fn cannot<T>(why: impl Into<String>) -> Result<T, Broke> {
    Err(Broke::Impossible { why: why.into() })
}

impl World {
    fn script_mut(&mut self) -> Result<&mut Script, Broke> {
        self.script.as_deref_mut().map_or_else(|| cannot("this run has no script"), Ok)
    }

    /// An event for the engine, which must run.
    fn put(&mut self, event: Event) -> Result<(), Broke> {
        let now = self.reading();
        match &mut self.engine {
            Some(engine) => engine.put(now, event),
            None => return cannot("the engine is dead: write `engine starts` before"),
        }
        self.wake_stages();
        Ok(())
    }

    pub(super) fn market_does(&mut self, what: Market) -> Result<(), Broke> {
        let sent = match what {
            Market::Quote(Some(bid), Some(ask), ..) if bid >= ask => {
                return cannot("the bid is not below the offer");
            }
            Market::Quote(bid, ask, bids, asks) => {
                let level = |price: Option<_>, lots| price.map(|price| Level { price, lots });
                let quote = Bbo { bid: level(bid, bids), ask: level(ask, asks) };
                self.script_mut()?.quote = quote;
                self.venue.show(self.now, Some(TickKind::Bbo(quote)))
            }
            Market::Trade(price, lots) => self.venue.show(self.now, Some(TickKind::Trade { price, lots })),
            Market::Flows(flows) => {
                self.script_mut()?.flows = flows;
                return if flows { Ok(self.shows()?) } else { Ok(()) };
            }
            Market::Late(by) => {
                self.script_mut()?.late = by;
                return Ok(());
            }
            Market::Phase(set) => self.enters(set),
        };
        self.post(sent.map_err(impossible)?);
        Ok(self.looks()?)
    }

    fn enters(&mut self, set: Set) -> Result<crate::venue::Sent, String> {
        self.venue.set(self.now, set)
    }

    /// Shows the quote that stands, and comes again.
    pub(in crate::world) fn shows_again(&mut self) -> Result<(), Violation> {
        self.heap.push_in_order(self.now.plus(AGAIN), Due::Show);
        if self.script.as_ref().is_some_and(|script| script.flows) { self.shows() } else { Ok(()) }
    }

    fn shows(&mut self) -> Result<(), Violation> {
        let Some(script) = self.script.as_mut() else { return Ok(()) };
        // An exchange that has started again has lost the quote; else what clients took of it stays gone.
        let what = std::mem::take(&mut script.afresh).then_some(TickKind::Bbo(script.quote));
        let sent = self.venue.show(self.now, what).map_err(impossible)?;
        self.post(sent);
        self.looks()
    }

    pub(super) fn bot_does(&mut self, what: &BotAct) -> Result<(), Broke> {
        let up = self.engine.as_ref().is_some_and(|e| e.lane().book().link.bots_up.contains(&scene::bot()));
        let (mut ago, bar) = (0, scene::bar().0);
        let wish = match *what {
            BotAct::Up(false) if up => {
                self.bot_goes("panicked");
                return Ok(());
            }
            BotAct::Up(true) if !up => return self.put(Event::BotUp { bot: scene::bot() }),
            BotAct::Up(up) => return cannot(if up { "the bot is up" } else { "the bot is down already" }),
            _ if !up && self.engine.is_some() => {
                return cannot("the bot is down: write `bot returns` before");
            }
            BotAct::Repeats => {
                let Some(intent) = self.script_mut()?.wish.clone() else {
                    return cannot("the bot has not wanted anything yet");
                };
                return self.put(Event::Intent { bot: scene::bot(), intent });
            }
            BotAct::Enters(entry, by) => {
                ago = by.0;
                Wish::Enter(entry)
            }
            BotAct::Exits => Wish::Exit,
            BotAct::Cancels(name) => Wish::Cancel { order: self.placed(name)? },
            BotAct::Changes(name, price, lots) => {
                let order = self.placed(name)?;
                let lots = lots.or_else(|| self.lots_of(order)).unwrap_or(Lots(1));
                Wish::Modify { order, price, lots }
            }
        };
        let (market, script) = (self.venue.market_time(self.now), self.script_mut()?);
        let end = ExchangeTime((market.0 - ago).div_euclid(bar) * bar);
        let intent = Intent {
            symbol: scene::symbol(),
            wish,
            reason: "script".into(),
            confidence: Bps(5_000),
            bar_open: ExchangeTime(end.0 - bar),
            data_time: end,
            sequence: script.wishes,
        };
        script.wishes += 1;
        script.wish = Some(intent.clone());
        self.put(Event::Intent { bot: scene::bot(), intent })
    }

    fn lots_of(&self, root: stopline_kernel::id::ClOrdId) -> Option<Lots> {
        let ledgered = &self.engine.as_ref()?.lane().book().ledgered;
        ledgered.orders.get(&root).map(|order| ledgered.lots_for(order))
    }

    /// The order that a name means; there must be one.
    pub(super) fn placed(&self, name: Name) -> Result<stopline_kernel::id::ClOrdId, Broke> {
        let found = self.script.as_ref().and_then(|script| script.order(name));
        found.map_or_else(|| cannot(format!("no {} was placed", word(name))), Ok)
    }

    pub(super) fn person_does(&mut self, what: PersonAct) -> Result<(), Broke> {
        let bot = |alone: bool| alone.then(scene::bot);
        let what = match what {
            PersonAct::Flattens => CommandKind::Flatten,
            PersonAct::Pauses(alone) => CommandKind::Pause(bot(alone)),
            PersonAct::Resumes(alone) => CommandKind::Resume(bot(alone)),
            PersonAct::Stops => CommandKind::Stop,
            PersonAct::Settles(name) => CommandKind::Settle(self.placed(name)?),
            PersonAct::Transfers(amount) => CommandKind::Transfer(amount),
        };
        let script = self.script_mut()?;
        script.commands += 1;
        let id = script.commands;
        self.put(Event::Command(Command { id, who: "person".into(), why: "script".into(), what }))
    }
}

/// An order's name as it is written.
pub(super) fn word(name: Name) -> String {
    let role = if name.leg == stopline_kernel::intent::Leg::Flatten { "closing" } else { name.leg.word() };
    name.number.map_or_else(|| role.to_owned(), |n| format!("{role} {n}"))
}
