//! The stage of the tests with real processes: a data directory, commands on it, an engine, and the exchange's book.
//!
//! It asserts nothing about the engine itself, and leaves no process and no directory behind, however a test ends.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// The program under test.
pub const STOPLINE: &str = env!("CARGO_BIN_EXE_stopline");

/// A bot that trades about every other second, and limits that let it; what a test changes comes before it.
pub const BUSY: &str = r#"
[limits]
risk_per_trade = 1000
daily_loss = 20000
max_orders_per_window = 256

[venue.paper]
speed = 60
idle = "1m"

[[bots]]
params = { fast = 1, slow = 2, stop = "100 ticks", target = "200 ticks" }
"#;

/// Ends a hang; no test measures with it.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a command said, and how it ended.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    fn of(output: &Output) -> Said {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Said {
            code: output.status.code().unwrap_or(-1),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    /// Its one JSON document.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|why| panic!("{why}: {}{}", self.out, self.err))
    }
}

/// A data directory with its configuration. What still runs on it when it goes is killed.
pub struct Place {
    root: tempfile::TempDir,
    /// A process in whose mounts the data directory lies, if it is on a disk of its own.
    ward: Option<Child>,
}

impl Place {
    /// An empty one, with this configuration.
    pub fn new(config: &str) -> Place {
        let place = Place { root: tempfile::tempdir().unwrap(), ward: None };
        place.configure(config);
        place
    }

    /// An empty one on a small disk of its own, and another for the exchange; `None` where nobody may mount.
    pub fn on_a_disk(config: &str, size: &str) -> Option<Place> {
        let mut place = Place::new(config);
        std::fs::create_dir(place.file("")).unwrap();
        let mount = format!(
            "mount -t tmpfs -o size={size} tmpfs data && mkdir -m 700 data/venue && \
             mount -t tmpfs tmpfs data/venue && echo ready && exec sleep 600"
        );
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount", "sh", "-c", &mount]).current_dir(place.root());
        let mut ward = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        let mut line = String::new();
        let read = BufReader::new(ward.stdout.take()?).read_line(&mut line);
        place.ward = Some(ward);
        (read.is_ok() && line == "ready\n").then_some(place)
    }

    /// Another one with a copy of the files of this data directory, without the sockets and locks.
    pub fn copy(&self, config: &str) -> Place {
        let place = Place::new(config);
        copy_tree(&self.data(), &place.data());
        place
    }

    pub fn configure(&self, config: &str) {
        std::fs::write(self.root.path().join("stopline.toml"), config).unwrap();
    }

    pub fn root(&self) -> &Path {
        self.root.path()
    }

    pub fn data(&self) -> PathBuf {
        match &self.ward {
            Some(ward) => {
                let root = self.root.path().strip_prefix("/").unwrap();
                Path::new(&format!("/proc/{}/root", ward.id())).join(root).join("data")
            }
            None => self.root.path().join("data"),
        }
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.data().join(name)
    }

    /// A command line on this data directory, run beside it.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.program();
        command.args(["--config", "stopline.toml", "--data-dir", "data"]);
        command.args(arguments).stdin(Stdio::null());
        command
    }

    fn program(&self) -> Command {
        let Some(ward) = &self.ward else {
            let mut command = Command::new(STOPLINE);
            command.current_dir(self.root());
            return command;
        };
        let mut command = Command::new("nsenter");
        command.args(["--target", &ward.id().to_string(), "--user", "--mount", "--preserve-credentials"]);
        // The directory is looked up by the shell, inside: nsenter would keep the one outside.
        command.args(["sh", "-c", "cd \"$0\" && exec \"$@\""]).arg(self.root()).arg(STOPLINE);
        command
    }

    pub fn stopline(&self, arguments: &[&str]) -> Said {
        Said::of(&self.command(arguments).output().unwrap())
    }

    /// What a command that must go well says as JSON.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let said = self.stopline(&[&["--json"], arguments].concat());
        assert_eq!(said.code, 0, "{arguments:?}: {}{}", said.out, said.err);
        said.json()
    }

    /// Starts an engine with these hooks.
    pub fn engine(&self, hooks: &str) -> Engine {
        let command = self.command(&["run"]);
        Engine::start(command, self.root(), hooks)
    }

    /// Serves the exchange of this data directory in a process of its own, until the place goes.
    pub fn exchange(&self) {
        let mut command = self.command(&["venue", "serve"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let pid = child.id();
        thread::spawn(move || child.wait());
        wait_for("the exchange", || {
            assert!(alive(pid), "the exchange ended");
            self.stopline(&["venue", "book"]).code == 0
        });
    }

    /// The exchange's own book, as soon as it answers.
    fn asked(&self) -> Value {
        let mut book = None;
        wait_for("the exchange's book", || {
            let said = self.stopline(&["--json", "venue", "book"]);
            book = (said.code == 0).then(|| said.json());
            book.is_some()
        });
        book.unwrap()
    }

    /// What the exchange holds of the account: orders, executions, positions, cash; not the time.
    pub fn book(&self) -> Value {
        let mut book = self.asked();
        if let Some(fields) = book.as_object_mut() {
            fields.remove("time");
        }
        book
    }

    /// Signed lots of the account at the exchange.
    pub fn lots(&self) -> i64 {
        let book = self.asked();
        book["positions"].as_array().unwrap().iter().map(|p| p["lots"].as_i64().unwrap()).sum()
    }

    /// Whether a stop order works at the exchange.
    pub fn has_stop(&self) -> bool {
        let book = self.asked();
        let works = |o: &Value| o["kind"] == "stop" && o["state"] == "working";
        book["orders"].as_array().unwrap().iter().any(works)
    }

    pub fn status(&self) -> Option<Value> {
        let said = self.stopline(&["--json", "status"]);
        (said.code == 0).then(|| said.json()["status"].clone())
    }

    /// Waits until the exchange holds a position with a stop that works.
    pub fn wait_for_position(&self) {
        wait_for("a protected position", || self.lots() != 0 && self.has_stop());
    }

    /// Waits until the engine trades, and its account agrees with the exchange's.
    pub fn wait_until_trading(&self) {
        wait_for("an engine that trades", || {
            self.status().is_some_and(|s| s["trading"] == true && !s["agreed"].is_null())
        });
    }

    /// The process of the exchange, if one serves this data directory.
    pub fn exchange_process(&self) -> Option<u32> {
        let pid = std::fs::read_to_string(self.file("venue/exchange.lock")).ok()?.trim().parse().ok()?;
        let line = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).ok()?;
        let ours = line.contains("serve") && line.contains(&*self.root().to_string_lossy());
        // One that a test started itself was given the short name of the directory.
        let beside =
            std::fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.ends_with(self.root()));
        (ours || (line.contains("serve") && beside)).then_some(pid)
    }

    /// Fills and positions are the same here and there, and the ledger is sound from its first record.
    pub fn assert_agrees(&self) {
        let (book, fills) = (self.asked(), self.json(&["fills"]));
        let executed = ids(&book["executions"]);
        assert_eq!(executed, ids(&fills["fills"]), "every execution is booked exactly once");
        let known = names(&self.json(&["orders"])["orders"]);
        for order in names(&book["orders"]) {
            assert!(known.contains(&order), "the exchange has {order} and the ledger does not");
        }
        assert_eq!(self.json(&["check"])["verdict"], "sound");
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(pid) = self.exchange_process() {
            signal(pid, "KILL");
        }
        if let Some(ward) = &mut self.ward {
            let _ = ward.kill();
            let _ = ward.wait();
        }
    }
}

/// A running engine. It is killed when it goes.
pub struct Engine {
    child: Child,
    out: PathBuf,
    err: PathBuf,
}

impl Engine {
    pub fn start(mut command: Command, dir: &Path, hooks: &str) -> Engine {
        let (out, err) = (dir.join("engine.out"), dir.join("engine.err"));
        let file = |path: &Path| std::fs::File::create(path).unwrap();
        command.env("STOPLINE_HOOK", hooks).stdout(file(&out)).stderr(file(&err));
        Engine { child: command.spawn().unwrap(), out, err }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub fn told(&self) -> String {
        std::fs::read_to_string(&self.out).unwrap_or_default()
    }

    pub fn errors(&self) -> String {
        std::fs::read_to_string(&self.err).unwrap_or_default()
    }

    /// Waits until it has told this.
    pub fn wait_until_told(&self, what: &str) {
        wait_for(what, || self.told().contains(what));
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> Said {
        wait_for("the engine's end", || !self.is_alive());
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        Said { code, out: self.told(), err: self.errors() }
    }

    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks for an orderly stop and waits for it.
    pub fn stop(mut self) -> Said {
        signal(self.pid(), "TERM");
        self.wait()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let failed = thread::panicking();
        if failed {
            eprintln!("--- the engine told\n{}--- and complained\n{}", self.told(), self.errors());
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal.
pub fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status();
    assert!(sent.is_ok(), "{sent:?}");
}

fn alive(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

/// Waits until something is so; a minute without it ends the test.
#[expect(clippy::disallowed_methods, reason = "a test against real processes waits in real time")]
pub fn wait_for(what: &str, mut so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !so() {
        assert!(since.elapsed() < PATIENCE, "waited a minute for {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// Notes a test that cannot run here. Append only: tests run side by side.
pub fn skip(test: &str, why: &str) {
    let target = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target");
    let written = std::fs::create_dir_all(target)
        .and_then(|()| OpenOptions::new().create(true).append(true).open(format!("{target}/skipped.txt")))
        .and_then(|mut file| file.write_all(format!("skipped: {test}: {why}\n").as_bytes()));
    assert!(written.is_ok(), "{written:?}");
}

fn ids(list: &Value) -> Vec<String> {
    let mut ids: Vec<String> = list.as_array().unwrap().iter().map(|x| text(&x["exec_id"])).collect();
    ids.sort();
    ids
}

fn names(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|x| text(&x["cl_ord_id"])).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("none").to_owned()
}

fn copy_tree(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (kind, name) = (entry.file_type().unwrap(), entry.file_name());
        let is_lock = name == "exchange.lock";
        if kind.is_dir() {
            copy_tree(&entry.path(), &to.join(name));
        } else if kind.is_file() && !is_lock {
            std::fs::copy(entry.path(), to.join(name)).unwrap();
        }
    }
}
