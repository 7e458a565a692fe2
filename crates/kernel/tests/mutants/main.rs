//! Deliberate defects that a scene catches: with the defect switched on, the scene goes otherwise than it is written.
//!
//! One test in a process of its own, since a defect is switched on for the whole process; no seed is hunted here.

#![cfg(feature = "mutants")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "../lane/rig.rs"]
#[expect(dead_code, reason = "the rig of the scenes, of which a part is asked here")]
mod rig;
#[path = "../lane/scene.rs"]
#[expect(dead_code, reason = "scenes are named here, not listed")]
mod scene;
#[path = "../lane/show.rs"]
mod show;
#[path = "../lane/words.rs"]
mod words;

use std::fs;

use stopline_kernel::mutant::{Mutant, switch};

/// Each defect with the scenes that catch it.
const CAUGHT: &[(Mutant, &[&str])] = &[
    (Mutant::ProfitTargetIgnored, &["profit_target"]),
    (Mutant::DrawdownIgnored, &["day_drawdown", "trailing_drawdown"]),
    (Mutant::LossesInRowIgnored, &["losses_in_row"]),
    (Mutant::FlatByIgnored, &["flat_before_close"]),
    (Mutant::SizedUp, &["size_by_risk", "size_by_confidence"]),
    (Mutant::ReserveIgnored, &["send_rate"]),
    (Mutant::PassedStopProtects, &["passed_stop"]),
    (Mutant::FiredStopProtects, &["fired_stop"]),
    (Mutant::RefusedStopAwaited, &["refused_stop"]),
    (Mutant::ExitKeepsPlacedLots, &["exits_of_a_cut_entry"]),
    (Mutant::RefusedClosingLeavesBare, &["closing_refused_keeps_its_price"]),
    (Mutant::ClosingUnbounded, &["closing_within_the_collar"]),
    (Mutant::ClosesInHalt, &["closing_in_a_halt"]),
    (Mutant::StraysLeft, &["flatten_takes_strays", "flatten_takes_an_ended_order"]),
];

#[test]
fn each_of_these_defects_makes_its_scenes_go_otherwise() {
    for (mutant, scenes) in CAUGHT {
        for name in *scenes {
            let file = scene::folder().join(format!("{name}.txt"));
            let written = fs::read_to_string(&file).unwrap();
            assert!(scene::play(&written).0 == written, "{name} does not go as written without a defect");
            switch(Some(*mutant));
            let (played, _) = scene::play(&written);
            switch(None);
            assert!(played != written, "{name} goes as written under {mutant:?}");
        }
    }
}
