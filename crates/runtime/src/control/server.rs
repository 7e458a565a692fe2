//! The engine's end of control: a socket for its owner alone, one thread that takes connections, one short-lived thread
//! for each.
//!
//! A client that sends nothing, too much or nonsense is refused or cut off; it never holds up another one, the lane
//! least of all. A socket file without an engine behind it is replaced; whoever starts a server holds the data
//! directory's lock.

use std::fs::{self, Permissions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use stopline_kernel::effect::Outcome;
use stopline_kernel::instrument::{Instrument, Sessions};
use thiserror::Error;

use super::message::{Answer, Request, Response, VERSION};
use super::{Commanded, Heard};

/// Clients served at the same time; the next one is cut off.
const MAX_CLIENTS: usize = 16;

/// The longest request, in bytes.
const MAX_REQUEST: u64 = 64 * 1024;

/// How long a client may take to say what it wants, and to take what it is told.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a command is waited for before it is answered as pending.
const SETTLE: Duration = Duration::from_secs(30);

/// How often a client that is still to be answered is looked for at the end, and how many times.
const FAREWELL: Duration = Duration::from_millis(5);
const FAREWELLS: u32 = 100;

/// Why there is no control.
#[derive(Debug, Error)]
#[error("control socket {}: {doing}: {why}", .path.display())]
pub struct ServerError {
    path: PathBuf,
    doing: &'static str,
    why: io::Error,
}

/// Control while it serves; dropped, it stops.
#[derive(Debug)]
pub struct Server {
    path: PathBuf,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Makes the socket and begins to serve.
    ///
    /// # Errors
    ///
    /// The step that failed, with the system's words.
    pub fn start(path: &Path, commands: Arc<dyn Commanded>) -> Result<Server, ServerError> {
        let failed = |doing| move |why| ServerError { path: path.to_owned(), doing, why };
        if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
            let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(dir);
            made.map_err(failed("making its directory"))?;
        }
        match fs::remove_file(path) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => {
                return Err(failed("removing an old one")(why));
            }
            _ => {}
        }
        let listener = UnixListener::bind(path).map_err(failed("making it"))?;
        fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(failed("closing it to others"))?;
        let over = Arc::new(AtomicBool::new(false));
        let serving = Arc::clone(&over);
        let thread = thread::Builder::new().name("control".to_owned());
        let thread = thread.spawn(move || accept(&listener, &commands, &serving));
        let thread = thread.map_err(failed("starting its thread"))?;
        Ok(Server { path: path.to_owned(), over, thread: Some(thread) })
    }

    /// Whether it still serves; a server that does not has died and is to be named.
    pub fn is_serving(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // The thread waits for a connection; this is one. If it cannot be made, the thread is gone already.
        let woken = UnixStream::connect(&self.path).is_ok();
        let _ = fs::remove_file(&self.path);
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            let _ = thread.join();
        }
    }
}

fn accept(listener: &UnixListener, commands: &Arc<dyn Commanded>, over: &AtomicBool) {
    let clients = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        if over.load(Ordering::Relaxed) {
            return see_off(&clients);
        }
        let Ok(stream) = stream else { continue };
        if clients.fetch_add(1, Ordering::Relaxed) >= MAX_CLIENTS {
            clients.fetch_sub(1, Ordering::Relaxed);
            continue;
        }
        let (commands, place) = (Arc::clone(commands), Place(Arc::clone(&clients)));
        let thread = thread::Builder::new().name("control-client".to_owned());
        // A thread that cannot be had drops the connection and gives its place back.
        let _ = thread.spawn(move || {
            let _place = place;
            // A client that went away has nothing to be told.
            let _ = serve(&stream, commands.as_ref());
        });
    }
}

/// Gives whoever asked last the time to get the answer: a stop is answered by a process that is about to end.
fn see_off(clients: &AtomicUsize) {
    for _ in 0..FAREWELLS {
        if clients.load(Ordering::Relaxed) == 0 {
            return;
        }
        thread::sleep(FAREWELL);
    }
}

/// A client's place, given back however its thread ends.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn serve(stream: &UnixStream, commands: &dyn Commanded) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let line = answered(stream, commands)?;
    (&*stream).write_all(&line)
}

/// Reads one request, and no more of it than one may be long; gives the line that answers it. It knows no socket, so
/// that whatever bytes a client could send can be tried on it.
///
/// # Errors
///
/// What the reader meets, bytes that are no text among it: nobody is answered then.
pub fn answered(from: impl Read, commands: &dyn Commanded) -> io::Result<Vec<u8>> {
    let mut line = String::new();
    BufReader::new(from.take(MAX_REQUEST)).read_line(&mut line)?;
    let response = Response { version: VERSION, answer: answer(&line, commands) };
    let mut line = serde_json::to_vec(&response)?;
    line.push(b'\n');
    Ok(line)
}

fn answer(line: &str, commands: &dyn Commanded) -> Answer {
    let request: Request = match serde_json::from_str(line) {
        Ok(request) => request,
        Err(why) => return Answer::Unreadable { why: why.to_string() },
    };
    if request.version != VERSION {
        let why = format!("version {} is spoken, this engine speaks {VERSION}", request.version);
        return Answer::Unreadable { why };
    }
    match request.ask.command() {
        None => commands.status().map_or(Answer::Unready, |(status, instruments)| Answer::Status {
            status: Box::new(status),
            instruments: instruments.into_iter().map(without_sessions).collect(),
        }),
        Some(what) => match commands.command(&request.who, &request.why, what, SETTLE) {
            Heard::Reply(Outcome::Done { evidence }) => Answer::Done { evidence: evidence.into() },
            Heard::Reply(Outcome::Refused { why }) => Answer::Refused { why: why.into() },
            Heard::NotYet => {
                Answer::Pending { waited_ms: u64::try_from(SETTLE.as_millis()).unwrap_or(u64::MAX) }
            }
            Heard::Nobody => Answer::Unready,
        },
    }
}

fn without_sessions(instrument: Instrument) -> Instrument {
    Instrument { sessions: Sessions::default(), ..instrument }
}
