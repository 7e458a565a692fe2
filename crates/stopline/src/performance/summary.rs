//! A report as a value: the period, what was simulated, the figures in total, by bot and by contract, every trade.
//!
//! Text, JSON and the page are made from it and say the same; each shows only figures that stand here.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use stopline_exchange::bars::Bar;
use stopline_kernel::id::{AccountId, BotId, Symbol, VenueInstance};
use stopline_kernel::instrument::Instrument;
use stopline_kernel::num::Overflow;
use stopline_kernel::time::ExchangeTime;

use super::curve::{self, MINUTE, Point};
use super::figures::{Basis, Figures};
use super::past::{Dealt, Fault, Made, Past};
use super::spans::{self, Stretch};
use super::told::{Mark, TradeTold};
use super::trades::{self, Trade};
use super::venue::Venue;
use crate::look::zone;

/// The version of the JSON document, raised when a field changes its meaning.
const FORMAT: u32 = 1;

/// A report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Summary {
    pub(crate) format: u32,
    pub(crate) account: AccountId,
    /// Market time in the exchange's zone.
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) zone: &'static str,
    pub(crate) runs: u64,
    /// The newest record that was read.
    pub(crate) last_record: u64,
    pub(crate) only_bot: Option<BotId>,
    pub(crate) venue: VenueTold,
    /// What a reader has to know before believing a figure.
    pub(crate) notes: Vec<String>,
    pub(crate) total: Figures,
    pub(crate) by_bot: Vec<Figures>,
    pub(crate) by_instrument: Vec<Figures>,
    /// Closed in the period, in the order of opening.
    pub(crate) trades: Vec<TradeTold>,
    /// Open at its end.
    pub(crate) open: Vec<TradeTold>,
    /// What the pictures are made from.
    #[serde(skip)]
    pub(crate) picture: Picture,
}

/// Where orders went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct VenueTold {
    pub(crate) name: Option<VenueInstance>,
    /// Whether its journal lies beside the ledger: then it is the simulated exchange.
    pub(crate) simulated: Option<bool>,
    pub(crate) seed: Option<u64>,
    pub(crate) models: BTreeMap<String, String>,
    /// Why there are no bars, where there are none.
    pub(crate) without_bars: Option<String>,
}

/// What is drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) start: Option<Point>,
    pub(crate) points: Vec<Point>,
    pub(crate) bars: BTreeMap<Symbol, Vec<Bar>>,
    pub(crate) instruments: BTreeMap<Symbol, Instrument>,
    /// Closed and open ones, in the order of the two lists.
    pub(crate) trades: Vec<Trade>,
}

impl Summary {
    /// Puts a report together. `venue` is the journal, or why there is none.
    pub(crate) fn of(past: &Past, venue: Result<&Venue, String>, last_record: u64) -> Result<Summary, Fault> {
        let account = past.account.ok_or(Fault::Empty)?;
        check_bot(past)?;
        // The journal may be another exchange's, when one was begun anew beside an old ledger.
        let venue = venue.and_then(|venue| match past.venue {
            Some(name) if name != venue.name => Err(format!(
                "the exchange's journal is of {}, and the ledger's orders went to {name}",
                venue.name
            )),
            _ => Ok(venue),
        });
        let bars = venue.as_ref().map_or(Vec::new(), |venue| within(past, &venue.bars));
        let all = Ground::of(past, &bars)?;
        let figures = |bot, symbol| all.figures(bot, symbol);
        let seats = past.seats.iter().filter(|(bot, _)| past.period.is_of(*bot));
        let bots: BTreeSet<BotId> = seats.clone().map(|(bot, _)| *bot).collect();
        let symbols: BTreeSet<Symbol> = seats.map(|(_, symbol)| *symbol).collect();
        let (closed, open) = (all.closed(None, None), all.open(None, None));
        let mut numbers = 1..;
        let mut tell = |trade: &Trade, mark: Option<Mark>| -> Result<TradeTold, Fault> {
            let contract = past.instruments.get(&trade.symbol);
            let contract = contract.ok_or(Fault::UnknownContract { seq: 0, symbol: trade.symbol })?;
            Ok(TradeTold::of(numbers.next().unwrap_or(u64::MAX), trade, mark, contract)?)
        };
        Ok(Summary {
            format: FORMAT,
            account,
            from: all.begin.map(zone::moment),
            to: past.last.map(zone::moment),
            zone: zone::NAME,
            runs: past.runs,
            last_record,
            only_bot: past.period.bot,
            notes: notes(past, &venue, &bars),
            total: figures(None, None)?,
            by_bot: bots.into_iter().map(|bot| figures(Some(bot), None)).collect::<Result<_, _>>()?,
            by_instrument: symbols.into_iter().map(|s| figures(None, Some(s))).collect::<Result<_, _>>()?,
            trades: closed.iter().map(|trade| tell(trade, None)).collect::<Result<_, _>>()?,
            open: open.iter().map(|(trade, mark)| tell(trade, Some(*mark))).collect::<Result<_, _>>()?,
            venue: told(past, venue),
            picture: all.picture(past, &bars, &closed, &open)?,
        })
    }
}

fn check_bot(past: &Past) -> Result<(), Fault> {
    let bots: BTreeSet<BotId> = past.seats.iter().map(|(bot, _)| *bot).collect();
    match past.period.bot {
        Some(bot) if !bots.contains(&bot) => {
            let known = bots.iter().map(BotId::as_str).collect::<Vec<_>>().join(", ");
            Err(Fault::NoBot { bot, known: if known.is_empty() { "none".to_owned() } else { known } })
        }
        _ => Ok(()),
    }
}

/// The bars between the first and the last moment that the ledger knows.
fn within(past: &Past, bars: &[(Symbol, Bar)]) -> Vec<(Symbol, Bar)> {
    let (Some(first), Some(last)) = (past.first, past.last) else { return Vec::new() };
    let fits = |bar: &Bar| first <= bar.open_time.plus(MINUTE) && bar.open_time.plus(MINUTE) <= last;
    bars.iter().filter(|(_, bar)| fits(bar)).copied().collect()
}

fn told(past: &Past, venue: Result<&Venue, String>) -> VenueTold {
    VenueTold {
        name: past.venue,
        simulated: venue.as_ref().ok().map(|_| true),
        seed: venue.as_ref().ok().map(|venue| venue.seed),
        models: venue.as_ref().map_or(BTreeMap::new(), |venue| venue.models.clone()),
        without_bars: venue.err(),
    }
}

fn notes(past: &Past, venue: &Result<&Venue, String>, bars: &[(Symbol, Bar)]) -> Vec<String> {
    let mut notes = Vec::new();
    match venue {
        Ok(venue) => {
            let models: Vec<String> = venue.models.iter().map(|(name, is)| format!("{name} {is}")).collect();
            let models = if models.is_empty() {
                "its journal names no model of market, latency or slippage".to_owned()
            } else {
                format!("its models: {}", models.join(", "))
            };
            notes.push(format!("SIMULATED: the exchange {} (seed {}); {models}", venue.name, venue.seed));
            if bars.is_empty() {
                notes.push("no price chart: the exchange's journal has no bar of this period".to_owned());
            }
        }
        Err(why) => {
            notes.push(format!("no price chart: {why}"));
            notes.push(
                "equity is known at fills alone, so that drawdown between them is not seen, and what is open is \
                 valued at the last fill"
                    .to_owned(),
            );
        }
    }
    let edge = |at: Option<ExchangeTime>| at.map_or_else(|| "unknown".to_owned(), zone::moment);
    if past.period.from.is_some() || past.period.to.is_some() {
        notes.push(format!(
            "only from {} to {}: a trade counts where it is closed, and whole",
            edge(past.period.from.or(past.first)),
            edge(past.period.to.or(past.last))
        ));
    }
    notes
}

/// Everything in the period, ready to be grouped.
struct Ground<'a> {
    past: &'a Past,
    bars: &'a [(Symbol, Bar)],
    trades: Vec<Trade>,
    marks: BTreeMap<Symbol, Mark>,
    begin: Option<ExchangeTime>,
}

impl<'a> Ground<'a> {
    fn of(past: &'a Past, bars: &'a [(Symbol, Bar)]) -> Result<Ground<'a>, Overflow> {
        let mut marks: BTreeMap<Symbol, Mark> = BTreeMap::new();
        let fills =
            past.fills.iter().map(|f| (f.symbol, Mark { price: f.price, time: f.time, is_close: false }));
        let closes = bars.iter().map(|(symbol, bar)| {
            (*symbol, Mark { price: bar.close, time: bar.open_time.plus(MINUTE), is_close: true })
        });
        for (symbol, mark) in fills.chain(closes) {
            let newest = marks.entry(symbol).or_insert(mark);
            if newest.time <= mark.time {
                *newest = mark;
            }
        }
        let begin =
            past.first.max(past.period.from).map(|begin| past.last.map_or(begin, |last| begin.min(last)));
        Ok(Ground {
            past,
            bars,
            trades: trades::trades(&past.fills)?,
            marks,
            begin: begin.filter(|_| past.first.is_some()),
        })
    }

    fn is_of(&self, bot: Option<BotId>, symbol: Option<Symbol>, of: (BotId, Symbol)) -> bool {
        self.past.period.is_of(of.0) && bot.is_none_or(|b| b == of.0) && symbol.is_none_or(|s| s == of.1)
    }

    fn of_group(&self, bot: Option<BotId>, symbol: Option<Symbol>) -> impl Iterator<Item = &Trade> {
        self.trades.iter().filter(move |trade| self.is_of(bot, symbol, (trade.bot, trade.symbol)))
    }

    fn closed(&self, bot: Option<BotId>, symbol: Option<Symbol>) -> Vec<&Trade> {
        let counts =
            |trade: &&Trade| trade.closed().is_some_and(|closed| !self.past.period.is_before(closed));
        self.of_group(bot, symbol).filter(counts).collect()
    }

    fn open(&self, bot: Option<BotId>, symbol: Option<Symbol>) -> Vec<(&Trade, Mark)> {
        let open = self.of_group(bot, symbol).filter(|trade| trade.is_open());
        open.filter_map(|trade| Some((trade, *self.marks.get(&trade.symbol)?))).collect()
    }

    /// The curve of a group: equity at the beginning, and the points from there on.
    fn curve(&self, bot: Option<BotId>, symbol: Option<Symbol>) -> Result<(Point, Vec<Point>), Overflow> {
        let own = |fill: &Dealt| self.is_of(bot, symbol, (fill.bot, fill.symbol));
        let mut points = curve::curve(self.past.start_cash, &self.past.fills, own, self.bars)?;
        let before = points.partition_point(|point| self.past.period.is_before(point.time));
        let time = self.begin.unwrap_or(ExchangeTime(0));
        let equity =
            before.checked_sub(1).and_then(|i| points.get(i)).map_or(self.past.start_cash, |p| p.equity);
        Ok((Point { time, equity }, points.split_off(before)))
    }

    fn figures(&self, bot: Option<BotId>, symbol: Option<Symbol>) -> Result<Figures, Overflow> {
        let (start, points) = self.curve(bot, symbol)?;
        let period = self.past.period;
        let made: Vec<&Made> = self
            .past
            .made
            .iter()
            .filter(|made| {
                let in_time = made.time.is_none_or(|at| !period.is_before(at));
                in_time && self.is_of(bot, symbol, (made.bot, made.symbol))
            })
            .collect();
        let fills: Vec<&Dealt> = self
            .past
            .fills
            .iter()
            .filter(|fill| !period.is_before(fill.time) && self.is_of(bot, symbol, (fill.bot, fill.symbol)))
            .collect();
        let end = self.past.last.unwrap_or(start.time);
        let held = self.of_group(bot, symbol).map(|t| (t.opened.max(start.time), t.closed().unwrap_or(end)));
        Figures::of(&Basis {
            bot,
            symbol,
            closed: self.closed(bot, symbol),
            open: self.open(bot, symbol),
            fills,
            made,
            start,
            points: &points,
            sessions: self.sessions(bot, symbol, (start.time, end)),
            held: spans::joined(held.collect()),
        })
    }

    fn sessions(&self, bot: Option<BotId>, symbol: Option<Symbol>, period: Stretch) -> Vec<Stretch> {
        let seats = self.past.seats.iter().filter(|seat| self.is_of(bot, symbol, **seat));
        let symbols: BTreeSet<Symbol> = seats.map(|(_, symbol)| *symbol).collect();
        let known = symbols.iter().filter_map(|symbol| self.past.instruments.get(symbol));
        let sessions = known.flat_map(|contract| contract.sessions.0.iter().map(|s| (s.open, s.close)));
        spans::common(&spans::joined(sessions.collect()), &[period])
    }

    fn picture(
        &self,
        past: &Past,
        bars: &[(Symbol, Bar)],
        closed: &[&Trade],
        open: &[(&Trade, Mark)],
    ) -> Result<Picture, Overflow> {
        let (start, points) = self.curve(None, None)?;
        let mut series: BTreeMap<Symbol, Vec<Bar>> = BTreeMap::new();
        let traded: BTreeSet<Symbol> =
            past.seats.iter().filter(|(b, _)| past.period.is_of(*b)).map(|s| s.1).collect();
        for (symbol, bar) in bars {
            if traded.contains(symbol) && !past.period.is_before(bar.open_time) {
                series.entry(*symbol).or_default().push(*bar);
            }
        }
        let trades = closed.iter().copied().chain(open.iter().map(|(trade, _)| *trade)).cloned().collect();
        let start = self.begin.map(|_| start);
        Ok(Picture { start, points, bars: series, instruments: past.instruments.clone(), trades })
    }
}
