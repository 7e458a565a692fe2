//! A small stage for the tests: floors to trade on, orders in one line, news as text. It checks nothing itself.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use stopline_exchange::birth::{Drive, Models, Plan};
use stopline_exchange::fact::{Fact, Spec};
use stopline_exchange::floor::{Floor, News};
use stopline_exchange::house::Temper;
use stopline_exchange::kind::Kind;
use stopline_kernel::id::{AccountId, Symbol};
use stopline_kernel::instrument::{Instrument, Session, Sessions, TickSize, TradingDay};
use stopline_kernel::num::{Lots, Money, Side, Ticks};
use stopline_kernel::time::{ExchangeTime, Span};

pub const START: ExchangeTime = ExchangeTime(1_768_404_600_000_000_000);

pub fn at(secs: i64) -> ExchangeTime {
    START.plus(Span::secs(secs))
}

pub fn symbol() -> Symbol {
    "MESH6".parse().unwrap()
}

pub fn account(n: u32) -> AccountId {
    format!("PAPER-{n}").parse().unwrap()
}

/// MES: open from a day before the start to two hours after it, and again an hour later.
pub fn mes() -> Instrument {
    let session = |day, open, close| Session { day: TradingDay(day), open: at(open), close: at(close) };
    Instrument {
        symbol: symbol(),
        tick: TickSize { mantissa: 25, scale: 2 },
        tick_value: Money(1_250_000),
        fee: Money(620_000),
        sessions: Sessions(vec![
            session(20_260_114, -86_400, 7_200),
            session(20_260_115, 10_800, 86_400 * 5),
        ]),
        margin: None,
    }
}

pub fn plan(drive: Drive, warm_up: Span, seed: u64) -> Plan {
    let cash = Money::units(50_000).unwrap();
    let accounts = vec![(account(1), cash), (account(2), cash)];
    Plan {
        contracts: vec![(mes(), drive)],
        accounts,
        seed,
        salt: 1,
        start: START,
        warm_up,
        models: Models::default(),
    }
}

pub fn house() -> Drive {
    Drive::House { temper: Temper::ES, price: Ticks(23_600) }
}

/// A floor that nobody moves, where account 2 has traded one lot with itself at `last`.
pub fn quiet(last: i64) -> Stage {
    let mut stage = Stage { floor: Floor::create(plan(Drive::Quiet, Span::ZERO, 1)).unwrap() };
    stage.place(2, "seed-1 sell 1 limit", Some(last), &[]);
    stage.place(2, "seed-2 buy 1 limit", Some(last), &[]);
    stage.news();
    stage
}

pub struct Stage {
    pub floor: Floor,
}

/// `id side lots kind` with a price.
pub fn spec(text: &str, price: Option<i64>) -> Spec {
    let words: Vec<&str> = text.split(' ').collect();
    let price = Ticks(price.unwrap_or(0));
    Spec {
        cl_ord_id: words[0].parse().unwrap(),
        symbol: symbol(),
        side: if words[1] == "buy" { Side::Buy } else { Side::Sell },
        lots: Lots(words[2].parse().unwrap()),
        kind: match words[3] {
            "market" => Kind::Market,
            "limit" => Kind::Limit(price),
            "stop" => Kind::Stop(price),
            "protected" => Kind::Protected,
            // `stop_limit 104` has its limit at 104, `trailing 8` follows at 8 ticks; the price is the stop.
            "stop_limit" => Kind::StopLimit { stop: price, limit: Ticks(words[4].parse().unwrap()) },
            "trailing" => {
                let stop = (price > Ticks::ZERO).then_some(price);
                Kind::Trailing { by: Ticks(words[4].parse().unwrap()), stop }
            }
            other => panic!("no kind is called {other}"),
        },
    }
}

impl Stage {
    pub fn place(&mut self, who: u32, text: &str, price: Option<i64>, exits: &[(&str, i64)]) {
        let exits: Vec<Spec> = exits.iter().map(|(text, price)| spec(text, Some(*price))).collect();
        self.floor.place(account(who), spec(text, price), &exits).unwrap();
    }

    pub fn cancel(&mut self, who: u32, id: &str) {
        self.floor.cancel(account(who), id.parse().unwrap()).unwrap();
    }

    pub fn replace(&mut self, who: u32, id: &str, new: &str, lots: i64, price: i64) {
        let (id, new) = (id.parse().unwrap(), new.parse().unwrap());
        self.floor.replace(account(who), id, new, Lots(lots), Ticks(price)).unwrap();
    }

    /// The news about orders since the last call, one line each, without the placing.
    pub fn news(&mut self) -> Vec<String> {
        self.floor.take_news().into_iter().filter_map(line).collect()
    }

    /// What stands at a side: `price x lots`, best first, order by order.
    pub fn stands(&self, side: Side) -> Vec<String> {
        let book = &self.floor.market(symbol()).unwrap().book;
        book.orders(side).into_iter().map(|(p, r)| format!("{}x{}", p.0, r.lots.0)).collect()
    }
}

fn line(news: News) -> Option<String> {
    let (fact, standing) = match news {
        News::Fact(fact, standing) => (fact, standing?),
        News::Refusal(r) => return Some(format!("{:?} {}: {}", r.asked, r.cl_ord_id?, r.reason)),
        News::Tick(_) | News::Status(_) => return None,
    };
    let id = standing.cl_ord_id;
    match fact {
        Fact::Accepted { worth, .. } => Some(format!("{id} accepted {worth}")),
        Fact::Traded { lots, price, .. } => {
            Some(format!("{id} trade {lots}@{} cum {}", price.0, standing.cum))
        }
        Fact::Rests { price, .. } => Some(format!("{id} rests {}", price.0)),
        Fact::Trailed { stop, .. } => Some(format!("{id} trails {}", stop.0)),
        Fact::Replaced { worth, price, .. } => Some(format!("{id} replaced {worth}@{}", price.0)),
        Fact::Canceled { reason, .. } => Some(format!("{id} canceled: {reason}")),
        Fact::Rejected { reason, .. } => Some(format!("{id} rejected: {reason}")),
        _ => None,
    }
}
