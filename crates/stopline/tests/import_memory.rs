//! The memory of an import, as the system counts it: rows stream through, and how many there are does not matter.
//!
//! `STOPLINE_IMPORT_ROWS=50000000` imports another number. The measure is held against a process that is known to hold much; it
//! never looks into the program itself.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// Rows that are imported unless another number is asked for.
const ROWS: u64 = 3_000_000;

/// The most that an import may hold, in kB. Held rows alone are bounded by 59 MB.
const MOST: u64 = 120_000;

/// What the greedy process holds, in bytes.
const GREEDY: usize = 200_000_000;

/// The largest resident size of a process over its life, in kB, and how it ended.
fn peak(mut child: Child) -> (u64, bool) {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kb = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
        peak = peak.max(kb.unwrap_or(0));
        if let Some(ended) = child.try_wait().unwrap() {
            return (peak, ended.success());
        }
        sleep(Duration::from_millis(10));
    }
}

/// Trades of ESZ4 within one session: a thousandth of a second apart, a tick up and down.
fn write_trades(path: &Path, rows: u64) {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path).unwrap());
    writeln!(file, "ts_event,symbol,price,size,side").unwrap();
    // 2024-11-05 23:00 UTC: the evening session of ESZ4 is open; 50 million milliseconds are 14 hours of it.
    let first: u64 = 1_730_847_600_000;
    for n in 0..rows {
        let price = if n % 2 == 0 { "5800.25" } else { "5800.50" };
        writeln!(file, "{},ESZ4,{price},{},B", first + n, 1 + n % 9).unwrap();
    }
    file.flush().unwrap();
}

#[test]
fn an_import_of_any_length_holds_no_more_than_its_bound() {
    let rows = std::env::var("STOPLINE_IMPORT_ROWS").ok().and_then(|n| n.parse().ok()).unwrap_or(ROWS);
    let dir = tempfile::tempdir().unwrap();
    let (csv, store) = (dir.path().join("trades.csv"), dir.path().join("tapes"));
    write_trades(&csv, rows);
    let import = Command::new(env!("CARGO_BIN_EXE_stopline"))
        .args(["--json", "import"])
        .args([csv.as_path(), Path::new("--to"), store.as_path()])
        .stdout(File::create(dir.path().join("said.json")).unwrap())
        .spawn()
        .unwrap();
    let (kb, well) = peak(import);
    println!("{rows} rows: {kb} kB at most");
    assert!(well && kb > 0, "the import failed, or was never seen");
    let said = fs::read(dir.path().join("said.json")).unwrap();
    let said: serde_json::Value = serde_json::from_slice(&said).unwrap();
    assert_eq!(said["files"][0]["rows"], rows);
    assert!(kb < MOST, "{rows} rows took {kb} kB, {MOST} are allowed");
}

#[test]
fn a_process_that_holds_much_is_found_out() {
    let greedy = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "holds_much"])
        .env("STOPLINE_GREEDY", "1")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let (kb, well) = peak(greedy);
    assert!(well && kb > MOST, "{kb} kB were seen of a process that holds {GREEDY} bytes");
}

/// The process of the test above; as a test of its own it does nothing.
#[test]
fn holds_much() {
    if std::env::var_os("STOPLINE_GREEDY").is_some() {
        let held = vec![1_u8; GREEDY];
        sleep(Duration::from_millis(300));
        assert!(std::hint::black_box(&held).iter().step_by(4_096).all(|byte| *byte == 1));
    }
}
