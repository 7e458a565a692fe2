//! Intents become orders here, or denials: the decision is recorded with every rule and its numbers either way.
//!
//! No order is made anywhere else but in the closings, and none without the gate.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::Work;
use crate::effect::{BotEvent, Effect, Ordered};
use crate::id::{BotId, ClOrdId};
use crate::intent::{Entry, Intent, IntentKey, Leg, Origin, Wish};
use crate::ledgered::Broken;
use crate::num::{Lots, Side, Ticks};
use crate::order::{NewOrder, Order, OrderKind, OrderList};
use crate::record::Record;
use crate::risk::{Check, Denial, Proposal, Reduction, approve, approve_reducing};
use crate::table::{Ask, Life};
use crate::time::ExchangeTime;

impl Work<'_> {
    pub(super) fn intent(&mut self, bot: BotId, intent: &Intent) -> Result<(), Broken> {
        let Some(venue) = self.book.ledgered.venue else { return Ok(()) };
        let side = match intent.wish {
            Wish::Enter(entry) => entry.side,
            Wish::Exit | Wish::Cancel { .. } | Wish::Modify { .. } | Wish::Hold => {
                Side::reducing(self.book.ledgered.lots_of(bot, intent.symbol)).unwrap_or(Side::Sell)
            }
        };
        let origin = Origin::Bot { bot, bar_open: intent.bar_open, sequence: intent.sequence };
        let account = self.book.config.account;
        let key = IntentKey { venue, account, origin, symbol: intent.symbol, side };
        self.within(key.decision(), |work| match intent.wish {
            Wish::Enter(entry) => match work.sized(key, intent, &entry)? {
                Some((intent, entry)) => work.enter(key, &intent, &entry),
                None => Ok(()),
            },
            Wish::Exit => work.exit(key, intent),
            Wish::Cancel { order } => work.cancel_wish(key, intent, order),
            Wish::Modify { order, price, lots } => work.modify(key, intent, order, price, lots),
            Wish::Hold => work.decided(key, intent, Vec::new(), None),
        })
    }

    fn enter(&mut self, key: IntentKey, intent: &Intent, entry: &Entry) -> Result<(), Broken> {
        let list = order_list(key, entry);
        let command = self.order_command(Ordered::Place(list.clone()), true);
        let reference = entry.limit.or_else(|| self.touch(intent, entry.side));
        let proposal = Proposal {
            book: self.book,
            at: self.at,
            bot: key.origin.bot(),
            symbol: key.symbol,
            side: entry.side,
            lots: entry.lots,
            opens: true,
            adds: entry.lots,
            reference,
            prices: [entry.limit, Some(entry.stop), entry.target],
            stop: Some(entry.stop),
            target: entry.target,
            derived: self.derived(key.origin.bot(), intent),
            repeated: self.is_made(&list),
        };
        match approve(&proposal, command) {
            (checks, Ok(approved)) => {
                self.decided(key, intent, checks, None)?;
                for order in core::iter::once(&list.first).chain(&list.exits) {
                    self.record(Record::OrderPlaced { key, order: *order, checks: Vec::new() })?;
                }
                self.effect(Effect::Order(approved));
                Ok(())
            }
            (checks, Err(denial)) => self.denied(key, intent, checks, denial),
        }
    }

    /// Whether a decision has been made before. One whose every order is proven never to have arrived can be made again, as
    /// it was, under the same ids: whoever decided must want it again, and every rule is asked again.
    fn is_made(&self, list: &OrderList) -> bool {
        let orders = &self.book.ledgered.orders;
        if !orders.contains_key(&list.first.cl_ord_id) {
            return false;
        }
        let lost = |order: &NewOrder| {
            orders.get(&order.cl_ord_id).is_some_and(|o| o.absent && o.filled.is_zero() && o.spec == *order)
        };
        let whole =
            orders.values().filter(|o| o.key == list.key).count() == list.exits.len().saturating_add(1);
        !(whole && core::iter::once(&list.first).chain(&list.exits).all(lost))
    }

    /// Tells a bot that nothing of its entry arrived, once that is proven of the last of its orders: it may want it again.
    pub(super) fn tell_lost(&mut self, key: IntentKey) {
        let orders = self.book.ledgered.orders.values().filter(|o| o.key == key);
        let (exits, entries): (Vec<_>, Vec<_>) = orders.partition(|o| !o.spec.leg.opens());
        let lost = |orders: &[&Order]| orders.iter().all(|o| o.absent && o.filled.is_zero());
        let (Some(entry), true) = (entries.first(), lost(&exits) && lost(&entries)) else { return };
        let price = |leg| exits.iter().find(|o| o.spec.leg == leg).and_then(|o| o.spec.kind.price());
        let Some(stop) = price(Leg::Stop) else { return };
        let (side, lots, limit) = (entry.spec.side, entry.spec.lots, entry.spec.kind.price());
        let wish = Wish::Enter(Entry { side, lots, limit, stop, target: price(Leg::Target) });
        let bot = key.origin.bot();
        if self.is_let_in(bot) {
            self.effect(Effect::Bot(bot, BotEvent::Denied { wish, rule: "lost".into() }));
        }
    }

    /// The price a market order would begin to trade at.
    pub(super) fn touch(&self, intent: &Intent, side: Side) -> Option<Ticks> {
        let quote = self.book.fresh_quote(intent.symbol, self.at.market?)?;
        let level = match side {
            Side::Buy => quote.bbo.ask,
            Side::Sell => quote.bbo.bid,
        };
        level.map(|l| l.price)
    }

    /// The end of the bar a wish was derived from; a bot without a seat on the contract has none, and its wish is as old
    /// as can be.
    fn derived(&self, bot: BotId, intent: &Intent) -> ExchangeTime {
        let seat = self.book.config.bots.iter().find(|s| s.bot == bot && s.symbol == intent.symbol);
        seat.map_or(ExchangeTime(i64::MIN), |seat| intent.bar_open.plus(seat.bar))
    }

    fn exit(&mut self, key: IntentKey, intent: &Intent) -> Result<(), Broken> {
        let bot = key.origin.bot();
        let busy = self.book.ledgered.live_orders().any(|o| o.bot() == bot && o.spec.symbol == key.symbol);
        if self.book.ledgered.lots_of(bot, key.symbol).is_zero() && !busy {
            let nothing = Check::holds(Denial::NoSuchOrder, false);
            return self.denied(key, intent, alloc::vec![nothing], Denial::NoSuchOrder);
        }
        self.decided(key, intent, Vec::new(), None)?;
        let cause = alloc::format!("exit: {}", intent.reason);
        self.begin_closing(bot, key.symbol, cause.into(), None)
    }

    fn cancel_wish(&mut self, key: IntentKey, intent: &Intent, order: ClOrdId) -> Result<(), Broken> {
        let bot = key.origin.bot();
        let own = self.book.ledgered.order(order).filter(|o| o.bot() == bot && o.is_live());
        let Some((root, leg)) = own.map(|o| (o.root, o.spec.leg)) else {
            let check = Check::holds(Denial::NoSuchOrder, false);
            return self.denied(key, intent, alloc::vec![check], Denial::NoSuchOrder);
        };
        let check = Check::holds(Denial::Protection, leg != Leg::Stop || mutant!(BotCancelsStop));
        if !check.passed {
            return self.denied(key, intent, alloc::vec![check], Denial::Protection);
        }
        let can = self.can_cancel(root);
        let check = Check::holds(Denial::NotChangeable, can);
        if !can {
            return self.denied(key, intent, alloc::vec![check], Denial::NotChangeable);
        }
        self.decided(key, intent, alloc::vec![check], None)?;
        self.cancel(root)
    }

    /// A change is judged like a new order: the lots it adds, the price it names, the risk of the stop it moves.
    fn modify(
        &mut self,
        key: IntentKey,
        intent: &Intent,
        order: ClOrdId,
        price: Ticks,
        lots: Lots,
    ) -> Result<(), Broken> {
        let bot = key.origin.bot();
        let Some(order) = self.book.ledgered.order(order).filter(|o| o.bot() == bot).cloned() else {
            let check = Check::holds(Denial::NoSuchOrder, false);
            return self.denied(key, intent, alloc::vec![check], Denial::NoSuchOrder);
        };
        let present = self.book.ledgered.lots_for(&order);
        if order.spec.leg == Leg::Stop && lots < present {
            let check = Check::holds(Denial::Protection, false);
            return self.denied(key, intent, alloc::vec![check], Denial::Protection);
        }
        if !is_changeable(&order, present, price, lots) {
            let check = Check::holds(Denial::NotChangeable, false);
            return self.denied(key, intent, alloc::vec![check], Denial::NotChangeable);
        }
        let id = order.key.cl_ord_id(order.spec.leg, order.revision.saturating_add(1));
        let to = NewOrder { cl_ord_id: id, lots, kind: order.spec.kind.at(price), ..order.spec };
        let command = self.order_command(Ordered::Replace { order: order.spec.cl_ord_id, to }, true);
        let proposal = self.change_proposal(&order, &to, intent);
        match approve(&proposal, command) {
            (checks, Ok(approved)) => {
                self.decided(key, intent, Vec::new(), None)?;
                self.ask_replace(order.root, to, checks)?;
                self.effect(Effect::Order(approved));
                Ok(())
            }
            (checks, Err(denial)) => self.denied(key, intent, checks, denial),
        }
    }

    fn change_proposal<'b>(&'b self, order: &Order, to: &NewOrder, intent: &Intent) -> Proposal<'b> {
        let price = to.kind.price();
        let opens = order.spec.leg.opens();
        let side = if opens { to.side } else { to.side.opposite() };
        // An entry is judged with the exits that stand for it; a stop against what it protects.
        let exit = |leg| {
            let exit = self.book.ledgered.order(order.key.cl_ord_id(leg, 0))?;
            exit.spec.kind.price().filter(|_| opens)
        };
        let is_stop = order.spec.leg == Leg::Stop;
        Proposal {
            book: self.book,
            at: self.at,
            bot: order.bot(),
            symbol: to.symbol,
            side,
            lots: to.lots,
            opens,
            adds: Lots::ZERO,
            reference: if is_stop { self.stop_reference(order, price) } else { price },
            prices: [price, None, None],
            stop: if opens { exit(Leg::Stop) } else { price.filter(|_| is_stop) },
            target: exit(Leg::Target),
            derived: self.derived(order.bot(), intent),
            repeated: false,
        }
    }

    /// What a moved stop is measured from: the position's average price, or the market once it locks a profit in.
    fn stop_reference(&self, order: &Order, price: Option<Ticks>) -> Option<Ticks> {
        let (bot, symbol) = (order.bot(), order.spec.symbol);
        let position = self.book.ledgered.positions.get(&symbol).and_then(|by_bot| by_bot.get(&bot));
        let average = position.and_then(crate::position::Position::average);
        let locks = average.zip(price).is_some_and(|(average, price)| match order.spec.side {
            Side::Sell => price >= average,
            Side::Buy => price <= average,
        });
        if locks { self.book.market.quotes.get(&symbol).and_then(|q| q.last) } else { average }
    }

    fn decided(
        &mut self,
        key: IntentKey,
        intent: &Intent,
        checks: Vec<Check>,
        denied: Option<Denial>,
    ) -> Result<(), Broken> {
        self.record(Record::Decided { key, intent: intent.clone(), checks, denied })
    }

    pub(super) fn denied(
        &mut self,
        key: IntentKey,
        intent: &Intent,
        checks: Vec<Check>,
        denial: Denial,
    ) -> Result<(), Broken> {
        self.decided(key, intent, checks, Some(denial))?;
        let rule: Box<str> = alloc::format!("{denial}").into();
        let told = BotEvent::Denied { wish: intent.wish.clone(), rule };
        self.effect(Effect::Bot(key.origin.bot(), told));
        Ok(())
    }

    /// Whether a cancel may be asked for now: of a live order that is out (of an Unknown one the venue is asked first),
    /// and not again within an answer's time, so that a venue which refuses at once is not asked as fast as it refuses.
    fn can_cancel(&self, root: ClOrdId) -> bool {
        let link = &self.book.link;
        let lately = self
            .asked_within(link.cancel_asked.get(&root).copied(), self.book.config.timings.answer)
            && !mutant!(CancelUnpaced);
        let order = self.book.ledgered.orders.get(&root);
        let out = |o: &Order| o.is_live() && !matches!(o.life, Life::Draft | Life::Unknown);
        let waits = |o: &Order| out(o) && o.ask != Ask::CancelPending;
        order.is_some_and(waits)
            && !lately
            && self.may_send()
            && link.up.contains_key(&crate::report::Stream::Orders)
    }

    /// Asks the venue to cancel an order, if that may be asked for now.
    pub(super) fn cancel(&mut self, root: ClOrdId) -> Result<(), Broken> {
        if !self.can_cancel(root) {
            return Ok(());
        }
        let Some(order) = self.book.ledgered.orders.get(&root).cloned() else { return Ok(()) };
        let (id, symbol) = (order.spec.cl_ord_id, order.spec.symbol);
        let command = self.order_command(Ordered::Cancel { order: id, symbol }, false);
        let reduction = Reduction {
            book: self.book,
            account: self.book.config.account,
            bot: order.bot(),
            symbol,
            closes: None,
        };
        if let (_, Ok(approved)) = approve_reducing(&reduction, command) {
            self.within(order.decision(), |w| w.move_order(root, crate::table::OrderEvent::CancelAsked))?;
            let live = &self.book.ledgered.live;
            self.book.link.cancel_asked.retain(|asked, _| live.contains(asked));
            self.book.link.cancel_asked.insert(root, self.at.mono);
            self.effect(Effect::Order(approved));
        }
        Ok(())
    }
}

/// Whether an order for `present` lots can be changed so. A bracket's exits stay as large as its entry is allowed to
/// become: an exit that grew could turn the position, one that shrank would leave a part bare, and an entry that grew
/// would outgrow both.
fn is_changeable(order: &Order, present: Lots, price: Ticks, lots: Lots) -> bool {
    let Some(at) = order.spec.kind.price() else { return false };
    let fits = if order.spec.leg.opens() { lots <= present && lots > order.done() } else { lots == present };
    let stands = order.life == Life::Working && order.ask == Ask::Nothing && order.pending.is_none();
    stands && fits && (price, lots) != (at, present)
}

/// The orders of an entry: the entry itself, its stop and, if wanted, its target.
fn order_list(key: IntentKey, entry: &Entry) -> OrderList {
    let make = |leg, side, kind| NewOrder {
        cl_ord_id: key.cl_ord_id(leg, 0),
        leg,
        symbol: key.symbol,
        side,
        lots: entry.lots,
        kind,
    };
    let out = entry.side.opposite();
    let stop = make(Leg::Stop, out, OrderKind::Stop(entry.stop));
    let target = entry.target.map(|price| make(Leg::Target, out, OrderKind::Limit(price)));
    OrderList {
        key,
        first: make(Leg::Entry, entry.side, entry.limit.map_or(OrderKind::Market, OrderKind::Limit)),
        exits: core::iter::once(stop).chain(target).collect(),
    }
}
