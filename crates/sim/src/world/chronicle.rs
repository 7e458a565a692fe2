//! What happened in a drawn run, told in the words of scenarios, each line at its time: the story that is shrunk.
//!
//! It only listens: a run that is written down makes no choice more or less than one that is not.

use std::collections::BTreeSet;

use stopline_kernel::input::CommandKind;
use stopline_kernel::intent::{Origin, Wish};
use stopline_kernel::market::Bbo;
use stopline_kernel::num::{Side, Ticks};
use stopline_kernel::record::{Entry, Record};
use stopline_kernel::time::{Mono, Span};
use stopline_venues::paper::wire::{ClientMessage, ExecMessage, VenueMessage, decode};

use super::names::Names;
use super::scripted::{kind_of, word_of};
use super::{WAKE, World};
use crate::scene;
use crate::swarm::{CrashPoint, Lasting};

/// What stands before a message, or a point of the engine's way, is written so long before it: less than anything takes.
const BEFORE: Span = Span(5_000);

/// Data that is older than this is older than a bar and what comes of it: that has to be said.
const LAY: Span = Span::secs(20);

/// A line of the story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// When it happened.
    pub(crate) at: Mono,
    /// In the words of a scenario.
    pub(crate) line: String,
    /// What it is about.
    pub(crate) about: About,
}

/// What a line of the story is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    /// What the market showed.
    Market,
    /// A market that would have given us one of our trades: to be read instead of what it showed.
    Trade,
    /// Everything else.
    Rest,
}

/// The story of a run so far.
#[derive(Debug, Default)]
pub(super) struct Chronicle {
    pub(super) told: Vec<Told>,
    /// When the account was first compared: before that nothing can be traded.
    pub(super) ready: Option<Mono>,
    /// How many trades of the account were told.
    trades: usize,
    names: Names,
    /// Decisions that were told, and the last wish.
    decided: BTreeSet<String>,
    wish: String,
    /// Up to which record decisions and orders were read.
    read: u64,
    quote: Bbo,
    last: Option<Ticks>,
    bot_is_down: bool,
}

impl Chronicle {
    fn say(&mut self, at: Mono, line: impl Into<String>) {
        self.told.push(Told { at, line: line.into(), about: About::Rest });
    }

    fn market(&mut self, at: Mono, line: String, about: About) {
        self.told.push(Told { at, line, about });
    }

    /// A record that was made, durable or not.
    fn read(&mut self, entry: &Entry, now: Mono) {
        if entry.seq <= self.read && !matches!(entry.record, Record::Started { .. }) {
            return;
        }
        self.read = entry.seq;
        self.names.learn(entry);
        match &entry.record {
            Record::Agreed { .. } => drop(self.ready.get_or_insert(now)),
            Record::Decided { key, intent, .. } if matches!(key.origin, Origin::Bot { .. }) => {
                let new = self.decided.insert(key.decision().to_string());
                let Some(wish) = self.wish(&intent.wish) else { return };
                if !new && wish == self.wish {
                    return self.say(now, "bot repeats");
                }
                self.wish.clone_from(&wish);
                let at = Mono(now.0.saturating_sub(WAKE.0.unsigned_abs()));
                let age = entry.at.market.map_or(Span::ZERO, |market| market.since(intent.data_time));
                if age > LAY && matches!(intent.wish, Wish::Enter(_)) {
                    return self.say(at, format!("{wish} ago {}", span(Span(age.0 / 1_000_000 * 1_000_000))));
                }
                self.say(at, wish);
            }
            _ => {}
        }
    }

    fn wish(&self, wish: &Wish) -> Option<String> {
        let show = |price: Ticks| scene::contract().show(price);
        Some(match wish {
            Wish::Enter(entry) => {
                let verb = if entry.side == Side::Buy { "buys" } else { "sells" };
                let or = |word, price: Option<Ticks>| {
                    price.map(|price| format!(" {word} {}", show(price))).unwrap_or_default()
                };
                let (limit, target) = (or("limit", entry.limit), or("target", entry.target));
                format!("bot {verb} {} stop {}{limit}{target}", entry.lots.0, show(entry.stop))
            }
            Wish::Exit => "bot exits".to_owned(),
            Wish::Cancel { order } => format!("bot cancels {}", self.names.of(order.as_str())?),
            Wish::Modify { order, price, lots } => {
                format!("bot changes {} to {} x {}", self.names.of(order.as_str())?, show(*price), lots.0)
            }
            Wish::Hold => return None,
        })
    }
}

impl World {
    /// Something happened now.
    pub(super) fn happened(&mut self, line: impl FnOnce(&Chronicle) -> String) {
        let now = self.now;
        if let Some(chronicle) = &mut self.chronicle {
            let line = line(chronicle);
            chronicle.say(now, line);
        }
    }

    /// Something befalls what comes right now, and stands before it in a script.
    fn befalls(&mut self, line: impl FnOnce(&Chronicle) -> Option<String>) {
        let at = Mono(self.now.0.saturating_sub(BEFORE.0.unsigned_abs()));
        if let Some(chronicle) = &mut self.chronicle
            && let Some(line) = line(chronicle)
        {
            chronicle.say(at, line);
        }
    }

    /// The broker, or a wire, does something to a request.
    pub(super) fn befalls_request(&mut self, bytes: &[u8], deed: &str) {
        self.befalls(|chronicle| {
            let message: ClientMessage = decode(bytes.get(4..)?).ok()?;
            let (kind, about) = kind_of(&message);
            let word = match kind {
                "hello" => "login",
                "order_status" => "status request",
                "snapshot" => "list request",
                "other" => return None,
                kind => kind,
            };
            match deed.split_once(" of next place") {
                Some(_) => Some(format!("broker {deed}")),
                None => Some(format!("broker {deed} next {word}{}", chronicle.names.of_any(&about))),
            }
        });
    }

    /// The broker refuses an exit of this bracket.
    pub(super) fn befalls_exit(&mut self, id: &str) {
        self.befalls(|chronicle| {
            let name = chronicle.names.of(id)?;
            Some(format!("broker refuses {} of next place", name.split(' ').next()?))
        });
    }

    /// The broker does something to a word of the exchange.
    pub(super) fn befalls_word(&mut self, frame: &[u8], deed: &str) {
        self.befalls(|chronicle| {
            let message: VenueMessage = decode(frame.get(4..)?).ok()?;
            let (kind, what, about) = word_of(&message)?;
            let of = chronicle.names.of_any(&about);
            match (kind, deed) {
                ("snapshot", deed) if deed.ends_with("list") => Some(format!("broker {deed}")),
                ("snapshot", deed) => Some(format!("broker {deed} next list")),
                ("order_status", deed) => Some(format!("broker {deed} next status{of}")),
                (_, "calls refused") => Some(format!("broker calls refused next{of}")),
                (_, deed) => Some(format!("broker {deed} next {}{of}", news(what, &message))),
            }
        });
    }

    /// The process has died, or its disk failed, at this point.
    pub(super) fn befalls_engine(&mut self, point: CrashPoint) {
        self.befalls(|_| Some(point.step().to_owned()));
    }

    pub(super) fn befalls_sync(&mut self, takes: Span) {
        self.befalls(|_| Some(format!("disk takes {} to sync", span(takes))));
    }

    /// What the lane has just made of its inputs.
    pub(super) fn chronicle_steps(&mut self) {
        let (Some(chronicle), Some(engine)) = (&mut self.chronicle, &self.engine) else { return };
        engine.waiting().for_each(|entry| chronicle.read(entry, self.now));
    }

    /// A process began over a ledger that ends here.
    pub(super) fn chronicle_birth(&mut self, seq: u64) {
        let first = self.life <= 1;
        let now = self.now;
        if let Some(chronicle) = &mut self.chronicle {
            (chronicle.read, chronicle.bot_is_down) = (seq, false);
            if !first {
                chronicle.say(now, "engine starts");
            }
            if self.swarm.broker.overtake && self.calm.is_none() {
                chronicle.say(now, "broker overtakes");
            }
        }
    }

    pub(super) fn chronicle_bot(&mut self, is_down: bool) {
        let (now, runs) = (self.now, self.engine.is_some());
        if let Some(chronicle) = &mut self.chronicle
            && chronicle.bot_is_down != is_down
            && runs
        {
            chronicle.bot_is_down = is_down;
            chronicle.say(now, if is_down { "bot panics" } else { "bot returns" });
        }
    }

    pub(super) fn chronicle_command(&mut self, what: &CommandKind) {
        self.befalls(|_| {
            let bot = |of: &Option<_>| if of.is_some() { " bot" } else { "" };
            Some(match what {
                CommandKind::Flatten => "person flattens".to_owned(),
                CommandKind::Pause(of) => format!("person pauses{}", bot(of)),
                CommandKind::Resume(of) => format!("person resumes{}", bot(of)),
                CommandKind::Stop => "person stops".to_owned(),
                // Never drawn.
                _ => return None,
            })
        });
    }

    /// What the market shows, where it shows something new.
    pub(super) fn chronicle_market(&mut self) {
        let Some(chronicle) = &mut self.chronicle else { return };
        let Some((quote, last)) = self.venue.shown() else { return };
        if quote != chronicle.quote {
            chronicle.quote = quote;
            let price = |level: Option<stopline_kernel::market::Level>| {
                level.map_or_else(|| "none".to_owned(), |level| scene::contract().show(level.price))
            };
            let lots = |level: Option<stopline_kernel::market::Level>| level.map_or(1, |level| level.lots.0);
            let (bids, asks) = (lots(quote.bid), lots(quote.ask));
            let line = format!("quote {} {} x {bids} x {asks}", price(quote.bid), price(quote.ask));
            chronicle.market(self.now, line, About::Market);
        }
        if last != chronicle.last
            && let Some(price) = last
        {
            chronicle.last = last;
            let line = format!("trade {}", scene::contract().show(price));
            chronicle.market(self.now, line, About::Market);
        }
        self.chronicle_trades();
    }

    /// Our trades, as the thinnest market that gives them: first what our order meets, then what comes after it.
    fn chronicle_trades(&mut self) {
        let Some(chronicle) = &mut self.chronicle else { return };
        let Some(theirs) = self.venue.desk().accounts().get(&scene::account()) else { return };
        for (n, trade) in theirs.executions.iter().skip(chronicle.trades).enumerate() {
            let (show, lots) = (|price: i64| scene::contract().show(Ticks(price)), trade.lots.0);
            let (bid, ask) = match trade.side {
                Side::Buy => (trade.price.0 - 1, trade.price.0),
                Side::Sell => (trade.price.0, trade.price.0 + 1),
            };
            let at = match n {
                0 => Mono(self.now.0.saturating_sub(BEFORE.0.unsigned_abs())),
                n => self.now.plus(Span(1_000 * i64::try_from(n).unwrap_or(0))),
            };
            let quote = format!("quote {} {} x {lots} x {lots}", show(bid), show(ask));
            chronicle.market(at, quote, About::Trade);
            chronicle.market(at, format!("trade {}", show(trade.price.0)), About::Trade);
        }
        chronicle.trades = theirs.executions.len();
    }

    /// Somebody else's order.
    pub(super) fn chronicle_someone(&mut self, side: Side, lots: i64, price: Option<&String>) {
        let verb = if side == Side::Buy { "buys" } else { "sells" };
        let limit = price.map(|price| format!(" limit {price}")).unwrap_or_default();
        self.happened(|_| format!("someone {verb} {lots}{limit}"));
    }

    /// The exchange ends one of ours.
    pub(super) fn chronicle_cancel(&mut self, id: &str) {
        let now = self.now;
        if let Some(chronicle) = &mut self.chronicle
            && let Some(name) = chronicle.names.of(id)
        {
            chronicle.say(now, format!("broker cancels {name}"));
        }
    }

    /// What the scene of the story is like, in the words of a header.
    pub(super) fn chronicle_scene(&self) -> String {
        let mut words = "scene fast".to_owned();
        let clock = &self.swarm.clock;
        for (is, word) in [(self.swarm.tight, " tight"), (self.swarm.sqlite, " sqlite")] {
            words.push_str(if is { word } else { "" });
        }
        if clock.offset.0 != 0 {
            words.push_str(&format!(" clock {}", span(clock.offset)));
        }
        if clock.drift_ppm != 0 {
            words.push_str(&format!(" clock {} ppm", clock.drift_ppm));
        }
        words
    }

    /// The story, with what its options alone say.
    pub(super) fn story(&mut self) -> Vec<Told> {
        let began = self.began;
        let mut told = self.chronicle.take().map(|chronicle| chronicle.told).unwrap_or_default();
        let mut say = |after: Span, line: String| {
            told.push(Told { at: began.plus(after), line, about: About::Rest });
        };
        let clock = &self.swarm.clock;
        if let Some((at, lasts)) = clock.freeze {
            say(at, format!("clock freezes {}", span(lasts)));
        }
        if let Some((at, by)) = clock.step {
            say(at, format!("clock steps {}", span(by)));
        }
        if let Some((at, units)) = self.swarm.broker.cash_off {
            say(at, format!("broker cash off {units}"));
        }
        for wire in ["orders", "quotes"] {
            if self.swarm.wire.latency.0 > 0 {
                say(Span::ZERO, format!("{wire} slow {}", span(self.swarm.wire.latency)));
            }
        }
        for part in &self.swarm.wire.partitions {
            let way = match (part.to_broker, part.to_engine) {
                (true, true) => "",
                (true, false) => " out",
                _ => " in",
            };
            let path = part.path.word();
            say(part.at, format!("{path} partitioned {}{way}", span(part.lasts)));
        }
        told.sort_by_key(|told| told.at);
        if let Some(lasting) = self.swarm.lasting {
            let calm = began.plus(self.swarm.stormy);
            told.retain(|told| told.at <= calm);
            let line = format!("at last {}", at_last(lasting));
            told.push(Told { at: calm, line, about: About::Rest });
        }
        told
    }
}

const fn at_last(lasting: Lasting) -> &'static str {
    match lasting {
        Lasting::OrdersCut => "orders cut",
        Lasting::OrdersDeaf => "orders deaf",
        Lasting::OrdersMute => "orders mute",
        Lasting::QuotesCut => "quotes cut",
        Lasting::BotGone => "bot gone",
    }
}

/// The word of the page for a word of the wire.
fn news<'a>(what: &'a str, message: &VenueMessage) -> &'a str {
    match message {
        VenueMessage::Exec(ExecMessage { trade: Some(_), .. }) => "fill",
        _ => what,
    }
}

/// A time as a scenario writes it.
pub(crate) fn span(span: Span) -> String {
    let micros = span.0 / 1_000;
    for (unit, size) in [("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("ms", 1_000)] {
        if micros != 0 && micros % size == 0 {
            return format!("{}{unit}", micros / size);
        }
    }
    format!("{micros}us")
}

impl CrashPoint {
    /// As a scenario says it.
    const fn step(self) -> &'static str {
        match self {
            CrashPoint::BeforeAppend => "engine killed before next append",
            CrashPoint::AfterAppend => "engine killed after next append",
            CrashPoint::AfterSync => "engine killed after next sync",
            CrashPoint::BeforeSend => "engine killed before next send",
            CrashPoint::AfterSend => "engine killed after next send",
            CrashPoint::OnReport => "engine killed before next report",
            CrashPoint::InRecovery => "engine killed while recovering",
            CrashPoint::DiskFull => "disk full",
            CrashPoint::DiskError => "disk unwritable",
            CrashPoint::SyncFails => "disk fails to sync",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_it_is_read() {
        for micros in [0, 1, 1_000, 1_500, 60_000_000, 90_000_000, 3_600_000_000, -300_000] {
            let text = format!("title t\nscene clock {}\nwait 1s", span(Span(micros * 1_000)));
            let read: crate::scenario::Scenario = text.parse().unwrap();
            assert_eq!(read.scene.ahead, Span(micros * 1_000), "{text}");
        }
    }
}
