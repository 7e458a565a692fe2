//! The stage: settings for one paper account at 600 times speed, and an engine as a child process whose lines are read.
//!
//! A time-out here is there to end a hang, never to measure.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use stopline_kernel::id::AccountId;
use stopline_kernel::limits::{
    BotSeat, DayLimits, HourLimits, LaneConfig, Limits, OnStop, PaceLimits, SizeLimits, Timings,
};
use stopline_kernel::num::{Bps, Lots, Money, Ticks};
use stopline_kernel::time::Span;
use stopline_runtime::clock::Clock;
use stopline_runtime::settings::{BotProgram, Settings, VenueLaunch};
use tempfile::TempDir;

/// What ends a hang.
const HANG: Span = Span::secs(60);

pub(crate) const CASH: Money = Money(50_000_000_000);

pub(crate) fn account() -> AccountId {
    "PAPER-1".parse().unwrap()
}

pub(crate) fn socket(exchange: &Path) -> PathBuf {
    exchange.join("sock")
}

/// Settings for an engine in `dir` with one bot, whose orders no limit stops.
pub(crate) fn settings(dir: &Path, strategy: &str, run_for: Span) -> Settings {
    let this: OsString = std::env::current_exe().unwrap().into();
    let exchange = dir.join("exchange");
    let parameters = serde_json::json!({"fast": 2, "slow": 4, "atr": 3});
    let parameters = if strategy == "cross" { parameters } else { serde_json::json!({}) };
    Settings {
        data_dir: dir.to_owned(),
        lane: lane(),
        bots: vec![BotProgram {
            bot: "b1".parse().unwrap(),
            strategy: strategy.to_owned(),
            parameters: serde_json::from_value(parameters).unwrap(),
            argv: vec![this.clone(), "bot".into()],
        }],
        venue: VenueLaunch {
            socket: socket(&exchange),
            argv: vec![this, "exchange".into(), exchange.into()],
            output: dir.join("exchange.out"),
            patience: Span::secs(30),
        },
        run_for: Some(run_for),
        commit_deadline: Span::secs(3),
        bot_answer: Span::secs(2),
        build: "test".to_owned(),
    }
}

fn lane() -> LaneConfig {
    LaneConfig {
        account: account(),
        start_cash: CASH,
        limits: Limits {
            max_order_lots: Lots(2),
            max_instrument_lots: Lots(4),
            risk_per_trade: Money(2_000_000_000),
            daily_loss: Money(40_000_000_000),
            collar: Bps(100),
            collar_ticks: Ticks(400),
            max_orders_per_window: 250,
            through: Ticks(2),
            cash_tolerance: Money(5_000_000),
            day: DayLimits::OFF,
            size: SizeLimits::OFF,
            hours: HourLimits::OFF,
            pace: PaceLimits::OFF,
        },
        timings: Timings {
            intent_age: Span::secs(600),
            data_age: Span::secs(600),
            bar_lateness: Span::secs(1),
            rate_window: Span::secs(60),
            send_deadline: Span::millis(500),
            answer: Span::secs(2),
            protect: Span::secs(2),
            detect: Span::secs(5),
            settle: Span::secs(1),
            quotes_gone: Span::secs(5),
            reprice: Span::secs(1),
            flat: Span::secs(30),
            account_age: None,
        },
        bots: vec![BotSeat {
            bot: "b1".parse().unwrap(),
            symbol: "MESH6".parse().unwrap(),
            bar: Span::secs(60),
            warm_up: 20,
        }],
        on_stop: OnStop::KeepProtection,
        sizing: Vec::new(),
    }
}

/// A running engine.
pub(crate) struct Engine {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

/// How an engine ended.
pub(crate) struct Over {
    pub(crate) status: ExitStatus,
    pub(crate) lines: Vec<String>,
    pub(crate) stderr: String,
}

pub(crate) fn dir() -> TempDir {
    tempfile::tempdir().unwrap()
}

impl Engine {
    /// An engine with a bot of this kind, for so many seconds, with what `STOPLINE_HOOK` says.
    pub(crate) fn start(dir: &Path, bot: &str, seconds: u32, hook: &str) -> Engine {
        let this = std::env::current_exe().unwrap();
        let mut command = Command::new(this);
        command.args(["engine", dir.to_str().unwrap(), bot, &seconds.to_string()]);
        Engine::spawn(command, hook)
    }

    pub(crate) fn spawn(mut command: Command, hook: &str) -> Engine {
        command.env("STOPLINE_HOOK", hook).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (out, lines) = channel();
        let stdout = child.stdout.take().unwrap();
        std::thread::spawn(move || {
            BufReader::new(stdout).lines().map_while(Result::ok).all(|line| out.send(line).is_ok())
        });
        Engine { child, lines, seen: Vec::new() }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line that contains all of these words, after those waited for before.
    pub(crate) fn wait_for(&mut self, words: &[&str]) {
        self.wait_for_each(&[words]);
    }

    /// Waits for a line for each of these, in any order.
    pub(crate) fn wait_for_each(&mut self, all: &[&[&str]]) {
        let (mut missing, deadline) = (all.to_vec(), Clock::new().mono().plus(HANG));
        while !missing.is_empty() {
            let left = deadline.since(Clock::new().mono()).0.unsigned_abs();
            let Ok(line) = self.lines.recv_timeout(Duration::from_nanos(left)) else {
                let _ = self.child.kill();
                let mut said = String::new();
                self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
                panic!("no line with {missing:?}\n{}\n{said}", last(&self.seen));
            };
            missing.retain(|words| !words.iter().all(|word| line.contains(word)));
            self.seen.push(line);
        }
    }

    /// Waits for its end.
    pub(crate) fn over(mut self) -> Over {
        while let Ok(line) = self.lines.recv() {
            self.seen.push(line);
        }
        let _ = self.child.stdin.take();
        let mut stderr = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        Over { status: self.child.wait().unwrap(), lines: std::mem::take(&mut self.seen), stderr }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // One that has ended cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Over {
    pub(crate) fn count(&self, words: &[&str]) -> usize {
        self.lines.iter().filter(|line| words.iter().all(|word| line.contains(word))).count()
    }

    pub(crate) fn assert_in_order(&self) {
        let in_order = self.status.success() && self.count(&["ended: InOrder"]) == 1;
        assert!(in_order, "{:?}\n{}\n{}", self.status, last(&self.lines), self.stderr);
    }

    /// It ended by rule, and the reason, on standard error and in the log, names this.
    pub(crate) fn assert_by_rule(&self, named: &str) {
        let said = self.stderr.contains("ended by rule") && self.stderr.contains(named);
        let logged = self.count(&["last words", named]) == 1;
        let by_rule = self.status.code() == Some(1) && said && logged;
        assert!(by_rule, "{:?}\n{}\n{}", self.status, last(&self.lines), self.stderr);
    }
}

/// The end of a long story.
fn last(lines: &[String]) -> String {
    lines.get(lines.len().saturating_sub(60)..).unwrap_or_default().join("\n")
}

/// Sends a signal by the system's own program.
pub(crate) fn signal(pid: u32, signal: &str) {
    assert!(Command::new("kill").args([signal, &pid.to_string()]).status().unwrap().success());
}
