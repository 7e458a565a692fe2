//! Every way that two orders, one crash and three messages in flight can go, explored to the last state: submit,
//! Unknown, reconcile, kill. The desk moves by the kernel's own tables, so that this cannot drift from the code; it is
//! no second kernel, and what it leaves out (prices, brackets, time but for its order) the simulator has.

#![expect(clippy::unwrap_used, reason = "a test that meets what it did not build ends there")]

mod broker;
mod desk;
mod laws;
mod scene;
mod wire;
mod world;

use std::collections::BTreeSet;

use stateright::{Checker, HasDiscoveries, Model};

use laws::{EVIDENCE, FLAT, KILLED, LAWS, NO_TURN, ONCE, ONE_LIVE, POSSIBLE, RECORDED, UNKNOWN};
use scene::{Defect, Scene};

/// Two entries: submit, time-out, reconcile, send again.
const SUBMIT: Scene = Scene { entries: 2, closers: 0, lots: 1, crashes: 1, kills: false, defect: None };

/// An entry of two lots and the order with which the kill closes it.
const KILL: Scene = Scene { entries: 1, closers: 1, lots: 2, crashes: 1, kills: true, defect: None };

/// The same with a second closing order, for what goes wrong between two of them.
const KILL_TWICE: Scene = Scene { closers: 2, lots: 1, crashes: 0, ..KILL };

/// Explores all of a scene; gives the number of states.
fn explore(name: &str, scene: Scene) -> usize {
    let checker = scene.checker().threads(2).spawn_dfs().join();
    let states = checker.unique_state_count();
    println!("{name}: {states} states");
    assert!(checker.is_done());
    checker.assert_properties();
    states
}

/// Whether a desk with this defect is seen to break this law, and in how many steps.
fn breaks(scene: Scene, defect: Defect, law: &'static str) -> Option<usize> {
    let scene = Scene { defect: Some(defect), ..scene };
    let found = HasDiscoveries::AnyOf(BTreeSet::from([law]));
    let checker = scene.checker().finish_when(found).spawn_bfs().join();
    let steps = checker.discovery(law)?.into_actions();
    println!("{defect:?} breaks \"{law}\" in {} steps: {steps:?}", steps.len());
    Some(steps.len())
}

/// Each defect with a law that has to catch it. Every defect and every law stands here.
const CAUGHT: [(Defect, Scene, &str); 13] = [
    (Defect::SendsFirst, SUBMIT, RECORDED),
    (Defect::ResendsUnderItsId, SUBMIT, ONCE),
    (Defect::ResendsUnderItsId, SUBMIT, POSSIBLE),
    (Defect::ResendsUnderNewId, SUBMIT, ONE_LIVE),
    (Defect::TimeOutEnds, SUBMIT, EVIDENCE),
    (Defect::AbsenceIsCancelled, SUBMIT, EVIDENCE),
    (Defect::SettlingIgnored, SUBMIT, EVIDENCE),
    (Defect::RestartEndsUnknown, SUBMIT, UNKNOWN),
    (Defect::FlatFromOwnBook, KILL, FLAT),
    (Defect::KillForgotten, KILL, KILLED),
    (Defect::DoorForgetsKill, KILL, KILLED),
    (Defect::ClosesTwice, KILL_TWICE, NO_TURN),
    (Defect::AbsenceIsCancelled, KILL, FLAT),
];

#[test]
fn two_entries_hold_every_law_in_every_state() {
    assert!(explore("submit", SUBMIT) > 10_000);
}

#[test]
fn a_kill_holds_every_law_in_every_state() {
    assert!(explore("kill", KILL) > 10_000);
}

#[test]
fn a_kill_with_two_closing_orders_holds_every_law_in_every_state() {
    assert!(explore("kill twice", KILL_TWICE) > 10_000);
}

#[test]
fn every_defect_of_a_careless_client_breaks_the_law_that_is_there_for_it() {
    for (defect, scene, law) in CAUGHT {
        assert!(breaks(scene, defect, law).is_some(), "{defect:?} is not seen to break: {law}");
    }
}

#[test]
fn every_defect_is_planted_and_every_law_has_one_that_breaks_it() {
    assert!(Defect::ALL.iter().all(|defect| CAUGHT.iter().any(|(planted, ..)| planted == defect)));
    assert!(LAWS.iter().all(|law| CAUGHT.iter().any(|(.., broken)| broken == law)));
}
