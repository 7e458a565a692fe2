//! From a checked configuration to the settings of a run: which programs are started, and where things are kept.
//!
//! It starts nothing. Bots and the exchange are this very program, so that all of them are of one build.

use std::ffi::OsString;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use stopline_runtime::config::{Config, duration};
use stopline_runtime::settings::{BotProgram, Settings, VenueLaunch};

use super::Arguments;
use crate::cli::Global;
use crate::exit::Failure;

/// The settings of a run.
pub(super) fn settings(config: &Config, global: &Global, arguments: &Arguments) -> Result<Settings, Failure> {
    let program = std::env::current_exe().map_err(Failure::doing("finding this program's own file"))?;
    let wrong =
        |text: &String| Failure::Argument(format!("--for {text}: write a duration such as 90s, 10m or 1h"));
    let run_for =
        arguments.run_for.as_ref().map(|text| duration(text).ok_or_else(|| wrong(text))).transpose()?;
    let bot = |bot: &stopline_runtime::config::BotConfig| BotProgram {
        bot: bot.bot,
        strategy: bot.strategy.clone(),
        parameters: bot.params.clone(),
        argv: vec![program.clone().into(), "bot-process".into()],
    };
    Ok(Settings {
        data_dir: config.data_dir.clone(),
        lane: config.lane.clone(),
        bots: config.bots.iter().map(bot).collect(),
        venue: VenueLaunch {
            socket: config.venue_socket(),
            argv: exchange(&program, config, global, arguments)?,
            output: config.venue_dir().join("exchange.out"),
            patience: config.paper.patience,
        },
        run_for,
        commit_deadline: config.commit_deadline,
        bot_answer: config.bot_answer,
        build: format!("stopline {} with configuration {}", env!("CARGO_PKG_VERSION"), config.hash()),
    })
}

/// The exchange's command line: this configuration, with the same flags over it.
fn exchange(
    program: &Path,
    config: &Config,
    global: &Global,
    arguments: &Arguments,
) -> Result<Vec<OsString>, Failure> {
    let absolute = |path: &Path| -> Result<PathBuf, Failure> {
        std::path::absolute(path).map_err(Failure::doing(format!("finding {}", path.display())))
    };
    let mut argv: Vec<OsString> =
        vec![program.into(), "--data-dir".into(), absolute(&config.data_dir)?.into()];
    if let Some(file) = &global.config {
        argv.extend(["--config".into(), absolute(file)?.into()]);
    }
    argv.extend(["venue".into(), "serve".into()]);
    argv.extend(arguments.market.typed());
    Ok(argv)
}

/// Makes the directories, for their owner alone.
pub(super) fn directories(config: &Config) -> Result<(), Failure> {
    for dir in [config.data_dir.clone(), config.venue_dir(), config.log_dir()] {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&dir);
        made.map_err(Failure::doing(format!("making {}", dir.display())))?;
    }
    Ok(())
}
