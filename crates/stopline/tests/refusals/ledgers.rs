//! Ledgers that cannot be trusted: flipped, cut, another account's, newer, older, missing.
//!
//! Each case is a copy of one sound ledger, hurt in one place, beside an exchange that serves the account.

use std::fs;

use rusqlite::Connection;
use stopline_ledger::frame::{Hash, chain};

use crate::stage::{BUSY, Place, signal};
use crate::{assert_one_line, files};

/// A data directory as a `kill -9` left it, all in the write-ahead log, and the same one later, closed in order.
struct Sound {
    killed: Place,
    closed: Place,
}

/// One way to hurt a ledger.
struct Case {
    name: &'static str,
    of: fn(&Sound) -> &Place,
    hurt: fn(&Place, &Sound),
    wanted: &'static [&'static str],
}

const COPY_BACK: &str = "restore the newest copy of the ledger, then run `stopline check`";

const CASES: &[Case] = &[
    Case {
        name: "one byte flipped in the file",
        of: |sound| &sound.closed,
        hurt: |place, _| flip_record(place),
        wanted: &["ledger.sqlite: damaged: record ", "does not match its hash", COPY_BACK],
    },
    Case {
        name: "one byte flipped in the write-ahead log",
        of: |sound| &sound.killed,
        hurt: |place, _| {
            let mut bytes = fs::read(place.file("ledger.sqlite-wal")).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(place.file("ledger.sqlite-wal"), bytes).unwrap();
        },
        wanted: &[
            "ledger.sqlite: rolled back or damaged: the anchor says record ",
            "the ledger ends at record ",
            "put the newest copy",
        ],
    },
    Case {
        name: "the file cut",
        of: |sound| &sound.closed,
        hurt: |place, _| cut(place, "ledger.sqlite"),
        wanted: &["ledger.sqlite: ", "damaged", COPY_BACK],
    },
    Case {
        name: "the write-ahead log cut",
        of: |sound| &sound.killed,
        hurt: |place, _| cut(place, "ledger.sqlite-wal"),
        wanted: &["ledger.sqlite: rolled back or damaged: the anchor says record ", "put the newest copy"],
    },
    Case {
        name: "the write-ahead log gone",
        of: |sound| &sound.killed,
        hurt: |place, _| fs::remove_file(place.file("ledger.sqlite-wal")).unwrap(),
        wanted: &["ledger.sqlite: ", "put the newest copy of the ledger and its -wal back"],
    },
    Case {
        name: "of another account",
        of: |sound| &sound.closed,
        hurt: |place, _| place.configure(&format!("[account]\nid = \"PAPER-2\"\n{BUSY}")),
        wanted: &["it is the ledger of account PAPER-1, not of PAPER-2", "--data-dir"],
    },
    Case {
        name: "of a newer format",
        of: |sound| &sound.closed,
        hurt: |place, _| newer_format(place),
        wanted: &["ledger.sqlite: it has format 2", "this one reads format 1", "run the newest Stopline"],
    },
    Case {
        name: "with a record of a newer version",
        of: |sound| &sound.closed,
        hurt: |place, _| newer_record(place),
        wanted: &["ledger.sqlite: ", "version 99", "run the newest Stopline"],
    },
    Case {
        name: "replaced by yesterday's copy",
        of: |sound| &sound.closed,
        hurt: |place, sound| {
            for name in ["ledger.sqlite", "ledger.sqlite-wal"] {
                fs::copy(sound.killed.file(name), place.file(name)).unwrap();
            }
        },
        wanted: &[
            "ledger.sqlite: rolled back",
            "the anchor says record ",
            "the ledger ends at record ",
            "put the newest copy",
        ],
    },
    Case {
        name: "gone",
        of: |sound| &sound.closed,
        hurt: |place, _| fs::remove_file(place.file("ledger.sqlite")).unwrap(),
        wanted: &[
            "ledger.sqlite: the ledger is missing",
            "the anchor says it reaches record",
            "put the newest copy",
        ],
    },
    Case {
        name: "without its anchor",
        of: |sound| &sound.closed,
        hurt: |place, _| fs::remove_file(place.file("anchor")).unwrap(),
        wanted: &["the anchor is missing", "restore the anchor", "stopline check --accept"],
    },
    Case {
        name: "no ledger at all",
        of: |sound| &sound.closed,
        hurt: |place, _| fs::write(place.file("ledger.sqlite"), b"this was something else once").unwrap(),
        wanted: &["ledger.sqlite: ", "damaged", COPY_BACK],
    },
];

#[test]
fn a_ledger_that_cannot_be_trusted_is_refused_with_nothing_changed_and_nothing_sent() {
    let sound = sound();
    for case in CASES {
        let place = (case.of)(&sound).copy(BUSY);
        place.exchange();
        let book = place.book();
        (case.hurt)(&place, &sound);
        let before = files(&place);
        assert_one_line(&place.stopline(&["run"]), 1, case.wanted, case.name);
        assert!(files(&place) == before, "{}: the ledger's files have changed", case.name);
        let asked = if case.name == "of another account" { BUSY } else { "" };
        place.configure(&format!("{asked}\n"));
        assert_eq!(place.book(), book, "{}", case.name);
    }
    for place in [&sound.killed, &sound.closed] {
        assert_eq!(place.json(&["check"])["verdict"], "sound", "the cases were hurt, not the fixture");
    }
}

/// One short run, ended by a kill when it is flat, and then once more, ended in order.
fn sound() -> Sound {
    let place = Place::new(BUSY);
    let engine = place.engine("");
    place.wait_for_position();
    let flat = place.stopline(&["flatten"]);
    assert_eq!(flat.code, 0, "{}", flat.err);
    engine.kill();
    end_exchange(&place);
    let killed = place.copy(BUSY);
    let engine = place.engine("");
    place.wait_until_trading();
    assert_eq!(place.stopline(&["resume"]).code, 0);
    assert_eq!(place.stopline(&["flatten"]).code, 0);
    assert_eq!(engine.stop().code, 0);
    end_exchange(&place);
    Sound { killed, closed: place }
}

fn end_exchange(place: &Place) {
    let Some(pid) = place.exchange_process() else { return };
    signal(pid, "KILL");
    crate::stage::wait_for("the exchange's end", || place.exchange_process().is_none());
}

/// Flips a byte in the text of a record in the middle of the ledger.
fn flip_record(place: &Place) {
    let path = place.file("ledger.sqlite");
    let mut bytes = fs::read(&path).unwrap();
    let text = b"\"cl_ord_id\":\"SL";
    let found: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(text)).collect();
    bytes[found[found.len() / 2] + text.len()] ^= 1;
    fs::write(path, bytes).unwrap();
}

fn cut(place: &Place, name: &str) {
    let file = fs::OpenOptions::new().write(true).open(place.file(name)).unwrap();
    let length = file.metadata().unwrap().len();
    file.set_len(length / 2).unwrap();
}

/// The ledger, open for a stranger; closing it leaves no write-ahead log.
fn stranger(place: &Place) -> Connection {
    Connection::open(place.file("ledger.sqlite")).unwrap()
}

/// As a later release would have begun it: the trigger that keeps the format is put back.
fn newer_format(place: &Place) {
    let conn = stranger(place);
    let sql = "SELECT sql FROM sqlite_schema WHERE name = 'meta_keeps'";
    let keeps: String = conn.query_row(sql, [], |row| row.get(0)).unwrap();
    let change = "DROP TRIGGER meta_keeps; UPDATE meta SET value = '2' WHERE name = 'format';";
    conn.execute_batch(&format!("{change} {keeps};")).unwrap();
}

/// As a later release would have written it: chained, and past the anchor.
fn newer_record(place: &Place) {
    let conn = stranger(place);
    let last = "SELECT seq, hash FROM records ORDER BY seq DESC LIMIT 1";
    let (seq, hash): (i64, [u8; 32]) =
        conn.query_row(last, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let body = "{\"anything\":true}";
    let next = chain(Hash(hash), seq.unsigned_abs() + 1, "started", 99, body.as_bytes());
    let insert = "INSERT INTO records (seq, kind, version, body, hash) VALUES (?1, 'started', 99, ?2, ?3)";
    conn.execute(insert, rusqlite::params![seq + 1, body, &next.0[..]]).unwrap();
}
