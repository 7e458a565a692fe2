//! The figures of a group of trades: of one bot, of one contract, or of all.
//!
//! Sums are exact; what is divided is divided here, once. A figure without a basis is undefined and never zero.

use std::collections::BTreeMap;

use serde::Serialize;
use stopline_kernel::id::{BotId, Symbol};
use stopline_kernel::input::NotSent;
use stopline_kernel::num::{Money, Overflow, Side};
use stopline_kernel::time::Span;

use super::curve::{Drawdown, MoneyText, Point, drawdown};
use super::defined::{Defined, Why, ratio};
use super::past::{Dealt, Made, Outcome};
use super::slips::{Slippage, Slips};
use super::spans::{self, Stretch};
use super::told::Mark;
use super::trades::Trade;

/// What a group's figures are made from.
#[derive(Debug, Clone)]
pub(crate) struct Basis<'a> {
    pub(crate) bot: Option<BotId>,
    pub(crate) symbol: Option<Symbol>,
    /// Closed in the period, in the order of opening.
    pub(crate) closed: Vec<&'a Trade>,
    /// Not closed at its end, each with its mark.
    pub(crate) open: Vec<(&'a Trade, Mark)>,
    /// Fills of the period.
    pub(crate) fills: Vec<&'a Dealt>,
    /// Decisions of the period.
    pub(crate) made: Vec<&'a Made>,
    /// Equity at the beginning, and then.
    pub(crate) start: Point,
    pub(crate) points: &'a [Point],
    /// When the contracts' sessions were open in the period.
    pub(crate) sessions: Vec<Stretch>,
    /// When a position was held.
    pub(crate) held: Vec<Stretch>,
}

/// The figures of one group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Figures {
    pub(crate) bot: Option<BotId>,
    pub(crate) symbol: Option<Symbol>,
    pub(crate) trades: u64,
    pub(crate) long: u64,
    pub(crate) short: u64,
    pub(crate) winners: u64,
    pub(crate) losers: u64,
    pub(crate) even: u64,
    pub(crate) gross: MoneyText,
    pub(crate) fees: MoneyText,
    pub(crate) net: MoneyText,
    pub(crate) win_rate_percent: Defined<f64>,
    pub(crate) profit_factor: Defined<f64>,
    pub(crate) expectancy: Defined<MoneyText>,
    pub(crate) expectancy_r: Defined<f64>,
    /// Closed trades whose risk is not known: they are not in `expectancy_r`.
    pub(crate) without_r: u64,
    pub(crate) average_win: Defined<MoneyText>,
    pub(crate) average_loss: Defined<MoneyText>,
    pub(crate) best: Defined<MoneyText>,
    pub(crate) worst: Defined<MoneyText>,
    pub(crate) average_duration_ns: Defined<Span>,
    pub(crate) drawdown: Drawdown,
    pub(crate) exposure_percent: Defined<f64>,
    pub(crate) exposure_ns: Span,
    pub(crate) session_ns: Span,
    pub(crate) entry_slippage: Slippage,
    pub(crate) stop_slippage: Slippage,
    #[serde(flatten)]
    pub(crate) decided: Decided,
    #[serde(flatten)]
    pub(crate) open: Open,
    pub(crate) equity_start: MoneyText,
    pub(crate) equity_end: MoneyText,
}

/// Decisions by what came of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Decided {
    pub(crate) decisions: u64,
    pub(crate) entered: u64,
    /// Exits, cancels and changes let through.
    pub(crate) asked: u64,
    /// Decisions to do nothing.
    pub(crate) held: u64,
    /// Decisions that came to nothing, by reason.
    pub(crate) skipped: BTreeMap<String, u64>,
}

/// What is open at the end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Open {
    pub(crate) open_trades: u64,
    /// Realised by what was closed of them, before fees.
    pub(crate) open_realised: MoneyText,
    pub(crate) open_fees: MoneyText,
    /// What the rest would make at the mark, before the fee of closing it.
    pub(crate) open_at_mark: MoneyText,
}

/// Sums over closed trades.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    gross: Money,
    fees: Money,
    won: Money,
    lost: Money,
    winners: u64,
    losers: u64,
    best: Option<Money>,
    worst: Option<Money>,
    duration: Span,
    r: f64,
    with_r: u64,
}

impl Sums {
    fn of(trades: &[&Trade]) -> Result<Sums, Overflow> {
        let mut sums = Sums::default();
        for trade in trades {
            let net = trade.net()?;
            sums.gross = sums.gross.plus(trade.gross)?;
            sums.fees = sums.fees.plus(trade.fees)?;
            match net.0.signum() {
                1 => (sums.winners, sums.won) = (sums.winners + 1, sums.won.plus(net)?),
                -1 => (sums.losers, sums.lost) = (sums.losers + 1, sums.lost.plus(net)?),
                _ => {}
            }
            sums.best = sums.best.max(Some(net));
            sums.worst = Some(sums.worst.map_or(net, |worst| worst.min(net)));
            let held = trade.closed().map_or(Span::ZERO, |closed| closed.since(trade.opened));
            sums.duration = Span(sums.duration.0.saturating_add(held.0));
            if let Defined(Ok(risk)) = trade.risk()? {
                sums.r += ratio(net.0.into(), risk.0.into());
                sums.with_r += 1;
            }
        }
        Ok(sums)
    }

    fn profit_factor(&self, trades: u64) -> Defined<f64> {
        Defined(match (trades, self.losers) {
            (0, _) => Err(Why::NoTrades),
            (_, 0) => Err(Why::NoLosers),
            _ => Ok(ratio(self.won.0.into(), -i128::from(self.lost.0))),
        })
    }

    fn expectancy_r(&self, trades: u64) -> Defined<f64> {
        Defined(match (trades, self.with_r) {
            (0, _) => Err(Why::NoTrades),
            (_, 0) => Err(Why::NoRisk),
            (_, n) => Ok(self.r / ratio(n.into(), 1)),
        })
    }
}

impl Figures {
    pub(crate) fn of(basis: &Basis<'_>) -> Result<Figures, Overflow> {
        let closed = basis.closed.as_slice();
        let (sums, trades) = (Sums::of(closed)?, count(closed.len()));
        let any = |why: Why, n: u64| if n == 0 { Err(why) } else { Ok(i128::from(n)) };
        let mean = |sum: Money, n: u64, why: Why| {
            Defined(
                any(why, n).map(|n| MoneyText(Money(i64::try_from(i128::from(sum.0) / n).unwrap_or(sum.0)))),
            )
        };
        let longs = count(closed.iter().filter(|trade| trade.side == Side::Buy).count());
        let net = sums.gross.minus(sums.fees)?;
        let (exposure, session) =
            (spans::length(&spans::common(&basis.held, &basis.sessions)), spans::length(&basis.sessions));
        let percent = |of: i64, to: i64| 100.0 * ratio(of.into(), to.into());
        let of_all = |_: i128| 100.0 * ratio(sums.winners.into(), trades.into());
        let [entry_slippage, stop_slippage] = slippage(&basis.fills)?;
        Ok(Figures {
            bot: basis.bot,
            symbol: basis.symbol,
            trades,
            long: longs,
            short: trades - longs,
            winners: sums.winners,
            losers: sums.losers,
            even: trades - sums.winners - sums.losers,
            gross: MoneyText(sums.gross),
            fees: MoneyText(sums.fees),
            net: MoneyText(net),
            win_rate_percent: Defined(any(Why::NoTrades, trades)).map(of_all),
            profit_factor: sums.profit_factor(trades),
            expectancy: mean(net, trades, Why::NoTrades),
            expectancy_r: sums.expectancy_r(trades),
            without_r: trades - sums.with_r,
            average_win: mean(sums.won, sums.winners, Why::NoWinners),
            average_loss: mean(sums.lost, sums.losers, Why::NoLosers),
            best: Defined(sums.best.map(MoneyText).ok_or(Why::NoTrades)),
            worst: Defined(sums.worst.map(MoneyText).ok_or(Why::NoTrades)),
            average_duration_ns: Defined(any(Why::NoTrades, trades))
                .map(|n| Span(i64::try_from(i128::from(sums.duration.0) / n).unwrap_or(i64::MAX))),
            drawdown: drawdown(basis.start, basis.points)?,
            exposure_percent: Defined(if session.0 > 0 {
                Ok(percent(exposure.0, session.0))
            } else {
                Err(Why::NoSessions)
            }),
            exposure_ns: exposure,
            session_ns: session,
            entry_slippage,
            stop_slippage,
            decided: Decided::of(&basis.made),
            open: Open::of(&basis.open)?,
            equity_start: MoneyText(basis.start.equity),
            equity_end: MoneyText(basis.points.last().map_or(basis.start.equity, |point| point.equity)),
        })
    }

    /// Decisions that came to nothing.
    pub(crate) fn skipped_in_all(&self) -> u64 {
        self.decided.skipped.values().sum()
    }
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

impl Open {
    fn of(open: &[(&Trade, Mark)]) -> Result<Open, Overflow> {
        let mut sums = [Money::ZERO; 3];
        for (trade, mark) in open {
            let parts = [trade.gross, trade.fees, trade.open_at(mark.price)?];
            for (sum, part) in sums.iter_mut().zip(parts) {
                *sum = sum.plus(part)?;
            }
        }
        let [open_realised, open_fees, open_at_mark] = sums.map(MoneyText);
        Ok(Open { open_trades: count(open.len()), open_realised, open_fees, open_at_mark })
    }
}

fn slippage(fills: &[&Dealt]) -> Result<[Slippage; 2], Overflow> {
    let (mut entries, mut stops) = (Slips::default(), Slips::default());
    for fill in fills {
        entries.entry(fill)?;
        stops.stop(fill)?;
    }
    Ok([entries.shown(Why::NoReference), stops.shown(Why::NoStops)])
}

impl Decided {
    fn of(made: &[&Made]) -> Decided {
        let mut decided = Decided::default();
        for one in made {
            let mut skip = |why: String| *decided.skipped.entry(why).or_default() += 1;
            match one.outcome {
                Outcome::Entered => decided.entered += 1,
                Outcome::Asked => decided.asked += 1,
                Outcome::Held => decided.held += 1,
                Outcome::Denied(denial) => skip(denial.to_string()),
                Outcome::NotSent(why) => {
                    // It was counted as let through when it was decided.
                    skip(format!("not_sent: {}", not_sent(why)));
                    decided.entered = decided.entered.saturating_sub(1);
                    continue;
                }
            }
            decided.decisions += 1;
        }
        decided
    }
}

const fn not_sent(why: NotSent) -> &'static str {
    match why {
        NotSent::Late => "late",
        NotSent::Halted => "halted",
        NotSent::Fenced => "fenced",
        NotSent::NoSession => "no_session",
        NotSent::Overtaken => "overtaken",
    }
}
