//! The anchor: how far the ledger reaches, kept outside of it, so that a ledger that lost its end does not pass for
//! whole.
//!
//! It is written after a commit and without a sync of its own, so it may lag; it must never lead. Two slots take turns,
//! and a torn write leaves the other one.

use stopline_kernel::id::AccountId;

use crate::frame::Hash;

/// How far a ledger reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// Whose ledger.
    pub account: AccountId,
    /// Its last record; 0 for an empty ledger.
    pub seq: u64,
    /// The hash of that record; [`Hash::genesis`] for an empty ledger.
    pub hash: Hash,
    /// The last record that holds a snapshot; 0 if there is none.
    pub snapshot_seq: u64,
}

/// What an anchor file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// There is none, or one that was never written.
    Nothing,
    /// There is one, and neither slot can be read.
    Damaged,
    /// The later of its readable slots, and where it stands.
    Anchor(Anchor, Slot),
}

/// One of the two places in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// At the beginning.
    First,
    /// One disk page further on, so that one torn page cannot hurt both.
    Second,
}

/// Bytes of an anchor file.
pub const FILE_LEN: usize = 2 * PAGE;
/// Bytes of a slot: within one disk sector.
pub const SLOT_LEN: usize = 160;

const PAGE: usize = 4096;
const MAGIC: &[u8; 16] = b"stopline anchor1";
const BODY_LEN: usize = SLOT_LEN - 32;

impl Slot {
    /// The other one.
    pub const fn other(self) -> Slot {
        match self {
            Slot::First => Slot::Second,
            Slot::Second => Slot::First,
        }
    }

    /// Where in the file it begins.
    pub const fn offset(self) -> usize {
        match self {
            Slot::First => 0,
            Slot::Second => PAGE,
        }
    }
}

impl Anchor {
    /// The anchor of a ledger without records.
    pub fn empty(account: AccountId) -> Anchor {
        Anchor { account, seq: 0, hash: Hash::genesis(account), snapshot_seq: 0 }
    }

    /// The bytes of a slot: magic, numbers, hash, account, checksum.
    pub fn to_slot(&self) -> [u8; SLOT_LEN] {
        let mut slot = [0; SLOT_LEN];
        let mut rest = &mut slot[..];
        let parts: [&[u8]; 5] = [
            MAGIC,
            &self.seq.to_le_bytes(),
            &self.snapshot_seq.to_le_bytes(),
            &self.hash.0,
            self.account.as_str().as_bytes(),
        ];
        for part in parts {
            let (place, after) = rest.split_at_mut(part.len());
            place.copy_from_slice(part);
            rest = after;
        }
        let sum = blake3::hash(&slot[..BODY_LEN]);
        slot[BODY_LEN..].copy_from_slice(sum.as_bytes());
        slot
    }

    /// Reads a slot; `None` if it is torn, damaged or blank.
    pub fn from_slot(slot: &[u8]) -> Option<Anchor> {
        let (body, sum) = slot.split_at_checked(BODY_LEN)?;
        let (magic, rest) = body.split_first_chunk::<16>()?;
        if magic != MAGIC || sum != blake3::hash(body).as_bytes() {
            return None;
        }
        let (seq, rest) = rest.split_first_chunk::<8>()?;
        let (snapshot_seq, rest) = rest.split_first_chunk::<8>()?;
        let (hash, name) = rest.split_first_chunk::<32>()?;
        let name = name.split(|byte| *byte == 0).next()?;
        Some(Anchor {
            account: std::str::from_utf8(name).ok()?.parse().ok()?,
            seq: u64::from_le_bytes(*seq),
            hash: Hash(*hash),
            snapshot_seq: u64::from_le_bytes(*snapshot_seq),
        })
    }
}

/// Reads a whole anchor file.
pub fn read(file: &[u8]) -> Found {
    let slot = |slot: Slot| {
        let bytes = file.get(slot.offset()..slot.offset() + SLOT_LEN)?;
        Anchor::from_slot(bytes).map(|anchor| (anchor, slot))
    };
    let slots = [slot(Slot::First), slot(Slot::Second)];
    match slots.into_iter().flatten().max_by_key(|(anchor, _)| anchor.seq) {
        Some((anchor, slot)) => Found::Anchor(anchor, slot),
        None if file.iter().all(|byte| *byte == 0) => Found::Nothing,
        None => Found::Damaged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anchor(seq: u64) -> Anchor {
        let account = "a".repeat(31).parse().unwrap();
        Anchor { account, seq, hash: Hash([7; 32]), snapshot_seq: 3 }
    }

    fn file(first: Option<Anchor>, second: Option<Anchor>) -> Vec<u8> {
        let mut file = vec![0; FILE_LEN];
        for (anchor, slot) in [(first, Slot::First), (second, Slot::Second)] {
            if let Some(anchor) = anchor {
                file[slot.offset()..slot.offset() + SLOT_LEN].copy_from_slice(&anchor.to_slot());
            }
        }
        file
    }

    #[test]
    fn the_later_slot_counts() {
        assert_eq!(read(&file(Some(anchor(4)), Some(anchor(9)))), Found::Anchor(anchor(9), Slot::Second));
        assert_eq!(read(&file(Some(anchor(4)), None)), Found::Anchor(anchor(4), Slot::First));
    }

    #[test]
    fn a_torn_slot_leaves_the_other_one() {
        let whole = file(Some(anchor(4)), Some(anchor(9)));
        for torn_at in 0..SLOT_LEN {
            let mut file = whole.clone();
            file[Slot::Second.offset() + torn_at] ^= 0x10;
            assert_eq!(read(&file), Found::Anchor(anchor(4), Slot::First));
        }
    }

    #[test]
    fn blank_and_damaged_are_told_apart() {
        assert_eq!(read(&[]), Found::Nothing);
        assert_eq!(read(&file(None, None)), Found::Nothing);
        let mut damaged = file(Some(anchor(4)), None);
        damaged[70] ^= 1;
        assert_eq!(read(&damaged), Found::Damaged);
    }
}
