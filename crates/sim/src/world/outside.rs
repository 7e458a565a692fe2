//! People: the one at the engine's console, and others who trade on the same account.
//!
//! Others reach the exchange over a session of their own, as they would; nothing here touches the engine's wires.

use stopline_exchange::paper::SessionId;
use stopline_kernel::input::{Command, CommandKind, Event};
use stopline_kernel::num::{Side, Ticks};
use stopline_venues::paper::wire::{
    ClientMessage, KindName, OrderSpec, SideName, StreamName, VERSION, VenueMessage, encode,
};

use super::{Due, World, impossible};
use crate::oracle::Violation;
use crate::scene;
use crate::swarm::Path;

/// The session of whoever else uses the account; the engine's are counted from 1.
const OTHERS: SessionId = SessionId(u64::MAX);

impl World {
    /// A person at the console commands something, now and then twice, or in the wrong order.
    pub(super) fn person_acts(&mut self) {
        if !self.operator.permille(self.swarm.operator) {
            return;
        }
        let bot = self.operator.permille(300).then(scene::bot);
        let kinds = [
            CommandKind::Pause(bot),
            CommandKind::Resume(bot),
            CommandKind::Resume(None),
            CommandKind::Flatten,
            CommandKind::Stop,
        ];
        let at = usize::try_from(self.operator.below(kinds.len() as u64)).unwrap_or(0);
        let Some(what) = kinds.into_iter().nth(at) else { return };
        let times = if self.operator.permille(200) { 2 } else { 1 };
        self.person_commands(what, times);
    }

    pub(super) fn person_commands(&mut self, what: CommandKind, times: u64) {
        let now = self.reading();
        if self.engine.is_some() {
            (0..times).for_each(|_| self.chronicle_command(&what));
        }
        let Some(engine) = &mut self.engine else { return };
        for n in 0..times {
            let (id, what) = (self.events * 2 + n, what.clone());
            let command = Command { id, who: "operator".into(), why: "simulated".into(), what };
            engine.put(now, Event::Command(command));
        }
        self.wake_stages();
    }

    /// Who else trades on the account, and what the exchange does of its own accord.
    pub(super) fn others_act(&mut self) -> Result<(), Violation> {
        let faults = &self.swarm.broker;
        let (cancel, foreign, flatten) = (faults.unsolicited_cancel, faults.foreign, faults.outside_flatten);
        if self.broker.choose().permille(cancel) {
            self.cancel_one_of_ours()?;
        }
        if self.broker.choose().permille(foreign) {
            let side = if self.broker.choose().permille(500) { Side::Buy } else { Side::Sell };
            match self.broker.choose().permille(300) {
                true => self.leave_outside(side)?,
                false => self.trade_outside(side, 1)?,
            }
        }
        if self.broker.choose().permille(flatten) {
            let positions = self.venue.desk().accounts().get(&scene::account()).map(|a| &a.positions);
            let held = positions.and_then(|p| p.values().next()).map_or(0, |p| p.lots.0);
            if let Some(side) = Side::reducing(stopline_kernel::num::Lots(held)) {
                self.trade_outside(side, held.abs())?;
            }
        }
        Ok(())
    }

    fn cancel_one_of_ours(&mut self) -> Result<(), Violation> {
        let live: Vec<String> =
            self.venue.desk().live_orders().map(|o| o.spec.cl_ord_id.to_string()).collect();
        let at = usize::try_from(self.broker.choose().below(live.len() as u64)).unwrap_or(0);
        let Some(cl_ord_id) = live.into_iter().nth(at) else { return Ok(()) };
        self.chronicle_cancel(&cl_ord_id);
        self.say_outside(&ClientMessage::Cancel { request: 1, cl_ord_id })
    }

    /// Somebody leaves an order to rest a few ticks away from the market; it may trade before the run is over.
    fn leave_outside(&mut self, side: Side) -> Result<(), Violation> {
        let away = 2 + i64::try_from(self.broker.choose().below(30)).unwrap_or(0);
        let Some(price) = self.venue.beside(side, Ticks(away)) else { return Ok(()) };
        self.rest_outside(side, 1, price)
    }

    /// Somebody else's limit order.
    pub(super) fn rest_outside(&mut self, side: Side, lots: i64, price: String) -> Result<(), Violation> {
        self.oracle.note_stray(&self.name_outside(), self.now);
        self.order_outside(side, lots, KindName::Limit, Some(price))
    }

    pub(super) fn trade_outside(&mut self, side: Side, lots: i64) -> Result<(), Violation> {
        self.order_outside(side, lots, KindName::Market, None)
    }

    fn name_outside(&self) -> String {
        format!("by-hand-{}", self.events)
    }

    fn order_outside(
        &mut self,
        side: Side,
        lots: i64,
        kind: KindName,
        price: Option<String>,
    ) -> Result<(), Violation> {
        self.chronicle_someone(side, lots, price.as_ref());
        let order = OrderSpec {
            cl_ord_id: self.name_outside(),
            symbol: scene::symbol().to_string(),
            side: if side == Side::Buy { SideName::Buy } else { SideName::Sell },
            lots,
            kind,
            price,
            limit: None,
            trail: None,
        };
        self.say_outside(&ClientMessage::Place { request: 1, order, exits: Vec::new() })
    }

    pub(super) fn say_outside(&mut self, message: &ClientMessage) -> Result<(), Violation> {
        let hello = ClientMessage::Hello {
            version: VERSION,
            account: scene::account().to_string(),
            stream: StreamName::Orders,
            client: "by hand".to_owned(),
        };
        self.venue.connect(OTHERS);
        for said in [&hello, message] {
            let sent = self.venue.bytes(OTHERS, self.now, &encode(said)).map_err(impossible)?;
            self.post(sent);
        }
        self.venue.disconnect(OTHERS);
        self.looks()
    }

    /// The broker ends the orders session of its own accord.
    pub(super) fn log_out(&mut self) {
        let Some(session) = self.sessions.get(&Path::Orders).copied() else { return };
        self.happened(|_| "broker logs out".to_owned());
        let goodbye = encode(&VenueMessage::Goodbye { why: "logged in elsewhere".to_owned() });
        self.heap.push_in_order(self.now, Due::FromBroker(session, goodbye));
        self.venue.disconnect(session);
    }
}
