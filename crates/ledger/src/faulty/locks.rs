//! Who holds which of SQLite's locks on one file: the five levels of the database, and the slots of its shared memory.
//!
//! Pure. It never waits: what cannot be had at once is refused, and SQLite asks again.

use std::collections::BTreeMap;

/// One opening of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Owner(pub(super) u64);

/// A lock on the database, each stronger than the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Shared,
    Reserved,
    Pending,
    Exclusive,
}

/// Another holds what is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Busy;

/// The locks on one file.
#[derive(Debug, Default)]
pub(super) struct Locks {
    levels: BTreeMap<Owner, Level>,
    slots: BTreeMap<Owner, Slots>,
}

/// Slots of the shared memory, one bit each.
#[derive(Debug, Clone, Copy, Default)]
struct Slots {
    shared: u8,
    exclusive: u8,
}

impl Locks {
    /// Takes a lock on the database. One that asks for all of it and is refused keeps new readers out meanwhile.
    pub(super) fn lock(&mut self, owner: Owner, wanted: Level) -> Result<(), Busy> {
        if self.levels.get(&owner).is_some_and(|held| *held >= wanted) {
            return Ok(());
        }
        let others = self.levels.iter().filter(|(other, _)| **other != owner).map(|(_, held)| *held);
        let strongest = others.max();
        let in_the_way = match wanted {
            Level::Shared => Level::Pending,
            Level::Reserved | Level::Pending | Level::Exclusive => Level::Reserved,
        };
        if strongest >= Some(in_the_way) {
            return Err(Busy);
        }
        if wanted == Level::Exclusive && strongest.is_some() {
            self.levels.insert(owner, Level::Pending);
            return Err(Busy);
        }
        self.levels.insert(owner, wanted);
        Ok(())
    }

    /// Goes down to a lock that only reads, or to none.
    pub(super) fn unlock(&mut self, owner: Owner, to: Option<Level>) {
        match to.filter(|_| self.levels.contains_key(&owner)) {
            Some(level) => self.levels.insert(owner, level),
            None => self.levels.remove(&owner),
        };
    }

    /// Whether somebody means to write.
    pub(super) fn is_reserved(&self) -> bool {
        self.levels.values().any(|held| *held >= Level::Reserved)
    }

    /// Takes slots of the shared memory.
    pub(super) fn lock_slots(&mut self, owner: Owner, slots: u8, alone: bool) -> Result<(), Busy> {
        let mut others = self.slots.iter().filter(|(other, _)| **other != owner).map(|(_, held)| held);
        let taken = |held: &Slots| (held.exclusive | if alone { held.shared } else { 0 }) & slots != 0;
        if others.any(taken) {
            return Err(Busy);
        }
        let mine = self.slots.entry(owner).or_default();
        if alone {
            mine.exclusive |= slots;
        } else {
            mine.shared |= slots;
        }
        Ok(())
    }

    /// Gives slots of the shared memory back.
    pub(super) fn unlock_slots(&mut self, owner: Owner, slots: u8) {
        if let Some(mine) = self.slots.get_mut(&owner) {
            mine.shared &= !slots;
            mine.exclusive &= !slots;
        }
    }

    /// Whoever opened it closes it.
    pub(super) fn leave(&mut self, owner: Owner) {
        self.levels.remove(&owner);
        self.slots.remove(&owner);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Owner = Owner(1);
    const B: Owner = Owner(2);

    #[test]
    fn one_writes_beside_readers_and_alone_only_without_them() {
        let mut locks = Locks::default();
        assert_eq!((locks.lock(A, Level::Shared), locks.lock(B, Level::Shared)), (Ok(()), Ok(())));
        assert_eq!((locks.lock(A, Level::Reserved), locks.lock(B, Level::Reserved)), (Ok(()), Err(Busy)));
        assert!(locks.is_reserved());
        assert_eq!(locks.lock(A, Level::Exclusive), Err(Busy));
        assert_eq!(locks.lock(Owner(3), Level::Shared), Err(Busy), "nobody new while one waits");
        locks.unlock(B, None);
        assert_eq!(locks.lock(A, Level::Exclusive), Ok(()));
        locks.leave(A);
        assert_eq!(locks.lock(B, Level::Exclusive), Ok(()));
    }

    #[test]
    fn a_slot_is_for_many_readers_or_one_writer() {
        let mut locks = Locks::default();
        assert_eq!((locks.lock_slots(A, 0b01, false), locks.lock_slots(B, 0b01, false)), (Ok(()), Ok(())));
        assert_eq!(locks.lock_slots(A, 0b11, true), Err(Busy));
        assert_eq!(locks.lock_slots(A, 0b10, true), Ok(()));
        assert_eq!(locks.lock_slots(B, 0b10, false), Err(Busy));
        locks.unlock_slots(A, 0b10);
        assert_eq!(locks.lock_slots(B, 0b10, false), Ok(()));
    }
}
