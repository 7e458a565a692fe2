//! The threads of this process: each has a role, a name and a pulse, and none can end without being heard.
//!
//! A thread that panics, fails or falls silent is told to the supervisor as a [`Death`]; what follows from it is not
//! decided here. No thread of the pipeline is started anywhere else.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};
use stopline_kernel::id::BotId;
use stopline_kernel::report::Stream;
use stopline_kernel::time::{Mono, Span};

use crate::clock::Clock;
use crate::fault::Fault;

/// What a thread is there for. The ledger comes first: when it hangs, the lane soon waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Makes records durable and lets effects out.
    Ledger,
    /// Receives and steps.
    Lane,
    /// One stream of the venue.
    Session(Stream),
    /// Keeps one bot's process.
    Bot(BotId),
    /// Shows what was committed.
    Show,
    /// Keeps which ticks were taken.
    Taken,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Role::Ledger => f.write_str("ledger"),
            Role::Lane => f.write_str("lane"),
            Role::Session(Stream::Quotes) => f.write_str("quotes"),
            Role::Session(Stream::Orders) => f.write_str("orders"),
            Role::Bot(bot) => write!(f, "bot-{bot}"),
            Role::Show => f.write_str("show"),
            Role::Taken => f.write_str("taken"),
        }
    }
}

/// A sign of life that a thread gives and the supervisor reads.
#[derive(Debug)]
pub struct Pulse {
    clock: Clock,
    last: AtomicU64,
}

impl Pulse {
    /// A pulse that beats now for the first time.
    pub fn new(clock: Clock) -> Pulse {
        let last = AtomicU64::new(clock.mono().0);
        Pulse { clock, last }
    }

    /// Shows that the thread lives.
    pub fn beat(&self) {
        self.last.store(self.clock.mono().0, Ordering::Relaxed);
    }

    /// For how long it has not.
    pub fn silent(&self) -> Span {
        self.clock.mono().since(Mono(self.last.load(Ordering::Relaxed)))
    }
}

/// How a thread came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// It was done.
    Returned,
    /// It could not go on.
    Failed(Fault),
    /// It panicked, saying this.
    Panicked(Box<str>),
    /// It lives, and has shown no life for so long. Whatever it does from now on counts for nothing.
    Stalled(Span),
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            How::Returned => f.write_str("ended"),
            How::Failed(fault) => write!(f, "failed: {fault}"),
            How::Panicked(message) => write!(f, "panicked: {message}"),
            How::Stalled(silent) => write!(f, "showed no life for {} ms", silent.as_millis()),
        }
    }
}

/// The end of a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Death {
    /// Whose.
    pub role: Role,
    /// How.
    pub how: How,
}

/// The register of threads.
#[derive(Debug)]
pub struct Crew {
    clock: Clock,
    deaths: Sender<(u64, Death)>,
    members: Mutex<Members>,
}

#[derive(Debug, Default)]
struct Members {
    born: u64,
    living: BTreeMap<Role, Member>,
}

#[derive(Debug)]
struct Member {
    born: u64,
    pulse: Arc<Pulse>,
    limit: Span,
}

/// The supervisor's end: who died, in order.
#[derive(Debug)]
pub struct Deaths(Receiver<(u64, Death)>);

impl Crew {
    /// An empty register, and where deaths are heard.
    pub fn new(clock: Clock) -> (Arc<Crew>, Deaths) {
        let (deaths, heard) = unbounded();
        (Arc::new(Crew { clock, deaths, members: Mutex::default() }), Deaths(heard))
    }

    /// Starts a thread in a role. It is held to be stalled when its pulse rests for `limit` of machine time.
    ///
    /// # Errors
    ///
    /// When the system has no more threads to give.
    pub fn start<B>(&self, role: Role, limit: Span, body: B) -> io::Result<()>
    where
        B: FnOnce(&Pulse) -> Result<(), Fault> + Send + 'static,
    {
        let (born, pulse) = self.register(role, limit);
        let deaths = self.deaths.clone();
        let work = move || {
            let how = match catch_unwind(AssertUnwindSafe(|| body(&pulse))) {
                Ok(Ok(())) => How::Returned,
                Ok(Err(fault)) => How::Failed(fault),
                Err(payload) => How::Panicked(message_of(payload.as_ref())),
            };
            // Nobody listens only when the process is at its end.
            let _ = deaths.send((born, Death { role, how }));
        };
        thread::Builder::new().name(role.to_string()).spawn(work).map(drop)
    }

    /// A pulse for a thread that somebody else started, such as a venue's; its end has to be looked for.
    pub fn enlist(&self, role: Role, limit: Span) -> Arc<Pulse> {
        self.register(role, limit).1
    }

    /// Strikes out a thread that ended in good order.
    pub fn dismiss(&self, role: Role) {
        self.lock().living.remove(&role);
    }

    /// Strikes out everybody who has shown no life for longer than allowed.
    pub fn stalled(&self) -> Vec<Death> {
        let mut members = self.lock();
        let silent = |member: &Member| Some(member.pulse.silent()).filter(|silent| *silent > member.limit);
        let stalled: Vec<(Role, Span)> =
            members.living.iter().filter_map(|(role, member)| Some((*role, silent(member)?))).collect();
        for (role, _) in &stalled {
            members.living.remove(role);
        }
        stalled.into_iter().map(|(role, silent)| Death { role, how: How::Stalled(silent) }).collect()
    }

    /// Gives everybody a fresh start: the process as a whole stood still, so nobody's silence means anything.
    pub fn forgive(&self) {
        self.lock().living.values().for_each(|member| member.pulse.beat());
    }

    /// Whether somebody lives in this role.
    pub fn has(&self, role: Role) -> bool {
        self.lock().living.contains_key(&role)
    }

    fn register(&self, role: Role, limit: Span) -> (u64, Arc<Pulse>) {
        let pulse = Arc::new(Pulse::new(self.clock.clone()));
        let mut members = self.lock();
        members.born += 1;
        let born = members.born;
        members.living.insert(role, Member { born, pulse: Arc::clone(&pulse), limit });
        (born, pulse)
    }

    /// Strikes out the dead; false for one that was struck out before and whose end is old news.
    fn bury(&self, role: Role, born: u64) -> bool {
        let mut members = self.lock();
        let present = members.living.get(&role).is_some_and(|member| member.born == born);
        if present {
            members.living.remove(&role);
        }
        present
    }

    fn lock(&self) -> MutexGuard<'_, Members> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deaths {
    /// The next death, if one comes within `wait`.
    pub fn next(&self, crew: &Crew, wait: Span) -> Option<Death> {
        let wait = std::time::Duration::from_nanos(wait.0.unsigned_abs());
        let (born, death) = self.0.recv_timeout(wait).ok()?;
        crew.bury(death.role, born).then_some(death)
    }
}

/// What a panic said.
pub fn message_of(payload: &(dyn Any + Send)) -> Box<str> {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Span = Span::secs(60);

    fn end_of(limit: Span, body: fn(&Pulse) -> Result<(), Fault>) -> Option<Death> {
        let (crew, deaths) = Crew::new(Clock::new());
        crew.start(Role::Show, limit, body).unwrap();
        deaths.next(&crew, LONG)
    }

    fn death(how: How) -> Option<Death> {
        Some(Death { role: Role::Show, how })
    }

    #[test]
    fn every_end_of_a_thread_is_heard_with_its_name_and_reason() {
        assert_eq!(end_of(LONG, |_| Ok(())), death(How::Returned));
        assert_eq!(end_of(LONG, |_| Err(Fault::Jammed)), death(How::Failed(Fault::Jammed)));
        assert_eq!(end_of(LONG, |_| panic!("on purpose")), death(How::Panicked("on purpose".into())));
    }

    #[test]
    fn a_silent_thread_is_struck_out_once_and_its_later_end_is_old_news() {
        let (crew, deaths) = Crew::new(Clock::new());
        let (go, wait) = crossbeam_channel::bounded::<()>(0);
        let body = move |_: &Pulse| {
            let _ = wait.recv();
            Ok(())
        };
        crew.start(Role::Taken, Span(1), body).unwrap();
        let stalled = loop {
            let stalled = crew.stalled();
            if !stalled.is_empty() {
                break stalled;
            }
        };
        assert!(matches!(stalled[..], [Death { role: Role::Taken, how: How::Stalled(_) }]));
        assert!(crew.stalled().is_empty() && !crew.has(Role::Taken));
        drop(go);
        assert_eq!(deaths.next(&crew, LONG), None);
    }
}
