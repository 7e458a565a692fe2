//! The bots of a configuration: each with its seat at the table, built once to see that it can be.
//!
//! A bot that could not be built never reaches the lane. No bot runs here.

use serde_json::Value;
use stopline_bots::parameters::Parameters;
use stopline_bots::registry;
use stopline_bots::strategy::Seat;
use stopline_kernel::id::Symbol;
use stopline_kernel::instrument::Instrument;
use stopline_kernel::limits::BotSeat;

use super::BotConfig;
use super::error::{ConfigError, Fault};
use super::raw::Table;
use super::read::{Setting, setting};

/// How each bot is built, and its seat.
pub(super) fn read(
    tables: &[Table],
    instrument: &Instrument,
) -> Result<(Vec<BotConfig>, Vec<BotSeat>), ConfigError> {
    let read: Result<Vec<_>, _> = tables.iter().map(|table| bot(table, instrument)).collect();
    Ok(read?.into_iter().unzip())
}

fn bot(table: &Table, instrument: &Instrument) -> Result<(BotConfig, BotSeat), ConfigError> {
    let strategy = setting(table, "bots.strategy")?;
    let params = setting(table, "bots.params")?;
    let symbol = symbol(&setting(table, "bots.symbol")?, instrument.symbol)?;
    let bar = setting(table, "bots.bar")?.duration()?;
    let config = BotConfig {
        bot: setting(table, "bots.name")?.name()?,
        strategy: strategy.text()?.to_owned(),
        params: parameters(&params)?,
    };
    let seat = Seat { symbol, tick: instrument.tick, bar_length: bar };
    let built = registry::build(&config.strategy, &config.params, &seat).map_err(|why| match why {
        registry::BuildError::UnknownBot { .. } => strategy.fault(Fault::Bot(why)),
        registry::BuildError::Parameter { .. } => params.fault(Fault::Bot(why)),
    })?;
    let seat = BotSeat { bot: config.bot, symbol, bar, warm_up: built.bars_needed() };
    Ok((config, seat))
}

/// `venue` is the contract of the simulated exchange; another one is not traded there.
fn symbol(setting: &Setting<'_>, traded: Symbol) -> Result<Symbol, ConfigError> {
    match setting.text()? {
        "venue" => Ok(traded),
        text if text == traded.as_str() => Ok(traded),
        _ => Err(setting.fault(Fault::Form("\"venue\", or the contract of `venue.paper.symbol`"))),
    }
}

fn parameters(setting: &Setting<'_>) -> Result<Parameters, ConfigError> {
    match setting.value() {
        Value::Object(table) => Ok(table.iter().map(|(key, value)| (key.clone(), value.clone())).collect()),
        _ => Err(setting.fault(Fault::Form("a table such as { fast = 5, slow = 20 }"))),
    }
}
