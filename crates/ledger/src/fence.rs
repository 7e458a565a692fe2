//! The fence: which process may write to the broker for this data directory.
//!
//! A small file of its own, taken from the disk when it is made, so that neither a stopped transaction nor a full disk
//! can keep the guard out. A process that lost it never gets it back by itself.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::place::{Handle, Place};

/// The fence.
const FENCE: &str = "fence";
/// What is locked while the fence changes hands.
const TURN: &str = "fence.turn";

const MAGIC: &[u8; 16] = b"stopline fence 1";
const LEN: usize = 128;
const BODY_LEN: usize = LEN - 32;
/// Room for a boot id as Linux writes it.
const BOOT_LEN: usize = 36;

/// Who holds the fence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// One more with every taking and every seizing.
    pub epoch: u64,
    /// The process.
    pub pid: u32,
    /// The boot that its number belongs to.
    pub boot: [u8; BOOT_LEN],
    /// Whether it is a guard that took the account over.
    pub seized: bool,
}

/// Why the fence could not be had. Every case names the file.
#[derive(Debug, Error)]
pub enum FenceError {
    /// An engine is running.
    #[error("{}: process {pid} runs on this data directory; stop it first (`stopline status` shows it)", file.display())]
    Held {
        /// The fence.
        file: PathBuf,
        /// The process; 0 if it has not written its number yet.
        pid: u32,
    },
    /// A guard has taken the account over.
    #[error("{}: the guard (process {pid}) has taken this account over; see what it left, then `stopline let-in`", file.display())]
    Seized {
        /// The fence.
        file: PathBuf,
        /// The guard's process.
        pid: u32,
    },
    /// What it says cannot be read, so who holds it is not known.
    #[error("{}: damaged; make sure that no engine and no guard runs, then `stopline let-in`", file.display())]
    Damaged {
        /// The fence.
        file: PathBuf,
    },
    /// The machine refuses.
    #[error("{}: {why}; {}", file.display(), mend(why))]
    Io {
        /// The fence.
        file: PathBuf,
        /// What it says.
        why: io::Error,
    },
}

/// The fence, held. Dropping it (or dying) lets the next engine in.
#[derive(Debug)]
pub struct Fence {
    file: Handle,
    holder: Holder,
}

impl Fence {
    /// Takes the fence of a data directory for an engine, and holds it until it is dropped.
    ///
    /// # Errors
    ///
    /// Another engine holds it, or a guard has seized it.
    pub fn take(dir: &Path) -> Result<Fence, FenceError> {
        Fence::take_at(&Place::dir(dir))
    }

    /// As [`Fence::take`], wherever the files are.
    ///
    /// # Errors
    ///
    /// As [`Fence::take`].
    pub fn take_at(place: &Place) -> Result<Fence, FenceError> {
        let (path, file) = hold(place)?;
        let holder = turn(place, &file, |before| match before {
            Ok(Some(Holder { seized: true, pid, .. })) => Err(FenceError::Seized { file: path.clone(), pid }),
            Ok(before) => Ok(next(before, false)),
            Err(Damaged) => Err(FenceError::Damaged { file: path.clone() }),
        })?;
        Ok(Fence { file, holder })
    }

    /// Takes the fence over for a guard, whoever holds it: from the moment this returns, [`Fence::still_ours`] is
    /// false for the engine. The guard must have seen the engine die, or its sends could still be on their way.
    ///
    /// # Errors
    ///
    /// The machine refuses.
    pub fn seize(dir: &Path) -> Result<Fence, FenceError> {
        let place = Place::dir(dir);
        let file = open(&place, FENCE)?;
        let holder = turn(&place, &file, |before| Ok(next(before.ok().flatten(), true)))?;
        Ok(Fence { file, holder })
    }

    /// A person lets the engine back in after a guard took over, or after damage.
    ///
    /// # Errors
    ///
    /// An engine is running, or the machine refuses.
    pub fn let_in(dir: &Path) -> Result<(), FenceError> {
        let place = Place::dir(dir);
        let (_, file) = hold(&place)?;
        turn(&place, &file, |before| Ok(next(before.ok().flatten(), false))).map(drop)
    }

    /// Who holds it, as written when this process took it.
    pub const fn holder(&self) -> Holder {
        self.holder
    }

    /// Whether nobody has taken it from us. One read of a few bytes: cheap enough to ask before every send. What
    /// cannot be read is not ours.
    pub fn still_ours(&self) -> bool {
        matches!(read(&self.file), Ok(Some(holder)) if holder == self.holder)
    }
}

/// What to do when the machine refuses.
fn mend(why: &io::Error) -> &'static str {
    match why.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room, then run the command again",
        _ => "see that the directory exists and belongs to this user, then run the command again",
    }
}

/// The fence cannot be read.
#[derive(Debug, Clone, Copy)]
struct Damaged;

/// Opens the fence and locks it for as long as the file stays open, or names the process that holds it.
fn hold(place: &Place) -> Result<(PathBuf, Handle), FenceError> {
    let path = place.path(FENCE);
    let file = open(place, FENCE)?;
    match file.try_lock() {
        Ok(true) => Ok((path, file)),
        Ok(false) => {
            let pid = read(&file).ok().flatten().map_or(0, |holder| holder.pid);
            Err(FenceError::Held { file: path, pid })
        }
        Err(why) => Err(FenceError::Io { file: path, why }),
    }
}

fn open(place: &Place, name: &str) -> Result<Handle, FenceError> {
    place.open(name).map_err(|why| FenceError::Io { file: place.path(name), why })
}

/// Reads, decides and writes under a lock of its own that is held for that moment only, so that two takers cannot both
/// come to the same epoch.
fn turn(
    place: &Place,
    file: &Handle,
    decide: impl FnOnce(Result<Option<Holder>, Damaged>) -> Result<Holder, FenceError>,
) -> Result<Holder, FenceError> {
    let lock = open(place, TURN)?;
    let failed = |why| FenceError::Io { file: place.path(TURN), why };
    lock.lock().map_err(failed)?;
    let mut holder = decide(read(file))?;
    holder.boot = boot();
    file.write_all_at(&encode(&holder), 0).and_then(|()| file.sync_all()).map_err(failed)?;
    place.sync_names().map_err(failed)?;
    Ok(holder)
}

fn next(before: Option<Holder>, seized: bool) -> Holder {
    let epoch = before.map_or(0, |before| before.epoch).saturating_add(1);
    Holder { epoch, pid: std::process::id(), boot: [0; BOOT_LEN], seized }
}

/// This boot's id; zeros where the system has none.
fn boot() -> [u8; BOOT_LEN] {
    let text = std::fs::read("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    text.first_chunk::<BOOT_LEN>().copied().unwrap_or([0; BOOT_LEN])
}

fn encode(holder: &Holder) -> [u8; LEN] {
    let mut bytes = [0; LEN];
    let (body, sum) = bytes.split_at_mut(BODY_LEN);
    let (magic, rest) = body.split_at_mut(MAGIC.len());
    magic.copy_from_slice(MAGIC);
    let (epoch, rest) = rest.split_at_mut(8);
    epoch.copy_from_slice(&holder.epoch.to_le_bytes());
    let (pid, rest) = rest.split_at_mut(4);
    pid.copy_from_slice(&holder.pid.to_le_bytes());
    let (boot, rest) = rest.split_at_mut(BOOT_LEN);
    boot.copy_from_slice(&holder.boot);
    rest[..1].copy_from_slice(&[u8::from(holder.seized)]);
    sum.copy_from_slice(blake3::hash(body).as_bytes());
    bytes
}

/// Who the file says holds the fence; `None` if nobody ever has.
fn read(file: &Handle) -> Result<Option<Holder>, Damaged> {
    let mut bytes = [0; LEN];
    match file.read_exact_at(&mut bytes, 0) {
        Ok(()) => decode(&bytes).map(Some).ok_or(Damaged),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            if file.len().is_ok_and(|len| len == 0) { Ok(None) } else { Err(Damaged) }
        }
        Err(_) => Err(Damaged),
    }
}

fn decode(bytes: &[u8; LEN]) -> Option<Holder> {
    let (body, sum) = bytes.split_at_checked(BODY_LEN)?;
    let (magic, rest) = body.split_first_chunk::<16>()?;
    if magic != MAGIC || sum != blake3::hash(body).as_bytes() {
        return None;
    }
    let (epoch, rest) = rest.split_first_chunk::<8>()?;
    let (pid, rest) = rest.split_first_chunk::<4>()?;
    let (boot, rest) = rest.split_first_chunk::<BOOT_LEN>()?;
    Some(Holder {
        epoch: u64::from_le_bytes(*epoch),
        pid: u32::from_le_bytes(*pid),
        boot: *boot,
        seized: rest.first()? == &1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::OpenOptions;
    use std::os::unix::fs::FileExt;

    #[test]
    fn a_second_engine_is_told_the_process_of_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let first = Fence::take(dir.path()).unwrap();
        let second = Fence::take(dir.path()).unwrap_err();
        assert!(matches!(&second, FenceError::Held { pid, .. } if *pid == std::process::id()), "{second}");
        assert!(first.still_ours());
        let epoch = first.holder().epoch;
        drop(first);
        assert_eq!(Fence::take(dir.path()).unwrap().holder().epoch, epoch + 1);
    }

    #[test]
    fn a_guard_seizes_it_from_a_living_engine_and_keeps_it() {
        let dir = tempfile::tempdir().unwrap();
        let engine = Fence::take(dir.path()).unwrap();
        let guard = Fence::seize(dir.path()).unwrap();
        assert!(!engine.still_ours() && guard.still_ours());
        drop(engine);
        assert!(matches!(Fence::take(dir.path()), Err(FenceError::Seized { .. })));
        Fence::let_in(dir.path()).unwrap();
        assert!(!guard.still_ours());
        assert!(Fence::take(dir.path()).unwrap().still_ours());
    }

    #[test]
    fn a_damaged_fence_is_nobodys() {
        let dir = tempfile::tempdir().unwrap();
        let engine = Fence::take(dir.path()).unwrap();
        let file = OpenOptions::new().write(true).open(dir.path().join("fence")).unwrap();
        file.write_all_at(&[9], 20).unwrap();
        assert!(!engine.still_ours());
        drop(engine);
        assert!(matches!(Fence::take(dir.path()), Err(FenceError::Damaged { .. })));
    }
}
