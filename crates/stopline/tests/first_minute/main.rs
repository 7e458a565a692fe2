//! The README's first minute, done by a machine: the default run up to its first position, kill -9, the exchange's own
//! book, and the run that takes it up again. It leaves the pictures that the README shows in `target/pictures/`.
//!
//! It never measures: what it waits for is what a reader would see.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

#[path = "../stage/mod.rs"]
mod stage;

mod picture;

use std::path::Path;

use picture::Screen;
use stage::{Engine, Place, wait_for};

/// Lines of a first run that a reader is promised, by the word that begins them.
const PROMISED: [&str; 5] = ["signal", "decision", "order", "fill", "position"];

#[test]
fn the_default_run_trades_is_killed_and_takes_its_position_up_again() {
    let place = Place::new("");
    let engine = run(&place);
    wait_for("a protected position", || place.lots() != 0 && place.has_stop());
    engine.wait_until_told("is working");
    let first = engine.told();
    engine.kill();

    let mut screen = Screen::default();
    screen.typed("stopline run");
    screen.printed(&first);
    keep("first-minute.svg", &screen.svg());
    for word in PROMISED {
        assert!(first.contains(word), "the first run shows no {word}:\n{first}");
    }

    let mut screen = Screen::default();
    screen.typed("pkill -9 -f 'release/stopline run'");
    screen.typed("stopline venue book");
    let book = place.command(&["venue", "book"]).env("CLICOLOR_FORCE", "1").output().unwrap();
    screen.printed(&String::from_utf8_lossy(&book.stdout));
    let engine = run(&place);
    engine.wait_until_told("agreed with the broker");
    place.wait_until_trading();
    screen.typed("stopline run");
    screen.printed(&engine.told());
    keep("kill.svg", &screen.svg());
    assert!(engine.told().contains("agreed with the broker: 1 positions,"), "{}", engine.told());
    engine.kill();
    place.assert_agrees();
}

fn run(place: &Place) -> Engine {
    let mut command = place.command(&["run"]);
    command.env("CLICOLOR_FORCE", "1");
    Engine::start(command, place.root(), "")
}

/// Writes a picture where `just pictures` takes it from.
fn keep(name: &str, svg: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/pictures");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), svg).unwrap();
}
