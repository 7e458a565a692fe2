//! The log that the simulator crashes: a disk in memory that knows what was synced, and a log on it that is opened with
//! the same checks as the real one.
//!
//! Pure. Bytes that were synced are never lost by a crash; of the others any prefix may be left. It never loses bytes
//! from the middle, because SQLite ends at the first frame it cannot read.

use std::collections::VecDeque;
use std::path::Path;

use stopline_kernel::commit::Log;
use stopline_kernel::id::AccountId;
use stopline_kernel::ledgered::Ledgered;
use stopline_kernel::mutant;
use stopline_kernel::record::Entry;

use crate::anchor::Anchor;
use crate::error::{Fault, LogError, OpenError};
use crate::frame::Frame;
use crate::recover::{Depth, Head, Recovery};

/// The name under which the modelled disk's faults are told.
const FILE: &str = "the modelled ledger";

/// How many anchors are remembered as possibly still on the disk: an anchor is written without a sync.
const ANCHORS_KEPT: usize = 16;

/// What a line begins with that ends a commit. Records before it without one after them are not there.
const COMMIT: &[u8] = b"= ";

/// A disk after a crash: what the next process finds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Disk {
    /// The ledger: frames as lines, each commit ended by a line of its own. `None` if there is no file.
    pub ledger: Option<Vec<u8>>,
    /// The account the ledger was made for.
    pub account: Option<AccountId>,
    /// The anchor, if there is one.
    pub anchor: Option<Anchor>,
}

/// What a crash leaves of what was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crash {
    /// How many unsynced bytes reached the disk all the same.
    pub keep: usize,
    /// How many anchors back the disk is; 0 is the newest.
    pub anchor_lag: usize,
}

impl Crash {
    /// A killed process: the system keeps all it was given.
    pub const KILLED: Crash = Crash { keep: usize::MAX, anchor_lag: 0 };
    /// The worst loss of power: nothing that was not synced is left.
    pub const POWER: Crash = Crash { keep: 0, anchor_lag: usize::MAX };
}

/// The log of one simulated process.
#[derive(Debug)]
pub struct ModelledLog {
    account: AccountId,
    synced: Vec<u8>,
    unsynced: Vec<u8>,
    anchors: VecDeque<Anchor>,
    durable: Head,
    head: Head,
    fail_next: Option<Failure>,
    failed: bool,
}

/// How a disk can fail while it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// There is no room for what is appended.
    Full,
    /// What is appended cannot be written.
    Write,
    /// The sync fails; what of it reached the disk is up to the crash that must follow.
    Sync,
}

impl Failure {
    const fn why(self) -> &'static str {
        match self {
            Failure::Full => "no space is left on the device",
            Failure::Write => "input or output error",
            Failure::Sync => "the sync failed",
        }
    }
}

impl Disk {
    /// A disk with a ledger written as text, such as a golden one, and the anchor that belongs to it.
    ///
    /// # Errors
    ///
    /// The text is no sound ledger of this account.
    pub fn from_text(account: AccountId, text: &[u8]) -> Result<Disk, OpenError> {
        let mut recovery = Recovery::from_genesis(account, None, Depth::Everything);
        let mut frames = Vec::new();
        for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let seq = recovery.reached().saturating_add(1);
            let frame = Frame::from_line(line).ok_or(Fault::Hash { seq }).map_err(refused)?;
            recovery.take(&frame).map_err(refused)?;
            frames.push(frame);
        }
        let anchor = recovery.finish_without_anchor().head.anchor(account);
        let mut disk = Disk { ledger: None, account: Some(account), anchor: Some(anchor) };
        disk.write(&frames);
        Ok(disk)
    }

    /// Flips bits of one byte of the ledger; beyond its end nothing happens.
    pub fn flip(&mut self, offset: usize, bits: u8) {
        if let Some(byte) = self.ledger.as_mut().and_then(|ledger| ledger.get_mut(offset)) {
            *byte ^= bits;
        }
    }

    /// Cuts the ledger to a length.
    pub fn cut(&mut self, len: usize) {
        if let Some(ledger) = &mut self.ledger {
            ledger.truncate(len);
        }
    }

    /// Every whole frame, in order, whether or not it was committed.
    pub fn frames(&self) -> Vec<Frame> {
        let lines = self.ledger.as_deref().unwrap_or_default().split(|byte| *byte == b'\n');
        lines.filter_map(Frame::from_line).collect()
    }

    /// Replaces the ledger by these frames, all of them committed. The anchor stays as it is.
    pub fn write(&mut self, frames: &[Frame]) {
        let mut ledger: Vec<u8> = frames.iter().flat_map(Frame::to_line).collect();
        if let Some(last) = frames.last() {
            let line = commit_line(last.seq, &ledger);
            ledger.extend_from_slice(&line);
        }
        self.ledger = Some(ledger);
    }
}

impl ModelledLog {
    /// Opens the ledger on a disk, or begins one on a blank disk.
    ///
    /// # Errors
    ///
    /// As for the real one; the disk is handed in by reference and is not changed.
    pub fn open(disk: &Disk, account: AccountId) -> Result<(ModelledLog, Ledgered), OpenError> {
        let found = [disk.account, disk.anchor.map(|anchor| anchor.account)];
        if let Some(other) = found.into_iter().flatten().find(|found| *found != account) {
            return Err(refused(Fault::Account { expected: account, found: other.as_str().into() }));
        }
        let Some(ledger) = &disk.ledger else {
            let missing = disk.anchor.map(|anchor| Fault::NoLedger { anchor: anchor.seq });
            return missing.map_or_else(|| Ok(ModelledLog::begin(account)), |fault| Err(refused(fault)));
        };
        let anchor = disk.anchor.filter(|_| !mutant!(AnchorIgnored));
        let mut recovery = Recovery::from_genesis(account, anchor, Depth::FromSnapshot);
        let anchored = anchor.map_or(0, |anchor| anchor.seq);
        let kept = read(ledger, anchored, |frame| recovery.take(frame)).map_err(refused)?;
        let without = mutant!(AnchorIgnored);
        let recovered = if without { Ok(recovery.finish_without_anchor()) } else { recovery.finish() };
        let recovered = recovered.map_err(refused)?;
        let mut log = ModelledLog::begin(account).0;
        (log.durable, log.head) = (recovered.head, recovered.head);
        log.synced = ledger.get(..kept).unwrap_or_default().to_vec();
        log.anchors = VecDeque::from([recovered.head.anchor(account)]);
        Ok((log, recovered.state))
    }

    fn begin(account: AccountId) -> (ModelledLog, Ledgered) {
        let head = Head::empty(account);
        let log = ModelledLog {
            account,
            synced: Vec::new(),
            unsynced: Vec::new(),
            anchors: VecDeque::from([head.anchor(account)]),
            durable: head,
            head,
            fail_next: None,
            failed: false,
        };
        (log, Ledgered::default())
    }

    /// The end of what is durable.
    pub const fn synced(&self) -> Head {
        self.durable
    }

    /// Records since the last one that holds a snapshot.
    pub const fn records_since_snapshot(&self) -> u64 {
        self.head.seq.saturating_sub(self.head.snapshot_seq)
    }

    /// Bytes that a crash may take.
    pub const fn unsynced_bytes(&self) -> usize {
        self.unsynced.len()
    }

    /// Bytes that no crash can take.
    pub const fn synced_bytes(&self) -> usize {
        self.synced.len()
    }

    /// A copy of what is durable, as a backup of the living ledger would be.
    pub fn durable_copy(&self) -> Disk {
        let anchor = self.anchors.back().copied();
        Disk { ledger: Some(self.synced.clone()), account: Some(self.account), anchor }
    }

    /// Makes the next append or sync fail; the process must end with it.
    pub const fn fail_next(&mut self, failure: Failure) {
        self.fail_next = Some(failure);
    }

    fn fails(&mut self, of: &[Failure]) -> Result<(), LogError> {
        let Some(failure) = self.fail_next.take_if(|failure| of.contains(failure)) else { return Ok(()) };
        self.failed = true;
        Err(LogError::Storage { file: FILE.into(), why: failure.why().into() })
    }

    /// Ends the process and gives what the next one finds.
    pub fn crash(self, crash: Crash) -> Disk {
        let mut ledger = self.synced;
        ledger.extend_from_slice(self.unsynced.get(..crash.keep).unwrap_or(&self.unsynced));
        let oldest = self.anchors.len().saturating_sub(1);
        let at = oldest.saturating_sub(crash.anchor_lag);
        Disk { ledger: Some(ledger), account: Some(self.account), anchor: self.anchors.get(at).copied() }
    }

    fn take(&mut self, entry: &Entry) -> Result<(), LogError> {
        let expected = self.head.seq.saturating_add(1);
        if entry.seq != expected {
            return Err(LogError::Sequence { expected, found: entry.seq });
        }
        let frame = Frame::of(self.head.hash, entry)
            .map_err(|error| LogError::Unwritable { seq: entry.seq, why: error.to_string().into() })?;
        self.unsynced.extend_from_slice(&frame.to_line());
        self.head = self.head.with(frame.seq, &frame.kind, frame.hash);
        Ok(())
    }
}

impl Log for ModelledLog {
    type Error = LogError;

    fn append(&mut self, entries: &[Entry]) -> Result<(), LogError> {
        if self.failed && !mutant!(LogFailureIgnored) {
            return Err(LogError::Failed);
        }
        entries.iter().try_for_each(|entry| self.take(entry)).inspect_err(|_| self.failed = true)?;
        self.fails(&[Failure::Full, Failure::Write])
    }

    fn sync(&mut self) -> Result<(), LogError> {
        if self.failed {
            return Err(LogError::Failed);
        }
        if self.unsynced.is_empty() {
            return Ok(());
        }
        let line = commit_line(self.head.seq, &self.unsynced);
        self.unsynced.extend_from_slice(&line);
        self.fails(&[Failure::Sync])?;
        if !mutant!(SyncLies) {
            self.synced.append(&mut self.unsynced);
        }
        self.durable = self.head;
        self.anchors.push_back(self.durable.anchor(self.account));
        if self.anchors.len() > ANCHORS_KEPT {
            self.anchors.pop_front();
        }
        Ok(())
    }
}

/// The line that ends a commit: like a frame of SQLite's write-ahead log it vouches for the bytes before it, so that a
/// commit of which a part never reached the disk is none.
fn commit_line(seq: u64, written: &[u8]) -> Vec<u8> {
    format!("= {seq} {}\n", blake3::hash(written)).into_bytes()
}

fn refused(fault: Fault) -> OpenError {
    fault.of(Path::new(FILE))
}

/// Hands over every frame of every whole commit and gives the length up to the last of them. Past `anchored` a line that
/// cannot be read ends the ledger, as a torn write would; up to it, it is damage.
fn read(
    text: &[u8],
    anchored: u64,
    mut take: impl FnMut(&Frame) -> Result<(), Fault>,
) -> Result<usize, Fault> {
    let (mut kept, mut at, mut last) = (0, 0, 0);
    let mut waiting: Vec<Frame> = Vec::new();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        at += line.len();
        let Some((b'\n', whole)) = line.split_last() else { break };
        if whole.starts_with(COMMIT) {
            let written = text.get(kept..at.saturating_sub(line.len())).unwrap_or_default();
            if last > anchored && line != commit_line(last, written) {
                break;
            }
            waiting.drain(..).try_for_each(|frame| take(&frame))?;
            kept = at;
            continue;
        }
        match Frame::from_line(whole) {
            Some(frame) => {
                last = frame.seq;
                waiting.push(frame);
            }
            None if last < anchored => return Err(Fault::Hash { seq: last.saturating_add(1) }),
            None => break,
        }
    }
    if mutant!(TornCommitKept) {
        waiting.drain(..).try_for_each(|frame| take(&frame))?;
        kept = at;
    }
    Ok(kept)
}
