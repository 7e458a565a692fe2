//! Tells a run to whoever watches the terminal: a line for each durable fact, and how things stand every ten seconds.
//!
//! It only watches. It is told after the ledger, on a thread that nothing waits for, and a terminal that does not keep
//! up loses lines and nothing else.

use stopline_kernel::id::Symbol;
use stopline_kernel::num::Ticks;
use stopline_kernel::record::Entry;
use stopline_kernel::time::{Mono, Span};
use stopline_kernel::view::Status;
use stopline_runtime::config::Config;
use stopline_runtime::notice::Notice;
use stopline_runtime::published::Observer;

use super::say;
use crate::look::paint::{Line, Topic};
use crate::look::tell::Teller;
use crate::look::{standing, zone};

/// How often it says how things stand, in real time.
const STANDING: Span = Span::secs(10);

/// How much the market's speed may seem to differ from what was asked for, in percent.
const TOLERANCE: u64 = 20;

/// The watcher.
pub(super) struct Narrator {
    teller: Teller,
    speed_milli: u32,
    idle: Span,
    /// The first status with a market time, and whether the speed was judged.
    first: Option<Status>,
    judged: bool,
    last: Option<Mono>,
    /// What is meant to be traded, until the market was seen to trade it.
    unseen: Option<Symbol>,
}

impl Narrator {
    /// A narrator of a run with this configuration.
    pub(super) fn new(config: &Config) -> Narrator {
        Narrator {
            teller: Teller::knowing([config.paper.instrument.clone()]),
            speed_milli: config.paper.speed_milli,
            idle: config.paper.idle,
            first: None,
            judged: false,
            last: None,
            unseen: Some(config.paper.instrument.symbol),
        }
    }

    /// Says once if the exchange trades something else: it was made by an earlier run of this data directory.
    fn judge_contract(&mut self, status: &Status) {
        let (Some(wanted), Some((first, _))) = (self.unseen, status.marks.first()) else { return };
        self.unseen = None;
        if status.marks.iter().all(|(symbol, _)| *symbol != wanted) {
            let time = status.market.map_or_else(|| "--:--:--".to_owned(), zone::clock);
            let text = format!(
                "the exchange of this data directory trades {first} and not {wanted}, so no bot will see a price: ask \
                 for its contract, or for another --data-dir"
            );
            say(&Line { time, topic: Topic::Link, text }.painted());
        }
    }

    /// Says once if the exchange runs at another speed than was asked for: it was started by an earlier run.
    fn judge_speed(&mut self, status: &Status) {
        let Some(first) = self.first.as_ref().filter(|first| first.market.is_some()) else {
            self.first = Some(status.clone());
            return;
        };
        let real = status.at.mono.since(first.at.mono);
        let (Some(then), Some(now), false) = (first.at.market, status.at.market, self.judged) else { return };
        if real < STANDING {
            return;
        }
        self.judged = true;
        let milli = i128::from(now.since(then).0) * 1_000 / i128::from(real.0.max(1));
        let milli = u64::try_from(milli).unwrap_or(0);
        let wanted = u64::from(self.speed_milli);
        if milli.abs_diff(wanted) * 100 > wanted * TOLERANCE {
            let text = format!(
                "market time runs {} times as fast as real time, not {}: an exchange started earlier still runs; it \
                 ends {} s after its last client has left",
                factor(milli),
                factor(wanted),
                self.idle.as_millis() / 1_000
            );
            say(&Line { time: zone::clock(now), topic: Topic::Link, text }.painted());
        }
    }
}

impl Observer for Narrator {
    fn committed(&mut self, entries: &[Entry]) {
        for entry in entries {
            self.teller.tell(entry).iter().for_each(|line| say(&line.painted()));
        }
    }

    fn status(&mut self, status: &Status) {
        self.teller.learn(status);
        self.judge_speed(status);
        self.judge_contract(status);
        let now = status.at.mono;
        if self.last.is_none_or(|last| now.since(last) >= STANDING) {
            self.last = Some(now);
            say(&standing::line(status, self.teller.prices()).painted());
        }
    }

    fn notice(&mut self, notice: &Notice) {
        let (time, text) = (zone::clock_of(notice.at), notice.what.to_string());
        say(&Line { time, topic: Topic::Link, text }.painted());
    }
}

/// `60` or `0.5`.
fn factor(milli: u64) -> String {
    let (whole, part) = (milli / 1_000, milli % 1_000);
    let text = format!("{whole}.{part:03}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The first lines of a run: what is simulated, who trades, and how to stop.
pub(super) fn introduce(config: &Config) {
    let paper = &config.paper;
    let (symbol, speed) = (paper.instrument.symbol, factor(u64::from(paper.speed_milli)));
    let market = match &paper.tape {
        Some(tape) => format!("the real bars of {symbol} in {}, played", tape.file.display()),
        None => format!("{symbol}, made by seeded participants (seed {}), running", paper.seed),
    };
    say(&format!(
        "This market is SIMULATED: {market} at {speed} times real speed. No real money, no real broker."
    ));
    let seat = |seat: &stopline_kernel::limits::BotSeat| {
        format!("{} on {} s bars of {}", seat.bot, seat.bar.as_millis() / 1_000, seat.symbol)
    };
    let bots: Vec<String> = config.lane.bots.iter().map(seat).collect();
    let dir = config.data_dir.display();
    say(&format!("Account {}, {}; data in {dir}.", config.lane.account, bots.join(", ")));
    let scenario = Some(paper.models.scenario.to_string()).filter(|steps| !steps.is_empty());
    let scenario = scenario.map_or_else(String::new, |steps| format!(", scenario {steps}"));
    say(&format!("Models: latency {}, slippage {}{scenario}.", paper.models.latency, paper.models.slippage));
    if paper.tape.is_some() {
        say(&risk(config));
    }
    say("Times are market time in Chicago. Ctrl-C stops in good order; `stopline status` shows more.");
}

/// How wide a stop the risk of one trade allows: a tape may be of a contract or of days that the limits do not suit,
/// and then every trade is denied.
fn risk(config: &Config) -> String {
    let (limits, instrument) = (&config.lane.limits, &config.paper.instrument);
    let fees = config.paper.fee.unwrap_or(instrument.fee).0.saturating_mul(2);
    let ticks = limits.risk_per_trade.0.saturating_sub(fees).max(0) / instrument.tick_value.0.max(1);
    let points = instrument.show(Ticks(ticks));
    format!(
        "A trade of one lot may lose {}: its stop stands within {points} points. Where this market moves more, trades \
         are denied (risk per trade) until limits.risk_per_trade and limits.daily_loss (now {}) are raised.",
        limits.risk_per_trade, limits.daily_loss
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_read_as_they_are_typed() {
        assert_eq!([60_000, 500, 1_250, 600_000].map(factor), ["60", "0.5", "1.25", "600"]);
    }
}
