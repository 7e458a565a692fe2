//! What the page's script draws: equity, drawdown, bars and trades as one JSON document.
//!
//! It thins what no screen could show and says how; the tables are never thinned.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use stopline_exchange::bars::Bar;
use stopline_kernel::instrument::Instrument;
use stopline_kernel::num::{Lots, Money};
use stopline_kernel::time::ExchangeTime;

use crate::look::zone;
use crate::performance::curve::Point;
use crate::performance::defined::ratio;
use crate::performance::summary::Summary;
use crate::performance::told::value;
use crate::performance::trades::Trade;

/// The most bars or points of one chart.
const MOST: usize = 12_000;

/// The document, safe within a script element.
pub(super) fn data(report: &Summary) -> String {
    let picture = &report.picture;
    let points: Vec<Point> = picture.start.iter().chain(&thin(&picture.points)).copied().collect();
    let mut peak = i64::MIN;
    let (mut times, mut equity, mut peaks) = (Vec::new(), Vec::new(), Vec::new());
    for point in &points {
        peak = peak.max(point.equity.0);
        times.push(seconds(point.time));
        equity.push(units(point.equity));
        peaks.push(units(Money(peak)));
    }
    let told = report.trades.iter().chain(&report.open).map(|told| told.number);
    let numbered: Vec<(u64, &Trade)> = told.zip(&picture.trades).collect();
    let charts: Vec<Value> = picture
        .bars
        .iter()
        .filter_map(|(symbol, bars)| {
            let contract = picture.instruments.get(symbol)?;
            let of = numbered.iter().filter(|(_, trade)| trade.symbol == *symbol);
            let trades: Vec<Value> = of.map(|(number, trade)| drawn(*number, trade, contract)).collect();
            Some(series(symbol.as_str(), contract, bars, &trades))
        })
        .collect();
    let document = json!({ "zone": zone::NAME, "equity": [times, equity, peaks], "prices": charts });
    // Within a script element only `<` could end it.
    document.to_string().replace('<', "\\u003c")
}

/// The same curve with at most about `MOST` points: of each stretch the first, the lowest, the highest and the last.
fn thin(points: &[Point]) -> Vec<Point> {
    if points.len() <= MOST {
        return points.to_vec();
    }
    let mut kept = Vec::with_capacity(MOST);
    for part in points.chunks(points.len().div_ceil(MOST / 4)) {
        let indexed = || part.iter().enumerate();
        let lowest = indexed().min_by_key(|(_, point)| point.equity).map(|(i, _)| i);
        let highest = indexed().max_by_key(|(_, point)| point.equity).map(|(i, _)| i);
        let mut places = [Some(0), lowest, highest, part.len().checked_sub(1)];
        places.sort_unstable();
        let mut last = None;
        for place in places.into_iter().flatten() {
            if last != Some(place) {
                kept.extend(part.get(place));
            }
            last = Some(place);
        }
    }
    kept
}

fn series(symbol: &str, contract: &Instrument, bars: &[Bar], trades: &[Value]) -> Value {
    let minutes = bars.len().div_ceil(MOST).max(1);
    let mut merged: BTreeMap<i64, Bar> = BTreeMap::new();
    let length = i64::try_from(minutes).unwrap_or(i64::MAX).saturating_mul(60);
    for bar in bars {
        let start = bar.open_time.0.div_euclid(1_000_000_000).div_euclid(length).saturating_mul(length);
        merged
            .entry(start)
            .and_modify(|whole| {
                whole.high = whole.high.max(bar.high);
                whole.low = whole.low.min(bar.low);
                whole.close = bar.close;
                whole.volume = Lots(whole.volume.0.saturating_add(bar.volume.0));
            })
            .or_insert(*bar);
    }
    let price = |ticks: i64| json!(value(contract, ratio(ticks.into(), 1)));
    let column = |of: fn(&Bar) -> i64| merged.values().map(|bar| price(of(bar))).collect::<Vec<_>>();
    json!({
        "symbol": symbol,
        "places": contract.tick.scale,
        "tick": value(contract, 1.0),
        "minutes": minutes,
        "bars": [
            merged.keys().collect::<Vec<_>>(),
            column(|bar| bar.open.0),
            column(|bar| bar.high.0),
            column(|bar| bar.low.0),
            column(|bar| bar.close.0),
        ],
        "trades": trades,
    })
}

/// A trade's marks: where it was opened, its stop, where parts of it were closed.
fn drawn(number: u64, trade: &Trade, contract: &Instrument) -> Value {
    let price = |ticks: i64| value(contract, ratio(ticks.into(), 1));
    let exits: Vec<Value> = trade
        .exits
        .iter()
        .map(|exit| {
            json!([seconds(exit.time), price(exit.price.0), exit.leg.map_or("unknown", |leg| leg.word())])
        })
        .collect();
    json!({
        "n": number,
        "side": trade.side.sign(),
        "lots": trade.lots,
        "time": seconds(trade.opened),
        "price": value(contract, trade.entry()),
        "stop": trade.stop.map(|stop| price(stop.0)),
        "exits": exits,
        "open": trade.is_open(),
        "net": trade.net().map(units).ok(),
    })
}

fn seconds(time: ExchangeTime) -> f64 {
    ratio(i128::from(time.0 / 1_000_000), 1_000)
}

fn units(money: Money) -> f64 {
    ratio(money.0.into(), Money::UNIT.into())
}
