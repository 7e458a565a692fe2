//! The written part of the corpora: what both ends of each protocol say when nothing is wrong, by the encoders that
//! ship. No line here is written by hand but the order of events.

use std::fs;

use serde::Serialize;
use stopline_bots::protocol::{BotSide, HostLimits, HostSide};
use stopline_exchange::paper::SessionId;
use stopline_hostile::{bots, paper};
use stopline_kernel::effect::BotEvent;
use stopline_kernel::id::ClOrdId;
use stopline_kernel::num::{Lots, Money, Side, Ticks};
use stopline_kernel::time::Span;
use stopline_runtime::control::{Ask, Request};
use stopline_sim::scenario::verbs::VERBS;
use stopline_venues::paper::wire::{
    ClientMessage, KindName, OrderSpec, SideName, StreamName, VERSION, VenueMessage, encode,
};

/// Target, file and bytes.
type Seed = (&'static str, String, Vec<u8>);

pub(crate) fn all() -> Vec<Seed> {
    [ledgers(), clients(), venues(), talk(), described(), control(), scenarios()].concat()
}

/// Everything that a scenario can say, and the conditions alone.
fn scenarios() -> Vec<Seed> {
    let of = |name: &str, part: &str| {
        let said = VERBS.iter().filter(|verb| verb.part.starts_with(part)).map(|verb| verb.example);
        let lines: Vec<&str> = std::iter::once("title everything").chain(said).collect();
        ("scenario", name.to_owned(), lines.join("\n").into_bytes())
    };
    vec![of("verbs", ""), of("conditions", "Conditions")]
}

fn lines<T: Serialize>(messages: &[T]) -> Vec<u8> {
    let lines: Vec<Vec<u8>> = messages.iter().map(|m| serde_json::to_vec(m).unwrap()).collect();
    lines.join(&b'\n')
}

/// The golden ledgers, as they lie on a disk and as records for a chain of their own.
fn ledgers() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for format in ["format-1", "format-2"] {
        let golden = format!("{}/../ledger/tests/golden/{format}.ledger", env!("CARGO_MANIFEST_DIR"));
        let text = fs::read(golden).unwrap();
        let records = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(|line| {
            let parts: Vec<&[u8]> = line.splitn(5, |byte| *byte == b' ').collect();
            [parts[1], parts[2], parts[4]].join(&b' ')
        });
        let records: Vec<Vec<u8>> = records.collect();
        seeds.push(("ledger", format!("{format}.records"), records.join(&b'\n')));
        seeds.push(("ledger", format!("{format}.disk"), [b"#".as_slice(), &text].concat()));
    }
    seeds
}

fn hello(stream: StreamName) -> ClientMessage {
    ClientMessage::Hello {
        version: VERSION,
        account: paper::account().to_string(),
        stream,
        client: "seed".into(),
    }
}

fn order(n: u128, side: SideName, kind: KindName, price: Option<&str>) -> OrderSpec {
    OrderSpec {
        cl_ord_id: ClOrdId::from_digest(n).to_string(),
        symbol: paper::symbol().to_string(),
        side,
        lots: 2,
        kind,
        price: price.map(Into::into),
        limit: None,
        trail: None,
    }
}

fn place(request: u64, order: OrderSpec, exits: Vec<OrderSpec>) -> ClientMessage {
    ClientMessage::Place { request, order, exits }
}

/// Two clients of one account by turns: one offers, the other takes with a bracket, changes it and looks around.
fn trading() -> Vec<ClientMessage> {
    let id = |n| ClOrdId::from_digest(n).to_string();
    let exits = vec![
        order(3, SideName::Sell, KindName::Stop, Some("5890.25")),
        order(4, SideName::Sell, KindName::Limit, Some("5910.00")),
    ];
    vec![
        hello(StreamName::Orders),
        hello(StreamName::Orders),
        place(1, order(1, SideName::Sell, KindName::Limit, Some("5900.25")), vec![]),
        place(1, order(2, SideName::Buy, KindName::Limit, Some("5900.25")), exits),
        ClientMessage::Replace {
            request: 2,
            orig_cl_ord_id: id(4),
            cl_ord_id: id(5),
            lots: 2,
            price: "5911.00".into(),
        },
        ClientMessage::Snapshot { request: 1 },
        ClientMessage::OrderStatus { request: 2, cl_ord_id: id(1) },
        ClientMessage::Cancel { request: 3, cl_ord_id: id(3) },
        ClientMessage::Book { request: 4 },
        ClientMessage::Ping { nonce: 7 },
        ClientMessage::Bye,
    ]
}

fn looking() -> Vec<ClientMessage> {
    let history = |request, bars| ClientMessage::History {
        request,
        symbol: paper::symbol().to_string(),
        seconds: 60,
        bars,
    };
    vec![
        hello(StreamName::Quotes),
        hello(StreamName::Orders),
        history(3, 2),
        history(3, 2),
        ClientMessage::Ping { nonce: 1 },
    ]
}

fn clients() -> Vec<Seed> {
    let frames: Vec<u8> = trading().iter().flat_map(encode).collect();
    vec![
        ("paper_venue", "trading".into(), lines(&trading())),
        ("paper_venue", "looking".into(), lines(&looking())),
        ("paper_venue", "frames".into(), [b"#".as_slice(), &frames].concat()),
    ]
}

/// What the exchange answers to both; the welcome is the target's own.
fn venues() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for (name, messages) in [("trading", trading()), ("looking", looking())] {
        let mut exchange = paper::quiet();
        let (mut out, mut said) = (Vec::new(), Vec::new());
        for (n, message) in (1..).zip(messages) {
            let session = SessionId(1 + n % 2);
            if !exchange.has(session) {
                exchange.connect(session);
            }
            let now = paper::START.plus(Span::millis(i64::try_from(n).unwrap()));
            exchange.receive(session, now, message, &mut out).unwrap();
            said.extend(out.drain(..).map(|outgoing| outgoing.into_message(exchange.floor().desk())));
        }
        said.retain(|message| !matches!(message, VenueMessage::Welcome { .. }));
        let frames: Vec<u8> = std::iter::once(&paper::welcome()).chain(&said).flat_map(encode).collect();
        seeds.push(("paper_engine", name.into(), lines(&said)));
        seeds.push(("paper_engine", format!("{name}.frames"), [b"#".as_slice(), &frames].concat()));
    }
    seeds
}

/// Both ends of a shipped bot's talk, from hello to its last answer.
fn talk() -> Vec<Seed> {
    let (mut host, hello) = HostSide::new(&bots::hello("cross"), HostLimits::default()).unwrap();
    let mut side = BotSide::shipped();
    let mut answers = side.line(&hello).unwrap();
    for line in &answers {
        host.line(line).unwrap();
    }
    let mut engine = vec![hello];
    for n in 0..24 {
        let event = bots::bar(n);
        if let (BotEvent::Bar { view, .. }, 5) = (&event, n) {
            let (side, lots, price, view) = (Side::Buy, Lots(1), Ticks(23_500), view.clone());
            engine.push(host.event(&BotEvent::Fill { side, lots, price, view }).unwrap());
        }
        engine.push(host.event(&event).unwrap());
    }
    for line in &engine[1..] {
        answers.extend(side.line(line).unwrap());
    }
    answers.truncate(4);
    let (engine, answers) = (engine.join("\n").into_bytes(), answers.join("\n").into_bytes());
    vec![("bot_side", "cross.talk".into(), engine), ("bot_host", "cross.talk".into(), answers)]
}

/// The examples of the protocol's description.
fn described() -> Vec<Seed> {
    let page = include_str!("../../../../docs/bot-protocol.md");
    let examples = |kind: &str| {
        let blocks = page.split("```").skip(1).step_by(2).filter_map(|block| block.strip_prefix(kind));
        blocks.flat_map(str::lines).filter(|line| !line.is_empty()).collect::<Vec<_>>()
    };
    // Each example answers an event of its own on that page; here they answer the target's bars, one after the other.
    let wishes = examples("bot").into_iter().filter(|line| line.contains("in_reply")).zip(1..=bots::TOLD);
    let renumbered = |(line, n): (&str, usize)| {
        let mut said: serde_json::Value = serde_json::from_str(line).unwrap();
        said["in_reply"] = n.into();
        said.to_string()
    };
    let ready = r#"{"v":1,"type":"ready","bars_needed":3}"#.to_owned();
    let answers: Vec<String> = std::iter::once(ready).chain(wishes.map(renumbered)).collect();
    vec![
        ("bot_side", "described".into(), examples("engine").join("\n").into_bytes()),
        ("bot_host", "described".into(), examples("bot").join("\n").into_bytes()),
        ("bot_host", "wishes".into(), answers.join("\n").into_bytes()),
    ]
}

fn control() -> Vec<Seed> {
    let bot = "cross".parse().unwrap();
    let asks = [
        ("status", Ask::Status),
        ("flatten", Ask::Flatten),
        ("pause", Ask::Pause(Some(bot))),
        ("resume", Ask::Resume(None)),
        ("stop", Ask::Stop),
        ("settle", Ask::Settle(ClOrdId::from_digest(1))),
        ("transfer", Ask::Transfer(Money(-120_500_000))),
    ];
    let seed = |(name, ask): (&str, Ask)| {
        let request = Request { version: 1, who: "ann".into(), why: "lunch".into(), ask };
        ("control", name.to_owned(), [serde_json::to_vec(&request).unwrap(), b"\n".to_vec()].concat())
    };
    asks.into_iter().map(seed).collect()
}
