//! From settings to a running engine and to its end: start-up as a sequence of steps, each returning the next.
//!
//! Start-up is recovery: there is no other way in. No step can be left out or taken twice, since each one consumes the
//! one before it; and no bot is started before everything else stands.

use std::io;
use std::sync::Arc;

use stopline_kernel::input::Event;
use stopline_kernel::lane::Lane;
use stopline_kernel::ledgered::Ledgered;
use stopline_kernel::report::Stream;
use stopline_ledger::fence::{Fence, FenceError};
use stopline_ledger::{OpenError, SqliteLog};
use thiserror::Error;

use crate::bot_host::{Bots, HostTools};
use crate::clock::Clock;
use crate::commands::Commands;
use crate::crew::{Deaths, Role};
use crate::ending::{Ended, LastWords};
use crate::guardrail::Guardrail;
use crate::inbox::Bounds;
use crate::panics;
use crate::pipeline::Pipeline;
use crate::published::{Observer, Watched};
use crate::session::{Sessions, Surround};
use crate::settings::Settings;
use crate::shared::Shared;
use crate::signals::Signals;
use crate::stopped::Stopped;
use crate::supervise::{Restarts, Supervisor};
use crate::venue::{Exchange, VenueError};

/// Whoever watches and commands a run.
pub struct Audience {
    /// Told of every committed record, every status and every notice.
    pub observers: Vec<Box<dyn Observer>>,
    /// Takes the last line when the process ends by rule.
    pub last_words: LastWords,
    /// Given the handle for commands, once, as soon as the lane takes them.
    pub commands: Box<dyn FnOnce(Commands) + Send>,
}

/// Why a run did not begin. Nothing was sent.
#[derive(Debug, Error)]
pub enum RunError {
    /// Signals cannot be listened to.
    #[error("cannot listen to signals: {0}")]
    Signals(io::Error),
    /// The account is not ours.
    #[error(transparent)]
    Fence(#[from] FenceError),
    /// The ledger is refused.
    #[error(transparent)]
    Ledger(#[from] OpenError),
    /// There is no exchange.
    #[error(transparent)]
    Venue(#[from] VenueError),
    /// A thread cannot be started.
    #[error("cannot start thread `{role}`: {why}")]
    Thread {
        /// Which one.
        role: Role,
        /// What the system said.
        why: io::Error,
    },
}

/// Runs an engine until it is stopped. Blocks; ends the process by rule when it must.
///
/// # Errors
///
/// [`RunError`]: it did not begin.
pub fn run(settings: Settings, audience: Audience) -> Result<Ended, RunError> {
    let fenced = Fenced::take(settings)?;
    let opened = fenced.open_ledger()?;
    let recovered = opened.recover_lane();
    let attached = recovered.attach_venue()?;
    let connected = attached.start_sessions()?;
    let running = connected.start_loops(audience)?;
    let trading = running.start_bots()?;
    Ok(trading.watch())
}

/// The account is ours, and signals are heard.
struct Fenced {
    settings: Settings,
    clock: Clock,
    signals: Signals,
    fence: Fence,
}

impl Fenced {
    fn take(settings: Settings) -> Result<Fenced, RunError> {
        panics::remember();
        let signals = Signals::listen().map_err(RunError::Signals)?;
        let fence = Fence::take(&settings.data_dir)?;
        Ok(Fenced { settings, clock: Clock::new(), signals, fence })
    }

    fn open_ledger(self) -> Result<Opened, RunError> {
        let (dir, account) = (&self.settings.data_dir, self.settings.lane.account);
        let (ledger, ledgered) = stopline_ledger::open(dir, account, self.clock.local())?;
        Ok(Opened { ledger, ledgered, fenced: self })
    }
}

/// The ledger is verified and open.
struct Opened {
    ledger: SqliteLog,
    ledgered: Ledgered,
    fenced: Fenced,
}

impl Opened {
    fn recover_lane(self) -> Recovered {
        let Opened { ledger, ledgered, fenced } = self;
        let (shared, deaths, watched) = Shared::new(fenced.clock.clone(), Bounds::ACCOUNT);
        shared.contracts.learn(ledgered.instruments.values());
        let lane = Lane::new(ledgered, fenced.settings.lane.clone());
        let build = fenced.settings.build.clone().into();
        // An inbox that nobody has closed takes its first input.
        let _ = shared.inbox.put(Event::Start { build }, || ());
        Recovered { lane, ledger, shared, deaths, watched, fenced }
    }
}

/// The lane is what the ledger says, and its first input waits.
struct Recovered {
    lane: Lane,
    ledger: SqliteLog,
    shared: Shared,
    deaths: Deaths,
    watched: Watched,
    fenced: Fenced,
}

impl Recovered {
    fn attach_venue(self) -> Result<Attached, RunError> {
        let mut exchange = Exchange::new(self.fenced.settings.venue.clone(), self.fenced.clock.clone());
        exchange.attach()?;
        Ok(Attached { exchange, recovered: self })
    }
}

/// The exchange listens.
struct Attached {
    exchange: Exchange,
    recovered: Recovered,
}

impl Attached {
    fn start_sessions(self) -> Result<Connected, RunError> {
        let Recovered { shared, fenced: Fenced { settings, .. }, .. } = &self.recovered;
        let sessions = Arc::new(Sessions::new(Surround {
            socket: settings.venue.socket.clone(),
            account: settings.lane.account,
            client: settings.build.clone().into(),
            shared: shared.clone(),
        }));
        for stream in [Stream::Orders, Stream::Quotes] {
            let role = Role::Session(stream);
            sessions.start(stream).map_err(|why| RunError::Thread { role, why })?;
        }
        Ok(Connected { sessions, attached: self })
    }
}

/// Both sessions connect, and what they say waits in the inbox.
struct Connected {
    sessions: Arc<Sessions>,
    attached: Attached,
}

impl Connected {
    fn start_loops(self, audience: Audience) -> Result<Running, RunError> {
        let Connected { sessions, attached: Attached { exchange, recovered } } = self;
        let Recovered { lane, ledger, shared, deaths, watched, fenced } = recovered;
        let Fenced { settings, signals, fence, .. } = fenced;
        let commands = Commands::new(shared.clone());
        let (bots, stopped) = (Bots::new(settings.bots, &settings.lane.bots), Stopped::default());
        let pipeline = Pipeline {
            shared: shared.clone(),
            lane,
            ledger,
            guardrail: Arc::new(Guardrail::new(Box::new(move || fence.still_ours()))),
            venue: Arc::clone(&sessions) as _,
            bots: bots.clone(),
            commands: commands.clone(),
            stopped: stopped.clone(),
            deadline: settings.commit_deadline,
            taken: settings.data_dir.join("taken"),
        };
        pipeline.start(watched, audience.observers)?;
        (audience.commands)(commands.clone());
        let tools = HostTools { shared: shared.clone(), answer: settings.bot_answer };
        Ok(Running(Supervisor {
            shared,
            deaths,
            sessions,
            bots,
            tools,
            exchange,
            commands,
            stopped,
            signals,
            run_for: settings.run_for,
            last_words: audience.last_words,
            restarts: Restarts::default(),
        }))
    }
}

/// Lane and ledger run; nobody decides yet.
struct Running(Supervisor);

impl Running {
    fn start_bots(self) -> Result<Supervisor, RunError> {
        for bot in self.0.bots.names() {
            let role = Role::Bot(bot);
            self.0.bots.start(bot, &self.0.tools).map_err(|why| RunError::Thread { role, why })?;
        }
        Ok(self.0)
    }
}
