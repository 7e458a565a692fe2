//! `stopline venue serve`: the simulated exchange in this process, until nobody needs it any more.
//!
//! It knows no engine: it serves whoever speaks its protocol, and it outlives an engine that dies.

use clap::Args;
use serde_json::json;
use stopline_exchange::faults::FaultsError;
use stopline_exchange::server::{Ended, ServeConfig, ServeError, serve, stop_on_signals};

use super::super::setup;
use super::flags::Market;
use super::plan;
use crate::cli::Global;
use crate::exit::{Failure, Report};

const DOING: &str = "serving the simulated exchange";

/// Which market.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    market: Market,
    /// Stay although nobody is connected
    #[arg(long)]
    stay: bool,
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> Result<Report, Failure> {
    arguments.market.check_tape()?;
    let config = setup::config(global, arguments.market.flags())?;
    // Read once before anything is made: a tape that cannot be read is an argument to be mended.
    plan::plan(&config).map_err(|why| Failure::Argument(format!("no market can be made: {why}")))?;
    let serving = ServeConfig {
        dir: config.venue_dir(),
        socket: config.venue_socket(),
        speed_milli: config.paper.speed_milli,
        faults: config.paper.faults.parse().map_err(Failure::doing::<FaultsError>(DOING))?,
        idle_exit: (!arguments.stay).then_some(config.paper.idle),
        stop: stop_on_signals().map_err(Failure::doing(DOING))?,
        plan: Box::new(move || Ok(plan::plan(&config)?)),
    };
    match serve(serving) {
        Ok(ended) => {
            let why = match ended {
                Ended::Stopped => "it was asked to stop",
                Ended::Idle => "nobody was connected any more",
            };
            Ok(Report::done(format!("the exchange has ended: {why}"), json!({ "ended": why })))
        }
        Err(why @ ServeError::Locked { .. }) => Err(Failure::Refused(why.to_string())),
        Err(why) => Err(Failure::doing(DOING)(why)),
    }
}
