//! The live log on a disk that fails: whatever fails and wherever, no record that was said to be durable is lost, no half
//! commit comes back, and what is refused once is as it was.
//!
//! The disk of these tests never lies, but in the one that says so.

use stopline_kernel::commit::Log;
use stopline_kernel::record::{Entry, Record};
use stopline_kernel::time::LocalTime;
use stopline_ledger::faulty::{Disk, Failing, Loss, Volume};
use stopline_ledger::fence::{Fence, FenceError};
use stopline_ledger::place::Place;
use stopline_ledger::{LogError, SqliteLog};

use crate::fixture::{Story, account, bot};
use crate::samples::every_kind;

const LOSSES: [Loss; 4] = [Loss::Nothing, Loss::Unsynced, Loss::Tail, Loss::Scattered];

/// A fixed sequence of draws.
fn draws(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |below| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below.max(1)
    }
}

fn opened(volume: &Volume) -> Result<(SqliteLog, u64), String> {
    let place = Place::Faulty(volume.clone());
    let (log, state) =
        stopline_ledger::open_at(&place, account(), LocalTime(0)).map_err(|why| why.to_string())?;
    Ok((log, state.seq))
}

/// How far a life came.
#[derive(Debug, Clone, Copy)]
struct Came {
    /// The last record that was said to be durable.
    durable: u64,
    /// The last record handed over.
    offered: u64,
}

impl Came {
    /// Commits three records at a time, with a checkpoint after each where one is due, and ends at the first error.
    fn commit(&mut self, log: &mut SqliteLog, entries: &[Entry]) {
        for commit in entries.chunks(3) {
            self.offered = commit.last().unwrap().seq;
            if log.append(commit).and_then(|()| log.sync()).is_err() {
                return;
            }
            self.durable = self.offered;
            if log.checkpoint_when_idle().is_err() {
                return;
            }
        }
    }
}

/// One life on a volume: opens, commits what the ledger does not hold yet three records at a time, and ends at the first
/// error.
fn live(volume: &Volume, story: &Story, from: u64) -> (Came, Option<SqliteLog>) {
    let mut came = Came { durable: from, offered: from };
    let Ok((mut log, seq)) = opened(volume) else { return (came, None) };
    let start = usize::try_from(seq).unwrap();
    (came.durable, came.offered) = (seq, seq);
    came.commit(&mut log, &story.entries[start..]);
    (came, Some(log))
}

/// Whatever a crash takes, the next life holds what was durable and at most the commit that was under way.
fn comes_back(volume: &Volume, story: &Story, came: Came, what: &str) {
    for (n, loss) in (1..).zip(LOSSES) {
        let left = volume.disk().crash(loss, &mut draws(came.offered * 8 + n));
        let next = Volume::mount(left);
        let place = Place::Faulty(next.clone());
        let opened = stopline_ledger::open_at(&place, account(), LocalTime(0));
        assert!(opened.is_ok(), "{what}, {loss:?}: {came:?}: {}", opened.unwrap_err());
        let (log, state) = opened.unwrap();
        assert!(
            [came.durable, came.offered].contains(&state.seq),
            "{what}, {loss:?}: {came:?}, {}",
            state.seq
        );
        assert_eq!(state, story.state_at(state.seq), "{what}, {loss:?}");
        drop(log);
    }
}

/// Lives on `disk` again and again, with the disk failing at the first, the second, and every chance it has; gives how
/// many there were.
fn at_every_chance(disk: &Disk, story: &Story, failing: Failing, from: u64) -> u64 {
    for pass in 1.. {
        let volume = Volume::mount(disk.clone());
        volume.fail(failing, pass);
        let (came, log) = live(&volume, story, from);
        if !volume.has_failed() {
            return pass - 1;
        }
        comes_back(&volume, story, came, &format!("{failing:?} at {pass}"));
        drop(log);
    }
    0
}

/// A disk with the first `until` records of a story, left by a process that was killed.
fn left_by_a_life(story: &Story, until: usize) -> Disk {
    let volume = Volume::mount(Disk::default());
    let (mut log, _) = opened(&volume).unwrap();
    for commit in story.entries[..until].chunks(3) {
        log.append(commit).and_then(|()| log.sync()).unwrap();
    }
    volume.crash(Loss::Nothing, &mut |_| 0)
}

#[test]
fn whatever_fails_in_a_first_life_nothing_durable_is_lost() {
    let story = every_kind();
    for failing in Failing::ALL {
        let chances = at_every_chance(&Disk::default(), &story, failing, 0);
        println!("{failing:?}: {chances} chances");
        assert!(chances > 10, "{failing:?}: {chances}");
    }
}

#[test]
fn whatever_fails_in_a_later_life_nothing_durable_is_lost() {
    let story = every_kind();
    let half = story.entries.len() / 6 * 3;
    let disk = left_by_a_life(&story, half);
    for failing in Failing::ALL {
        let chances = at_every_chance(&disk, &story, failing, half as u64);
        println!("{failing:?}: {chances} chances");
        assert!(chances > 10, "{failing:?}: {chances}");
    }
}

#[test]
fn whatever_fails_in_a_checkpoint_nothing_durable_is_lost() {
    let mut story = Story::begun();
    while story.entries.len() < 522 {
        story.push(Record::BotSaved { bot: bot(), state: "s".repeat(40).into() });
    }
    for failing in [Failing::Read, Failing::Write, Failing::Sync, Failing::Power] {
        let chances = (1..).take_while(|pass| checkpoint_fails(&story, failing, *pass)).count();
        println!("{failing:?}: {chances} chances");
        assert!(chances > 2, "{failing:?}: {chances}");
    }
}

/// A life of so many records that a checkpoint is worth it, and the disk fails from the last commit before it on.
fn checkpoint_fails(story: &Story, failing: Failing, pass: u64) -> bool {
    let volume = Volume::mount(Disk::default());
    let (mut log, _) = opened(&volume).unwrap();
    for commit in story.entries[..510].chunks(102) {
        log.append(commit).and_then(|()| log.sync()).unwrap();
    }
    volume.fail(failing, pass);
    let mut came = Came { durable: 510, offered: 510 };
    came.commit(&mut log, &story.entries[510..522]);
    let failed = volume.has_failed();
    assert!(failed || came.durable == 522, "nothing fails: {came:?}");
    comes_back(&volume, story, came, &format!("{failing:?} at {pass} round a checkpoint"));
    failed
}

#[test]
fn a_full_disk_is_told_as_such() {
    let story = every_kind();
    let volume = Volume::mount(Disk::default());
    let (mut log, _) = opened(&volume).unwrap();
    volume.fail(Failing::Full, 1);
    let told = log.append(&story.entries[..3]).and_then(|()| log.sync());
    assert!(matches!(told, Err(LogError::DiskFull { .. })), "{told:?}");
    assert_eq!(log.append(&story.entries[..3]), Err(LogError::Failed));
}

#[test]
fn a_disk_that_lies_about_its_syncs_loses_what_was_said_to_be_durable() {
    let story = every_kind();
    let volume = Volume::mount(left_by_a_life(&story, 6));
    volume.lie();
    let (came, log) = live(&volume, &story, 6);
    assert_eq!(came.durable, story.state.seq, "nobody is told");
    let next = Volume::mount(volume.crash(Loss::Unsynced, &mut |_| 0));
    drop(log);
    assert_eq!(opened(&next).unwrap().1, 6, "and the ledger cannot know it: who counts the records has to");
}

#[test]
fn a_fence_over_a_faulty_disk_lets_one_in_and_what_failed_to_be_written_is_not_held() {
    let volume = Volume::mount(Disk::default());
    let place = Place::Faulty(volume.clone());
    let fence = Fence::take_at(&place).unwrap();
    assert!(fence.still_ours());
    assert!(matches!(Fence::take_at(&place), Err(FenceError::Held { .. })));
    let epoch = fence.holder().epoch;
    let next = Volume::mount(volume.crash(Loss::Unsynced, &mut |_| 0));
    assert!(!fence.still_ours(), "what cannot be read is not ours");
    let place = Place::Faulty(next.clone());
    next.fail(Failing::Sync, 1);
    assert!(matches!(Fence::take_at(&place), Err(FenceError::Io { .. })));
    assert!(Fence::take_at(&place).unwrap().holder().epoch > epoch);
}
