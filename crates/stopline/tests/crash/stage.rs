//! The processes of one case: the engine, the exchange that outlives it, and questions asked of either through the
//! real program.
//!
//! It must never leave a process behind, whatever a test does, and never ends one that is not its own.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use rustix::time::{ClockId, clock_gettime};
use serde::Deserialize;
use stopline_kernel::time::{Mono, Span};
use stopline_venues::paper::wire::{OrderMessage, PositionMessage, TradeMessage};
use tempfile::TempDir;

/// The program under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_stopline");

/// How often a process is looked at.
pub(crate) const LOOK: Duration = Duration::from_millis(15);

/// How often the exchange is asked for its book: the line that loses messages may lose this question too.
const ASKS: u32 = 8;

/// How long it is left alone between two asks.
const PAUSE: Duration = Duration::from_millis(100);

/// How long an answer is waited for.
const ANSWER: Span = Span::secs(2);

/// This moment, on the clock that the engine stamps its records with.
pub(crate) fn now() -> Mono {
    let time = clock_gettime(ClockId::Monotonic);
    let nanos = time.tv_sec.saturating_mul(1_000_000_000).saturating_add(time.tv_nsec);
    Mono(u64::try_from(nanos).unwrap_or(0))
}

/// What the exchange itself holds.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Book {
    pub(crate) cash: String,
    pub(crate) orders: Vec<OrderMessage>,
    pub(crate) executions: Vec<TradeMessage>,
    pub(crate) positions: Vec<PositionMessage>,
}

/// A data directory of its own, with whatever runs on it.
#[derive(Debug)]
pub(crate) struct Stage {
    dir: Option<TempDir>,
    path: PathBuf,
}

impl Stage {
    pub(crate) fn new(config: &str) -> io::Result<Stage> {
        let dir = tempfile::Builder::new().prefix("crash").tempdir()?;
        let path = dir.path().to_path_buf();
        fs::write(path.join("stopline.toml"), config)?;
        Ok(Stage { dir: Some(dir), path })
    }

    /// Where the ledger is.
    pub(crate) fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    /// What the exchange remembers.
    pub(crate) fn journal(&self) -> PathBuf {
        self.data().join("venue/exchange.journal")
    }

    /// Starts an engine on this directory.
    pub(crate) fn engine(&self, variables: &[(&str, String)]) -> io::Result<Engine> {
        let output = File::options().create(true).append(true).open(self.path.join("engine.out"))?;
        let errors = output.try_clone()?;
        let mut command = self.program();
        command.arg("run").envs(variables.iter().map(|(name, value)| (name, value)));
        let child = command.stdin(Stdio::null()).stdout(output).stderr(errors).spawn()?;
        Ok(Engine { child, began: now() })
    }

    /// The exchange's own truth.
    pub(crate) fn book(&self) -> Result<Book, String> {
        let answer = self.path.join("book.json");
        for _ in 0..ASKS {
            let asked = File::create(&answer).and_then(|file| self.ask_for_book(file));
            let asked = asked.map_err(|why| why.to_string())?;
            let text = fs::read(&answer).map_err(|why| why.to_string())?;
            match serde_json::from_slice(&text) {
                Ok(book) if asked => return Ok(book),
                // Lost on the way, or the exchange has only just been started.
                _ => sleep(PAUSE),
            }
        }
        Err(format!("the exchange gave no book: {}", fs::read_to_string(&answer).unwrap_or_default()))
    }

    /// Whether an answer came. A question that was lost on the way is not waited for to its end.
    fn ask_for_book(&self, answer: File) -> io::Result<bool> {
        let errors = answer.try_clone()?;
        let mut command = self.program();
        command.args(["--json", "venue", "book"]).stdin(Stdio::null()).stdout(answer).stderr(errors);
        let mut child = command.spawn()?;
        let since = now();
        while now().since(since) < ANSWER {
            if let Some(status) = child.try_wait()? {
                return Ok(status.success());
            }
            sleep(LOOK);
        }
        child.kill()?;
        child.wait()?;
        Ok(false)
    }

    /// What `stopline check` says of the ledger, if it is anything but sound.
    pub(crate) fn unsound(&self) -> Option<String> {
        match self.program().arg("check").output() {
            Ok(output) if output.status.success() => None,
            Ok(output) => Some(String::from_utf8_lossy(&output.stdout).into_owned()),
            Err(why) => Some(why.to_string()),
        }
    }

    /// Leaves the files for a person to look at; where they are.
    pub(crate) fn keep(&mut self) -> &Path {
        if let Some(dir) = self.dir.take() {
            let _: PathBuf = dir.keep();
        }
        &self.path
    }

    fn program(&self) -> Command {
        let mut command = Command::new(PROGRAM);
        let config = self.path.join("stopline.toml");
        command.arg("--data-dir").arg(self.data()).arg("--config").arg(config);
        command.env_remove("STOPLINE_HOOK").env_remove("STOPLINE_MUTANT");
        command
    }

    /// The exchange's process, if it runs on this directory: its lock names it, and its command line must bear it out.
    fn exchange(&self) -> Option<Pid> {
        let text = fs::read_to_string(self.data().join("venue/exchange.lock")).ok()?;
        let number: i32 = text.trim().parse().ok()?;
        let listed = Command::new("ps").args(["-o", "args=", "-p", &number.to_string()]).output().ok()?;
        let line = String::from_utf8_lossy(&listed.stdout).into_owned();
        let ours = line.contains(&*self.path.to_string_lossy()) && line.contains("venue serve");
        Pid::from_raw(number).filter(|_| ours)
    }

    fn end_exchange(&self) {
        for (signal, looks) in [(Signal::TERM, 200), (Signal::KILL, 100)] {
            for look in 0..looks {
                let Some(exchange) = self.exchange() else { return };
                if look == 0 {
                    // One that has just ended by itself needs no signal.
                    let _ = kill_process(exchange, signal);
                }
                sleep(LOOK);
            }
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.end_exchange();
    }
}

/// A running engine.
#[derive(Debug)]
pub(crate) struct Engine {
    child: Child,
    began: Mono,
}

impl Engine {
    /// How it ended and when, if it has.
    pub(crate) fn ended(&mut self) -> Option<(ExitStatus, Mono)> {
        self.child.try_wait().ok().flatten().map(|status| (status, now()))
    }

    /// When it was started.
    pub(crate) const fn began(&self) -> Mono {
        self.began
    }

    /// How long it has run.
    pub(crate) fn age(&self) -> Span {
        now().since(self.began)
    }

    /// Ends it as nothing can defend against; when.
    pub(crate) fn kill(&mut self) -> Mono {
        // One that has ended by itself is waited for all the same.
        let _ = self.child.kill();
        let _ = self.child.wait();
        now()
    }

    /// Asks it to stop in good order.
    pub(crate) fn stop(&self) {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Whether a process was killed and did not end by itself.
pub(crate) fn was_killed(status: ExitStatus) -> bool {
    status.signal() == Some(Signal::KILL.as_raw())
}
