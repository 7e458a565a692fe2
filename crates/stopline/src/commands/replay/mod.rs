//! `stopline replay TAPE --symbol ESZ4`: a tape through the live lane and the simulated exchange, as fast as it goes, into
//! a data directory like that of a run.
//!
//! It touches no account and no exchange that is served, and never writes where anything but a replay was kept.

mod out;
mod store;
mod tape;

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use stopline_bots::registry::{self, BuildError};
use stopline_bots::strategy::{Seat, Seated};
use stopline_exchange::slippage::Slippage;
use stopline_kernel::id::{BotId, Symbol};
use stopline_kernel::instrument::Instrument;
use stopline_kernel::limits::{BotSeat, LaneConfig};
use stopline_kernel::time::{ExchangeTime, Span};
use stopline_kernel::view::Decide;
use stopline_ledger::memory::MemoryLog;
use stopline_replay::{Outcome, Progress, ReplayError, Settings, Times, Walk};
use stopline_runtime::clock::Clock;
use stopline_runtime::config::{Config, duration};

use super::setup;
use crate::cli::Global;
use crate::exit::{Failure, Report};
use crate::look::prices::signed;
use crate::look::zone;
use tape::Rows;

/// What is replayed, and how.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A store that `stopline import` filled, or one-minute bars (.dbn or .csv, plain, .zst or .gz)
    tape: PathBuf,
    /// The contract on the tape, such as ESZ4
    #[arg(long, value_parser = symbol)]
    symbol: Symbol,
    /// The first trading day, such as 2024-11-04, or moment in Chicago, such as "2024-11-04 08:30"; the three hours
    /// before it warm the bot up [default: the first bar]
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// The last trading day, or the moment in Chicago to stop at [default: the last bar]
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// What of a store is replayed [default: minute bars where it has them, else trades and quotes]
    #[arg(long, value_enum)]
    of: Option<Of>,
    /// A bot of the configuration by name, or a strategy by name with its defaults [default: every bot of the
    /// configuration]
    #[arg(long, value_name = "NAME")]
    bot: Option<String>,
    /// In which order the extremes of a bar are visited
    #[arg(long, value_enum, default_value_t = WalkName::Near)]
    walk: WalkName,
    /// Market time from a decision to its arrival at the exchange, such as 50ms or 1s
    #[arg(long, value_name = "DURATION", default_value = "50ms")]
    delay: String,
    /// What an order that takes pays: book, or ticks:N for so many ticks more
    #[arg(long, value_name = "MODEL", default_value = "book")]
    slippage: Slippage,
    /// Market time between two beats of the lane's timer, 10ms or more
    #[arg(long, value_name = "DURATION", default_value = "1s")]
    beat: String,
}

fn symbol(text: &str) -> Result<Symbol, String> {
    text.parse().map_err(|why: stopline_kernel::id::NameError| why.to_string())
}

/// What of a store is replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Of {
    /// Minute bars, walked
    Bars,
    /// Trades and quotes, shown one by one
    Ticks,
}

/// The walks, as they are typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum WalkName {
    /// The extreme nearer to the open first
    Near,
    /// The extreme farther from the open first
    Far,
    /// The high first
    HighFirst,
    /// The low first
    LowFirst,
}

impl From<WalkName> for Walk {
    fn from(name: WalkName) -> Walk {
        match name {
            WalkName::Near => Walk::Near,
            WalkName::Far => Walk::Far,
            WalkName::HighFirst => Walk::HighFirst,
            WalkName::LowFirst => Walk::LowFirst,
        }
    }
}

/// Where a replay is kept unless the arguments say otherwise.
const DIRECTORY: &str = "stopline-replay";

/// The shortest beat: the engine's own.
const SHORTEST_BEAT: Span = Span::millis(10);

pub(crate) fn run(global: &Global, arguments: &Arguments) -> Result<Report, Failure> {
    let times = (delay(arguments)?, beat(arguments)?);
    let tape = tape::read(arguments)?;
    let config = setup::config(global, tape::flags(arguments))?;
    let instrument = Instrument { fee: config.paper.fee.unwrap_or(tape.instrument.fee), ..tape.instrument };
    let (lane, bots) = bots(&config, arguments, &instrument)?;
    let times = Times { from: tape.from, to: tape.to, delay: times.0, beat: times.1 };
    let build = build(arguments, times, &tape.rows).into();
    let settings = Settings { lane, bots, build, instrument, times, slippage: arguments.slippage };
    let dir = global.data_dir.clone().unwrap_or_else(|| DIRECTORY.into());
    let place = out::Place::take(&dir)?;
    let clock = Clock::new();
    let began = clock.mono();
    let (walk, told, log) = (arguments.walk.into(), progress(times), MemoryLog::all());
    let fills = fills(&tape.rows, walk, arguments.slippage);
    let outcome = match tape.rows {
        Rows::Bars(bars) => stopline_replay::bars(settings, log, bars, walk, told),
        Rows::Ticks(first, ticks) => stopline_replay::rows(settings, log, first, ticks, told),
    };
    let outcome = outcome.map_err(failed)?;
    let took = clock.mono().since(began);
    let report = Told { arguments, times, fills, outcome: &outcome, took };
    let digest = place.keep(&outcome, &report.json())?;
    Ok(Report { text: report.text(&dir, &digest), json: report.json(), code: u8::from(!outcome.stopped) })
}

/// What a fill of this replay means, in one line.
fn fills(rows: &Rows, walk: Walk, slippage: Slippage) -> String {
    let met = match rows {
        Rows::Bars(_) => {
            format!("fills on minute bars walked {}, on the far side of a spread of one tick", walk.name())
        }
        Rows::Ticks(..) => "fills against the recorded quotes, up to the lots they show".to_owned(),
    };
    format!("{met}; slippage {slippage}")
}

fn delay(arguments: &Arguments) -> Result<Span, Failure> {
    duration(&arguments.delay).ok_or_else(|| {
        Failure::Argument(format!("--delay {}: write a duration such as 50ms or 1s", arguments.delay))
    })
}

fn beat(arguments: &Arguments) -> Result<Span, Failure> {
    duration(&arguments.beat).filter(|beat| *beat >= SHORTEST_BEAT).ok_or_else(|| {
        Failure::Argument(format!("--beat {}: write a duration of 10ms or more, such as 1s", arguments.beat))
    })
}

/// The bots that are seated, and the lane's configuration with their seats alone.
fn bots(config: &Config, arguments: &Arguments, instrument: &Instrument) -> Result<Seats, Failure> {
    let mut lane = config.lane.clone();
    let mut seated: Vec<(BotId, Box<dyn Decide + Send>)> = Vec::new();
    let mut seats = Vec::new();
    let chosen: Vec<_> = config
        .bots
        .iter()
        .zip(&config.lane.bots)
        .filter(|(bot, _)| arguments.bot.as_ref().is_none_or(|name| name == bot.bot.as_str()))
        .collect();
    for (bot, seat) in &chosen {
        let built = build_bot(&bot.strategy, &bot.params, instrument, seat.bar)?;
        seats.push(BotSeat { warm_up: built.bars_needed(), ..**seat });
        seated.push((bot.bot, Box::new(Seated::new(built))));
    }
    if let (true, Some(name)) = (chosen.is_empty(), arguments.bot.as_deref()) {
        let bar = config.lane.bots.first().map_or(Span::secs(60), |seat| seat.bar);
        let built = build_bot(name, &Default::default(), instrument, bar)?;
        let bot: BotId = built.name().parse().map_err(Failure::doing("naming the bot"))?;
        seats.push(BotSeat { bot, symbol: instrument.symbol, bar, warm_up: built.bars_needed() });
        seated.push((bot, Box::new(Seated::new(built))));
    }
    lane.bots = seats;
    Ok((lane, seated))
}

/// The lane's configuration, and the bots of its seats.
type Seats = (LaneConfig, Vec<(BotId, Box<dyn Decide + Send>)>);

fn build_bot(
    strategy: &str,
    parameters: &stopline_bots::parameters::Parameters,
    instrument: &Instrument,
    bar: Span,
) -> Result<Box<dyn stopline_bots::strategy::Strategy + Send>, Failure> {
    let seat = Seat { symbol: instrument.symbol, tick: instrument.tick, bar_length: bar };
    registry::build(strategy, parameters, &seat).map_err(|why| match why {
        BuildError::UnknownBot { .. } => Failure::Argument(format!("--bot: {why}")),
        BuildError::Parameter { .. } => Failure::Argument(why.to_string()),
    })
}

/// What makes this replay, in one line of the ledger.
fn build(arguments: &Arguments, times: Times, rows: &Rows) -> String {
    let walked = match rows {
        Rows::Bars(_) => format!("bars walked {}", Walk::from(arguments.walk).name()),
        Rows::Ticks(..) => "ticks".to_owned(),
    };
    format!(
        "stopline {} replays {} from {} to {}, {walked}, delay {} ms, slippage {}, beat {} ms",
        env!("CARGO_PKG_VERSION"),
        arguments.symbol,
        zone::utc(times.from.0),
        zone::utc(times.to.0),
        times.delay.as_millis(),
        arguments.slippage,
        times.beat.as_millis()
    )
}

/// A bar on the terminal, if there is one.
fn progress(times: Times) -> impl FnMut(Progress) {
    let watched = std::io::stderr().is_terminal();
    move |progress| {
        if watched {
            anstream::eprint!("\r{} {}%\x1b[K", zone::moment(progress.at), percent(times, progress.at));
            if progress.over {
                anstream::eprint!("\r\x1b[K");
            }
        }
    }
}

fn percent(times: Times, at: ExchangeTime) -> i128 {
    let whole = i128::from(times.to.since(times.from).0).max(1);
    (i128::from(at.since(times.from).0) * 100 / whole).clamp(0, 100)
}

fn failed(why: ReplayError) -> Failure {
    match why {
        ReplayError::Empty => Failure::Argument(
            "there is no bar between --from and --to: give another range, or none for the whole tape"
                .to_owned(),
        ),
        ReplayError::Tape(why) => Failure::Argument(why),
        other => Failure::doing("replaying")(other),
    }
}

/// What is told of a replay.
struct Told<'a> {
    arguments: &'a Arguments,
    times: Times,
    fills: String,
    outcome: &'a Outcome,
    took: Span,
}

impl Told<'_> {
    fn text(&self, dir: &std::path::Path, digest: &str) -> String {
        let Told { arguments, times, fills, outcome, took } = self;
        let per_second = i128::from(outcome.rows) * 1_000_000_000 / i128::from(took.0.max(1));
        let ended = if outcome.stopped { "" } else { "the engine's stop was not complete\n" };
        format!(
            "{ended}replayed {} rows of {} in {}.{:03} s, {per_second} a second\n\
             market time {} to {} in Chicago\n\
             {fills}; delay {} ms\n\
             {} trades, {} fills, net {}\n\
             digest {digest}\n\
             stopline report --data-dir {dir} | fills | orders | explain | check",
            outcome.rows,
            arguments.symbol,
            took.as_millis() / 1_000,
            took.as_millis() % 1_000,
            zone::moment(outcome.first),
            zone::moment(outcome.last),
            times.delay.as_millis(),
            outcome.trades(),
            outcome.fills(),
            signed(outcome.net()),
            dir = dir.display(),
        )
    }

    /// Without what the machine's speed is in: the same twice.
    fn json(&self) -> Value {
        let Told { arguments, times, fills, outcome, .. } = self;
        json!({ "replay": {
            "symbol": arguments.symbol, "rows": outcome.rows, "from": zone::utc(outcome.first.0),
            "last": zone::utc(outcome.last.0), "means": fills,
            "delay_ms": times.delay.as_millis(), "beat_ms": times.beat.as_millis(),
            "trades": outcome.trades(),
            "fills": outcome.fills(), "net": outcome.net(), "stopped": outcome.stopped,
            "digest": outcome.digest().to_string(),
        } })
    }
}
