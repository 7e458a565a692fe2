//! One line of a script as inputs: what the bot, the venue, a person or the clock does next.
//!
//! It knows no answers: nothing here looks at what the lane should do.

use stopline_kernel::bar::Bar;
use stopline_kernel::id::{BrokerOrderId, ClOrdId, ExecId};
use stopline_kernel::input::{Command, CommandKind, Event, NotSent, Sending};
use stopline_kernel::intent::{Entry as EntryWish, Intent, Wish};
use stopline_kernel::market::{MarketStatus, TickKind, Trading};
use stopline_kernel::num::{Bps, Lots, Money, Side, Ticks};
use stopline_kernel::order::{Execution, OrderKind};
use stopline_kernel::record::Record;
use stopline_kernel::report::{
    BrokerOrder, BrokerPosition, ExecType, ExecutionReport, Found, OrderStatus, Report, Snapshot, Stream,
};
use stopline_kernel::time::{ExchangeTime, Mono, Span};

use crate::rig::{Out, Rig, bot, symbol};

/// A line cut at blanks; `key=value` words are looked up by key, `+word` by its presence.
struct Words<'a>(Vec<&'a str>);

impl<'a> Words<'a> {
    fn at(&self, i: usize) -> &'a str {
        self.0.iter().filter(|w| !w.contains('=') && !w.starts_with('+')).nth(i).copied().unwrap_or("")
    }

    fn plain(&self) -> impl Iterator<Item = &'a str> {
        self.0.iter().skip(1).filter(|w| !w.contains('=') && !w.starts_with('+')).copied()
    }

    fn value(&self, key: &str) -> Option<&'a str> {
        self.0.iter().find_map(|w| w.strip_prefix(key)?.strip_prefix('='))
    }

    fn number(&self, key: &str) -> Option<i64> {
        self.value(key).map(|n| n.parse().unwrap())
    }

    fn has(&self, flag: &str) -> bool {
        self.0.iter().any(|w| w.strip_prefix('+') == Some(flag))
    }
}

fn span(text: &str) -> Span {
    match text.strip_suffix("ms") {
        Some(n) => Span::millis(n.parse().unwrap()),
        None => Span::secs(text.strip_suffix('s').unwrap().parse().unwrap()),
    }
}

fn market_status(word: &str) -> MarketStatus {
    let status = *Trading::ALL.iter().find(|status| status.word() == word).unwrap();
    MarketStatus { symbol: symbol(), status, why: "told".into(), until: None, since: ExchangeTime(0) }
}

impl Rig {
    /// Does one line; `a ; b` goes into one turn.
    pub(crate) fn line(&mut self, line: &str) -> Vec<Out> {
        let words = Words(line.split_whitespace().collect());
        match words.at(0) {
            "wait" => return self.wait(span(words.at(1))),
            "pass" => self.pass(span(words.at(1))),
            "sends" => self.sends = words.at(1) == "on",
            "crash" => return self.crash(words.has("reboot")),
            "up" => return self.up(stream(words.at(1))),
            _ => {
                let events = line.split(';').map(|part| self.event(part)).collect();
                return self.batch(events);
            }
        }
        Vec::new()
    }

    /// Beats every 10 ms.
    fn wait(&mut self, span: Span) -> Vec<Out> {
        let end = self.at.mono.plus(span);
        let mut out = Vec::new();
        while self.at.mono < end {
            self.pass(Span::millis(10));
            out.extend(self.give(Event::Beat));
        }
        out
    }

    fn event(&mut self, line: &str) -> Event {
        let words = Words(line.split_whitespace().collect());
        match words.at(0) {
            "beat" => Event::Beat,
            "quote" => self.bbo(words.at(1).parse().unwrap(), words.at(2).parse().unwrap()),
            "trade" => {
                let price = Ticks(words.at(1).parse().unwrap());
                self.tick(TickKind::Trade { price, lots: Lots(1) })
            }
            "buy" | "sell" | "exit" | "cancel" | "modify" | "want_nothing" => self.intent(&words),
            "flatten" | "pause" | "resume" | "stop_now" | "settle" | "transfer" => self.command(&words),
            "botup" => Event::BotUp { bot: bot() },
            "botdown" => Event::BotDown { bot: bot(), why: "crashed".into() },
            "notsent" => Event::NotSent {
                orders: words.plain().skip(2).map(|name| self.id(name)).collect(),
                what: sending(words.at(1)),
                why: if words.at(2) == "late" { NotSent::Late } else { NotSent::NoSession },
            },
            "sent" => Event::Sent {
                orders: words.plain().map(|name| self.id(name)).collect(),
                durable: self.at.mono,
                sent: self.at.mono,
            },
            "down" => Event::Report(Report::Down {
                stream: stream(words.at(1)),
                epoch: self.lane.book().link.up[&stream(words.at(1))],
                why: "reset".into(),
            }),
            "history" => self.history(&words),
            "garbage" => {
                Event::Report(Report::Unreadable { why: "no json".into(), payload: words.at(1).into() })
            }
            "market" => Event::Report(Report::MarketStatus(market_status(words.at(1)))),
            "snap" => Event::Report(Report::Snapshot(self.snapshot(&words))),
            "status" => Event::Report(Report::OrderStatus(self.status(&words))),
            _ => Event::Report(Report::Order(self.report(&words))),
        }
    }

    /// `history 3480 3540`: finished minutes that open at these seconds.
    fn history(&self, words: &Words<'_>) -> Event {
        let bars = words.plain().map(|open| {
            let price = Ticks(23_500);
            Bar {
                open_time: ExchangeTime(open.parse::<i64>().unwrap() * 1_000_000_000),
                length: Span::secs(60),
                open: price,
                high: price,
                low: price,
                close: price,
                volume: Lots(1),
            }
        });
        Event::History { symbol: symbol(), length: Span::secs(60), bars: bars.collect() }
    }

    fn intent(&mut self, words: &Words<'_>) -> Event {
        let now = self.at.market.unwrap().0 / 1_000_000_000;
        let bar = words.number("bar").unwrap_or(now / 60 * 60 - 60);
        let wish = match words.at(0) {
            side @ ("buy" | "sell") => Wish::Enter(EntryWish {
                side: if side == "buy" { Side::Buy } else { Side::Sell },
                lots: Lots(words.at(1).parse().unwrap()),
                limit: words.number("limit").map(Ticks),
                stop: Ticks(words.number("stop").unwrap()),
                target: words.number("target").map(Ticks),
            }),
            "exit" => Wish::Exit,
            "cancel" => Wish::Cancel { order: self.id(words.at(1)) },
            "modify" => Wish::Modify {
                order: self.id(words.at(1)),
                price: Ticks(words.number("price").unwrap()),
                lots: Lots(words.number("lots").unwrap()),
            },
            _ => Wish::Hold,
        };
        let time = ExchangeTime(bar * 1_000_000_000);
        let intent = Intent {
            symbol: words.value("symbol").map_or(symbol(), |s| s.parse().unwrap()),
            wish,
            reason: "script".into(),
            confidence: Bps(5_000),
            bar_open: time,
            data_time: time,
            sequence: u32::try_from(words.number("seq").unwrap_or(0)).unwrap(),
        };
        Event::Intent { bot: words.value("bot").map_or(bot(), |b| b.parse().unwrap()), intent }
    }

    fn command(&mut self, words: &Words<'_>) -> Event {
        self.commands += 1;
        let whom = words.value("bot").map(|b| b.parse().unwrap());
        let what = match words.at(0) {
            "flatten" => CommandKind::Flatten,
            "pause" => CommandKind::Pause(whom),
            "resume" => CommandKind::Resume(whom),
            "settle" => CommandKind::Settle(self.id(words.at(1))),
            "transfer" => CommandKind::Transfer(Money::units(words.at(1).parse().unwrap()).unwrap()),
            _ => CommandKind::Stop,
        };
        Event::Command(Command { id: self.commands, who: "ann".into(), why: "test".into(), what })
    }

    /// `entry` is the newest entry's first id, `entry#1` the oldest's, `entry'` its newest revision's, and `ghost` an
    /// id of our form that no ledger has.
    pub(crate) fn id(&self, name: &str) -> ClOrdId {
        if name == "ghost" {
            return ClOrdId::from_digest(1);
        }
        let (name, revised) = name.strip_suffix('\'').map_or((name, false), |name| (name, true));
        let (leg, nth) = name.split_once('#').map_or((name, None), |(leg, nth)| (leg, Some(nth)));
        let ids = self.ids();
        let ids = ids.get(leg).unwrap_or_else(|| panic!("no {leg} was placed"));
        let root = nth.map_or(*ids.last().unwrap(), |nth| ids[nth.parse::<usize>().unwrap() - 1]);
        let asked = self.log.0.iter().rev().find_map(|entry| match &entry.record {
            Record::ReplaceAsked { root: of, to, .. } if *of == root => Some(to.cl_ord_id),
            _ => None,
        });
        if revised { asked.unwrap() } else { root }
    }

    fn broker_id(&self, id: ClOrdId) -> u64 {
        let all = self.log.0.iter().filter_map(|entry| match &entry.record {
            Record::OrderPlaced { order, .. } => Some(order.cl_ord_id),
            _ => None,
        });
        let root = self.lane.book().ledgered.order(id).map_or(id, |o| o.root);
        100 + all.clone().position(|placed| placed == root).map_or(800, |i| u64::try_from(i).unwrap())
    }

    /// A trade of an order: `fill entry 1 @ 23500`.
    fn execution(&mut self, words: &Words<'_>) -> Execution {
        let stranger = words.at(1) == "nobody";
        let (id, side) = if stranger || words.at(1) == "ghost" {
            let side = if words.has("sell") { Side::Sell } else { Side::Buy };
            ((!stranger).then(|| self.id("ghost")), side)
        } else {
            let id = self.id(words.at(1));
            let side = self.log.0.iter().find_map(|entry| match &entry.record {
                Record::OrderPlaced { order, .. } if order.cl_ord_id == id => Some(order.side),
                Record::ReplaceAsked { to, .. } if to.cl_ord_id == id => Some(to.side),
                _ => None,
            });
            (Some(id), side.unwrap())
        };
        let fresh = format!("x{}", self.executions.len() + self.busted.len() + 1);
        let execution = Execution {
            exec_id: ExecId(words.value("id").unwrap_or(&fresh).into()),
            symbol: symbol(),
            side: if words.has("turned") { side.opposite() } else { side },
            lots: Lots(words.at(2).parse().unwrap()),
            price: Ticks(words.at(4).parse().unwrap()),
            fee: None,
            time: self.at.market,
        };
        if self.executions.iter().all(|(_, _, e)| e.exec_id != execution.exec_id) {
            let order = id.map_or(900, |id| self.broker_id(id));
            self.executions.push((id, order, execution.clone()));
        }
        execution
    }

    fn report(&mut self, words: &Words<'_>) -> ExecutionReport {
        let stranger = words.at(1) == "nobody";
        let id = (!stranger).then(|| self.id(words.at(1)));
        let reason = || "no".into();
        let what = match words.at(0) {
            "ack" => ExecType::Received,
            "held" => ExecType::Held,
            "works" => ExecType::Accepted,
            "fill" => ExecType::Trade(self.execution(words)),
            "busted" => {
                let exec = ExecId(words.value("id").unwrap().into());
                self.take_back(&exec);
                ExecType::Busted { exec }
            }
            "corrected" => {
                let exec = ExecId(words.value("of").unwrap().into());
                self.take_back(&exec);
                ExecType::Corrected { exec, to: self.execution(words) }
            }
            "cancelling" => ExecType::CancelSeen,
            "cancelled" => ExecType::CancelDone,
            "cancel_refused" => ExecType::CancelRefused { reason: reason() },
            "replaced" => ExecType::ReplaceDone,
            "replace_refused" => ExecType::ReplaceRefused { reason: reason() },
            "refused" => ExecType::Refused { reason: reason() },
            "elapsed" => ExecType::Elapsed,
            "completed" => ExecType::Completed,
            "odd" => ExecType::Unrecognised { word: "FROB".into() },
            other => panic!("what is {other:?}?"),
        };
        let order_id = id.map_or(900, |id| self.broker_id(id));
        ExecutionReport {
            epoch: match words.number("epoch") {
                Some(epoch) => u64::try_from(epoch).unwrap(),
                None => self.lane.book().link.up.get(&Stream::Orders).copied().unwrap_or(0),
            },
            cl_ord_id: id.filter(|_| !words.has("untagged")),
            order_id: Some(BrokerOrderId(order_id.to_string().into())),
            what,
            cum: words.number("cum").map(Lots),
            worth: words.number("worth").map(Lots),
            broker_time: None,
            exchange_time: None,
            payload: format!("{:?}", words.0).into(),
        }
    }

    /// `miss entry 1 @ 23500` trades at the venue without a word to us; `snap stop:1 target/held` lists what works.
    fn snapshot(&mut self, words: &Words<'_>) -> Snapshot {
        let held: i64 = self.executions.iter().map(|(_, _, e)| e.side.sign() * e.lots.0).sum();
        let held = words.number("pos").unwrap_or(held);
        let positions = vec![BrokerPosition { symbol: symbol(), lots: Lots(held), average: None }];
        let cash = self.lane.book().ledgered.expected_cash().unwrap();
        let executions = self
            .executions
            .iter()
            .map(|(id, order_id, e)| (*id, BrokerOrderId(order_id.to_string().into()), e.clone()));
        Snapshot {
            asked: self.asked(words),
            epoch: u64::try_from(words.number("epoch").unwrap_or(0)).map_or(0, |n| {
                if n == 0 { self.lane.book().link.up.get(&Stream::Orders).copied().unwrap_or(0) } else { n }
            }),
            working: words.plain().map(|item| self.listed(item)).collect(),
            positions: positions.into_iter().filter(|p| !p.lots.is_zero()).collect(),
            executions: executions.filter(|_| !words.has("bare")).collect(),
            busted: self.busted.clone(),
            complete: true,
            cash: cash.plus(Money::units(words.number("cash").unwrap_or(0)).unwrap()).unwrap(),
            broker_time: None,
        }
    }

    fn asked(&self, words: &Words<'_>) -> Mono {
        let ago = words.value("ago").map_or(Span::ZERO, span);
        self.at.mono.plus(Span(-ago.0))
    }

    fn listed(&self, item: &str) -> BrokerOrder {
        let (item, held) = item.strip_suffix("/held").map_or((item, false), |item| (item, true));
        let (name, lots) = item.split_once(':').unwrap_or((item, "1"));
        let (tag, order_id, side, kind) = if name == "foreign" {
            (None, 900, Side::Buy, OrderKind::Market)
        } else {
            let id = self.id(name);
            let order = self.lane.book().ledgered.order(id);
            let side = order.map_or(Side::Buy, |o| o.spec.side);
            let kind = order.map_or(OrderKind::Market, |o| o.spec.kind);
            (Some(id.as_str().into()), self.broker_id(id), side, kind)
        };
        BrokerOrder {
            tag,
            order_id: BrokerOrderId(order_id.to_string().into()),
            symbol: symbol(),
            side,
            lots: Lots(lots.parse().unwrap()),
            cum: Lots(0),
            kind,
            held,
        }
    }

    /// `status entry none`, `status entry works worth=2`, each after `ago`.
    fn status(&mut self, words: &Words<'_>) -> OrderStatus {
        let id = self.id(words.at(1));
        let what = match words.at(2) {
            "none" => None,
            "works" => Some(ExecType::Accepted),
            "held" => Some(ExecType::Held),
            "cancelled" => Some(ExecType::CancelDone),
            "refused" => Some(ExecType::Refused { reason: "no".into() }),
            "completed" => Some(ExecType::Completed),
            other => panic!("what is {other:?}?"),
        };
        let root = self.lane.book().ledgered.order(id).map(|o| o.root);
        let own = self.executions.iter().filter(|(of, ..)| {
            of.and_then(|of| self.lane.book().ledgered.order(of)).map(|o| o.root) == root && root.is_some()
        });
        let executions: Vec<_> = own.map(|(_, _, e)| e.clone()).collect();
        OrderStatus {
            cl_ord_id: id,
            asked: self.asked(words),
            epoch: self.lane.book().link.up.get(&Stream::Orders).copied().unwrap_or(0),
            found: what.map(|what| Found {
                order_id: BrokerOrderId(self.broker_id(id).to_string().into()),
                what,
                worth: Lots(words.number("worth").unwrap_or(1)),
                executions,
            }),
            complete: !words.has("incomplete"),
            payload: "status".into(),
        }
    }

    /// A trade at the venue, or a bust, that no report tells of.
    pub(crate) fn miss(&mut self, line: &str) {
        let words = Words(line.split_whitespace().collect());
        match words.value("busted") {
            Some(id) => self.take_back(&ExecId(id.into())),
            None => drop(self.execution(&words)),
        }
    }

    fn take_back(&mut self, exec: &ExecId) {
        self.executions.retain(|(_, _, e)| e.exec_id != *exec);
        self.busted.push(exec.clone());
    }
}

fn stream(word: &str) -> Stream {
    if word == "orders" { Stream::Orders } else { Stream::Quotes }
}

fn sending(word: &str) -> Sending {
    match word {
        "place" => Sending::Place,
        "cancel" => Sending::Cancel,
        _ => Sending::Replace,
    }
}
