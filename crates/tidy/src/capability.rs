//! What touching the machine looks like in a source file. A capability is found by the paths a file names, so it is
//! found where it comes in, and no alias or macro hides it; plain values (`Duration`, `SocketAddr`) are nobody's.
//!
//! It cannot see what a library does behind a call: a library that reads clocks or files on its own gets a line here.

use crate::source::{Name, Source};

/// One way to touch the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capability {
    /// Its key in `allowed.toml`.
    pub name: &'static str,
    /// Paths that show it: segments that follow each other anywhere in a path; with `::` at the end, a crate.
    shown_by: &'static [&'static str],
    /// Paths under those that are plain values.
    free: &'static [&'static str],
}

/// All of them.
pub const CAPABILITIES: &[Capability] = &[
    Capability {
        name: "clocks",
        shown_by: &[
            "Instant",
            "SystemTime",
            "Timestamp::now",
            "Zoned::now",
            "Utc::now",
            "Local::now",
            "OffsetDateTime::now_utc",
            "std::time::*",
        ],
        free: &[],
    },
    Capability {
        name: "files",
        shown_by: &[
            "std::fs",
            "tokio::fs",
            "unix::fs",
            "File",
            "OpenOptions",
            "rusqlite::Connection",
            "memmap2::",
            "tempfile::",
        ],
        free: &[],
    },
    Capability {
        name: "sockets",
        shown_by: &[
            "std::net",
            "unix::net",
            "tokio::net",
            "TcpStream",
            "TcpListener",
            "UdpSocket",
            "UnixStream",
            "UnixListener",
            "UnixDatagram",
            "connect_async",
            "mio::",
            "reqwest::",
            "socket2::",
            "tokio_postgres::",
            "postgres::",
            "async_nats::",
        ],
        free: &[
            "std::net::IpAddr",
            "std::net::Ipv4Addr",
            "std::net::Ipv6Addr",
            "std::net::SocketAddr",
            "std::net::SocketAddrV4",
            "std::net::SocketAddrV6",
            "std::net::AddrParseError",
        ],
    },
    Capability {
        name: "threads",
        shown_by: &[
            "std::thread",
            "thread::spawn",
            "thread::scope",
            "thread::Builder",
            "tokio::spawn",
            "tokio::task",
            "tokio::runtime",
            "tokio::main",
            "rayon::",
        ],
        free: &[],
    },
    Capability {
        name: "processes",
        shown_by: &["process::Command", "process::Child", "std::process::*", "tokio::process"],
        free: &[],
    },
    Capability {
        name: "randomness",
        shown_by: &["rand::", "rand_core::", "fastrand::", "getrandom::", "RandomState", "Uuid::new_v4"],
        free: &[],
    },
    Capability {
        name: "environment",
        shown_by: &["std::env", "env::var", "env::args", "env::vars"],
        free: &[],
    },
    Capability { name: "system", shown_by: &["libc::", "rustix::", "nix::"], free: &[] },
];

impl Capability {
    /// The first place outside test code where a file names it.
    pub fn named_in<'a>(&self, source: &'a Source) -> Option<&'a Name> {
        source.names.iter().filter(|name| self.is_shown_by(name)).min_by_key(|name| name.line)
    }

    fn is_shown_by(&self, name: &Name) -> bool {
        let shown = self.shown_by.iter().any(|pattern| fits(pattern, &name.segments));
        shown && !self.free.iter().any(|pattern| fits(pattern, &name.segments))
    }
}

/// Whether a path contains the segments of a pattern, or begins with the crate it names.
fn fits(pattern: &str, path: &[String]) -> bool {
    if let Some(root) = pattern.strip_suffix("::") {
        return path.len() > 1 && path[0] == root;
    }
    let wanted: Vec<&str> = pattern.split("::").collect();
    path.windows(wanted.len()).any(|part| part.iter().map(String::as_str).eq(wanted.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<&'static str> {
        let source = Source::parse(text).unwrap();
        CAPABILITIES.iter().filter(|c| c.named_in(&source).is_some()).map(|c| c.name).collect()
    }

    #[test]
    fn every_way_of_naming_is_seen() {
        for (text, name) in [
            ("use std::time::{Duration, Instant};", "clocks"),
            ("use std::time;\nfn f() { time::SystemTime::now(); }", "clocks"),
            ("fn f() { jiff::Zoned::now(); }", "clocks"),
            ("use std::fs as disk;", "files"),
            ("use std::{fs, io};", "files"),
            ("use std::os::unix::net::UnixStream;", "sockets"),
            ("fn f() { m!(std::thread::spawn(g)); }", "threads"),
            ("use std::process::Command;", "processes"),
            ("use std::process;\nfn f() { process::Command::new(a); }", "processes"),
            ("use rand as dice;", "randomness"),
            ("fn f() { std::env::var(x); }", "environment"),
            ("fn f() { libc::time(p); }", "system"),
        ] {
            assert_eq!(shown(text), [name], "{text}");
        }
    }

    #[test]
    fn plain_values_are_free() {
        for text in [
            "use std::time::Duration;",
            "use std::net::SocketAddr;",
            "use std::process::ExitCode;",
            "use clap::Command;",
            "fn rand() -> u64 { rand }",
            "/// `Instant` and std::fs in words.\nfn f() { let _ = \"std::fs\"; }",
        ] {
            assert!(shown(text).is_empty(), "{text}: {:?}", shown(text));
        }
    }
}
