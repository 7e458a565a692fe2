//! Recovery of a ledger: whatever lies on the disk is refused with its place, or is a ledger whose state follows from
//! its records. Nothing here reads a disk.

use stopline_kernel::id::AccountId;
use stopline_kernel::ledgered::Ledgered;
use stopline_ledger::Fault;
use stopline_ledger::anchor::{Anchor, read};
use stopline_ledger::frame::{Frame, Hash};
use stopline_ledger::modelled::{Disk, ModelledLog};
use stopline_ledger::recover::{Depth, Recovery};

use crate::Shape;

/// The account of every ledger here.
pub fn account() -> AccountId {
    "PAPER-1".parse().unwrap()
}

/// A disk with these bytes on it; or records, `kind version body`, put into a chain that holds.
pub fn recover(bytes: &[u8]) -> usize {
    match Shape::of(bytes) {
        Shape::Raw(raw) => from_disk(raw),
        Shape::Lines(lines) => from_records(&lines),
    }
}

fn from_disk(raw: &[u8]) -> usize {
    let _ = (Anchor::from_slot(raw), read(raw));
    for anchor in [None, Some(Anchor::empty(account()))] {
        let disk = Disk { ledger: Some(raw.to_vec()), account: Some(account()), anchor };
        let before = disk.clone();
        let opened = ModelledLog::open(&disk, account());
        assert_eq!(disk, before, "opening changes nothing");
        if let Ok((log, state)) = opened {
            assert_eq!(log.synced().seq, state.seq, "the state is that of the last record");
        }
    }
    let Ok(disk) = Disk::from_text(account(), raw) else { return 0 };
    let (log, state) = ModelledLog::open(&disk, account()).unwrap();
    assert_eq!(log.synced().seq, state.seq, "the state is that of the last record");
    let rest = disk.frames();
    assert_eq!(u64::try_from(rest.len()), Ok(state.seq), "no frame is passed over");
    rest.len()
}

fn from_records(lines: &[&[u8]]) -> usize {
    let frames = chained(lines);
    let Ok(checked) = walked(&frames, Depth::Everything) else { return 0 };
    let opened = walked(&frames, Depth::FromSnapshot);
    assert_eq!(opened.ok().as_ref(), Some(&checked), "a check and an opening come to the same");
    let text: Vec<u8> = frames.iter().flat_map(Frame::to_line).collect();
    // A body with a line break in it is no line; JSON has none, but this was not written by us.
    assert!(Disk::from_text(account(), &text).is_ok(), "what is written is read again");
    frames.len()
}

fn chained(lines: &[&[u8]]) -> Vec<Frame> {
    let mut prev = Hash::genesis(account());
    let mut frames = Vec::new();
    for (seq, line) in (1..).zip(lines) {
        let mut parts = line.splitn(3, |byte| *byte == b' ');
        let mut text = || parts.next().and_then(|part| std::str::from_utf8(part).ok());
        let (Some(kind), Some(version)) = (text(), text().and_then(|v| v.parse().ok())) else { break };
        let frame = Frame::seal(prev, seq, kind, version, parts.next().unwrap_or_default());
        prev = frame.hash;
        frames.push(frame);
    }
    frames
}

fn walked(frames: &[Frame], depth: Depth) -> Result<Ledgered, Fault> {
    let mut recovery = Recovery::from_genesis(account(), None, depth);
    frames.iter().try_for_each(|frame| recovery.take(frame))?;
    Ok(recovery.finish_without_anchor().state)
}
