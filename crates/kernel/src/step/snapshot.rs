//! The account as the broker sees it, held against ours: orders, executions, positions, cash.
//!
//! Executions are booked first, then orders judged by the truth table, then sums compared. Nothing of the broker's is
//! copied over ours: a difference is a question, and after its time an incident.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Work;
use super::order::News;
use super::report::event_of;
use crate::book::Listed;
use crate::halt::{HaltCause, Level};
use crate::id::{ClOrdId, Symbol};
use crate::incident::IncidentKind;
use crate::ledgered::{Broken, external_bot};
use crate::order::Order;
use crate::reconcile::{Ours, Theirs, Verdict, verdict};
use crate::record::Record;
use crate::report::{BrokerOrder, ExecType, Found, OrderStatus, Snapshot, Stream};
use crate::table::{Ask, Life, OrderEvent};

impl Work<'_> {
    pub(super) fn snapshot(&mut self, snapshot: &Snapshot) -> Result<(), Broken> {
        if self.book.link.up.get(&Stream::Orders) != Some(&snapshot.epoch) {
            // An answer of an earlier connection is no answer.
            return Ok(());
        }
        // Judged before this very snapshot makes anything new.
        let young = self.is_young(snapshot) && !mutant!(YoungListJudged);
        self.book_missing(snapshot)?;
        self.judge_listed(snapshot, young)?;
        self.judge_absent(snapshot, young);
        if self.book.link.broker_asked.is_none_or(|asked| asked <= snapshot.asked) {
            self.book.link.broker = snapshot.positions.iter().map(|p| (p.symbol, p.lots)).collect();
            self.book.link.broker_asked = Some(snapshot.asked);
            self.book.link.broker_works = snapshot.working.iter().map(listed).collect();
        }
        if !young {
            self.net_external(snapshot)?;
        }
        let difference = self.difference(snapshot);
        if !young {
            self.recovery_compares(snapshot, difference.as_deref())?;
        }
        match difference {
            None => self.agree(snapshot),
            Some(_) if young => {
                // Asked again, but not as fast as it is answered: while a clock stands still every answer is young.
                mutant!(ResyncUnpaced => self.book.link.snapshot_asked = None);
                self.book.link.resync = true;
                self.resync();
                Ok(())
            }
            Some(difference) => self.disagree(&difference),
        }
    }

    /// What traded and was never reported is booked from the list, under the same ids: a repair, and told as one.
    fn book_missing(&mut self, snapshot: &Snapshot) -> Result<(), Broken> {
        snapshot.busted.iter().try_for_each(|exec| self.bust(exec, None))?;
        let mut missed = 0_usize;
        for (id, order_id, execution) in &snapshot.executions {
            let ledgered = &self.book.ledgered;
            let forgotten =
                ledgered.knows(execution) && !ledgered.executions.contains_key(&execution.exec_id);
            if forgotten || mutant!(MissedFillsIgnored) {
                continue;
            }
            let root = self.root_of_trade(*id, Some(order_id), execution);
            let news = News { order_id: Some(order_id.clone()), ..News::default() };
            let decision = root.and_then(|r| self.book.ledgered.orders.get(&r)).map(Order::decision);
            match decision {
                Some(decision) => {
                    missed += usize::from(!ledgered.knows(execution));
                    self.within(decision, |w| w.book_execution(root, *id, execution, news))?;
                }
                None => self.book_execution(None, *id, execution, news)?,
            }
        }
        if missed == 0 {
            return Ok(());
        }
        let evidence =
            format!("{missed} executions of our orders in the broker's list that no report had told");
        self.repaired(IncidentKind::MissedFill, &evidence, "booked from the list, each once by its ExecID")
    }

    fn judge_listed(&mut self, snapshot: &Snapshot, young: bool) -> Result<(), Broken> {
        for listed in &snapshot.working {
            let id = listed.id();
            let root = self.root_of(id, Some(&listed.order_id));
            let order = root.and_then(|root| self.book.ledgered.orders.get(&root));
            let ours = match order {
                Some(order) => Ours::of(order.life),
                None if id.is_some() => Ours::Lost,
                None => Ours::Foreign,
            };
            let theirs = if listed.held { Theirs::Held } else { Theirs::Working };
            match verdict(ours, theirs, young) {
                Verdict::Nothing => {}
                // What is older than our news of an order that we know to be there says nothing of it.
                Verdict::Adopt if young && ours == Ours::Live => self.ask_if_other(root, listed),
                Verdict::Adopt => self.adopt(root, listed)?,
                Verdict::Ask => root.into_iter().for_each(|root| self.ask_about(root)),
                Verdict::RolledBack => self.raise(IncidentKind::RolledBackLedger, Level::Halted, listed)?,
                Verdict::Foreign => self.raise(IncidentKind::ForeignOrder, Level::ReduceOnly, listed)?,
            }
        }
        Ok(())
    }

    /// A list that may be older than our news and says more of an order has the order asked about: that a stop works must not
    /// wait for the next comparison.
    fn ask_if_other(&mut self, root: Option<ClOrdId>, listed: &BrokerOrder) {
        let order = root.and_then(|root| self.book.ledgered.orders.get(&root));
        let Some(order) = order.filter(|o| o.ask == Ask::Nothing && !listed.held) else { return };
        if order.life != Life::Working || order.worth != listed.lots {
            let id = order.spec.cl_ord_id;
            self.ask_order(id);
        }
    }

    fn raise(&mut self, kind: IncidentKind, level: Level, listed: &BrokerOrder) -> Result<(), Broken> {
        mutant!(ForeignIgnored => if kind == IncidentKind::ForeignOrder { return Ok(()) });
        mutant!(RollbackIgnored => if kind == IncidentKind::RolledBackLedger { return Ok(()) });
        let tag = listed.tag.as_deref().unwrap_or("without a tag");
        let evidence = format!(
            "{} {} {} {} working at the broker, {tag}",
            listed.order_id,
            listed.side.word(),
            listed.lots,
            listed.symbol
        );
        let cause = match kind {
            IncidentKind::RolledBackLedger => HaltCause::RolledBack,
            _ => HaltCause::Foreign,
        };
        self.incident(kind, &evidence)?;
        self.halt_account(level, cause, &evidence)
    }

    fn adopt(&mut self, root: Option<ClOrdId>, listed: &BrokerOrder) -> Result<(), Broken> {
        let Some(order) = root.and_then(|root| self.book.ledgered.orders.get(&root)) else { return Ok(()) };
        let (root, decision, life) = (order.root, order.decision(), order.life);
        let granted = order.pending.filter(|p| listed.tag.as_deref() == Some(p.cl_ord_id.as_str()));
        let event = if listed.held { OrderEvent::Held } else { OrderEvent::Accepted };
        let news =
            News { worth: Some(listed.lots), order_id: Some(listed.order_id.clone()), ..News::default() };
        self.within(decision, |w| {
            if granted.is_some() {
                return w.move_by(root, OrderEvent::ReplaceDone, news);
            }
            // A list that holds what we know to be working is older than our news.
            if listed.held && life == Life::Working { Ok(()) } else { w.move_by(root, event, news) }
        })
    }

    fn judge_absent(&mut self, snapshot: &Snapshot, young: bool) {
        let listed: Vec<&str> = snapshot.working.iter().filter_map(|o| o.tag.as_deref()).collect();
        let absent = self.book.ledgered.live_orders().filter(|order| {
            let names = [Some(order.spec.cl_ord_id), order.pending.map(|p| p.cl_ord_id)];
            let is_listed = names.iter().flatten().any(|id| listed.contains(&id.as_str()));
            let just_asked = order.asked.mono >= snapshot.asked;
            !is_listed && verdict(Ours::of(order.life), Theirs::Absent, young || just_asked) == Verdict::Ask
        });
        let absent: Vec<ClOrdId> = absent.map(|o| o.spec.cl_ord_id).collect();
        mutant!(AbsenceIsCancelled => self.cancel_absent(&absent));
        absent.into_iter().for_each(|id| self.ask_order(id));
    }

    /// Whether the snapshot was asked for before our newest change or before another that has come: what it lacks may
    /// be newer than it. A change of the same moment counts as later.
    fn is_young(&self, snapshot: &Snapshot) -> bool {
        let link = &self.book.link;
        link.changed.is_some_and(|changed| changed >= snapshot.asked)
            || link.broker_asked.is_some_and(|newest| newest > snapshot.asked)
    }

    /// What does not agree, in words; `None` when everything does.
    fn difference(&self, snapshot: &Snapshot) -> Option<String> {
        let positions = self.difference_of_positions(snapshot);
        positions.or_else(|| self.intended_difference()).or_else(|| self.cash_difference(snapshot))
    }

    /// What the broker's account and the executions differ in, whatever was wanted.
    pub(super) fn difference_of_account(&self, snapshot: &Snapshot) -> Option<String> {
        self.difference_of_positions(snapshot).or_else(|| self.cash_difference(snapshot))
    }

    fn difference_of_positions(&self, snapshot: &Snapshot) -> Option<String> {
        let ledgered = &self.book.ledgered;
        let ours = ledgered.positions.keys().copied();
        let mut symbols: Vec<Symbol> = ours.chain(snapshot.positions.iter().map(|p| p.symbol)).collect();
        symbols.sort_unstable();
        symbols.dedup();
        for symbol in symbols {
            let (ours, theirs) = (ledgered.net(symbol), snapshot.lots(symbol));
            if ours != theirs {
                return Some(format!("{symbol}: executions say {ours}, the broker says {theirs}"));
            }
        }
        None
    }

    /// Intended = executed + what working entries may still bring, for every bot without a closing under way. What others
    /// hold nobody here intends.
    fn intended_difference(&self) -> Option<String> {
        let ledgered = &self.book.ledgered;
        for (symbol, by_bot) in &ledgered.intended {
            for (bot, intended) in by_bot {
                if *bot == external_bot() || ledgered.closing(*bot, *symbol).is_some() {
                    continue;
                }
                let entries = ledgered
                    .live_orders()
                    .filter(|o| o.bot() == *bot && o.spec.symbol == *symbol && o.spec.leg.opens());
                let coming = entries.map(|o| o.remaining().0.saturating_mul(o.spec.side.sign()));
                let explained = ledgered.lots_of(*bot, *symbol).0.saturating_add(coming.sum::<i64>());
                if intended.0 != explained {
                    return Some(format!(
                        "{bot} in {symbol}: intended {intended}, executed and working {explained}"
                    ));
                }
            }
        }
        None
    }

    /// Cash can be held against the broker's only when nothing is open: open lots may be valued in many ways.
    fn cash_difference(&self, snapshot: &Snapshot) -> Option<String> {
        if self.book.ledgered.open_positions().next().is_some() || mutant!(BalanceIgnored) {
            return None;
        }
        let expected = self.book.ledgered.expected_cash().ok()?;
        let difference = expected.minus(snapshot.cash).map_or(crate::num::Money(i64::MAX), |d| d.size());
        let tolerance = self.book.config.limits.cash_tolerance;
        (difference > tolerance)
            .then(|| format!("cash: expected {expected}, the broker says {}", snapshot.cash))
    }

    fn agree(&mut self, snapshot: &Snapshot) -> Result<(), Broken> {
        let first = self.book.link.agreed.is_none() || self.book.link.differs_since.is_some();
        self.book.link.agreed = Some(self.at);
        self.book.link.differs_since = None;
        if first {
            let evidence = format!(
                "{} positions, {} working orders, {} executions, cash {}",
                snapshot.positions.len(),
                snapshot.working.len(),
                snapshot.executions.len(),
                snapshot.cash
            );
            self.record(Record::Agreed { evidence: evidence.into() })?;
        }
        let unknown = self.book.ledgered.live_orders().any(|o| o.life == Life::Unknown);
        self.book.link.trading |= !unknown;
        Ok(())
    }

    fn disagree(&mut self, difference: &str) -> Result<(), Broken> {
        let now = self.at.mono;
        let since = *self.book.link.differs_since.get_or_insert(now);
        if now.since(since) <= self.book.config.timings.detect || mutant!(DisagreementIgnored) {
            return Ok(());
        }
        let kind = if difference.starts_with("cash") {
            IncidentKind::CashDisagreement
        } else {
            IncidentKind::PositionDisagreement
        };
        if !self.book.ledgered.halts.has(crate::halt::Scope::Account, HaltCause::Disagreement) {
            self.incident(kind, difference)?;
        }
        self.halt_account(Level::ReduceOnly, HaltCause::Disagreement, difference)?;
        self.begin_recovery(difference)
    }

    pub(super) fn order_status(&mut self, status: &OrderStatus) -> Result<(), Broken> {
        if self.book.link.up.get(&Stream::Orders) != Some(&status.epoch) {
            return Ok(());
        }
        let Some(order) = self.book.ledgered.order(status.cl_ord_id) else { return Ok(()) };
        let (root, decision) = (order.root, order.decision());
        self.within(decision, |w| match &status.found {
            Some(found) => w.found(root, found, status),
            None => w.not_found(root, status),
        })
    }

    fn found(&mut self, root: ClOrdId, found: &Found, status: &OrderStatus) -> Result<(), Broken> {
        for execution in found.executions.iter().filter(|_| !mutant!(StatusWithoutFills)) {
            let news = News { order_id: Some(found.order_id.clone()), ..News::default() };
            self.book_execution(Some(root), None, execution, news)?;
        }
        let Some(order) = self.book.ledgered.orders.get(&root) else { return Ok(()) };
        let (life, pending) = (order.life, order.pending.map(|p| p.cl_ord_id));
        let news = News {
            worth: Some(found.worth),
            order_id: Some(found.order_id.clone()),
            payload: Some(status.payload.clone()),
            ..News::default()
        };
        if life.is_terminal() {
            return self.ended_but_found(root, life, found);
        }
        match pending {
            Some(id) if id == status.cl_ord_id => {
                let refused = matches!(found.what, ExecType::Refused { .. });
                let event = if refused { OrderEvent::ReplaceRefused } else { OrderEvent::ReplaceDone };
                self.move_by(root, event, News { payload: news.payload.clone(), ..News::default() })?;
                if refused {
                    return Ok(());
                }
            }
            // The old id of an order that may have a new one: a replace may have ended it, and not the order.
            Some(id) if ends(&found.what) => {
                self.ask_order(id);
                return Ok(());
            }
            _ => {}
        }
        if matches!(found.what, ExecType::Completed) {
            return self.completed(root, found, news);
        }
        event_of(&found.what).map_or(Ok(()), |event| self.move_by(root, event, news))
    }

    /// The venue's history holds an order to be fully traded: its executions must bear that out.
    fn completed(&mut self, root: ClOrdId, found: &Found, news: News) -> Result<(), Broken> {
        // The quantity that a venue names on a finished order may be what is left of it: it proves nothing by itself.
        if self.is_all_traded(root, Some(found.worth)) || mutant!(StatusWithoutFills) {
            return self.move_by(root, OrderEvent::FullyFilled, news);
        }
        self.ask_snapshot();
        Ok(())
    }

    fn ended_but_found(&mut self, root: ClOrdId, life: Life, found: &Found) -> Result<(), Broken> {
        let works = matches!(found.what, ExecType::Accepted | ExecType::Held | ExecType::Received);
        let standing = self.book.ledgered.halts.has(crate::halt::Scope::Account, HaltCause::Impossible);
        if !works || standing {
            return Ok(());
        }
        let evidence = format!("{root} is {life:?} here and {:?} at the venue", found.what);
        self.incident(IncidentKind::ImpossibleTransition, &evidence)?;
        self.halt_account(Level::ReduceOnly, HaltCause::Impossible, &evidence)
    }

    /// Absence is proof only from a complete history, asked for past the settling time of our last word to the venue.
    fn not_found(&mut self, root: ClOrdId, status: &OrderStatus) -> Result<(), Broken> {
        let Some(order) = self.book.ledgered.orders.get(&root) else { return Ok(()) };
        // What was recorded may have left as late as its deadline allowed.
        let timings = &self.book.config.timings;
        let sent = order.out.mono.plus(timings.send_deadline);
        let settled = status.asked >= sent.plus(timings.settle) || mutant!(SettlingIgnored);
        if !status.complete
            && order.unknown_since.is_some_and(|since| status.asked.since(since.mono) > timings.detect)
        {
            return self.stuck(root, "is unknown, and the venue's history is not complete");
        }
        if !status.complete || !settled || !order.is_live() || order.life == Life::Draft {
            return Ok(());
        }
        let present = order.spec.cl_ord_id;
        if order.pending.is_none() && status.cl_ord_id != present {
            // An id that a change which never left was to give it: its absence says nothing of the order.
            self.ask_order(present);
            return Ok(());
        }
        let news = News { payload: Some(status.payload.clone()), ..News::default() };
        if let Some(pending) = order.pending {
            // The absence of one id proves nothing of the order's other id: settle the replace first.
            return if status.cl_ord_id == pending.cl_ord_id {
                self.move_by(root, OrderEvent::ReplaceRefused, news)
            } else {
                self.ask_order(pending.cl_ord_id);
                Ok(())
            };
        }
        match (order.life, order.filled.is_zero()) {
            (Life::Unknown, true) => {
                let key = order.key;
                self.move_by(root, OrderEvent::ProvenAbsent, news)?;
                self.tell_lost(key);
                Ok(())
            }
            (Life::Unknown, false) => {
                self.stuck(root, "has traded, and the venue's history does not have it")
            }
            _ => self.move_by(root, OrderEvent::Silence, news),
        }
    }

    /// Nobody can prove anything about an order any more: it is never sent again, and only a person can end it.
    fn stuck(&mut self, root: ClOrdId, how: &str) -> Result<(), Broken> {
        let evidence = format!("{root} {how}");
        let next = format!("stopline settle {root}");
        self.incident_with(IncidentKind::StuckUnknown, &evidence, next.into())?;
        self.halt_account(Level::ReduceOnly, HaltCause::Impossible, &evidence)
    }
}

fn listed(order: &BrokerOrder) -> Listed {
    Listed { symbol: order.symbol, id: order.id(), order_id: order.order_id.clone() }
}

/// Whether a word says that the order it names trades no more.
const fn ends(what: &ExecType) -> bool {
    matches!(what, ExecType::CancelDone | ExecType::Refused { .. } | ExecType::Elapsed | ExecType::Completed)
}
