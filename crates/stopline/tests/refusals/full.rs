//! A full disk, before the start and under a running engine.
//!
//! The exchange has a disk of its own here, so that nothing is tested but the engine.

use std::io::Write;
use std::path::PathBuf;

use crate::stage::{BUSY, Place, skip};
use crate::{assert_one_line, files};

/// A file that takes all the room there is.
struct Filler(PathBuf);

impl Filler {
    fn fill(place: &Place) -> Filler {
        let path = place.file("filler");
        let mut file = std::fs::File::create(&path).unwrap();
        for size in [65_536, 4_096, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        Filler(path)
    }

    fn remove(&self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}

#[test]
fn on_a_full_disk_no_engine_starts_and_with_room_it_does() {
    let Some(place) = Place::on_a_disk(BUSY, "8m") else {
        return skip("on_a_full_disk_no_engine_starts_and_with_room_it_does", "nobody may mount here");
    };
    let engine = place.engine("");
    place.wait_for_position();
    assert_eq!(place.stopline(&["flatten"]).code, 0);
    assert_eq!(engine.stop().code, 0);
    let before = (files(&place), place.book());

    let filler = Filler::fill(&place);
    let said = place.stopline(&["run"]);
    assert_one_line(
        &said,
        1,
        &["data/ledger.sqlite: it cannot be written", "disk is full", "make room"],
        "a full disk",
    );
    filler.remove();
    assert!(files(&place) == before.0, "the ledger's files have changed");
    assert_eq!(place.book(), before.1);

    let engine = place.engine("");
    place.wait_until_trading();
    assert_eq!(engine.stop().code, 0);
    place.assert_agrees();
}

#[test]
fn when_the_disk_fills_the_engine_ends_and_the_stop_works_on() {
    let Some(place) = Place::on_a_disk(BUSY, "8m") else {
        return skip("when_the_disk_fills_the_engine_ends_and_the_stop_works_on", "nobody may mount here");
    };
    let mut engine = place.engine("");
    place.wait_for_position();
    let filler = Filler::fill(&place);
    let said = engine.wait();
    let last = said.err.lines().last().unwrap_or_default();
    assert_eq!(said.code, 1, "{}", said.err);
    for word in ["ended by rule", "the disk is full", "ledger.sqlite", "make room, then start again"] {
        assert!(last.contains(word), "{word}: {}", said.err);
    }
    filler.remove();
    assert_eq!(place.lots() != 0, place.has_stop(), "what is open is protected, and nothing else works");
    let _engine = place.engine("");
    place.wait_until_trading();
    place.assert_agrees();
}
