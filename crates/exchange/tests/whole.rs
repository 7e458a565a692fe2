//! The whole venue under random clients: what must hold always, what a restart must keep, what a seed decides.
//! Nothing here depends on the machine.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod stage;

use std::collections::BTreeMap;

use stage::{account, house, mes, plan, symbol};
use stopline_exchange::account::State;
use stopline_exchange::book::Owner;
use stopline_exchange::desk::Impossible;
use stopline_exchange::faults::Faults;
use stopline_exchange::journal::{self, Damage, Wrong};
use stopline_exchange::paper::SessionId;
use stopline_exchange::rng::Rng;
use stopline_exchange::venue::{Action, Batch, Pace, PaperVenue};
use stopline_kernel::id::digest;
use stopline_kernel::num::{Lots, Money, Side, Ticks};
use stopline_kernel::time::{Mono, Span};
use stopline_venues::paper::wire::{
    ClientMessage, Frames, KindName, OrderSpec, SideName, StreamName, VERSION, VenueMessage, decode, encode,
};

const PACE: Pace = Pace { now: Mono(1_000), speed_milli: 60_000 };

/// A venue with a driver that keeps everything it is told to do.
struct Stage {
    venue: PaperVenue,
    now: Mono,
    journal: Vec<u8>,
    sent: BTreeMap<SessionId, Frames>,
    bytes: Vec<u8>,
}

impl Stage {
    fn new(seed: u64, faults: &str) -> Stage {
        let venue =
            PaperVenue::create(plan(house(), Span::secs(300), seed), PACE, faults.parse().unwrap()).unwrap();
        Stage { venue, now: PACE.now, journal: Vec::new(), sent: BTreeMap::new(), bytes: Vec::new() }
    }

    fn hello(&mut self, session: u64, who: u32, stream: StreamName) {
        let session = SessionId(session);
        self.venue.connect(session);
        let hello = ClientMessage::Hello {
            version: VERSION,
            account: account(who).to_string(),
            stream,
            client: "test".into(),
        };
        self.say(session, &hello);
    }

    fn say(&mut self, session: SessionId, message: &ClientMessage) -> Batch {
        let mut batch = Batch::default();
        self.venue.on_bytes(session, self.now, &encode(message), &mut batch).unwrap();
        self.keep(&batch);
        batch
    }

    fn pass(&mut self, millis: i64) {
        self.now = self.now.plus(Span::millis(millis));
        let mut batch = Batch::default();
        self.venue.advance(self.now, &mut batch).unwrap();
        self.keep(&batch);
    }

    fn keep(&mut self, batch: &Batch) {
        self.journal.extend_from_slice(&batch.journal);
        for action in &batch.actions {
            if let Action::Send { session, bytes, .. } = action {
                self.sent.entry(*session).or_default().push(bytes);
                self.bytes.extend_from_slice(bytes);
            }
        }
    }

    fn heard(&mut self, session: u64) -> Vec<VenueMessage> {
        let frames = self.sent.entry(SessionId(session)).or_default();
        std::iter::from_fn(|| frames.next_frame().unwrap()).map(|body| decode(&body).unwrap()).collect()
    }

    /// Kills the venue and starts it again from what it wrote.
    fn restart(&mut self) {
        let journal = journal::read(&self.journal).unwrap();
        let pace = Pace { now: self.now, ..PACE };
        let plan = plan(house(), Span::ZERO, 999);
        self.venue = PaperVenue::restore(plan, &journal, pace, Faults::default()).unwrap();
    }
}

/// A client that asks for anything, sensible or not.
struct Client {
    rng: Rng,
    session: SessionId,
    ids: u64,
    known: Vec<String>,
}

impl Client {
    fn new(seed: u64, session: u64) -> Client {
        Client { rng: Rng::new(seed, session), session: SessionId(session), ids: 0, known: Vec::new() }
    }

    fn id(&mut self) -> String {
        if self.rng.chance(0.03) && !self.known.is_empty() {
            return self.old_id();
        }
        self.ids += 1;
        let id = format!("c{}-{}", self.session.0, self.ids);
        self.known.push(id.clone());
        id
    }

    fn old_id(&mut self) -> String {
        let newest = self.known.len().saturating_sub(12) as i64;
        let n = self.rng.between(newest, self.known.len() as i64 - 1);
        self.known.get(usize::try_from(n).unwrap_or(0)).cloned().unwrap_or_else(|| "none".into())
    }

    fn price(&mut self, near: Ticks, off: i64) -> String {
        mes().show(Ticks(near.0 + off + self.rng.between(-4, 4)))
    }

    fn order(&mut self, near: Ticks, side: Side, kind: KindName, off: i64, lots: i64) -> OrderSpec {
        let has_price = !matches!(kind, KindName::Market | KindName::Protected | KindName::Trailing);
        let price = has_price.then(|| self.price(near, off));
        let limit = (kind == KindName::StopLimit).then(|| self.price(near, off + side.sign() * 4));
        let trail = (kind == KindName::Trailing).then(|| mes().show(Ticks(self.rng.between(0, 12))));
        let side = if side == Side::Buy { SideName::Buy } else { SideName::Sell };
        let symbol = symbol().to_string();
        OrderSpec { cl_ord_id: self.id(), symbol, side, lots, kind, price, limit, trail }
    }

    fn ask(&mut self, near: Ticks) -> ClientMessage {
        let request = self.ids;
        let side = if self.rng.chance(0.5) { Side::Buy } else { Side::Sell };
        let lots = self.rng.between(0, 30);
        match self.rng.below(8) {
            0 | 1 => ClientMessage::Cancel { request, cl_ord_id: self.old_id() },
            2 => {
                let (orig_cl_ord_id, cl_ord_id) = (self.old_id(), self.id());
                ClientMessage::Replace {
                    request,
                    orig_cl_ord_id,
                    cl_ord_id,
                    lots,
                    price: self.price(near, 0),
                }
            }
            3 | 4 => {
                let kind = if self.rng.chance(0.5) { KindName::Market } else { KindName::Limit };
                let order = self.order(near, side, kind, 0, lots);
                let stops = [KindName::Stop, KindName::StopLimit, KindName::Trailing];
                let stop = stops[usize::try_from(self.rng.below(3)).unwrap()];
                let stop = self.order(near, side.opposite(), stop, -side.sign() * 8, lots);
                let target = self.order(near, side.opposite(), KindName::Limit, side.sign() * 8, lots);
                ClientMessage::Place { request, order, exits: vec![stop, target] }
            }
            5 => {
                let kinds = [KindName::Stop, KindName::StopLimit, KindName::Trailing, KindName::Protected];
                let kind = kinds[usize::try_from(self.rng.below(4)).unwrap()];
                let order = self.order(near, side, kind, side.sign() * 6, lots);
                ClientMessage::Place { request, order, exits: Vec::new() }
            }
            _ => {
                let kind = if self.rng.chance(0.3) { KindName::Market } else { KindName::Limit };
                ClientMessage::Place {
                    request,
                    order: self.order(near, side, kind, 0, lots),
                    exits: Vec::new(),
                }
            }
        }
    }
}

fn traffic(stage: &mut Stage, clients: &mut [Client], steps: usize) {
    for step in 0..steps {
        stage.pass(20);
        let near = stage.venue.exchange().floor().market(symbol()).unwrap().last.unwrap();
        for client in clients.iter_mut() {
            let message = client.ask(near);
            stage.say(client.session, &message);
        }
        if step % 16 == 0 {
            check(&stage.venue);
        }
    }
    check(&stage.venue);
}

/// What must hold between any two steps.
fn check(venue: &PaperVenue) {
    let floor = venue.exchange().floor();
    let (market, desk) = (floor.market(symbol()).unwrap(), floor.desk());
    if let (Some(bid), Some(ask)) = (market.book.best(Side::Buy), market.book.best(Side::Sell)) {
        assert!(bid < ask, "crossed: {bid:?} {ask:?}");
    }
    let held: i64 = desk.accounts().values().flat_map(|a| a.positions.values()).map(|p| p.lots.0).sum();
    assert_eq!(held + market.house_lots.0, 0, "lots come from somewhere");
    for a in desk.accounts().values() {
        assert_eq!(a.cash, Money::units(50_000).unwrap().plus(a.realised).unwrap().minus(a.fees).unwrap());
        let flows: i64 = a.executions.iter().map(|t| -t.side.sign() * t.price.0 * t.lots.0).sum();
        let cost: i64 = a.positions.values().map(|p| p.cost).sum();
        assert_eq!(
            a.realised,
            mes().worth(Ticks(flows + cost), Lots(1)).unwrap(),
            "money comes from somewhere"
        );
    }
    let mut standing = 0;
    for (_, resting) in [Side::Buy, Side::Sell].into_iter().flat_map(|s| market.book.orders(s)) {
        if let Owner::Client(no) = resting.owner {
            assert_eq!(desk.order(no).unwrap().left(), resting.lots, "{no} in the book and at the desk");
            standing += 1;
        }
    }
    let limits = desk.live_orders().filter(|o| {
        let stop = o.acts_as().waits_for().is_some();
        o.state == State::Working && !stop
    });
    assert_eq!(standing, limits.count(), "every working order stands in the book");
    for exit in desk.live_orders().filter(|o| o.parent.is_some()) {
        let parent = desk.order(exit.parent.unwrap()).unwrap();
        let closed: i64 = parent.exits.iter().map(|no| desk.order(*no).unwrap().cum.0).sum();
        assert!(exit.left().0 <= parent.cum.0 - closed, "{} protects more than there is", exit.no);
        assert!(closed <= parent.cum.0, "exits closed more than {} filled", parent.no);
    }
}

#[test]
fn random_clients_break_nothing() {
    for seed in 0..6 {
        let mut stage = Stage::new(seed, "");
        stage.hello(1, 1, StreamName::Orders);
        stage.hello(2, 2, StreamName::Orders);
        let mut clients = [Client::new(seed, 1), Client::new(seed, 2)];
        traffic(&mut stage, &mut clients, 400);
        let desk = stage.venue.exchange().floor().desk();
        assert!(desk.accounts().values().all(|a| a.executions.len() > 100), "the traffic trades");
    }
}

#[test]
fn a_killed_venue_comes_back_with_every_account_order_id_and_its_time() {
    for seed in 0..10 {
        let mut stage = Stage::new(seed, "");
        stage.hello(1, 1, StreamName::Orders);
        let mut clients = [Client::new(seed, 1)];
        for round in 0..5 {
            traffic(&mut stage, &mut clients, 60);
            let before = stage.venue.exchange().floor().desk().clone();
            let time = stage.venue.exchange().floor().now();
            // A kill can leave half a line behind.
            let whole = stage.journal.len();
            stage.journal.extend_from_slice(b"0123 [{\"fact\"");
            stage.restart();
            stage.journal.truncate(whole);
            let floor = stage.venue.exchange().floor();
            assert!(floor.desk().accounts() == before.accounts(), "seed {seed} round {round}");
            assert_eq!(floor.desk().identity(), before.identity());
            assert!(floor.desk().live_orders().eq(before.live_orders()), "seed {seed} round {round}");
            assert!(floor.now() >= time && floor.now() <= time.plus(Span::secs(120)));
            assert_eq!(floor.desk().run(), before.run() + 1);
            check(&stage.venue);
            stage.hello(1, 1, StreamName::Orders);
        }
    }
}

#[test]
fn an_orderly_end_keeps_the_time_and_the_minute() {
    let mut stage = Stage::new(3, "");
    stage.pass(2_500);
    let mut batch = Batch::default();
    stage.venue.stop(stage.now, &mut batch).unwrap();
    stage.keep(&batch);
    let floor = stage.venue.exchange().floor();
    let minute = floor.market(symbol()).unwrap().bars.newest_minute();
    let now = floor.now();
    for _ in 0..2 {
        stage.restart();
        let floor = stage.venue.exchange().floor();
        assert_eq!(floor.now(), now);
        assert_eq!(floor.market(symbol()).unwrap().bars.newest_minute(), minute);
        let mut batch = Batch::default();
        stage.venue.stop(stage.now, &mut batch).unwrap();
        stage.keep(&batch);
    }
}

#[test]
fn a_market_that_nobody_traded_goes_on_with_its_own_contract_alone() {
    let mut stage = Stage::new(3, "");
    stage.hello(1, 1, StreamName::Orders);
    let journal = journal::read(&stage.journal).unwrap();
    let mut other = plan(house(), Span::ZERO, 1);
    other.contracts[0].0.symbol = "ESH6".parse().unwrap();
    let refused = PaperVenue::restore(other, &journal, PACE, Faults::default()).unwrap_err();
    assert_eq!(refused.what, Wrong::Impossible(Impossible::NoSuchContract(symbol())));
}

#[test]
fn a_journal_of_other_contracts_or_without_its_beginning_is_refused() {
    let mut stage = Stage::new(3, "");
    stage.hello(1, 1, StreamName::Orders);
    let mut clients = [Client::new(3, 1)];
    traffic(&mut stage, &mut clients, 50);
    let journal = journal::read(&stage.journal).unwrap();
    let mut other = plan(house(), Span::ZERO, 1);
    other.contracts[0].0.symbol = "ESH6".parse().unwrap();
    let refused = PaperVenue::restore(other, &journal, PACE, Faults::default()).unwrap_err();
    assert!(matches!(refused.what, Wrong::Impossible(_)), "{refused}");
    let empty = journal::read(b"").unwrap();
    let refused = PaperVenue::restore(plan(house(), Span::ZERO, 1), &empty, PACE, Faults::default());
    assert_eq!(refused.unwrap_err(), Damage { line: 1, what: Wrong::NoBeginning });
}

#[test]
fn a_seed_and_the_same_requests_make_the_same_bytes() {
    let run = |seed| {
        let mut stage = Stage::new(seed, "drop=0.02,dup=0.05,reorder=0.05,delay=20ms,gap=0.01,lose=0.02");
        stage.hello(1, 1, StreamName::Orders);
        stage.hello(2, 1, StreamName::Quotes);
        let mut clients = [Client::new(seed, 1)];
        traffic(&mut stage, &mut clients, 100);
        (digest(&[&stage.bytes]), digest(&[&stage.journal]))
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5), run(6));
}

#[test]
fn every_order_session_of_an_account_hears_every_report() {
    let mut stage = Stage::new(2, "");
    stage.hello(1, 1, StreamName::Orders);
    stage.hello(2, 1, StreamName::Orders);
    stage.hello(3, 2, StreamName::Orders);
    let mut clients = [Client::new(2, 1)];
    traffic(&mut stage, &mut clients, 50);
    let (first, second, stranger) = (stage.heard(1), stage.heard(2), stage.heard(3));
    assert!(first.len() > 50);
    assert_eq!(first, second);
    assert_eq!(stranger.len(), 1, "a welcome and nothing else");
}

#[test]
fn strangers_and_wrong_words_are_sent_away_with_a_reason() {
    let mut stage = Stage::new(2, "");
    let mut leaves = |message: ClientMessage| {
        stage.venue.connect(SessionId(9));
        stage.sent.clear();
        let batch = stage.say(SessionId(9), &message);
        assert!(matches!(batch.actions.last(), Some(Action::Close { session: SessionId(9), .. })));
        match stage.heard(9).pop() {
            Some(VenueMessage::Goodbye { why }) => why,
            other => format!("{other:?}"),
        }
    };
    let hello = |version, account: &str| ClientMessage::Hello {
        version,
        account: account.into(),
        stream: StreamName::Orders,
        client: "test".into(),
    };
    let why = leaves(hello(1, "PAPER-1"));
    assert_eq!(why, "the client speaks version 1 of the paper protocol, the venue version 4");
    assert_eq!(leaves(hello(VERSION, "NOBODY")), "no account \"NOBODY\" here");
    assert_eq!(leaves(ClientMessage::Snapshot { request: 1 }), "a session begins with hello");
}

#[test]
fn questions_are_answered_from_the_same_desk() {
    let mut stage = Stage::new(2, "");
    stage.hello(1, 1, StreamName::Orders);
    let buy = OrderSpec {
        cl_ord_id: "a".into(),
        symbol: symbol().to_string(),
        side: SideName::Buy,
        lots: 2,
        kind: KindName::Market,
        price: None,
        limit: None,
        trail: None,
    };
    stage.say(SessionId(1), &ClientMessage::Place { request: 1, order: buy.clone(), exits: Vec::new() });
    let bad =
        OrderSpec { cl_ord_id: "b".into(), kind: KindName::Limit, price: Some("5900.10".into()), ..buy };
    stage.say(SessionId(1), &ClientMessage::Place { request: 2, order: bad, exits: Vec::new() });
    stage.say(SessionId(1), &ClientMessage::Snapshot { request: 3 });
    stage.say(SessionId(1), &ClientMessage::OrderStatus { request: 4, cl_ord_id: "zz".into() });
    stage.say(SessionId(1), &ClientMessage::OrderStatus { request: 5, cl_ord_id: "a".into() });
    let symbol = symbol().to_string();
    stage.say(SessionId(1), &ClientMessage::History { request: 6, symbol, seconds: 60, bars: 3 });
    let heard = stage.heard(1);
    let execs = heard.iter().filter_map(|m| if let VenueMessage::Exec(e) = m { Some(e) } else { None });
    let words: Vec<_> = execs.map(|e| (e.what.as_str(), e.cum)).collect();
    assert_eq!(words[..2], [("received", 0), ("accepted", 0)]);
    assert_eq!(words[words.len() - 2..], [("trade", 2), ("rejected", 0)]);
    let snapshot = heard.iter().find_map(|m| match m {
        VenueMessage::Snapshot { working, positions, executions, .. } => {
            Some((working.len(), positions[0].lots, executions.iter().map(|t| t.lots).sum::<i64>()))
        }
        _ => None,
    });
    assert_eq!(snapshot, Some((0, 2, 2)));
    let found = |n| {
        heard.iter().any(|m| matches!(m, VenueMessage::OrderStatus { request, found: Some(o), .. } if *request == n && o.state == "filled"))
    };
    assert!(!found(4) && found(5));
    assert!(heard.iter().any(|m| matches!(m, VenueMessage::History { bars, .. } if bars.len() == 3)));
}

#[test]
fn mishaps_strike_the_request_they_are_written_for() {
    let place = |id: &str| ClientMessage::Place {
        request: 1,
        order: OrderSpec {
            cl_ord_id: id.into(),
            symbol: symbol().to_string(),
            side: SideName::Buy,
            lots: 1,
            kind: KindName::Limit,
            price: Some("5000.00".into()),
            limit: None,
            trail: None,
        },
        exits: Vec::new(),
    };
    let mut stage = Stage::new(2, "lose@1,disconnect@2,restart@3");
    stage.hello(1, 1, StreamName::Orders);
    assert_eq!(stage.say(SessionId(1), &place("a")).actions, []);
    let batch = stage.say(SessionId(1), &place("b"));
    assert!(matches!(batch.actions[..], [Action::Close { session: SessionId(1), .. }]) && batch.sync);
    stage.hello(2, 1, StreamName::Orders);
    assert_eq!(stage.say(SessionId(2), &place("c")).actions, [Action::Restart]);
    stage.restart();
    let desk = stage.venue.exchange().floor().desk();
    let find = |id: &str| desk.find(account(1), id.parse().unwrap()).map(|o| o.state);
    assert_eq!([find("a"), find("b"), find("c")], [None, Some(State::Working), Some(State::Working)]);
}

#[test]
fn a_trailing_stop_is_told_where_it_stands_and_a_limit_how_many_lots_stand_before_it() {
    let mut stage = Stage::new(4, "");
    stage.hello(1, 1, StreamName::Orders);
    let market = stage.venue.exchange().floor().market(symbol()).unwrap();
    let (bid, last) = (market.book.bbo().bid.unwrap(), market.last.unwrap());
    let base = OrderSpec {
        cl_ord_id: "t".into(),
        symbol: symbol().to_string(),
        side: SideName::Sell,
        lots: 1,
        kind: KindName::Trailing,
        price: None,
        limit: None,
        trail: Some("10.00".into()),
    };
    let limit = OrderSpec {
        cl_ord_id: "l".into(),
        side: SideName::Buy,
        kind: KindName::Limit,
        price: Some(mes().show(bid.price)),
        trail: None,
        ..base.clone()
    };
    let wrong = OrderSpec { cl_ord_id: "w".into(), limit: Some("1.00".into()), ..base.clone() };
    for order in [base, limit, wrong] {
        stage.say(SessionId(1), &ClientMessage::Place { request: 1, order, exits: Vec::new() });
    }
    stage.say(SessionId(1), &ClientMessage::Snapshot { request: 2 });
    let heard = stage.heard(1);
    let working = heard.iter().find_map(|m| match m {
        VenueMessage::Snapshot { working, .. } => Some(working),
        _ => None,
    });
    let told: Vec<_> =
        working.unwrap().iter().map(|o| (o.kind, o.price.clone(), o.trail.clone(), o.ahead)).collect();
    let stands = mes().show(Ticks(last.0 - 40));
    assert_eq!(
        told,
        [
            (KindName::Trailing, Some(stands), Some("10.00".to_owned()), None),
            (KindName::Limit, Some(mes().show(bid.price)), None, Some(bid.lots.0)),
        ]
    );
    let refused = heard.iter().any(|m| {
        matches!(m, VenueMessage::Exec(e)
        if e.reason.as_deref() == Some("a trailing stop has a trail, and may have a price"))
    });
    assert!(refused);
}
