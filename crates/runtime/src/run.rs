//! From settings to a running engine and to its end: start-up as a sequence of steps, each returning the next.
//!
//! Start-up is recovery: there is no other way in. No step can be left out or taken twice, since each one consumes the
//! one before it; and no bot is started before everything else stands.

use std::io;
use std::sync::Arc;

use crossbeam_channel::bounded;
use stopline_kernel::input::Event;
use stopline_kernel::lane::Lane;
use stopline_kernel::ledgered::Ledgered;
use stopline_kernel::report::Stream;
use stopline_kernel::time::Span;
use stopline_ledger::fence::{Fence, FenceError};
use stopline_ledger::{OpenError, SqliteLog};
use thiserror::Error;

use crate::bot_host::{Bots, HostTools};
use crate::clock::Clock;
use crate::commands::Commands;
use crate::contracts::Contracts;
use crate::crew::{Crew, Deaths, Role};
use crate::ending::{Ended, LastWords};
use crate::execute::Door;
use crate::guardrail::Guardrail;
use crate::inbox::{Bounds, Inbox};
use crate::ledger_loop::{Ledger, LedgerLoop};
use crate::notice::Happening;
use crate::order_loop::{OrderLoop, STEPS};
use crate::panics;
use crate::published::{Observer, Published, Watched};
use crate::session::{Sessions, Surround};
use crate::settings::Settings;
use crate::signals::Signals;
use crate::stopped::Stopped;
use crate::supervise::{Restarts, Supervisor};
use crate::taken::taken;
use crate::venue::{Exchange, VenueError};

/// Machine: how long a thread that only shows or writes may show no life.
const STALLED: Span = Span::secs(30);

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
        let contracts = Contracts::default();
        contracts.learn(self.ledgered.instruments.values());
        let lane = Lane::new(self.ledgered, self.fenced.settings.lane.clone());
        let inbox = Arc::new(Inbox::new(self.fenced.clock.clone(), Bounds::ACCOUNT));
        let build = self.fenced.settings.build.clone().into();
        // An inbox that nobody has closed takes its first input.
        let _ = inbox.put(Event::Start { build }, || ());
        Recovered { lane, inbox, contracts, ledger: self.ledger, fenced: self.fenced }
    }
}

/// The lane is what the ledger says, and its first input waits.
struct Recovered {
    lane: Lane,
    inbox: Arc<Inbox>,
    contracts: Contracts,
    ledger: SqliteLog,
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
        let recovered = &self.recovered;
        let clock = recovered.fenced.clock.clone();
        let (crew, deaths) = Crew::new(clock.clone());
        let (published, watched) = Published::new(clock.clone());
        let sessions = Arc::new(Sessions::new(Surround {
            socket: recovered.fenced.settings.venue.socket.clone(),
            account: recovered.fenced.settings.lane.account,
            client: recovered.fenced.settings.build.clone().into(),
            clock,
            inbox: Arc::clone(&recovered.inbox),
            contracts: recovered.contracts.clone(),
            published: published.clone(),
            crew: Arc::clone(&crew),
        }));
        for stream in [Stream::Orders, Stream::Quotes] {
            let role = Role::Session(stream);
            sessions.start(stream).map_err(|why| RunError::Thread { role, why })?;
        }
        Ok(Connected { sessions, crew, deaths, published, watched, attached: self })
    }
}

/// Both sessions connect, and what they say waits in the inbox.
struct Connected {
    sessions: Arc<Sessions>,
    crew: Arc<Crew>,
    deaths: Deaths,
    published: Published,
    watched: Watched,
    attached: Attached,
}

impl Connected {
    fn start_loops(self, audience: Audience) -> Result<Running, RunError> {
        let Connected { sessions, crew, deaths, published, watched, attached } = self;
        let Attached { exchange, recovered } = attached;
        let Recovered { lane, inbox, contracts, ledger, fenced } = recovered;
        let Fenced { settings, clock, signals, fence } = fenced;
        let guardrail = Arc::new(Guardrail::new(Box::new(move || fence.still_ours())));
        let bots = Bots::new(settings.bots.clone(), &settings.lane.bots);
        let commands = Commands::new(Arc::clone(&inbox), published.clone(), contracts.clone());
        let stopped = Stopped::default();
        let (steps, waiting) = bounded(STEPS);
        let (taken, writer) = taken(&settings.data_dir.join("taken"));
        let door = Door {
            clock: clock.clone(),
            inbox: Arc::clone(&inbox),
            guardrail: Arc::clone(&guardrail),
            venue: Arc::clone(&sessions) as Arc<dyn crate::execute::Venue>,
            bots: bots.clone(),
            commands: commands.clone(),
            published: published.clone(),
            stopped: stopped.clone(),
        };
        let order_loop = OrderLoop { lane, clock: clock.clone(), inbox: Arc::clone(&inbox), taken, guardrail, steps };
        #[cfg(feature = "hooks")]
        let ledger = crate::hooks::Hooked(ledger);
        let ledger_loop = LedgerLoop { ledger, steps: waiting, door };
        let starting = Starting { crew: &crew, deadline: settings.commit_deadline };
        let (began, noted) = (clock.local(), published.clone());
        starting.start(Role::Show, STALLED, move |pulse| {
            watched.run(audience.observers, pulse);
            Ok(())
        })?;
        starting.start(Role::Taken, STALLED, move |pulse| {
            if let Err(why) = writer.run(began, pulse) {
                noted.notice(Happening::TakenNotKept { why: why.to_string().into() });
            }
            Ok(())
        })?;
        starting.start(Role::Ledger, starting.deadline, move |pulse| ledger_loop.run(pulse))?;
        starting.start(Role::Lane, starting.deadline, move |pulse| order_loop.run(pulse))?;
        (audience.commands)(commands.clone());
        let tools = HostTools {
            clock: clock.clone(),
            inbox: Arc::clone(&inbox),
            contracts,
            published: published.clone(),
            answer: settings.bot_answer,
        };
        Ok(Running(Supervisor {
            clock,
            crew,
            deaths,
            inbox,
            sessions,
            bots,
            tools,
            exchange,
            published,
            commands,
            stopped,
            signals,
            run_for: settings.run_for,
            last_words: audience.last_words,
            restarts: Restarts::default(),
        }))
    }
}
