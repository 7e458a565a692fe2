//! The one place where a subcommand's outcome reaches the terminal, so that `--json` prints exactly one document.
//!
//! Errors for people go to stderr, reports to stdout; colour only where a terminal shows it and NO_COLOR is not set. A
//! reader that went away ends the printing and nothing else.

use std::io::Write;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use clap::error::ErrorKind;
use serde_json::{Value, json};

use crate::exit::{Failure, Report};

/// Prints what came of a subcommand and gives its exit code.
pub(crate) fn report(as_json: bool, outcome: Result<Report, Failure>) -> ExitCode {
    match outcome {
        Ok(report) => {
            if as_json {
                document(&report.json);
            } else {
                text(&report.text);
            }
            ExitCode::from(report.code)
        }
        Err(failure) => {
            if as_json {
                document(&error(failure.code(), &failure.to_string()));
            } else {
                complain(&failure.to_string());
            }
            ExitCode::from(failure.code())
        }
    }
}

/// Prints what is wrong with the command line, or the help that was asked for.
pub(crate) fn usage(usage: &clap::Error) -> ExitCode {
    let asked = matches!(usage.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let as_json = std::env::args_os().any(|argument| argument == "--json");
    match (asked, as_json) {
        (true, _) => {
            // A terminal that went away reads no help.
            let _ = usage.print();
        }
        (false, true) => document(&error(2, &in_one_line(&usage.to_string()))),
        (false, false) => complain(&in_one_line(&usage.to_string())),
    }
    ExitCode::from(if asked { 0 } else { 2 })
}

/// What is wrong and what was meant, without the page of usage behind it.
fn in_one_line(usage: &str) -> String {
    let said = usage.split("\n\nUsage:").next().unwrap_or(usage);
    let said = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ");
    let said = said.strip_prefix("error: ").unwrap_or(&said).replace(":; ", ": ");
    let said = said.split("; For more information").next().unwrap_or_default();
    format!("{said}; --help shows every argument")
}

/// One line of a run, at once.
pub(crate) fn line(line: &str) {
    let mut out = anstream::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn document(document: &Value) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{document:#}");
}

fn text(text: &str) {
    if !text.is_empty() {
        line(text.trim_end());
    }
}

fn complain(why: &str) {
    let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    let mut out = anstream::stderr().lock();
    let _ = writeln!(out, "{red}error{red:#}: {why}");
}

fn error(code: u8, why: &str) -> Value {
    json!({ "error": { "exit_code": code, "message": why } })
}
