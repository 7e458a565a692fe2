//! Trades that the broker of a script takes back, corrects or makes more of, and the lists that say so ever after.
//!
//! The exchange knows nothing of it: its own book stays as it is, and what differs is kept here and told to the checkers.

use std::collections::BTreeSet;

use stopline_exchange::account::Trade;
use stopline_kernel::num::{Lots, Money, Side, Ticks};
use stopline_venues::paper::wire::{
    ExecMessage, PositionMessage, SideName, TradeMessage, VenueMessage, decode, encode,
};

use super::wishes::{cannot, word};
use crate::scenario::Broke;
use crate::scenario::step::Name;
use crate::scene;
use crate::swarm::Path;
use crate::world::{Due, World};

/// What differs from the exchange's own book.
#[derive(Debug, Default)]
pub(super) struct Changed {
    gone: BTreeSet<String>,
    extra: Vec<TradeMessage>,
}

impl Changed {
    fn is_nothing(&self) -> bool {
        self.gone.is_empty() && self.extra.is_empty()
    }

    /// The executions as they are told.
    fn of(&self, theirs: impl Iterator<Item = TradeMessage>) -> Vec<TradeMessage> {
        let kept = theirs.filter(|trade| !self.gone.contains(&trade.exec_id));
        kept.chain(self.extra.iter().cloned()).collect()
    }

    /// So many lots more of an order are told than the exchange traded of it.
    fn lots_of(&self, order_id: &str, theirs: &[TradeMessage]) -> i64 {
        // One that replaced another, and is gone itself, is not among theirs.
        let gone = theirs.iter().filter(|t| t.order_id == order_id && self.gone.contains(&t.exec_id));
        let extra = self.extra.iter().filter(|t| t.order_id == order_id);
        extra.map(|t| t.lots).sum::<i64>() - gone.map(|t| t.lots).sum::<i64>()
    }
}

impl World {
    /// The newest trade of an order is taken back, or put right.
    pub(super) fn takes_back(&mut self, name: Name, price: Option<Ticks>) -> Result<(), Broke> {
        let root = self.placed(name)?;
        let theirs = self.their_trades();
        let Some(script) = &mut self.script else { return cannot("this run has no script") };
        let ids = script.ids(root);
        let told = script.changed.of(theirs.into_iter());
        let is_meant = |t: &&TradeMessage| t.cl_ord_id.as_ref().is_some_and(|id| ids.contains(id));
        let Some(trade) = told.iter().rev().find(is_meant).cloned() else {
            return cannot(format!("nothing of {} has traded that is not taken back", word(name)));
        };
        let was = trade.exec_id.clone();
        let to = price.map(|price| TradeMessage {
            exec_id: format!("{was}-corrected"),
            price: scene::contract().show(price),
            ..trade.clone()
        });
        script.changed.gone.insert(was.clone());
        script.changed.extra.retain(|trade| trade.exec_id != was);
        script.changed.extra.extend(to.clone());
        let change = signed(&trade);
        self.oracle.note_undone(&was, scene::symbol(), change);
        if let Some(to) = &to {
            self.oracle.note_extra(&to.exec_id, &root.to_string(), scene::symbol(), change);
        }
        let what = if to.is_some() { "corrected" } else { "busted" };
        self.tells_of_trade(&root.to_string(), what, Some(was), to)
    }

    /// An order trades more than the exchange knows of.
    pub(super) fn trades_more(&mut self, name: Name, lots: Lots, price: Ticks) -> Result<(), Broke> {
        let root = self.placed(name)?;
        let (cl_ord_id, side, order_id) = {
            let desk = self.venue.desk();
            let script = self.script.as_ref().map(|script| script.ids(root)).unwrap_or_default();
            let order = script.iter().find_map(|id| desk.find(scene::account(), id.parse().ok()?));
            let Some(order) = order else {
                return cannot(format!("the exchange never had {}", word(name)));
            };
            (order.spec.cl_ord_id.to_string(), order.spec.side, order.no.to_string())
        };
        let Some(script) = &mut self.script else { return cannot("this run has no script") };
        let trade = TradeMessage {
            exec_id: format!("X{}", script.changed.extra.len() + 1),
            order_id,
            cl_ord_id: Some(cl_ord_id.clone()),
            symbol: scene::symbol().to_string(),
            side: if side == Side::Buy { SideName::Buy } else { SideName::Sell },
            lots: lots.0,
            price: scene::contract().show(price),
            fee: scene::contract().fee.0 * lots.0,
            time: self.venue.market_time(self.now).0,
        };
        script.changed.extra.push(trade.clone());
        self.oracle.note_extra(&trade.exec_id, &root.to_string(), scene::symbol(), signed(&trade));
        self.tells_of_trade(&cl_ord_id, "trade", None, Some(trade))
    }

    fn tells_of_trade(
        &mut self,
        id: &str,
        what: &str,
        exec_id: Option<String>,
        trade: Option<TradeMessage>,
    ) -> Result<(), Broke> {
        let theirs = self.their_trades();
        let mut news = self.news_of(id, what, None);
        let more = self.script.as_ref().map_or(0, |s| s.changed.lots_of(&news.order_id, &theirs));
        news.cum += more;
        let news = encode(&VenueMessage::Exec(ExecMessage { exec_id, trade, ..news }));
        // Where nobody listens, the next list says it.
        if let Some(session) = self.sessions.get(&Path::Orders).copied() {
            self.heap.push_in_order(self.now, Due::FromBroker(session, news));
        }
        Ok(())
    }

    /// A list, or the status of an order, with the trades as they are told.
    pub(in crate::world) fn script_retells(&mut self, frame: Vec<u8>) -> Vec<u8> {
        let Some(script) = self.script.as_ref().filter(|script| !script.changed.is_nothing()) else {
            return frame;
        };
        let theirs = self.their_trades();
        let message = match decode::<VenueMessage>(frame.get(4..).unwrap_or_default()) {
            Ok(VenueMessage::Snapshot { request, time, working, executions, busted: _, cash, .. }) => {
                let told = script.changed.of(executions.into_iter());
                VenueMessage::Snapshot {
                    request,
                    time,
                    working,
                    positions: position_of(&told),
                    cash: cash + worth(&told) - worth(&theirs),
                    busted: script.changed.gone.iter().cloned().collect(),
                    // The exchange's own figure would be of its own trades.
                    worth: None,
                    executions: told,
                }
            }
            Ok(VenueMessage::OrderStatus { request, cl_ord_id, found, executions }) => {
                let order_id = found.as_ref().map(|order| order.order_id.clone()).unwrap_or_default();
                let mut told = script.changed.of(executions.into_iter());
                told.retain(|trade| trade.order_id == order_id);
                let more = script.changed.lots_of(&order_id, &theirs);
                let found = found.map(|mut order| {
                    order.cum += more;
                    order
                });
                VenueMessage::OrderStatus { request, cl_ord_id, found, executions: told }
            }
            _ => return frame,
        };
        encode(&message)
    }

    /// The account's position and cash as the broker tells them.
    pub(super) fn told_account(&self) -> (i64, Money) {
        let cash = self.venue.desk().accounts().get(&scene::account()).map_or(0, |account| account.cash.0);
        let theirs = self.their_trades();
        let told = match &self.script {
            Some(script) => script.changed.of(theirs.iter().cloned()),
            None => theirs.clone(),
        };
        (told.iter().map(signed).sum(), Money(cash + worth(&told) - worth(&theirs)))
    }

    fn their_trades(&self) -> Vec<TradeMessage> {
        let theirs = self.venue.desk().accounts().get(&scene::account());
        theirs.into_iter().flat_map(|account| &account.executions).map(message_of).collect()
    }
}

fn message_of(trade: &Trade) -> TradeMessage {
    TradeMessage {
        exec_id: trade.exec.to_string(),
        order_id: trade.order.to_string(),
        cl_ord_id: Some(trade.cl_ord_id.to_string()),
        symbol: trade.symbol.to_string(),
        side: if trade.side == Side::Buy { SideName::Buy } else { SideName::Sell },
        lots: trade.lots.0,
        price: scene::contract().show(trade.price),
        fee: trade.fee.0,
        time: trade.time.0,
    }
}

fn signed(trade: &TradeMessage) -> i64 {
    if trade.side == SideName::Buy { trade.lots } else { -trade.lots }
}

fn ticks(trade: &TradeMessage) -> i64 {
    scene::contract().price(&trade.price).map_or(0, |price| price.0)
}

/// The position that these trades make, oldest first, and its average price.
fn position_of(trades: &[TradeMessage]) -> Vec<PositionMessage> {
    let (lots, open) = open_after(trades);
    let average = if lots == 0 { 0 } else { open / lots };
    let position = PositionMessage {
        symbol: scene::symbol().to_string(),
        lots,
        average: scene::contract().show(Ticks(average)),
    };
    if lots == 0 { Vec::new() } else { vec![position] }
}

/// What these trades have brought or cost, in millionths: what was closed, less the fees.
fn worth(trades: &[TradeMessage]) -> i64 {
    let (_, open) = open_after(trades);
    let paid: i64 = trades.iter().map(|trade| -signed(trade) * ticks(trade)).sum();
    let fees: i64 = trades.iter().map(|trade| trade.fee).sum();
    (paid + open) * scene::TICK_VALUE.0 - fees
}

/// Lots held after these trades, and the ticks that they were opened at, all together.
fn open_after(trades: &[TradeMessage]) -> (i64, i64) {
    trades.iter().fold((0, 0), |(lots, open), trade| {
        let (change, price) = (signed(trade), ticks(trade));
        let after = lots + change;
        if lots == 0 || lots.signum() == change.signum() {
            return (after, open + change * price);
        }
        match after == 0 || after.signum() != lots.signum() {
            true => (after, after * price),
            false => (after, open / lots * after),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trade(side: SideName, lots: i64, price: &str) -> TradeMessage {
        TradeMessage {
            exec_id: "E1".to_owned(),
            order_id: "O1".to_owned(),
            cl_ord_id: None,
            symbol: scene::symbol().to_string(),
            side,
            lots,
            price: price.to_owned(),
            fee: 620_000,
            time: 0,
        }
    }

    #[test]
    fn what_trades_are_worth_is_what_was_closed_less_the_fees() {
        let bought = trade(SideName::Buy, 1, "5900.00");
        assert_eq!(worth(std::slice::from_ref(&bought)), -620_000);
        let both = [bought, trade(SideName::Sell, 2, "5901.00")];
        // Four ticks are won on one lot; the other is short.
        assert_eq!(worth(&both), 4 * scene::TICK_VALUE.0 - 2 * 620_000);
        assert_eq!(position_of(&both).first().map(|position| position.lots), Some(-1));
    }
}
