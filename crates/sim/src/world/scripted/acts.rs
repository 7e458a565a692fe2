//! What the broker, others, the wires and the engine's machine do in a script, at the present moment.
//!
//! An act that could not take effect is an error, never passed over.

use stopline_exchange::account::Order as TheirOrder;
use stopline_exchange::paper::SessionId;
use stopline_kernel::num::Side;
use stopline_venues::paper::wire::{ClientMessage, VenueMessage, encode};

use super::wishes::{cannot, word};
use super::{Held, Waiting};
use crate::pipe::Way;
use crate::scenario::step::{Armed, BrokerAct, Deed, MachineAct, Name, Someone, WireAct};
use crate::scenario::{Broke, Step};
use crate::scene;
use crate::swarm::{CrashPoint, Path};
use crate::venue::Sent;
use crate::world::{Due, World, impossible};

impl World {
    pub(super) fn arms(&mut self, step: &Step, armed: &Armed) {
        match armed.deed {
            Deed::CallsRefused(_) => self.is_lied_to(),
            // A list that says what is not so: the truth may not be had by asking.
            Deed::LeavesOut(_) | Deed::SaysPosition(_) | Deed::IsOld => self.swarm.broker.truncate = 1,
            _ => {}
        }
        let waiting = Waiting { line: step.line, text: step.text.clone(), armed: armed.clone(), done: 0 };
        self.script.iter_mut().for_each(|script| script.waiting.push(waiting.clone()));
    }

    fn is_lied_to(&mut self) {
        self.swarm.broker.lie = 1;
        self.oracle.note_lies();
    }

    pub(super) fn broker_does(&mut self, what: &BrokerAct) -> Result<(), Broke> {
        match what {
            BrokerAct::Releases => self.releases(),
            BrokerAct::Cancels(name) => {
                let (cl_ord_id, _) = self.at_exchange(*name)?;
                Ok(self.say_outside(&ClientMessage::Cancel { request: 1, cl_ord_id })?)
            }
            BrokerAct::TakesBack(name, price) => self.takes_back(*name, *price),
            BrokerAct::Trades(name, lots, price) => self.trades_more(*name, *lots, *price),
            BrokerAct::Says(name, what, why) => self.says(*name, what, why.clone()),
            BrokerAct::Restarts => {
                self.venue.restart(self.now).map_err(impossible)?;
                self.venue_due = None;
                self.script.iter_mut().for_each(|script| script.afresh = true);
                let closed: Vec<SessionId> = self.sessions.values().copied().collect();
                self.post(Sent { frames: Vec::new(), closed });
                Ok(())
            }
            BrokerAct::LogsOut if !self.sessions.contains_key(&Path::Orders) => {
                cannot("the orders connection is down")
            }
            BrokerAct::LogsOut => {
                self.log_out();
                Ok(())
            }
            BrokerAct::Flattens => {
                let held = self.venue.desk().accounts().get(&scene::account()).map(|a| &a.positions);
                let lots = held.and_then(|p| p.get(&scene::symbol())).map_or(0, |p| p.lots.0);
                let Some(side) = Side::reducing(stopline_kernel::num::Lots(lots)) else {
                    return cannot("the exchange's account is flat");
                };
                self.others_are_here();
                Ok(self.trade_outside(side, lots.abs())?)
            }
            BrokerAct::CashOff(units) => {
                let owes = Some((self.elapsed(), *units));
                self.swarm.broker.cash_off = owes;
                self.broker.owe(owes);
                Ok(())
            }
            BrokerAct::Overtakes => match &mut self.engine {
                Some(engine) => {
                    engine.be_overtaken();
                    Ok(())
                }
                None => cannot("the engine is dead"),
            },
        }
    }

    fn others_are_here(&mut self) {
        self.swarm.broker.foreign = 1;
        self.oracle.note_others();
    }

    pub(super) fn releases(&mut self) -> Result<(), Broke> {
        let held = self.script.iter_mut().flat_map(|script| std::mem::take(&mut script.held));
        let held: Vec<Held> = held.collect();
        if held.is_empty() {
            return cannot("the broker holds nothing");
        }
        for Held { session, way, frame, .. } in held {
            match way {
                Way::In => self.heap.push_in_order(self.now, Due::FromBroker(session, frame)),
                Way::Out => {
                    self.unsettled = true;
                    self.oracle.note_late(&frame);
                    self.heap.push_in_order(self.now, Due::ToVenue(session, frame, None));
                }
            }
        }
        Ok(())
    }

    /// The id under which an order that has not ended stands at the exchange, and the order.
    fn at_exchange(&self, name: Name) -> Result<(String, &TheirOrder), Broke> {
        let root = self.placed(name)?;
        let script = self.script.as_ref().map(|script| script.ids(root)).unwrap_or_default();
        let desk = self.venue.desk();
        let found = script.iter().find_map(|id| desk.find(scene::account(), id.parse().ok()?));
        match found {
            Some(order) if order.state.is_live() => Ok((order.spec.cl_ord_id.to_string(), order)),
            Some(order) => cannot(format!("{} is {:?} at the exchange", word(name), order.state)),
            None => cannot(format!("the exchange never had {}", word(name))),
        }
    }

    /// Words about an order that nothing happened to.
    fn says(&mut self, name: Name, what: &str, why: Option<String>) -> Result<(), Broke> {
        let Some(session) = self.sessions.get(&Path::Orders).copied() else {
            return cannot("the orders connection is down");
        };
        let id = self.placed(name)?.to_string();
        match what {
            "trade" | "busted" | "corrected" => {
                return cannot("the broker can say that of a trade that happened, and of no other");
            }
            "rejected" => {
                self.is_lied_to();
                self.oracle.note_refused(&id);
            }
            "canceled" | "expired" | "replaced" => self.is_lied_to(),
            _ => {}
        }
        let news = encode(&VenueMessage::Exec(self.news_of(&id, what, why)));
        self.heap.push_in_order(self.now, Due::FromBroker(session, news));
        Ok(())
    }

    pub(super) fn someone_does(&mut self, what: Someone) -> Result<(), Broke> {
        self.others_are_here();
        let lots = what.lots.0;
        let done = match what.limit {
            None => self.trade_outside(what.side, lots),
            Some(limit) => self.rest_outside(what.side, lots, scene::contract().show(limit)),
        };
        done.map_err(Broke::from)
    }

    pub(super) fn wire_does(&mut self, path: Path, what: WireAct) -> Result<(), Broke> {
        if matches!(what, WireAct::Cut | WireAct::HalfOpen) && !self.sessions.contains_key(&path) {
            return cannot("this connection is down already");
        }
        match what {
            WireAct::Cut => self.cut(path, "cut")?,
            WireAct::HalfOpen => self.half_open(path),
            WireAct::Slow(by) => self.pipes.slow(path, by),
            WireAct::Partition(lasts, out, into) => self.pipes.part(path, (out, into), self.now, lasts),
        }
        Ok(())
    }

    pub(super) fn machine_does(&mut self, what: MachineAct) -> Result<(), Broke> {
        let runs = self.engine.is_some();
        match what {
            MachineAct::Starts if runs => cannot("the engine runs"),
            MachineAct::Starts => {
                self.heap.push(self.now, Due::Born);
                self.paused = self.now;
                Ok(())
            }
            MachineAct::DiesAt(CrashPoint::InRecovery) if !runs => {
                self.script.iter_mut().for_each(|script| script.next_crash = Some(CrashPoint::InRecovery));
                Ok(())
            }
            MachineAct::PutsBack | MachineAct::Flips | MachineAct::LosesEnd if runs => {
                cannot("the engine runs: write `engine killed` before")
            }
            MachineAct::PutsBack if self.log.put_old_back() => {
                self.rolled_back = Some(self.now);
                Ok(())
            }
            MachineAct::PutsBack => cannot("no copy was made: write `disk copied` before"),
            MachineAct::Flips => {
                self.log.flip();
                Ok(())
            }
            MachineAct::LosesEnd => {
                self.log.lose_end();
                Ok(())
            }
            MachineAct::Steps(by) => {
                self.clock.step(self.now, by);
                Ok(())
            }
            MachineAct::Freezes(lasts) if self.clock.freeze(self.now, lasts) => Ok(()),
            MachineAct::Freezes(_) => cannot("the clock was frozen before, and can be only once"),
            _ if !runs => cannot("the engine is dead: write `engine starts` before"),
            MachineAct::Dies => {
                self.end_life("is killed");
                Ok(())
            }
            MachineAct::DiesAt(point) => {
                self.engine.iter_mut().for_each(|engine| engine.arm(point));
                Ok(())
            }
            MachineAct::Pauses(lasts) => {
                self.pause_for(lasts);
                Ok(())
            }
            MachineAct::SyncTakes(span) => {
                self.script.iter_mut().for_each(|script| script.slow = Some(span));
                Ok(())
            }
            MachineAct::Copies => {
                self.log.copy_now();
                Ok(())
            }
        }
    }
}
