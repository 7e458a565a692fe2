//! `stopline bot-process`: one bot as a process of its own, started by the engine. Lines come in on stdin, answers go
//! out on stdout; when stdin ends, so does it.
//!
//! It reads no file, no clock and no environment, and prints nothing that is not of the protocol.

use std::io::{self, BufRead, Read, Write};

use clap::Args;
use serde_json::Value;
use stopline_bots::protocol::{BotSide, MAX_ENGINE_LINE, last_words};

use crate::exit::{Failure, Report};

/// None: the engine says everything in its first line.
#[derive(Debug, Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_arguments: &Arguments) -> Result<Report, Failure> {
    let pipe = || Failure::doing("speaking with the engine");
    let (mut bot, mut input, mut output) = (BotSide::shipped(), io::stdin().lock(), io::stdout().lock());
    while let Some(line) = next_line(&mut input).map_err(pipe())? {
        let (lines, over) = match bot.line(&line) {
            Ok(lines) => (lines, None),
            Err(why) => (vec![last_words(&why)], Some(why)),
        };
        let text: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
        output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(pipe())?;
        if let Some(why) = over {
            return Err(Failure::doing("speaking with the engine")(why));
        }
    }
    Ok(Report::done("", Value::Null))
}

/// The next line without its line feed; `None` at the end. A line longer than the protocol allows is cut, and refused
/// by whoever reads it.
fn next_line(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    let most = u64::try_from(MAX_ENGINE_LINE).unwrap_or(u64::MAX).saturating_add(2);
    match input.take(most).read_line(&mut line)? {
        0 => Ok(None),
        _ => Ok(Some(line.trim_end_matches('\n').to_owned())),
    }
}
