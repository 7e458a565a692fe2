//! A golden run survives a death at each of its places, and its ledger every cut and flip.
//!
//! It is never the whole sweep, which is `stopline sim crashpoints`: one run, and enough damage to see that it works.

use stopline_sim::crashpoints::{GOLDEN, Ledger, damage, sweep};
use stopline_sim::swarm::CrashPoint;

#[test]
fn a_golden_run_survives_a_death_at_each_of_its_places() {
    let [modelled, sqlite] = Ledger::ALL.map(|ledger| {
        let points = sweep(GOLDEN[0], ledger, 5).unwrap();
        println!("{}: {} runs: {:?}", ledger.word(), points.runs, points.places);
        assert!(points.broken.is_empty(), "{ledger:?}: {:?}", points.broken);
        // A run without places proves nothing.
        for point in
            [CrashPoint::BeforeAppend, CrashPoint::AfterSync, CrashPoint::AfterSend, CrashPoint::OnReport]
        {
            assert!(points.places.get(&point).is_some_and(|places| *places > 3), "{point:?}: {points:?}");
        }
        points.places
    });
    assert_eq!(modelled, sqlite, "the same run, whatever log it is on");
}

#[test]
fn a_damaged_ledger_is_refused_or_holds_everything() {
    for ledger in Ledger::ALL {
        let hurt = damage(GOLDEN[0], ledger, 200).unwrap();
        println!("{}: {} bytes, {} opened, {} refused", ledger.word(), hurt.bytes, hurt.opened, hurt.refused);
        assert!(hurt.lost.is_empty(), "{ledger:?}: {:?}", hurt.lost);
        assert!(hurt.refused * 2 > hurt.opened, "{ledger:?}: {} of {}", hurt.refused, hurt.opened);
    }
}
