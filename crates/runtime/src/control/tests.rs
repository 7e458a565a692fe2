//! Tests of control over a real socket in a directory of its own, with a lane that only notes what it is told.
//!
//! No test waits for a clock: what is waited for comes, or the test ends by the client's own patience.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

use super::*;

/// Refuses to resume, does everything else.
struct Lane(Mutex<Sender<(String, String, CommandKind)>>);

impl Commanded for Lane {
    fn command(&self, who: &str, why: &str, what: CommandKind, _patience: Duration) -> Heard {
        self.0.lock().unwrap().send((who.to_owned(), why.to_owned(), what.clone())).unwrap();
        match what {
            CommandKind::Stop => Heard::Nobody,
            CommandKind::Resume(_) => Heard::Reply(Outcome::Refused { why: "an order is unknown".into() }),
            CommandKind::Flatten => Heard::NotYet,
            CommandKind::Pause(_) | CommandKind::Settle(_) | CommandKind::Transfer(_) => {
                Heard::Reply(Outcome::Done { evidence: "flat".into() })
            }
        }
    }

    fn status(&self) -> Option<(Status, Vec<Instrument>)> {
        None
    }
}

fn request(ask: Ask) -> Request {
    Request { version: VERSION, who: "ann".into(), why: "lunch".into(), ask }
}

fn dir(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("stopline-control-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    dir
}

#[test]
fn commands_arrive_with_who_and_why_and_their_outcome_comes_back() {
    let dir = dir("outcome");
    let (sender, told) = channel();
    let server = Server::start(&socket(&dir), Arc::new(Lane(Mutex::new(sender)))).unwrap();
    assert!(server.is_serving());

    let bot = "cross".parse().ok();
    let answer = ask(&socket(&dir), &request(Ask::Pause(bot))).unwrap();
    assert_eq!(answer, Answer::Done { evidence: "flat".into() });
    assert_eq!(told.recv().unwrap(), ("ann".into(), "lunch".into(), CommandKind::Pause(bot)));

    let refused = ask(&socket(&dir), &request(Ask::Resume(None))).unwrap();
    assert_eq!(refused, Answer::Refused { why: "an order is unknown".into() });
    assert!(matches!(ask(&socket(&dir), &request(Ask::Flatten)).unwrap(), Answer::Pending { .. }));
    assert_eq!(ask(&socket(&dir), &request(Ask::Stop)).unwrap(), Answer::Unready);
    assert_eq!(ask(&socket(&dir), &request(Ask::Status)).unwrap(), Answer::Unready);
    drop(server);
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn the_socket_is_its_owners_alone_and_goes_with_the_server() {
    let dir = dir("owner");
    let path = socket(&dir);
    let missing = ask(&path, &request(Ask::Status)).unwrap_err();
    assert!(matches!(missing, ControlError::NotRunning { .. }), "{missing}");

    let (sender, _told) = channel();
    let server = Server::start(&path, Arc::new(Lane(Mutex::new(sender)))).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
    drop(server);
    assert!(!path.exists());

    // A file left behind by a killed engine is no engine, and the next one replaces it.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(matches!(ask(&path, &request(Ask::Status)), Err(ControlError::NotRunning { .. })));
    let (sender, _told) = channel();
    drop(Server::start(&path, Arc::new(Lane(Mutex::new(sender)))).unwrap());
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn what_is_no_request_of_this_version_is_refused_and_changes_nothing() {
    let dir = dir("nonsense");
    let (sender, told) = channel();
    let server = Server::start(&socket(&dir), Arc::new(Lane(Mutex::new(sender)))).unwrap();
    let mut future = request(Ask::Flatten);
    future.version = 2;
    let answer = ask(&socket(&dir), &future).unwrap();
    assert!(matches!(&answer, Answer::Unreadable { why } if why.contains("version 2")), "{answer:?}");
    for line in
        ["GET / HTTP/1.1\n", "\n", "{\"version\":1,\"who\":\"a\",\"why\":\"b\",\"ask\":\"explode\"}\n"]
    {
        let mut stream = UnixStream::connect(socket(&dir)).unwrap();
        stream.write_all(line.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.contains("unreadable"), "{line}: {answer}");
    }
    drop(server);
    assert!(told.recv().is_err(), "nothing was submitted");
    fs::remove_dir_all(dir).unwrap();
}
