//! Every message in both directions, and what each broken field leads to.
//!
//! Values only: no session, and nothing that could be sent.

use stopline_kernel::id::{BrokerOrderId, ExecId, digest};
use stopline_kernel::instrument::Sessions;
use stopline_kernel::intent::Leg;
use stopline_kernel::market::{Bbo, Level, TickKind};
use stopline_kernel::num::{Money, Ticks};
use stopline_kernel::order::{Execution, OrderList};
use stopline_kernel::report::{BrokerPosition, ExecType, ExecutionReport};
use stopline_kernel::time::{ExchangeTime, Mono};

use super::account::{Asked, Parts};
use super::*;
use crate::paper::wire::{
    BarMessage, ClockMessage, DUPLICATE_ID, ExecMessage, InstrumentMessage, LevelMessage, NO_ORDER,
    OrderMessage, PositionMessage, TradeMessage,
};

pub(crate) fn told_mes() -> InstrumentMessage {
    InstrumentMessage {
        symbol: "MESZ6".to_owned(),
        tick_mantissa: 25,
        tick_scale: 2,
        tick_value: 1_250_000,
        fee: 620_000,
        sessions: vec![(20_261_120, 0, 100), (20_261_121, 100, 200)],
        margin: None,
    }
}

pub(crate) const CLOCK: ClockMessage = ClockMessage { origin: 5, mono: 7, speed_milli: 60_000 };

fn contracts() -> Contracts {
    Contracts::new(&market::welcome("sim-1", CLOCK, &[told_mes()]).unwrap().instruments)
}

fn id(n: u8) -> ClOrdId {
    ClOrdId::from_digest(digest(&[&[n]]))
}

fn order(n: u8, side: Side, kind: OrderKind) -> NewOrder {
    let symbol = "MESZ6".parse().unwrap();
    NewOrder { cl_ord_id: id(n), leg: Leg::Entry, symbol, side, lots: Lots(2), kind }
}

fn list(first: NewOrder, exits: Vec<NewOrder>) -> OrderList {
    use stopline_kernel::intent::{IntentKey, Origin};
    let bot = "cross".parse().unwrap();
    let origin = Origin::Bot { bot, bar_open: ExchangeTime(0), sequence: 0 };
    let (venue, account) = ("sim-1".parse().unwrap(), "PAPER-1".parse().unwrap());
    let key = IntentKey { venue, account, origin, symbol: first.symbol, side: first.side };
    OrderList { key, first, exits }
}

fn told_trade() -> TradeMessage {
    TradeMessage {
        exec_id: "E9".to_owned(),
        order_id: "O3".to_owned(),
        cl_ord_id: Some(id(1).to_string()),
        symbol: "MESZ6".to_owned(),
        side: SideName::Sell,
        lots: 2,
        price: "5871.25".to_owned(),
        fee: 1_240_000,
        time: 42,
    }
}

fn told_exec(what: &str) -> ExecMessage {
    ExecMessage {
        cl_ord_id: Some(id(1).to_string()),
        order_id: "O3".to_owned(),
        what: what.to_owned(),
        reason: None,
        cum: 2,
        lots: 3,
        time: 42,
        trade: None,
        exec_id: None,
    }
}

fn told_order() -> OrderMessage {
    OrderMessage {
        limit: None,
        trail: None,
        ahead: None,
        order_id: "O3".to_owned(),
        cl_ord_id: Some("somebody's".to_owned()),
        symbol: "MESZ6".to_owned(),
        side: SideName::Buy,
        lots: 3,
        cum: 1,
        kind: KindName::Stop,
        price: Some("5871.00".to_owned()),
        state: "held".to_owned(),
    }
}

fn exec(told: &ExecMessage) -> Result<ExecutionReport, Unclear> {
    account::exec(&contracts(), 2, told, "the frame".into())
}

fn what(told: &ExecMessage) -> ExecType {
    exec(told).unwrap().what
}

const ASKED: Asked = Asked { at: Mono(5), epoch: 2 };

#[test]
fn a_bracket_goes_out_with_prices_as_people_write_them() {
    let entry = order(1, Side::Buy, OrderKind::Market);
    let exits = vec![order(2, Side::Sell, OrderKind::Stop(Ticks(-1)))];
    let place = command(&contracts(), &Ordered::Place(list(entry, exits)), 7).unwrap();
    let spec = |n, side, kind, price: Option<&str>| OrderSpec {
        limit: None,
        trail: None,
        cl_ord_id: id(n).to_string(),
        symbol: "MESZ6".to_owned(),
        side,
        lots: 2,
        kind,
        price: price.map(str::to_owned),
    };
    let exits = vec![spec(2, SideName::Sell, KindName::Stop, Some("-0.25"))];
    let order = spec(1, SideName::Buy, KindName::Market, None);
    assert_eq!(place, ClientMessage::Place { request: 7, order, exits });
}

#[test]
fn cancels_replaces_and_questions_go_out_whole() {
    let symbol = "MESZ6".parse().unwrap();
    let (cl_ord_id, orig_cl_ord_id) = (id(2).to_string(), id(1).to_string());
    let cancel = command(&contracts(), &Ordered::Cancel { order: id(2), symbol }, 1);
    assert_eq!(cancel, Ok(ClientMessage::Cancel { request: 1, cl_ord_id: cl_ord_id.clone() }));
    let to = order(2, Side::Buy, OrderKind::Limit(Ticks(23_485)));
    let replace = command(&contracts(), &Ordered::Replace { order: id(1), to }, 2);
    let price = "5871.25".to_owned();
    assert_eq!(replace, Ok(ClientMessage::Replace { request: 2, orig_cl_ord_id, cl_ord_id, lots: 2, price }));
    let history = |length| question(&Query::History { symbol, length, bars: 9 }, 3);
    let asked = ClientMessage::History { request: 3, symbol: "MESZ6".to_owned(), seconds: 60, bars: 9 };
    assert_eq!(history(Span::secs(60)), Ok(asked));
    for length in [Span::millis(500), Span::ZERO, Span::secs(-60), Span(1_000_000_001)] {
        assert_eq!(history(length), Err(Unwritable::BarLength(length)));
    }
}

#[test]
fn what_has_no_words_is_not_written() {
    let strange = NewOrder { symbol: "ESZ6".parse().unwrap(), ..order(1, Side::Buy, OrderKind::Market) };
    let unknown = Err(Unwritable::UnknownSymbol(strange.symbol));
    assert_eq!(command(&contracts(), &Ordered::Place(list(strange, Vec::new())), 1), unknown);
    let to = order(2, Side::Buy, OrderKind::Market);
    let replace = command(&contracts(), &Ordered::Replace { order: id(1), to }, 1);
    assert_eq!(replace, Err(Unwritable::NoPrice(id(2))));
}

#[test]
fn a_trade_arrives_with_every_field() {
    let told = ExecMessage { trade: Some(told_trade()), ..told_exec("trade") };
    let execution = Execution {
        exec_id: ExecId("E9".into()),
        symbol: "MESZ6".parse().unwrap(),
        side: Side::Sell,
        lots: Lots(2),
        price: Ticks(23_485),
        fee: Some(Money(1_240_000)),
        time: Some(ExchangeTime(42)),
    };
    let report = ExecutionReport {
        epoch: 2,
        cl_ord_id: Some(id(1)),
        order_id: Some(BrokerOrderId("O3".into())),
        what: ExecType::Trade(execution),
        cum: Some(Lots(2)),
        worth: Some(Lots(3)),
        broker_time: None,
        exchange_time: Some(ExchangeTime(42)),
        payload: "the frame".into(),
    };
    assert_eq!(exec(&told), Ok(report));
}

#[test]
fn every_word_has_its_meaning_and_an_unknown_one_stays_a_word() {
    let why = || "because".into();
    let words = [
        ("received", ExecType::Received),
        ("held", ExecType::Held),
        ("accepted", ExecType::Accepted),
        ("cancel_refused", ExecType::CancelRefused { reason: why() }),
        ("canceled", ExecType::CancelDone),
        ("replace_refused", ExecType::ReplaceRefused { reason: why() }),
        ("replaced", ExecType::ReplaceDone),
        ("rejected", ExecType::Refused { reason: why() }),
        ("expired", ExecType::Elapsed),
        ("suspended", ExecType::Unrecognised { word: "suspended".into() }),
    ];
    for (word, meaning) in words {
        let told = ExecMessage { reason: Some("because".to_owned()), ..told_exec(word) };
        assert_eq!(what(&told), meaning);
    }
}

#[test]
fn a_trade_taken_back_is_named_and_what_stands_in_its_place_is_whole() {
    let busted = ExecMessage { exec_id: Some("E7".to_owned()), ..told_exec("busted") };
    let exec = ExecId("E7".into());
    assert_eq!(what(&busted), ExecType::Busted { exec: exec.clone() });
    let corrected =
        ExecMessage { trade: Some(told_trade()), exec_id: Some("E7".to_owned()), ..told_exec("corrected") };
    let to = account::execution(&contracts(), &told_trade()).unwrap();
    assert_eq!(what(&corrected), ExecType::Corrected { exec, to });
    assert_eq!(self::exec(&told_exec("busted")), Err(Unclear::Missing("exec_id")));
    let half = ExecMessage { exec_id: Some("E7".to_owned()), ..told_exec("corrected") };
    assert_eq!(self::exec(&half), Err(Unclear::Missing("trade")));
}

#[test]
fn the_refusal_of_a_second_order_never_refuses_the_first() {
    let told = ExecMessage { reason: Some(DUPLICATE_ID.to_owned()), ..told_exec("rejected") };
    assert!(matches!(what(&told), ExecType::Unrecognised { .. }));
}

#[test]
fn absent_is_absent() {
    let told = ExecMessage { cl_ord_id: None, order_id: NO_ORDER.to_owned(), ..told_exec("rejected") };
    let report = exec(&told).unwrap();
    assert_eq!((report.cl_ord_id, report.order_id), (None, None));
    assert_eq!((report.cum, report.worth), (None, None));
    let told = ExecMessage { cl_ord_id: Some("somebody's".to_owned()), ..told_exec("held") };
    assert_eq!(exec(&told).unwrap().cl_ord_id, None);
}

#[test]
fn each_broken_field_of_a_trade_is_named() {
    let broken = |change: fn(&mut TradeMessage)| {
        let mut trade = told_trade();
        change(&mut trade);
        exec(&ExecMessage { trade: Some(trade), ..told_exec("trade") }).unwrap_err()
    };
    assert!(matches!(broken(|t| t.symbol = "ESZ6".to_owned()), Unclear::UnknownSymbol(_)));
    assert!(matches!(broken(|t| t.symbol = "no such".to_owned()), Unclear::UnknownSymbol(_)));
    let why = PriceError::OffTick;
    assert_eq!(broken(|t| t.price = "1.30".to_owned()), Unclear::Price { text: "1.30".to_owned(), why });
    assert!(matches!(broken(|t| t.price = "1e3".to_owned()), Unclear::Price { .. }));
    assert_eq!(broken(|t| t.lots = 0), Unclear::Quantity { field: "lots", lots: 0 });
    assert_eq!(broken(|t| t.exec_id.clear()), Unclear::Missing("exec_id"));
    assert!(matches!(broken(|t| t.order_id = "O4".to_owned()), Unclear::Contradiction(_)));
    assert_eq!(exec(&told_exec("trade")), Err(Unclear::Missing("trade")));
    let negative = ExecMessage { cum: -1, ..told_exec("held") };
    assert_eq!(exec(&negative), Err(Unclear::Quantity { field: "cum", lots: -1 }));
}

#[test]
fn a_snapshot_arrives_whole_or_not_at_all() {
    let (mut working, mut executions) = (vec![told_order()], vec![told_trade()]);
    let positions = [PositionMessage { symbol: "MESZ6".to_owned(), lots: -2, average: "-1.50".to_owned() }];
    let busted = ["E7".to_owned()];
    let read = |working: &[OrderMessage], executions: &[TradeMessage]| {
        let parts = Parts { working, positions: &positions, executions, busted: &busted, cash: -3 };
        account::snapshot(&contracts(), ASKED, parts)
    };
    let whole = read(&working, &executions).unwrap();
    assert_eq!((whole.asked, whole.epoch, whole.complete, whole.cash), (Mono(5), 2, true, Money(-3)));
    let [one] = &*whole.working else { panic!("{whole:?}") };
    assert_eq!(
        (one.tag.as_deref(), one.held, one.kind),
        (Some("somebody's"), true, OrderKind::Stop(Ticks(23_484)))
    );
    assert_eq!((one.lots, one.cum), (Lots(3), Lots(1)));
    let symbol = "MESZ6".parse().unwrap();
    assert_eq!(whole.positions, [BrokerPosition { symbol, lots: Lots(-2), average: Some(Ticks(-6)) }]);
    assert_eq!(whole.executions[0].0, Some(id(1)));
    assert_eq!(whole.busted, [ExecId("E7".into())]);
    executions[0].price = "0.1".to_owned();
    assert!(matches!(read(&working, &executions), Err(Unclear::Price { .. })));
    working[0].state = "filled".to_owned();
    assert_eq!(read(&working, &[]), Err(Unclear::State("filled".to_owned())));
    (working[0].state, working[0].price) = ("working".to_owned(), None);
    assert_eq!(read(&working, &[]), Err(Unclear::Missing("price")));
}

#[test]
fn an_order_s_history_says_where_it_stands_or_that_it_never_was() {
    let status = |found: Option<&OrderMessage>, executions: &[TradeMessage]| {
        account::order_status(&contracts(), (ASKED, id(1)), found, executions, "the frame".into())
    };
    let absent = status(None, &[]).unwrap();
    assert_eq!((absent.found, absent.complete, absent.cl_ord_id), (None, true, id(1)));
    let states = [
        ("held", ExecType::Held),
        ("working", ExecType::Accepted),
        ("filled", ExecType::Completed),
        ("canceled", ExecType::CancelDone),
        ("expired", ExecType::Elapsed),
        ("frozen", ExecType::Unrecognised { word: "frozen".into() }),
    ];
    for (state, meaning) in states {
        let told = OrderMessage { state: state.to_owned(), ..told_order() };
        let found = status(Some(&told), &[told_trade()]).unwrap().found.unwrap();
        assert_eq!((found.what, found.worth, found.executions.len()), (meaning, Lots(3), 1));
    }
    assert!(matches!(status(None, &[told_trade()]), Err(Unclear::Contradiction(_))));
}

#[test]
fn ticks_arrive_with_their_number_and_an_empty_side_stays_empty() {
    let at = market::Place { seq: 9, symbol: "MESZ6", time: 42 };
    let trade = market::trade(&contracts(), at, "0.50", 3).unwrap();
    assert_eq!((trade.seq, trade.exchange_time), (9, ExchangeTime(42)));
    assert_eq!(trade.what, TickKind::Trade { price: Ticks(2), lots: Lots(3) });
    let level = LevelMessage { price: "0.25".to_owned(), lots: 1 };
    let bbo = market::bbo(&contracts(), at, Some(&level), None).unwrap();
    let bid = Some(Level { price: Ticks(1), lots: Lots(1) });
    assert_eq!(bbo.what, TickKind::Bbo(Bbo { bid, ask: None }));
    assert!(market::trade(&contracts(), at, "0.50", 0).is_err());
    assert!(market::bbo(&contracts(), at, None, Some(&LevelMessage { lots: 0, ..level })).is_err());
    assert!(market::trade(&contracts(), market::Place { symbol: "ESZ6", ..at }, "0.50", 3).is_err());
}

#[test]
fn bars_are_sound_and_in_order() {
    let symbol = "MESZ6".parse().unwrap();
    let bar = |open_time, low: &str| BarMessage {
        open_time,
        open: "1.00".to_owned(),
        high: "1.50".to_owned(),
        low: low.to_owned(),
        close: "1.25".to_owned(),
        volume: 4,
    };
    let read = |bars: &[BarMessage]| market::bars(&contracts(), symbol, Span(60), bars);
    let bars = read(&[bar(0, "0.75"), bar(60, "0.75")]).unwrap();
    assert_eq!((bars[0].low, bars[0].high, bars[1].open_time), (Ticks(3), Ticks(6), ExchangeTime(60)));
    assert!(matches!(read(&[bar(0, "0.75"), bar(59, "0.75")]), Err(Unclear::Contradiction(_))));
    assert!(matches!(read(&[bar(0, "1.25")]), Err(Unclear::Contradiction(_))));
    assert!(matches!(read(&[bar(0, "0.80")]), Err(Unclear::Price { .. })));
}

#[test]
fn a_welcome_names_sound_contracts_or_is_unclear() {
    let welcome = market::welcome("sim-1", CLOCK, &[told_mes()]).unwrap();
    assert_eq!((welcome.clock.origin, welcome.clock.at), (ExchangeTime(5), Mono(7)));
    let Sessions(sessions) = &welcome.instruments[0].sessions;
    assert_eq!((sessions.len(), sessions[1].open), (2, ExchangeTime(100)));
    let broken: [fn(&mut InstrumentMessage); 6] = [
        |i| i.symbol = "two words".to_owned(),
        |i| i.tick_mantissa = 0,
        |i| i.tick_scale = 13,
        |i| i.tick_value = 0,
        |i| i.sessions[1].1 = 99,
        |i| i.sessions[0].2 = 0,
    ];
    for change in broken {
        let mut told = told_mes();
        change(&mut told);
        assert!(market::welcome("sim-1", CLOCK, &[told.clone()]).is_err(), "{told:?}");
    }
    assert!(market::welcome("", CLOCK, &[]).is_err());
}

#[test]
fn kinds_that_the_engine_never_sends_are_told_as_what_they_do_to_the_account() {
    let contracts = contracts();
    let kind = |kind, price: Option<&str>| {
        let told = OrderMessage { kind, price: price.map(str::to_owned), ..told_order() };
        account::live_order(&contracts, &told).map(|order| order.kind)
    };
    let stop = Ok(OrderKind::Stop(Ticks(23_484)));
    assert_eq!(kind(KindName::StopLimit, Some("5871.00")), stop);
    assert_eq!(kind(KindName::Trailing, Some("5871.00")), stop);
    assert_eq!(kind(KindName::Trailing, None), Ok(OrderKind::Market), "it has yet to work");
    assert_eq!(kind(KindName::Protected, None), Ok(OrderKind::Market));
    assert_eq!(kind(KindName::StopLimit, None), Err(Unclear::Missing("price")));
}
