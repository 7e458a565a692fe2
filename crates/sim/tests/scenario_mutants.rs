//! Under each deliberate defect that it names a scenario fails: one that passes all the same proves nothing.
//!
//! One test in a process of its own: a defect is switched on for the whole process.

#![cfg(feature = "mutants")]

mod catalogue;

use stopline_sim::mutants::prove;

#[test]
fn under_each_defect_that_it_names_a_scenario_fails() {
    let shrunk = catalogue::files_of(&catalogue::folder().join("shrunk"));
    let all = catalogue::catalogue().into_iter().chain(shrunk);
    let running = all.filter(|(_, scenario)| scenario.waits.is_none());
    let proved =
        running.filter_map(|(name, scenario)| prove(&scenario).err().map(|why| format!("{name}: {why}")));
    let wrong: Vec<String> = proved.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
