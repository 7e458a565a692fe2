//! How this process ends: by rule when it must, in order when it is asked.
//!
//! An end by rule is never quiet: one last line names the reason, on standard error and to the log, and the exit code
//! is 1. Nothing is flushed or committed after it, since memory is not to be trusted.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::bounded;

use crate::fault::Fault;

/// Takes the last line for the log.
pub type LastWords = Arc<dyn Fn(&str) + Send + Sync>;

/// How long the log may take for its last line.
const LAST_LINE: Duration = Duration::from_millis(500);

/// How a run ended when it did not end by rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The lane had done what an orderly stop asks for.
    InOrder,
    /// It had not within the limit; what is open stays with its protection at the venue.
    Unfinished,
}

/// Ends the process by rule.
pub fn by_rule(fault: &Fault, last_words: &LastWords) -> ! {
    let line = format!("stopline: ended by rule: {fault}");
    eprintln!("{line}");
    let (said, heard) = bounded::<()>(1);
    let last_words = Arc::clone(last_words);
    let saying = thread::Builder::new().name("last-words".to_owned()).spawn(move || {
        last_words(&line);
        drop(said);
    });
    if saying.is_ok() {
        // Over when it has spoken, when it panicked, or when it takes too long.
        let _ = heard.recv_timeout(LAST_LINE);
    }
    std::process::exit(1)
}
