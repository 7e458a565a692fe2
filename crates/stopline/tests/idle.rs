//! What an engine costs that is connected to a closed market: the share of a core and the memory of engine, exchange
//! and bot, each as the system counts them.
//!
//! The bounds are twice what is promised, because a busy machine costs everybody more; the figures are printed. No
//! order is ever placed here.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long is measured, in seconds, unless `STOPLINE_IDLE_SECONDS` says so.
const SECONDS: u64 = 10;

/// Clock ticks of the system's accounting in a second.
const TICKS: f64 = 100.0;

/// An engine that is ended with its test; the exchange leaves by itself.
struct Engine(Child);

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A process that is measured.
struct Process {
    name: &'static str,
    id: u32,
    before: u64,
}

impl Process {
    fn new(name: &'static str, id: u32) -> Process {
        Process { name, id, before: used(id) }
    }

    /// The share of a core in percent since the beginning, and the resident memory in megabytes.
    fn cost(&self, since: Instant) -> (f64, f64) {
        let spent = (used(self.id) - self.before) as f64 / TICKS;
        (100.0 * spent / since.elapsed().as_secs_f64(), resident(self.id) as f64 / 1_024.0)
    }
}

/// User and system time of a process in clock ticks (proc(5): fields 14 and 15 of `stat`).
fn used(id: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    let after_name = stat.rsplit_once(") ").unwrap().1;
    let fields: Vec<&str> = after_name.split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

/// Resident memory in kibibytes (proc(5): `VmRSS` of `status`).
fn resident(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// The children of a process, over all its threads.
fn children(id: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{id}/task")).unwrap();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.unwrap().path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().map(|id| id.parse().unwrap()).collect::<Vec<_>>()).collect()
}

fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stopline"));
    command.current_dir(dir).args(arguments).stdin(Stdio::null()).stderr(Stdio::null());
    command
}

#[test]
fn an_engine_before_a_closed_market_costs_next_to_nothing() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path();
    fs::write(dir.join("short.toml"), "[venue.paper]\nidle = \"1s\"\n").unwrap();
    // A Saturday.
    let run = ["run", "--config", "short.toml", "--start", "2026-09-19 10:00"];
    let engine = Engine(command(dir, &run).stdout(Stdio::null()).spawn().unwrap());
    wait_until_up(dir);
    thread::sleep(Duration::from_secs(3));

    let seconds = std::env::var("STOPLINE_IDLE_SECONDS").map_or(SECONDS, |text| text.parse().unwrap());
    let id = engine.0.id();
    let exchange =
        fs::read_to_string(dir.join("stopline-data/venue/exchange.lock")).unwrap().parse().unwrap();
    let bots = children(id).into_iter().filter(|child| *child != exchange);
    let mut processes = vec![Process::new("engine", id), Process::new("exchange", exchange)];
    processes.extend(bots.map(|bot| Process::new("bot", bot)));
    let since = Instant::now();
    thread::sleep(Duration::from_secs(seconds));
    for process in &processes {
        let (core, memory) = process.cost(since);
        println!("{:9} {core:5.2} % of a core  {memory:6.1} MB", process.name);
        assert!(memory < 60.0, "{}: {memory} MB", process.name);
        assert!(process.name != "engine" || core < 2.0, "{core} %");
    }
    assert_eq!(processes.len(), 3, "engine, exchange and one bot");
}

/// Waits until the bot is let in.
fn wait_until_up(dir: &Path) {
    for _ in 0..300 {
        let status = command(dir, &["--json", "status"]).output().unwrap();
        let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap_or_default();
        if status["status"]["quotes_up"] == true && status["status"]["trading"] == true {
            return;
        }
        thread::sleep(Duration::from_millis(100));
    }
}
