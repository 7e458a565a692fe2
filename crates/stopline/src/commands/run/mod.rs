//! `stopline run`: trade until Ctrl-C, telling every durable fact as it happens.
//!
//! It starts what the configuration says and decides nothing; what it tells comes from committed records alone.

mod launch;
mod narrator;

use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;
use serde_json::json;
use stopline_kernel::view::Status;
use stopline_ledger::fence::FenceError;
use stopline_runtime::commands::Commands;
use stopline_runtime::config::Config;
use stopline_runtime::control::{self, Server};
use stopline_runtime::ending::Ended;
use stopline_runtime::log::Logbook;
use stopline_runtime::run::{Audience, RunError};

use super::setup;
use super::venue::flags::Market;
use super::venue::plan;
use crate::cli::Global;
use crate::exit::{Failure, Report};
use crate::look::prices::{Prices, signed_if};
use crate::look::standing;
use crate::print;
use narrator::Narrator;

/// What is to be run, and for how long.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    market: Market,
    /// Stop in good order after this long, in real time, such as 90s or 10m
    #[arg(long = "for", value_name = "DURATION")]
    run_for: Option<String>,
    /// Print the configuration in force, defaults included, and start nothing
    #[arg(long)]
    print_config: bool,
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> Result<Report, Failure> {
    arguments.market.check_tape()?;
    let config = setup::config(global, arguments.market.flags())?;
    if arguments.print_config {
        return Ok(super::config::report(config));
    }
    if config.paper.tape.is_some() {
        plan::plan(&config).map_err(|why| Failure::Argument(why.to_string()))?;
    }
    let settings = launch::settings(&config, global, arguments)?;
    plan::verify(&config)?;
    launch::directories(&config)?;
    let opened = Logbook::open(&config.log_dir(), config.log);
    let (log, writer) =
        opened.map_err(Failure::doing(format!("opening the log in {}", config.log_dir().display())))?;
    if !global.json {
        narrator::introduce(&config);
    }
    let stage = Stage::default();
    let audience = audience(&config, !global.json, &log, &stage);
    // What is left of the log belongs to the engine's threads, so that it ends when they do.
    drop(log);
    let ended = stopline_runtime::run::run(settings, audience).map_err(refused)?;
    let last = stage.clear();
    writer.finish();
    Ok(farewell(&config, ended, last.as_deref()))
}

/// Who watches the engine and who commands it.
fn audience(config: &Config, tells: bool, log: &Logbook, stage: &Stage) -> Audience {
    let (socket, stage, last) = (control::socket(&config.data_dir), stage.clone(), log.clone());
    let mut observers: Vec<Box<dyn stopline_runtime::published::Observer>> = vec![Box::new(log.clone())];
    if tells {
        observers.push(Box::new(Narrator::new(config)));
    }
    Audience {
        observers,
        last_words: Arc::new(move |line| last.last_words(line)),
        commands: Box::new(move |commands| stage.set(commands, &socket)),
    }
}

/// What the engine is commanded and asked through, from the moment it can be.
#[derive(Clone, Default)]
struct Stage(Arc<Mutex<Option<Controls>>>);

/// The engine's handle, and the socket where people reach it, if it could be made.
struct Controls {
    commands: Commands,
    _server: Option<Server>,
}

impl Stage {
    /// Opens the control socket. An engine that cannot be commanded still trades within its limits and still heeds
    /// Ctrl-C, so it goes on, and says so.
    fn set(&self, commands: Commands, socket: &std::path::Path) {
        let server = Server::start(socket, Arc::new(commands.clone()));
        let server = server.inspect_err(|why| anstream::eprintln!("no command can be taken: {why}")).ok();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Controls { commands, _server: server });
    }

    /// Closes the control socket; gives the last status.
    fn clear(&self) -> Option<Arc<Status>> {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        taken.and_then(|controls| controls.commands.status())
    }
}

/// Why no engine began, with its exit code.
fn refused(why: RunError) -> Failure {
    match why {
        RunError::Fence(FenceError::Seized { .. }) => Failure::Refused(why.to_string()),
        RunError::Fence(_)
        | RunError::Signals(_)
        | RunError::Ledger(_)
        | RunError::Venue(_)
        | RunError::Thread { .. } => Failure::doing("starting the engine")(why),
    }
}

/// How it ended and how things stand, and the exit code: an end that is not complete is a failure.
fn farewell(config: &Config, ended: Ended, last: Option<&Status>) -> Report {
    let (word, text, code) = match ended {
        Ended::InOrder => ("in_order", "stopped in good order", 0),
        Ended::Unfinished => (
            "unfinished",
            "stopped before everything was done; what is open keeps its protection at the venue",
            1,
        ),
    };
    let json = json!({ "ended": word, "account": config.lane.account, "status": last });
    let mut text = text.to_owned();
    if let Some(status) = last {
        let prices = Prices::of([config.paper.instrument.clone()]);
        text = format!("{text}\n{}", standing::line(status, &prices).painted());
        text =
            format!("{text}\nrealised {} before fees of {}", signed_if(Some(status.realised)), status.fees);
    }
    Report { text, json, code }
}

/// One line at once; the narrator's only way out.
fn say(line: &str) {
    print::line(line);
}
