//! The flags of the simulated market, which `run` takes and hands on to the exchange that it starts.
//!
//! They lie over the configuration and hold nothing of their own.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use serde_json::Value;
use stopline_runtime::config::Flag;

use super::plan;
use crate::exit::Failure;

/// The market that a new exchange makes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub(crate) struct Market {
    /// How many times as fast as real time market time runs, at most 1000
    #[arg(long, value_name = "FACTOR")]
    pub(crate) speed: Option<String>,
    /// What a new exchange's market is drawn from
    #[arg(long)]
    pub(crate) seed: Option<i64>,
    /// When a new exchange begins, in Chicago, such as "2020-03-09 08:30"; not within the first three hours of a tape
    #[arg(long, value_name = "MOMENT")]
    pub(crate) start: Option<String>,
    /// Real one-minute bars to play instead of a simulated market (.dbn or .csv, plain, .zst or .gz)
    #[arg(long, value_name = "FILE", requires = "symbol")]
    pub(crate) tape: Option<PathBuf>,
    /// The contract: a root such as MES, or a symbol such as MESZ6
    #[arg(long)]
    pub(crate) symbol: Option<String>,
    /// How long news takes from the exchange: none, lan, home, far, or a time such as 20ms
    #[arg(long, value_name = "MODEL")]
    pub(crate) latency: Option<String>,
    /// What an order that takes pays: book, or ticks:N for so many ticks more
    #[arg(long, value_name = "MODEL")]
    pub(crate) slippage: Option<String>,
    /// What happens to the market by market time, such as "halted@10m,open@12m,limits:40@30m"
    #[arg(long, value_name = "STEPS")]
    pub(crate) scenario: Option<String>,
}

impl Market {
    /// What lies over the configuration.
    pub(crate) fn flags(&self) -> Vec<Flag> {
        let flag = |flag, key, value: Option<Value>| value.map(|value| Flag { flag, key, value });
        let speed =
            self.speed.as_deref().map(|text| text.parse::<i64>().map_or_else(|_| text.into(), Value::from));
        let tape = self.tape.as_ref().map(|path| path.display().to_string().into());
        let flags = [
            flag("--speed", "venue.paper.speed", speed),
            flag("--seed", "venue.paper.seed", self.seed.map(Value::from)),
            flag("--start", "venue.paper.start", self.start.clone().map(Value::from)),
            flag("--tape", "venue.paper.tape", tape),
            flag("--symbol", "venue.paper.symbol", self.symbol.clone().map(Value::from)),
            flag("--latency", "venue.paper.latency", self.latency.clone().map(Value::from)),
            flag("--slippage", "venue.paper.slippage", self.slippage.clone().map(Value::from)),
            flag("--scenario", "venue.paper.scenario", self.scenario.clone().map(Value::from)),
        ];
        flags.into_iter().flatten().collect()
    }

    /// Whether the tape that is typed has the symbol that is typed; asked before anything looks up the symbol, because
    /// only the tape knows which ones are like it.
    pub(crate) fn check_tape(&self) -> Result<(), Failure> {
        let typed = self.tape.as_deref().zip(self.symbol.as_deref().and_then(|symbol| symbol.parse().ok()));
        let had = typed.map_or(Ok(()), |(tape, symbol)| plan::has_symbol(tape, symbol));
        had.map_err(|why| Failure::Argument(why.to_string()))
    }

    /// The same flags as they are typed.
    pub(crate) fn typed(&self) -> Vec<OsString> {
        let pairs: [(&str, Option<OsString>); 8] = [
            ("--speed", self.speed.clone().map(Into::into)),
            ("--seed", self.seed.map(|seed| seed.to_string().into())),
            ("--start", self.start.clone().map(Into::into)),
            ("--tape", self.tape.clone().map(Into::into)),
            ("--symbol", self.symbol.clone().map(Into::into)),
            ("--latency", self.latency.clone().map(Into::into)),
            ("--slippage", self.slippage.clone().map(Into::into)),
            ("--scenario", self.scenario.clone().map(Into::into)),
        ];
        let given = pairs.into_iter().filter_map(|(flag, value)| Some([flag.into(), value?]));
        given.flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        market: Market,
    }

    #[test]
    fn what_is_typed_reads_back_as_itself() {
        let market = Market {
            speed: Some("0.5".into()),
            seed: Some(7),
            start: Some("2020-03-09 08:30".into()),
            tape: Some("a b.dbn".into()),
            symbol: Some("ESZ4".into()),
            latency: Some("home".into()),
            slippage: Some("ticks:1".into()),
            scenario: Some("halted@1m,open@2m".into()),
        };
        let typed = [OsString::from("line")].into_iter().chain(market.typed());
        assert_eq!(Line::try_parse_from(typed).unwrap().market, market);
        assert_eq!(market.flags().len(), 8);
        assert!(Market::default().typed().is_empty());
    }
}
