//! The equity curve, at each fill and at each bar's close, and the deepest fall on it.
//!
//! It is made from the cash that flowed and the last price alone, never from the trades, so that each proves the other.

use std::collections::BTreeMap;

use serde::Serialize;
use stopline_exchange::bars::Bar;
use stopline_kernel::id::Symbol;
use stopline_kernel::num::{Money, Overflow, Ticks};
use stopline_kernel::time::{ExchangeTime, Span};

use super::defined::{Defined, Why, ratio};
use super::past::Dealt;

/// The length of a bar of the exchange's journal.
pub(crate) const MINUTE: Span = Span::secs(60);

/// Equity at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) time: ExchangeTime,
    pub(crate) equity: Money,
}

/// One contract's part in the equity.
#[derive(Debug, Default)]
struct Held {
    lots: i128,
    flow: i128,
    mark: i128,
    tick_value: i128,
}

impl Held {
    fn worth(&self) -> i128 {
        (self.flow + self.lots * self.mark) * self.tick_value
    }
}

/// The curve of the fills that are `own`, from a starting equity; the others only say what the price is. `bars` are in
/// the order of their time.
pub(crate) fn curve(
    start: Money,
    fills: &[Dealt],
    own: impl Fn(&Dealt) -> bool,
    bars: &[(Symbol, Bar)],
) -> Result<Vec<Point>, Overflow> {
    let mut held: BTreeMap<Symbol, Held> = BTreeMap::new();
    let (mut equity, mut points) = (i128::from(start.0), Vec::new());
    let mut mark = |time: ExchangeTime, equity: i128| -> Result<(), Overflow> {
        let money = i64::try_from(equity).map(Money).map_err(|_| Overflow)?;
        points.push(Point { time, equity: money });
        Ok(())
    };
    let mut bars = bars.iter().map(|(symbol, bar)| (bar.open_time.plus(MINUTE), symbol, bar)).peekable();
    for fill in fills {
        while let Some((time, symbol, bar)) = bars.next_if(|(time, ..)| *time < fill.time) {
            equity += moved(&mut held, *symbol, bar.close);
            mark(time, equity)?;
        }
        if !own(fill) {
            let change = moved(&mut held, fill.symbol, fill.price);
            equity += change;
            if change != 0 {
                mark(fill.time, equity)?;
            }
            continue;
        }
        let one = held.entry(fill.symbol).or_default();
        let before = one.worth();
        let signed = i128::from(fill.side.sign()) * i128::from(fill.lots.0);
        one.lots += signed;
        one.flow -= signed * i128::from(fill.price.0);
        (one.mark, one.tick_value) = (fill.price.0.into(), fill.tick_value.0.into());
        equity += one.worth() - before - i128::from(fill.fee.0);
        mark(fill.time, equity)?;
    }
    for (time, symbol, bar) in bars {
        equity += moved(&mut held, *symbol, bar.close);
        mark(time, equity)?;
    }
    Ok(points)
}

/// The change that a new price makes.
fn moved(held: &mut BTreeMap<Symbol, Held>, symbol: Symbol, price: Ticks) -> i128 {
    let Some(one) = held.get_mut(&symbol) else { return 0 };
    let before = one.worth();
    one.mark = price.0.into();
    one.worth() - before
}

/// The deepest fall from a peak.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Drawdown {
    /// From the peak to the lowest point after it; zero where equity never fell.
    pub(crate) money: MoneyText,
    /// Of the peak's equity.
    pub(crate) percent: Defined<f64>,
    /// Nanoseconds of market time from the peak until equity was there again, or until the end.
    pub(crate) duration_ns: Span,
    pub(crate) peak_time: Option<ExchangeTime>,
    pub(crate) trough_time: Option<ExchangeTime>,
    pub(crate) recovered_time: Option<ExchangeTime>,
    /// The longest time below a peak, over all falls.
    pub(crate) longest_ns: Span,
    /// How far equity is below its highest at the end.
    pub(crate) at_end: MoneyText,
}

/// Money in JSON: a decimal text, exact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MoneyText(pub(crate) Money);

impl Serialize for MoneyText {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(&self.0)
    }
}

/// The fall that a walk over the curve is in.
#[derive(Debug, Clone, Copy)]
struct Fall {
    peak: Point,
    trough: Point,
}

impl Fall {
    fn depth(&self) -> i128 {
        i128::from(self.peak.equity.0) - i128::from(self.trough.equity.0)
    }
}

/// The deepest fall of a curve that begins with `start`.
pub(crate) fn drawdown(start: Point, points: &[Point]) -> Result<Drawdown, Overflow> {
    let mut now = Fall { peak: start, trough: start };
    let (mut deepest, mut recovered, mut longest) = (now, Some(start.time), Span::ZERO);
    let mut last = start;
    for point in points {
        last = *point;
        if point.equity >= now.peak.equity {
            if now.depth() > 0 {
                longest = longest.max(point.time.since(now.peak.time));
            }
            if recovered.is_none() && now.peak == deepest.peak {
                recovered = Some(point.time);
            }
            now = Fall { peak: *point, trough: *point };
        } else if point.equity < now.trough.equity {
            now.trough = *point;
            if now.depth() > deepest.depth() {
                (deepest, recovered) = (now, None);
            }
        }
    }
    if now.depth() > 0 {
        longest = longest.max(last.time.since(now.peak.time));
    }
    let (fell, peak) = (deepest.depth() > 0, deepest.peak.equity.0);
    let until = recovered.unwrap_or(last.time);
    Ok(Drawdown {
        money: MoneyText(i64::try_from(deepest.depth()).map(Money).map_err(|_| Overflow)?),
        percent: Defined(if peak > 0 {
            Ok(100.0 * ratio(deepest.depth(), peak.into()))
        } else {
            Err(Why::NoPeak)
        }),
        duration_ns: if fell { until.since(deepest.peak.time) } else { Span::ZERO },
        peak_time: fell.then_some(deepest.peak.time),
        trough_time: fell.then_some(deepest.trough.time),
        recovered_time: recovered.filter(|_| fell),
        longest_ns: longest,
        at_end: MoneyText(now.peak.equity.minus(last.equity)?),
    })
}
