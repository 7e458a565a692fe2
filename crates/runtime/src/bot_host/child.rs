//! A bot's process and its three pipes, each with a thread of its own, so that no pipe can hold up the host.
//!
//! The process is killed and waited for when this value goes, so that none is left behind; if the whole engine dies it
//! reads the end of its standard input and ends by itself.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use stopline_bots::protocol::MAX_BOT_LINE;

use super::downfall::Downfall;
use crate::settings::BotProgram;

/// Lines that may wait on their way in and out.
const LINES: usize = 1_024;
/// What is kept of the standard error: the last lines.
const LAST_WORDS: usize = 4;
/// The longest line of the standard error that is kept, in bytes.
const LAST_WORD: u64 = 1_024;

/// What the bot wrote.
#[derive(Debug)]
pub(super) enum Heard {
    /// A line, without its end.
    Line(String),
    /// A line that is too long or no text. Nothing follows.
    Bad,
}

/// A running process.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    lines: Option<Sender<String>>,
    heard: Receiver<Heard>,
    last_words: Arc<Mutex<VecDeque<String>>>,
}

impl Process {
    /// Starts the program with its pipes.
    pub(super) fn start(program: &BotProgram) -> Result<Process, Downfall> {
        let (name, arguments) = program.argv.split_first().ok_or(Downfall::NoProgram)?;
        let mut command = Command::new(name);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let (lines, to_write) = bounded(LINES);
        let (out, heard) = bounded(LINES);
        let last_words = Arc::new(Mutex::new(VecDeque::new()));
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let words = Arc::clone(&last_words);
        let process = Process { child, lines: Some(lines), heard, last_words };
        if let (Some(stdin), Some(stdout), Some(stderr)) = pipes {
            spawn(program, "in", move || write_lines(stdin, &to_write))?;
            spawn(program, "out", move || read_lines(stdout, &out))?;
            spawn(program, "err", move || keep_last(stderr, &words))?;
        }
        Ok(process)
    }

    /// Where its lines arrive; disconnected once it has closed its standard output.
    pub(super) const fn heard(&self) -> &Receiver<Heard> {
        &self.heard
    }

    /// Hands over a line; never waits.
    pub(super) fn write(&self, mut line: String) -> Result<(), Downfall> {
        line.push('\n');
        match self.lines.as_ref().map(|lines| lines.try_send(line)) {
            Some(Err(TrySendError::Full(_))) => Err(Downfall::DoesNotRead),
            // A bot that closed its end is about to be seen as ended.
            Some(Ok(()) | Err(TrySendError::Disconnected(_))) | None => Ok(()),
        }
    }

    /// Ends it, if it has not ended by itself, and says how.
    pub(super) fn end(&mut self) -> Downfall {
        self.lines = None;
        // One that has ended by itself cannot be killed, and keeps its own status.
        let _ = self.child.kill();
        match self.child.wait() {
            Ok(status) => self.ended(status),
            Err(why) => Downfall::NotStarted(why),
        }
    }

    /// Closes its standard input, as soon as what waits is written.
    pub(super) fn hang_up(&mut self) {
        self.lines = None;
    }

    fn ended(&self, status: ExitStatus) -> Downfall {
        let words = self.last_words.lock().unwrap_or_else(PoisonError::into_inner);
        let words = words.iter().map(String::as_str).collect::<Vec<_>>().join(" / ");
        let last_words = if words.is_empty() { words } else { format!(": {words}") };
        Downfall::Ended { status, last_words }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _: Downfall = self.end();
    }
}

fn spawn(program: &BotProgram, pipe: &str, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(format!("{}-{pipe}", program.bot)).spawn(body).map(drop)
}

/// Ends when the host lets go of its end, which closes the pipe, or when the bot has closed its own.
fn write_lines(mut stdin: ChildStdin, lines: &Receiver<String>) {
    while let Ok(line) = lines.recv() {
        if stdin.write_all(line.as_bytes()).and_then(|()| stdin.flush()).is_err() {
            return;
        }
    }
}

/// Never holds more than one line of the longest length, whatever the bot writes.
fn read_lines(stdout: ChildStdout, out: &Sender<Heard>) {
    let mut stdout = BufReader::new(stdout);
    loop {
        let heard = match read_line(&mut stdout) {
            Ok(None) | Err(_) => return,
            Ok(Some(heard)) => heard,
        };
        let last = matches!(heard, Heard::Bad);
        if out.send(heard).is_err() || last {
            return;
        }
    }
}

fn read_line(from: &mut impl BufRead) -> io::Result<Option<Heard>> {
    let mut line = Vec::new();
    let most = MAX_BOT_LINE as u64 + 1;
    if from.by_ref().take(most).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.pop_if(|last| *last == b'\n').is_none() && line.len() > MAX_BOT_LINE {
        return Ok(Some(Heard::Bad));
    }
    Ok(Some(String::from_utf8(line).map_or(Heard::Bad, Heard::Line)))
}

fn keep_last(stderr: ChildStderr, words: &Mutex<VecDeque<String>>) {
    let mut stderr = BufReader::new(stderr);
    let mut line = Vec::new();
    while matches!(stderr.by_ref().take(LAST_WORD).read_until(b'\n', &mut line), Ok(n) if n > 0) {
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        line.clear();
        let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
        if words.len() >= LAST_WORDS {
            words.pop_front();
        }
        words.push_back(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<String> {
        let mut from = bytes;
        let mut lines = Vec::new();
        while let Some(heard) = read_line(&mut from).unwrap() {
            match heard {
                Heard::Line(line) => lines.push(line),
                Heard::Bad => return lines,
            }
        }
        lines
    }

    #[test]
    fn lines_are_cut_at_line_feeds_and_the_last_needs_none() {
        assert_eq!(lines(b"a\n\nb"), ["a", "", "b"]);
    }

    #[test]
    fn a_line_that_is_too_long_or_no_text_ends_the_reading() {
        let long = [vec![b'x'; MAX_BOT_LINE], b"\nnext\n".to_vec()].concat();
        assert_eq!(lines(&long).len(), 2);
        let longer = [vec![b'x'; MAX_BOT_LINE + 1], b"\nnext\n".to_vec()].concat();
        assert_eq!(lines(&longer).len(), 0);
        assert_eq!(lines(b"a\n\xff\nb\n"), ["a"]);
    }
}
