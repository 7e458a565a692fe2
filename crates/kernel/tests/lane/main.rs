//! The kernel from outside: whole lanes driven by hand, the gate rule by rule, the printed table.
//!
//! Nothing here reaches into the kernel: records, commands and the public Book are all it looks at.

mod rig;
mod scripts;
mod show;
mod table;
mod words;
