//! The engine as processes: this one program is the test, the engine, the exchange and the bots.
//!
//! Called with the name of a role it plays that role; otherwise it runs the tests, those alone whose name contains its
//! first argument. No test here depends on how fast the machine is: each waits for what has to come.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod cases;
mod roles;
mod stage;

use std::panic::catch_unwind;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(code) = roles::play(&arguments) {
        return code;
    }
    let filter = arguments.iter().find(|argument| !argument.starts_with('-'));
    let wanted = |name: &str| filter.is_none_or(|filter| name.contains(filter.as_str()));
    let mut failed = Vec::new();
    for (name, case) in cases::ALL.iter().filter(|(name, _)| wanted(name)) {
        let passed = catch_unwind(case).is_ok();
        println!("test {name} ... {}", if passed { "ok" } else { "FAILED" });
        if !passed {
            failed.push(name);
        }
    }
    println!("failed: {failed:?}");
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
