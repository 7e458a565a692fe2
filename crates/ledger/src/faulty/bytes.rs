//! The bytes of one file on a faulty disk: what no crash takes, what a reader sees, and the changes between the two.
//!
//! Pure. A crash never takes what was synced, and never leaves a sector half written.

use super::Loss;

/// What a disk writes whole or not at all.
pub(super) const SECTOR: usize = 512;

/// One file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Bytes {
    synced: Vec<u8>,
    seen: Vec<u8>,
    /// From `synced` to `seen`, in order.
    changes: Vec<Change>,
    /// How many of the first changes a failed sync has taken: no later sync writes them.
    dropped: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Change {
    Write { at: usize, bytes: Box<[u8]> },
    Cut(usize),
}

impl Bytes {
    /// A file all of which is on the disk.
    pub(super) fn settled(bytes: Vec<u8>) -> Bytes {
        Bytes { synced: bytes.clone(), seen: bytes, ..Bytes::default() }
    }

    /// What a reader sees.
    pub(super) fn seen(&self) -> &[u8] {
        &self.seen
    }

    /// Writes bytes; a gap before them is zeros.
    pub(super) fn write(&mut self, at: usize, bytes: &[u8]) {
        self.change(Change::Write { at, bytes: bytes.into() });
    }

    /// Cuts or lengthens the file to `len`.
    pub(super) fn cut(&mut self, len: usize) {
        self.change(Change::Cut(len));
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.seen);
        self.changes.push(change);
    }

    /// Makes every change durable that no failed sync has taken; what it took is lost for good.
    pub(super) fn sync(&mut self) {
        for change in self.changes.drain(..).skip(std::mem::take(&mut self.dropped)) {
            change.apply(&mut self.synced);
        }
    }

    /// A sync that fails: readers go on seeing the changes, and the system forgets that they are not on the disk. Whether
    /// one of them is shows after a crash.
    pub(super) fn fail_sync(&mut self) {
        self.dropped = self.changes.len();
    }

    /// What a crash leaves; `below(n)` draws a number under `n`, of which 0 keeps the least.
    pub(super) fn crash(&self, loss: Loss, below: &mut dyn FnMut(u64) -> u64) -> Bytes {
        let mut left = self.synced.clone();
        match loss {
            Loss::Nothing => left.clone_from(&self.seen),
            Loss::Unsynced => {}
            Loss::Tail => self.keep_the_first(&mut left, below),
            Loss::Scattered => {
                self.changes.iter().for_each(|change| change.keep_some(&mut left, below));
            }
        }
        Bytes::settled(left)
    }

    /// Some of the changes in their order, and the first sectors of the next one.
    fn keep_the_first(&self, left: &mut Vec<u8>, below: &mut dyn FnMut(u64) -> u64) {
        let kept = draw(below, self.changes.len() + 1);
        let mut changes = self.changes.iter();
        changes.by_ref().take(kept).for_each(|change| change.apply(left));
        if let Some(Change::Write { at, bytes }) = changes.next() {
            let whole = draw(below, sectors(*at, bytes).count() + 1);
            sectors(*at, bytes).take(whole).for_each(|(at, sector)| overwrite(left, at, sector));
        }
    }
}

impl Change {
    fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Change::Write { at, bytes } => overwrite(file, *at, bytes),
            Change::Cut(len) => file.resize(*len, 0),
        }
    }

    /// Each sector for itself, as a disk does that writes in an order of its own.
    fn keep_some(&self, left: &mut Vec<u8>, below: &mut dyn FnMut(u64) -> u64) {
        match self {
            Change::Write { at, bytes } => {
                let kept = sectors(*at, bytes).filter(|_| draw(below, 2) == 1);
                kept.for_each(|(at, sector)| overwrite(left, at, sector));
            }
            Change::Cut(_) if draw(below, 2) == 1 => self.apply(left),
            Change::Cut(_) => {}
        }
    }
}

fn draw(below: &mut dyn FnMut(u64) -> u64, n: usize) -> usize {
    usize::try_from(below(n as u64)).unwrap_or(0)
}

fn overwrite(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    if let Some(place) = file.get_mut(at..end) {
        place.copy_from_slice(bytes);
    }
}

/// The pieces of a write that lie in one sector each, with their places in the file.
fn sectors(at: usize, bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let first = (SECTOR - at % SECTOR).min(bytes.len());
    let (head, rest) = bytes.split_at(first);
    let rest = rest.chunks(SECTOR).enumerate().map(move |(i, piece)| (at + first + i * SECTOR, piece));
    std::iter::once((at, head)).chain(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `n` of every draw, or the most there is.
    fn always(n: u64) -> impl FnMut(u64) -> u64 {
        move |below| n.min(below - 1)
    }

    fn file() -> Bytes {
        let mut file = Bytes::settled(vec![b'a'; 2 * SECTOR]);
        file.write(SECTOR / 2, &[b'b'; 2 * SECTOR]);
        file.write(0, b"c");
        file
    }

    /// The sectors of a file by the letters in them.
    fn letters(file: &Bytes) -> Vec<String> {
        let of = |sector: &[u8]| {
            let mut letters = sector.to_vec();
            letters.dedup();
            String::from_utf8(letters).unwrap()
        };
        file.seen().chunks(SECTOR / 2).map(of).collect()
    }

    #[test]
    fn what_was_synced_survives_every_crash_whole() {
        let mut file = file();
        file.sync();
        for loss in [Loss::Nothing, Loss::Unsynced, Loss::Tail, Loss::Scattered] {
            let left = file.crash(loss, &mut always(0));
            assert_eq!((left.seen(), left.changes.len()), (file.seen(), 0), "{loss:?}");
        }
    }

    #[test]
    fn a_killed_process_loses_nothing_and_a_loss_of_power_all_that_was_not_synced() {
        assert_eq!(file().crash(Loss::Nothing, &mut always(0)).seen(), file().seen());
        assert_eq!(letters(&file().crash(Loss::Unsynced, &mut always(9))), ["a", "a", "a", "a"]);
    }

    #[test]
    fn a_lost_tail_ends_at_a_sector() {
        let left = |kept: u64, sectors: u64| {
            let mut draws = [kept, sectors].into_iter();
            letters(&file().crash(Loss::Tail, &mut |_| draws.next().unwrap_or(0)))
        };
        assert_eq!(left(0, 0), ["a", "a", "a", "a"]);
        assert_eq!(left(0, 1), ["a", "b", "a", "a"]);
        assert_eq!(left(0, 2), ["a", "b", "b", "b"]);
        assert_eq!(left(1, 0), ["a", "b", "b", "b", "b"]);
        assert_eq!(left(2, 0), ["ca", "b", "b", "b", "b"]);
    }

    #[test]
    fn scattered_writes_keep_a_later_sector_without_an_earlier_one() {
        let mut draws = [0, 1, 0, 1].into_iter();
        let left = file().crash(Loss::Scattered, &mut |_| draws.next().unwrap());
        assert_eq!(letters(&left), ["ca", "a", "b", "b"]);
    }

    #[test]
    fn what_a_failed_sync_took_no_later_sync_writes() {
        let mut file = file();
        file.fail_sync();
        assert_eq!(letters(&file), ["ca", "b", "b", "b", "b"], "readers still see it");
        assert_eq!(
            file.crash(Loss::Tail, &mut always(9)).seen(),
            file.seen(),
            "it may have reached the disk"
        );
        file.write(SECTOR, b"d");
        file.sync();
        assert_eq!(letters(&file.crash(Loss::Unsynced, &mut always(0))), ["a", "a", "da", "a"]);
    }

    #[test]
    fn a_file_that_was_cut_may_be_whole_again() {
        let mut file = Bytes::settled(b"abc".to_vec());
        file.cut(1);
        assert_eq!(file.seen(), b"a");
        assert_eq!(file.crash(Loss::Unsynced, &mut always(0)).seen(), b"abc");
        assert_eq!(file.crash(Loss::Scattered, &mut always(1)).seen(), b"a");
    }
}
