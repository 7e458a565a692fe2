//! What this program is besides a test: the engine, the exchange, a bot, and a process that ends by rule.
//!
//! Each is the thinnest shell around what ships; no role decides anything.

use std::io::{BufRead, Write, stdin, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use stopline_bots::protocol::{BotSide, last_words};
use stopline_exchange::birth::Drive;
use stopline_exchange::presets;
use stopline_exchange::server::{self, ServeConfig, serve};
use stopline_kernel::num::Money;
use stopline_kernel::record::{Entry, Record};
use stopline_kernel::time::Span;
use stopline_kernel::view::Status;
use stopline_runtime::notice::Notice;
use stopline_runtime::published::Observer;
use stopline_runtime::run::{Audience, run};

use crate::stage;

/// Plays the role that the first argument names, if it names one.
pub(crate) fn play(arguments: &[String]) -> Option<ExitCode> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["engine", dir, bot, seconds] => Some(engine(Path::new(dir), bot, seconds.parse().unwrap())),
        ["exchange", dir] => Some(exchange(Path::new(dir))),
        ["bot"] => Some(bot()),
        _ => None,
    }
}

fn engine(dir: &Path, bot: &str, seconds: i64) -> ExitCode {
    let settings = stage::settings(dir, bot, Span::secs(seconds));
    let audience = Audience {
        observers: vec![Box::new(Teller)],
        last_words: Arc::new(|line| tell(&format!("last words: {line}"))),
        commands: Box::new(|_| ()),
    };
    match run(settings, audience) {
        Ok(ended) => {
            tell(&format!("ended: {ended:?}"));
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// Prints what a test wants to see, one line each.
struct Teller;

impl Observer for Teller {
    fn committed(&mut self, entries: &[Entry]) {
        for Entry { seq, record, .. } in entries {
            match record {
                Record::BotChanged { bot, up, why } => tell(&format!("{seq} bot {bot} up={up} {why}")),
                Record::StreamChanged(change) => {
                    tell(&format!("{seq} stream {:?} up={} {}", change.stream, change.up, change.why));
                }
                Record::HaltSet(halt) => tell(&format!("{seq} halt {:?} {}", halt.cause, halt.why)),
                Record::Transition(moved) => {
                    tell(&format!("{seq} transition {:?} {:?}", moved.event, moved.not_sent));
                }
                other => tell(&format!("{seq} {}", other.kind())),
            }
        }
    }

    fn status(&mut self, status: &Status) {
        tell(&format!("status trading={} waiting={:?}", status.trading, status.waiting));
    }

    fn notice(&mut self, notice: &Notice) {
        tell(&format!("notice {}", notice.what));
    }
}

fn tell(line: &str) {
    let mut out = stdout().lock();
    // A test that has seen enough no longer reads.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn exchange(dir: &Path) -> ExitCode {
    let plan = || {
        let mes = presets::mes(Money(620_000)).unwrap();
        let salt = u64::try_from(server::wall().0).unwrap();
        let mut plan = presets::plan(mes, stage::account(), stage::CASH, 7, salt);
        if std::env::var_os("STAGE_QUIET").is_some() {
            plan.contracts.iter_mut().for_each(|(_, drive)| *drive = Drive::Quiet);
        }
        Ok(plan)
    };
    let config = ServeConfig {
        dir: dir.to_owned(),
        socket: stage::socket(dir),
        plan: Box::new(plan),
        speed_milli: 600_000,
        faults: std::env::var("STAGE_FAULTS").unwrap_or_default().parse().unwrap(),
        idle_exit: Some(Span::secs(2)),
        stop: server::stop_on_signals().unwrap(),
    };
    std::fs::write(pid_file(dir), std::process::id().to_string()).unwrap();
    match serve(config) {
        Ok(_) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// Where the exchange writes its process number.
pub(crate) fn pid_file(dir: &Path) -> PathBuf {
    dir.with_extension("pid")
}

fn bot() -> ExitCode {
    let mut side = BotSide::shipped();
    for line in stdin().lock().lines() {
        let (lines, over) = match side.line(&line.unwrap()) {
            Ok(lines) => (lines, false),
            Err(why) => (vec![last_words(&why)], true),
        };
        let text: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
        let written = stdout().lock().write_all(text.as_bytes());
        if over || written.is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
