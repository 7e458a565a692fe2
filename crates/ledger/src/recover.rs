//! From stored frames to the state they come to: the chain, the anchor and the kernel's own `apply`, in one walk.
//!
//! Pure, and shared by every log, so that they refuse the same things in the same words. It never skips a frame.

use std::collections::BTreeMap;

use stopline_kernel::id::AccountId;
use stopline_kernel::ledgered::Ledgered;
use stopline_kernel::record::{Entry, Record};

use crate::anchor::Anchor;
use crate::decode::{Decoder, PRESENT};
use crate::error::Fault;
use crate::frame::{Frame, Hash};

/// Where the ledger ends: what the next record is chained to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The last record; 0 for an empty ledger.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
    /// The last record with a snapshot; 0 if there is none.
    pub snapshot_seq: u64,
}

impl Head {
    /// The end of an empty ledger.
    pub fn empty(account: AccountId) -> Head {
        Head { seq: 0, hash: Hash::genesis(account), snapshot_seq: 0 }
    }

    /// The end after one more record.
    pub fn with(self, seq: u64, kind: &str, hash: Hash) -> Head {
        let snapshot_seq = if kind == SNAPSHOT { seq } else { self.snapshot_seq };
        Head { seq, hash, snapshot_seq }
    }

    /// The anchor that names this end.
    pub const fn anchor(self, account: AccountId) -> Anchor {
        Anchor { account, seq: self.seq, hash: self.hash, snapshot_seq: self.snapshot_seq }
    }
}

/// The kind of a record that holds a snapshot.
pub const SNAPSHOT: &str = "snapshot";

/// How much is done with each record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Opening: the state is taken from the last snapshot, and only what follows it is applied.
    FromSnapshot,
    /// Checking: every record is applied, and each snapshot is compared with what they come to.
    Everything,
}

/// One walk over the frames of a ledger, in order.
#[derive(Debug)]
pub struct Recovery {
    decoder: Decoder,
    depth: Depth,
    head: Head,
    /// Frames before this one are chained, and not applied.
    apply_from: u64,
    anchor: Option<Anchor>,
    state: Ledgered,
    kinds: BTreeMap<Box<str>, u64>,
}

/// What a ledger comes to.
#[derive(Debug)]
pub struct Recovered {
    /// Where it ends.
    pub head: Head,
    /// The state after its last record.
    pub state: Ledgered,
    /// How many records of each kind were walked over.
    pub kinds: BTreeMap<Box<str>, u64>,
}

impl Recovery {
    /// A walk over the whole ledger.
    pub fn from_genesis(account: AccountId, anchor: Option<Anchor>, depth: Depth) -> Recovery {
        Recovery {
            decoder: PRESENT,
            depth,
            head: Head::empty(account),
            apply_from: 1,
            anchor,
            state: Ledgered::default(),
            kinds: BTreeMap::new(),
        }
    }

    /// A walk that begins after `head`, whose hash is taken as it is stored, and applies from the snapshot on.
    pub fn after(head: Head, snapshot_seq: u64, anchor: Option<Anchor>) -> Recovery {
        Recovery {
            decoder: PRESENT,
            depth: Depth::FromSnapshot,
            head,
            apply_from: snapshot_seq.max(1),
            anchor,
            state: Ledgered::default(),
            kinds: BTreeMap::new(),
        }
    }

    /// The record taken last.
    pub const fn reached(&self) -> u64 {
        self.head.seq
    }

    /// Takes the next frame in.
    pub fn take(&mut self, frame: &Frame) -> Result<(), Fault> {
        let expected = self.head.seq.saturating_add(1);
        if frame.seq != expected {
            return Err(Fault::Gap { expected, found: frame.seq });
        }
        if !frame.follows(self.head.hash) {
            return Err(Fault::Hash { seq: frame.seq });
        }
        self.meet_anchor(frame.seq, frame.hash)?;
        self.head = self.head.with(frame.seq, &frame.kind, frame.hash);
        *self.kinds.entry(frame.kind.clone()).or_default() += 1;
        if frame.seq >= self.apply_from {
            self.apply(&self.decoder.entry(frame)?, frame.version)?;
        }
        Ok(())
    }

    fn meet_anchor(&self, seq: u64, hash: Hash) -> Result<(), Fault> {
        match self.anchor {
            Some(anchor) if anchor.seq == seq && anchor.hash != hash => Err(Fault::Forked { seq }),
            _ => Ok(()),
        }
    }

    fn apply(&mut self, entry: &Entry, version: u32) -> Result<(), Fault> {
        let broken = |broken| Fault::Broken { seq: entry.seq, broken };
        let Record::Snapshot(held) = &entry.record else {
            return self.state.apply(entry).map_err(broken);
        };
        let mut from_held = Ledgered { seq: entry.seq.saturating_sub(1), ..(**held).clone() };
        from_held.apply(entry).map_err(broken)?;
        if self.depth == Depth::Everything {
            self.state.apply(entry).map_err(broken)?;
            if version < 2 {
                self.state.forget_what_format_1_did_not_keep();
            }
            if version < 4 {
                self.state.forget_what_format_3_did_not_keep();
            }
            if self.state != from_held {
                return Err(Fault::Snapshot { seq: entry.seq });
            }
        }
        self.state = from_held;
        Ok(())
    }

    /// What the frames come to, if they reach as far as the anchor.
    pub fn finish(self) -> Result<Recovered, Fault> {
        let end = self.head.seq;
        match self.anchor {
            None if end > 0 => Err(Fault::NoAnchor { end }),
            Some(anchor) if anchor.seq > end => Err(Fault::Short { anchor: anchor.seq, end }),
            Some(anchor) if anchor.seq == 0 && end == 0 && anchor.hash != self.head.hash => {
                Err(Fault::Forked { seq: 0 })
            }
            _ => Ok(Recovered { head: self.head, state: self.state, kinds: self.kinds }),
        }
    }

    /// What the frames come to, whatever the anchor says.
    pub fn finish_without_anchor(self) -> Recovered {
        Recovered { head: self.head, state: self.state, kinds: self.kinds }
    }
}
