//! The kernel from outside: whole lanes driven by hand, the gate rule by rule, the printed table.
//!
//! Nothing here reaches into the kernel: records, commands and the public Book are all it looks at.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that meets what it did not build ends there")]

mod gate;
mod properties;
mod rig;
mod scene;
mod scripts;
mod seats;
mod show;
mod table;
mod words;
