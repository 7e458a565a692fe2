//! The control socket: whatever a client writes, it gets one line back, and only a whole request of this version reaches
//! the lane. Nothing here opens a socket.

use std::cell::Cell;
use std::sync::Mutex;
use std::time::Duration;

use stopline_kernel::effect::Outcome;
use stopline_kernel::input::CommandKind;
use stopline_kernel::instrument::Instrument;
use stopline_kernel::view::Status;
use stopline_runtime::control::{Commanded, Heard, Request, Response, VERSION, answered};

/// A lane that does everything and counts it.
#[derive(Default)]
struct Lane(Mutex<Cell<u32>>);

impl Commanded for Lane {
    fn command(&self, _who: &str, _why: &str, _what: CommandKind, _patience: Duration) -> Heard {
        let told = self.0.lock().unwrap();
        told.set(told.get() + 1);
        Heard::Reply(Outcome::Done { evidence: "flat".into() })
    }

    fn status(&self) -> Option<(Status, Vec<Instrument>)> {
        None
    }
}

/// One connection.
pub fn serve(bytes: &[u8]) -> usize {
    let lane = Lane::default();
    let answer = answered(bytes, &lane);
    let told = lane.0.lock().unwrap().get();
    let first = bytes.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
    let request = serde_json::from_slice::<Request>(first).ok().filter(|request| request.version == VERSION);
    let understood = usize::from(request.is_some());
    let commands = request.and_then(|request| request.ask.command()).is_some();
    match answer {
        Ok(line) => {
            assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1, "one line");
            assert!(
                serde_json::from_slice::<Response>(&line).is_ok_and(|r| r.version == VERSION),
                "a response"
            );
            assert_eq!(told, u32::from(commands), "what reaches the lane is a request");
        }
        // Bytes that are no text; a request is text.
        Err(_) => assert!(told == 0 && !commands, "nobody is answered, and something was done"),
    }
    understood
}
