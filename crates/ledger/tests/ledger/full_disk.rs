//! A disk that is really full: a file system of a few hundred kilobytes in a namespace of its own. Needs a Linux that
//! lets this user make one; where it does not, the test says that it was skipped and never passes in silence.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use stopline_kernel::commit::Log;
use stopline_kernel::num::Side;
use stopline_kernel::time::LocalTime;
use stopline_ledger::LogError;
use stopline_ledger::fence::Fence;

use crate::fixture::{Story, account};

/// Where the inner run finds its small disk.
const DISK: &str = "STOPLINE_TEST_SMALL_DISK";

/// Notes a test that cannot run here. Append only: tests run side by side.
pub(crate) fn skip(test: &str, why: &str) {
    let target = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target");
    let written = std::fs::create_dir_all(target)
        .and_then(|()| OpenOptions::new().create(true).append(true).open(format!("{target}/skipped.txt")))
        .and_then(|mut file| file.write_all(format!("skipped: {test}: {why}\n").as_bytes()));
    assert!(written.is_ok(), "{written:?}");
}

#[test]
fn a_full_disk_is_told_and_nothing_partial_is_kept() {
    if let Some(disk) = std::env::var_os(DISK) {
        return fill(Path::new(&disk));
    }
    let dir = tempfile::tempdir().unwrap();
    let script =
        "mount -t tmpfs -o size=512k small \"$1\" 2>/dev/null || exit 77; exec \"$2\" --exact \"$3\"";
    let ran = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .arg(dir.path())
        .arg(std::env::current_exe().unwrap())
        .arg("full_disk::a_full_disk_is_told_and_nothing_partial_is_kept")
        .env(DISK, dir.path())
        .output();
    match ran {
        Ok(ran) if ran.status.success() => assert!(String::from_utf8_lossy(&ran.stdout).contains("1 passed")),
        Ok(ran)
            if ran.status.code() == Some(77) || String::from_utf8_lossy(&ran.stderr).contains("unshare") =>
        {
            skip("a_full_disk_is_told", "no small file system can be mounted here");
        }
        Ok(ran) => panic!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr)),
        Err(error) => skip("a_full_disk_is_told", &error.to_string()),
    }
}

fn fill(disk: &Path) {
    let fence = Fence::take(disk).unwrap();
    let (mut log, _) = stopline_ledger::open(disk, account(), LocalTime(0)).unwrap();
    let mut story = Story::begun();
    let (mut kept, mut told) = (0, None);
    for _ in 0..1_000 {
        let from = story.entries.len();
        story.trade(Side::Buy, 1);
        let from = if kept == 0 { 0 } else { from };
        if let Err(error) = log.append(&story.entries[from..]).and_then(|()| log.sync()) {
            told = Some(error);
            break;
        }
        kept = story.state.seq;
    }
    assert!(matches!(told, Some(LogError::DiskFull { .. })), "{told:?}");
    assert_eq!(log.append(&[]).and_then(|()| log.sync()), Err(LogError::Failed));
    assert!(fence.still_ours(), "a full disk does not touch the fence");
    assert!(Fence::seize(disk).unwrap().still_ours() && !fence.still_ours(), "nor the guard's way in");
    drop(log);
    let (log, state) = stopline_ledger::open(disk, account(), LocalTime(0)).unwrap();
    assert_eq!((log.synced().seq, &state), (kept, &story.state_at(kept)));
}
