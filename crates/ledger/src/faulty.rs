//! A disk that fails as disks do, under the live ledger: SQLite's own files go to it through a VFS, anchor and fence
//! through [`crate::place`].
//!
//! In memory and deterministic: it asks nothing of the machine, and it must never stand under an account that trades.

mod bytes;
mod disk;
mod locks;
mod mounted;
mod vfs;
mod volume;

pub use disk::Disk;
pub(crate) use volume::Handle;
pub use volume::Volume;

/// What a crash takes of what was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// A killed process: the system keeps all it was given.
    Nothing,
    /// The worst loss of power: nothing that was not synced is left.
    Unsynced,
    /// Of each file some of the writes in their order, the last of them torn at a sector.
    Tail,
    /// Of each file any of the sectors written, whichever came first.
    Scattered,
}

/// How a disk can fail while it is used. Each is told to whoever asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failing {
    /// A read comes to nothing.
    Read,
    /// A read gives the first half of what was asked for.
    ShortRead,
    /// A write comes to nothing.
    Write,
    /// A write finds no room.
    Full,
    /// A sync fails, and what it was to write may never be written.
    Sync,
    /// The power goes: from here on everything fails, and nothing changes any more.
    Power,
}

impl Failing {
    /// All of them.
    pub const ALL: [Failing; 6] =
        [Failing::Read, Failing::ShortRead, Failing::Write, Failing::Full, Failing::Sync, Failing::Power];
}
