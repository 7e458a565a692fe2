//! A faulty disk as a value: files, their names, and what a crash may take of either.
//!
//! Pure: whoever crashes it says what chance says. It never loses what was synced, file or name; a name that was not may
//! be lost although its file was synced, and one that was taken away may be back.

use std::collections::BTreeMap;

use super::Loss;
use super::bytes::Bytes;

/// Which file, whatever its name is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FileId(u64);

/// A disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Disk {
    files: BTreeMap<FileId, Bytes>,
    /// The names as everybody sees them.
    seen: Names,
    /// The names that no crash takes.
    synced: Names,
    /// From `synced` to `seen`, in order.
    changes: Vec<Renaming>,
    made: u64,
}

type Names = BTreeMap<Box<str>, FileId>;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Renaming {
    Made(Box<str>, FileId),
    Gone(Box<str>),
}

impl Disk {
    /// The names of its files.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.seen.keys().map(AsRef::as_ref)
    }

    /// What a file holds; `None` if there is none of this name.
    pub fn read(&self, name: &str) -> Option<&[u8]> {
        self.seen.get(name).and_then(|id| self.files.get(id)).map(Bytes::seen)
    }

    /// Puts a file onto the disk for good, in the place of one of the same name.
    pub fn put(&mut self, name: &str, bytes: Vec<u8>) {
        let id = self.made();
        self.files.insert(id, Bytes::settled(bytes));
        for names in [&mut self.seen, &mut self.synced] {
            names.insert(name.into(), id);
        }
    }

    /// Takes a file off the disk for good.
    pub fn lose(&mut self, name: &str) {
        for names in [&mut self.seen, &mut self.synced] {
            names.remove(name);
        }
    }

    /// Flips bits of one byte of a file; beyond its end nothing happens.
    pub fn flip(&mut self, name: &str, at: usize, bits: u8) {
        self.damage(name, |bytes| {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= bits;
            }
        });
    }

    /// Cuts a file to a length.
    pub fn shorten(&mut self, name: &str, len: usize) {
        self.damage(name, |bytes| bytes.truncate(len));
    }

    fn damage(&mut self, name: &str, hurt: impl FnOnce(&mut Vec<u8>)) {
        if let Some(mut bytes) = self.read(name).map(<[u8]>::to_vec) {
            hurt(&mut bytes);
            self.put(name, bytes);
        }
    }

    /// What a crash leaves; `below(n)` draws a number under `n`, of which 0 keeps the least.
    pub fn crash(&self, loss: Loss, below: &mut dyn FnMut(u64) -> u64) -> Disk {
        let mut names = self.synced.clone();
        let kept = match loss {
            Loss::Nothing => self.changes.len(),
            Loss::Unsynced => 0,
            Loss::Tail | Loss::Scattered => {
                usize::try_from(below(self.changes.len() as u64 + 1)).unwrap_or(0)
            }
        };
        self.changes.iter().take(kept).for_each(|change| change.apply(&mut names));
        let left = names.values().filter_map(|id| Some((*id, self.files.get(id)?.crash(loss, below))));
        Disk {
            files: left.collect(),
            seen: names.clone(),
            synced: names,
            changes: Vec::new(),
            made: self.made,
        }
    }

    pub(super) fn id(&self, name: &str) -> Option<FileId> {
        self.seen.get(name).copied()
    }

    /// A new empty file; one without a name nobody finds again.
    pub(super) fn make(&mut self, name: Option<&str>) -> FileId {
        let id = self.made();
        self.files.insert(id, Bytes::default());
        if let Some(name) = name {
            self.rename(Renaming::Made(name.into(), id));
        }
        id
    }

    /// Takes a name away; false if there was none.
    pub(super) fn remove(&mut self, name: &str) -> bool {
        let there = self.seen.contains_key(name);
        if there {
            self.rename(Renaming::Gone(name.into()));
        }
        there
    }

    pub(super) fn sync_names(&mut self) {
        self.synced.clone_from(&self.seen);
        self.changes.clear();
    }

    pub(super) fn file(&self, id: FileId) -> Option<&Bytes> {
        self.files.get(&id)
    }

    pub(super) fn file_mut(&mut self, id: FileId) -> Option<&mut Bytes> {
        self.files.get_mut(&id)
    }

    fn rename(&mut self, change: Renaming) {
        change.apply(&mut self.seen);
        self.changes.push(change);
    }

    fn made(&mut self) -> FileId {
        self.made += 1;
        FileId(self.made)
    }
}

impl Renaming {
    fn apply(&self, names: &mut Names) {
        match self {
            Renaming::Made(name, id) => names.insert(name.clone(), *id),
            Renaming::Gone(name) => names.remove(name),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(disk: &mut Disk, name: &str, bytes: &[u8]) -> FileId {
        let id = disk.make(Some(name));
        disk.file_mut(id).unwrap().write(0, bytes);
        id
    }

    #[test]
    fn a_file_whose_name_was_not_synced_is_lost_although_its_bytes_were() {
        let mut disk = Disk::default();
        let id = written(&mut disk, "a", b"kept");
        disk.file_mut(id).unwrap().sync();
        assert_eq!(disk.crash(Loss::Unsynced, &mut |_| 0).read("a"), None);
        disk.sync_names();
        assert_eq!(disk.crash(Loss::Unsynced, &mut |_| 0).read("a"), Some(&b"kept"[..]));
    }

    #[test]
    fn a_name_that_was_taken_away_may_be_back() {
        let mut disk = Disk::default();
        disk.put("a", b"old".to_vec());
        assert!(disk.remove("a") && !disk.remove("a"));
        assert_eq!(disk.read("a"), None);
        assert_eq!(disk.crash(Loss::Unsynced, &mut |_| 0).read("a"), Some(&b"old"[..]));
        assert_eq!(disk.crash(Loss::Tail, &mut |n| n - 1).read("a"), None);
    }

    #[test]
    fn a_crashed_disk_crashes_again_to_the_same() {
        let mut disk = Disk::default();
        for name in ["a", "b"] {
            written(&mut disk, name, &[7; 2_000]);
        }
        for loss in [Loss::Nothing, Loss::Unsynced, Loss::Tail, Loss::Scattered] {
            let left = disk.crash(loss, &mut |n| n / 2);
            assert_eq!(left.crash(Loss::Unsynced, &mut |_| 0), left, "{loss:?}");
        }
    }

    #[test]
    fn the_same_draws_leave_the_same_disk() {
        let mut disk = Disk::default();
        written(&mut disk, "a", &[7; 9_000]);
        let leave = || {
            let mut state = 5_u64;
            disk.crash(Loss::Scattered, &mut |n| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 33) % n
            })
        };
        assert_eq!(leave(), leave());
    }

    #[test]
    fn damage_is_there_for_good() {
        let mut disk = Disk::default();
        disk.put("a", b"abc".to_vec());
        disk.flip("a", 1, 1);
        disk.shorten("a", 2);
        disk.flip("a", 9, 1);
        assert_eq!(disk.crash(Loss::Unsynced, &mut |_| 0).read("a"), Some(&b"ac"[..]));
        disk.lose("a");
        assert_eq!(disk.names().count(), 0);
    }
}
