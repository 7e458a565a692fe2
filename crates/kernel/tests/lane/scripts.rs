//! Scenes as text: each file in `scripts/` begins with the sentence it proves, then inputs (`> `) and what came of them.
//!
//! `STOPLINE_BLESS=1` writes what came; a difference never passes without it, and a written scene is read by a person.

use std::fs;

use stopline_kernel::ledgered::Ledgered;

use crate::scene::{files, play};

#[test]
fn every_scene_goes_as_written() {
    let mut differ = Vec::new();
    for file in files() {
        let written = fs::read_to_string(&file).unwrap();
        assert!(written.starts_with("# "), "{file:?} does not say what it proves");
        let (played, _) = play(&written);
        if played != written {
            if std::env::var_os("STOPLINE_BLESS").is_some() {
                fs::write(&file, &played).unwrap();
            }
            differ.push(format!("{}:\n{}", file.display(), difference(&written, &played)));
        }
    }
    let blessed = std::env::var_os("STOPLINE_BLESS").is_some();
    assert!(differ.is_empty() || blessed, "{}", differ.join("\n"));
}

fn difference(written: &str, played: &str) -> String {
    let (mut written, mut played) = (written.lines(), played.lines());
    loop {
        match (written.next(), played.next()) {
            (Some(a), Some(b)) if a == b => {}
            (a, b) => return format!("- {}\n+ {}", a.unwrap_or("(end)"), b.unwrap_or("(end)")),
        }
    }
}

#[test]
fn a_process_that_starts_after_any_record_of_any_scene_knows_exactly_what_was_written() {
    for file in files() {
        let (_, rig) = play(&fs::read_to_string(&file).unwrap());
        let mut ledgered = Ledgered::default();
        for entry in &rig.log.0 {
            ledgered.apply(entry).unwrap();
            let text = serde_json::to_string(entry).unwrap();
            assert_eq!(serde_json::from_str::<stopline_kernel::record::Entry>(&text).unwrap(), *entry);
            rig.restarted_from(ledgered.clone());
        }
    }
}
