//! The simulated exchange as a process of its own: found when it runs, started when it does not.
//!
//! It is never stopped from here: it outlives the engine on purpose, ends by itself when nobody comes back, and must
//! not die of the Ctrl-C that ends the engine, so it gets a process group of its own.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use stopline_kernel::time::Span;
use thiserror::Error;

use crate::clock::Clock;
use crate::settings::VenueLaunch;

/// How often a starting exchange is looked for.
const LOOK: Duration = Duration::from_millis(20);

/// Why there is no exchange.
#[derive(Debug, Error)]
pub enum VenueError {
    /// Nobody listens, and it is not ours to start.
    #[error("nobody listens at {} ({why}), and there is no program to start", socket.display())]
    NotOurs {
        /// The socket.
        socket: PathBuf,
        /// What the system said.
        why: io::Error,
    },
    /// The program could not be started.
    #[error("cannot start {}: {why}", program.display())]
    NotStarted {
        /// The program.
        program: PathBuf,
        /// What the system said.
        why: io::Error,
    },
    /// Where its output is to go cannot be opened.
    #[error("cannot write {}: {why}", file.display())]
    NoOutput {
        /// The file.
        file: PathBuf,
        /// What the system said.
        why: io::Error,
    },
    /// It ended before it listened.
    #[error("the exchange ended at once ({status}): {said} (all of it is in {})", output.display())]
    EndedAtOnce {
        /// How.
        status: ExitStatus,
        /// The last line it printed.
        said: String,
        /// Where it printed to.
        output: PathBuf,
    },
    /// It runs, and does not listen.
    #[error("the exchange does not listen at {} after {} s", socket.display(), patience.as_millis() / 1_000)]
    Silent {
        /// The socket.
        socket: PathBuf,
        /// Machine: how long it was waited for.
        patience: Span,
    },
}

/// How the exchange came to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// It was there.
    Running,
    /// It was started.
    Started,
}

/// The exchange's process, as far as it is ours.
#[derive(Debug)]
pub struct Exchange {
    launch: VenueLaunch,
    clock: Clock,
    child: Option<Child>,
}

impl Exchange {
    /// An exchange that has not been looked for yet.
    pub const fn new(launch: VenueLaunch, clock: Clock) -> Exchange {
        Exchange { launch, clock, child: None }
    }

    /// Finds the exchange, or starts it and waits until it listens.
    ///
    /// # Errors
    ///
    /// [`VenueError`] says what to look at.
    pub fn attach(&mut self) -> Result<Found, VenueError> {
        let Err(why) = self.connect() else { return Ok(Found::Running) };
        let Some((program, arguments)) = self.launch.argv.split_first() else {
            return Err(VenueError::NotOurs { socket: self.launch.socket.clone(), why });
        };
        let child = self.spawn(program, arguments)?;
        self.child = Some(child);
        self.wait_for_it()
    }

    /// Starts the exchange if it is gone, without waiting for it; whether it was.
    ///
    /// # Errors
    ///
    /// [`VenueError`] says what to look at.
    pub fn tend(&mut self) -> Result<bool, VenueError> {
        // However it ended, it is started again.
        let _: Option<ExitStatus> = self.reap();
        if self.child.is_some() || self.connect().is_ok() {
            return Ok(false);
        }
        let Some((program, arguments)) = self.launch.argv.split_first() else { return Ok(false) };
        self.child = Some(self.spawn(program, arguments)?);
        Ok(true)
    }

    /// Takes note of an exchange of ours that has ended, so that it does not stay a zombie; says how it ended.
    pub fn reap(&mut self) -> Option<ExitStatus> {
        let status = self.child.as_mut()?.try_wait().ok().flatten()?;
        self.child = None;
        Some(status)
    }

    fn connect(&self) -> io::Result<UnixStream> {
        UnixStream::connect(&self.launch.socket)
    }

    fn spawn(&self, program: &OsString, arguments: &[OsString]) -> Result<Child, VenueError> {
        let file = &self.launch.output;
        let no_output = |why| VenueError::NoOutput { file: file.clone(), why };
        let mut options = OpenOptions::new();
        let output = options.create(true).append(true).mode(0o600).open(file).map_err(no_output)?;
        let errors = output.try_clone().map_err(no_output)?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(output).stderr(errors).process_group(0);
        command.spawn().map_err(|why| VenueError::NotStarted { program: program.into(), why })
    }

    fn wait_for_it(&mut self) -> Result<Found, VenueError> {
        let (since, patience) = (self.clock.mono(), self.launch.patience);
        while self.clock.mono().since(since) < patience {
            if self.connect().is_ok() {
                return Ok(Found::Started);
            }
            if let Some(status) = self.reap() {
                let output = self.launch.output.clone();
                return Err(VenueError::EndedAtOnce { status, said: last_line(&output), output });
            }
            thread::sleep(LOOK);
        }
        Err(VenueError::Silent { socket: self.launch.socket.clone(), patience })
    }
}

/// The last line of a file, as far as it can be read.
fn last_line(file: &Path) -> String {
    let text = std::fs::read(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let last = text.lines().rev().find(|line| !line.trim().is_empty());
    last.unwrap_or("it said nothing").trim_start_matches("error: ").to_owned()
}
