//! Every scenario of the catalogue runs, or says which part it waits for; and what is wrong with a file is told with its
//! line.
//!
//! No file is left out: one that cannot be read fails like one that does not pass.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that meets what it did not build ends there"
)]

mod catalogue;

use stopline_sim::scenario::{Broke, Failed, Scenario, verbs};
use stopline_sim::{play, play_flattened};

use catalogue::{catalogue, files_of, folder};

/// The parts that files wait for; one that is built leaves this list, and its files have to be played.
const PARTS: [&str; 13] = [
    "a FIX session layer",
    "a bounded inbox in the simulator",
    "a broker adapter with a wire of its own",
    "a broker of scenarios that changes trades and quantities",
    "a budget of changes for each order",
    "a command that disconnects",
    "a disk of scenarios that misplaces writes",
    "a market of scenarios with bad data",
    "a policy for sessions that a broker ended on purpose",
    "limits of the broker",
    "orders that end by a time",
    "settings and accounts in the scene of scenarios",
    "the calendar in the scene of scenarios",
];

/// How many files are played at least; the number may only grow.
const PLAYED: usize = 121;

#[test]
fn every_scenario_passes_or_says_what_it_waits_for() {
    let (mut wrong, mut played) = (Vec::new(), 0);
    for (name, scenario) in catalogue() {
        played += usize::from(scenario.waits.is_none());
        if !scenario.ids.contains(&name) {
            wrong.push(format!("{name}: its line `ids` does not name it"));
        }
        if scenario.invariants.is_empty() {
            wrong.push(format!("{name}: it names no invariant"));
        }
        match &scenario.waits {
            Some(part) if PARTS.contains(&part.as_str()) => {}
            Some(part) => wrong.push(format!("{name}: {part:?} is no part that is known to be missing")),
            None => wrong.extend(play(&scenario, None).err().map(|failed| format!("{name}: {failed}"))),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(played >= PLAYED, "{played} of the catalogue are played, {PLAYED} were");
}

/// What `stopline sim shrink` made of a seed is a test for ever, and names its defect.
#[test]
fn every_shrunk_seed_passes_on_the_engine_as_it_is() {
    let shrunk = files_of(&folder().join("shrunk"));
    assert!(!shrunk.is_empty(), "the folder of shrunk seeds is empty");
    let wrong = shrunk.iter().filter_map(|(name, scenario)| {
        let failed = play(scenario, None).err().map(|failed| format!("{name}: {failed}"));
        failed.or_else(|| scenario.mutants.is_empty().then(|| format!("{name}: it names no mutant")))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_person_who_flattens_at_any_step_of_any_scenario_ends_flat() {
    let (mut wrong, mut played) = (Vec::new(), 0);
    for (name, scenario) in catalogue() {
        for steps in 0..=scenario.steps.len() {
            played += 1;
            let ended = play_flattened(&scenario, steps, None);
            wrong.extend(ended.err().map(|failed| format!("{name}, after {steps} steps: {failed}")));
        }
    }
    println!("flattened after each of {played} beginnings");
    assert!(wrong.is_empty(), "{} of {played}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_documentation_lists_everything_that_can_be_written() {
    let path = folder().join("../docs/scenarios.md");
    let text = std::fs::read_to_string(path).unwrap();
    let table = verbs::table();
    assert!(text.contains(table.trim()), "docs/scenarios.md lacks the list as it is:\n{table}");
}

#[test]
fn the_examples_of_the_documentation_pass() {
    let text = std::fs::read_to_string(folder().join("../docs/scenarios.md")).unwrap();
    let mut examples: Vec<String> = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("    ") {
            Some(title) if title.starts_with("title ") => examples.push(format!("{title}\n")),
            Some(step) if !step.starts_with("stopline ") => {
                examples.last_mut().into_iter().for_each(|e| *e += &format!("{step}\n"));
            }
            _ => {}
        }
    }
    assert_eq!(examples.len(), 3);
    for example in examples {
        let scenario: Scenario = example.parse().unwrap();
        play(&scenario, None).unwrap_or_else(|failed| panic!("{}: {failed}", scenario.title));
    }
}

fn failed(text: &str) -> Failed {
    let scenario: Scenario = format!("title planted\n{text}").parse().unwrap();
    play(&scenario, None).expect_err("a planted mistake must not pass")
}

#[test]
fn a_wrong_expectation_fails_at_its_line_with_what_was_seen() {
    let wrong = failed("bot buys 1 stop 5895.00\nuntil position 1\nexpect broker position 2");
    assert_eq!(wrong.line, 4);
    assert_eq!(wrong.how, Broke::NotSo { seen: "the exchange holds 1".to_owned() });
    let late = failed("until position 1 within 200ms");
    assert!(matches!(late.how, Broke::TooLate { .. }) && late.at_ms == 200, "{late}");
}

#[test]
fn what_cannot_happen_and_what_never_comes_is_an_error() {
    let nothing = failed("bot cancels entry");
    assert_eq!(nothing.how, Broke::Impossible { why: "no entry was placed".to_owned() });
    let never = failed("broker loses next accepted of entry\nwait 1s");
    assert_eq!((never.line, never.how), (2, Broke::NeverCame));
    let held =
        failed("broker holds next accepted of entry\nbot buys 1 stop 5895.00 limit 5899.00\nwait 100ms");
    assert_eq!((held.line, held.how), (2, Broke::NeverReleased));
    let alive = failed("engine killed before next send\nwait 1s");
    assert_eq!((alive.line, alive.how), (2, Broke::NeverCame));
    let dead = failed("engine killed\nbot exits");
    assert!(matches!(dead.how, Broke::Impossible { .. }) && dead.line == 3, "{dead}");
}

#[test]
fn a_word_that_is_not_known_is_named_with_its_line_and_what_could_stand_there() {
    let mistake = |text: &str| text.parse::<Scenario>().unwrap_err().to_string();
    let told = mistake("title t\n\nbot buys 1 stopp 5895.00");
    assert!(told.starts_with("line 3: `stopp` is not known here; write limit PRICE"), "{told}");
    let told = mistake("title t\nexpect entry wroking");
    assert!(told.contains("`wroking`") && told.contains("working"), "{told}");
    assert!(mistake("title t\nquote 5900.10 5900.25").contains("no price on a tick"));
    assert!(mistake("title t\nbot exits now").contains("`now` is one word too many"));
    assert!(mistake("title t\nwait 3").contains("no time"));
    assert!(mistake("bot exits").contains("title"));
    assert!(mistake("title t\nbot exits\nids F001").contains("above the first step"));
}
