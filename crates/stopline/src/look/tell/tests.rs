//! Tests of what a run tells, as the lines a person sees.
//!
//! They look at words only: colours say nothing that the words do not.

use super::*;
use crate::sample;

fn told(entries: &[Entry]) -> Vec<String> {
    let mut teller = Teller::knowing([sample::mes()]);
    entries.iter().flat_map(|entry| teller.tell(entry)).map(|line| line.plain()).collect()
}

#[test]
fn a_bracket_is_told_from_its_signal_to_flat() {
    let decision = sample::bracket()[0].decision.unwrap();
    let lines = told(&sample::bracket());
    let wanted = [
        "08:46:00  signal    cross: enter long 1 MESZ6 at the market, stop 6695.00, target 6712.50 (fast over slow; 62% sure)".to_owned(),
        format!("08:46:00  decision  cross: 1 rules passed  {decision}"),
        "08:46:00  order     entry   buy 1 MESZ6 market".to_owned(),
        "08:46:00  order     stop    sell 1 MESZ6 stop 6695.00".to_owned(),
        "08:46:00  order     entry   buy 1 MESZ6 market is working".to_owned(),
        "08:46:00  fill      entry   buy 1 MESZ6 at 6700.25, fee 0.62, slippage 1 ticks".to_owned(),
        "08:46:00  position  cross MESZ6: +1".to_owned(),
        "08:46:00  order     stop    sell 1 MESZ6 stop 6695.00 is working".to_owned(),
        "08:46:00  fill      stop    sell 1 MESZ6 at 6695.00, -26.25, fee 0.62".to_owned(),
        "08:46:00  position  cross MESZ6: flat".to_owned(),
    ];
    assert_eq!(lines, wanted);
}

#[test]
fn a_denial_names_the_rule_and_its_numbers() {
    let lines = told(&[sample::denied()]);
    assert!(lines[1].contains("denied    cross: halted: Halted where Running is allowed"), "{}", lines[1]);
}

#[test]
fn a_contract_that_is_not_known_is_shown_in_ticks() {
    let mut teller = Teller::default();
    let lines = teller.tell(&sample::bracket()[0]);
    assert!(lines[0].text.contains("stop 26780 ticks"), "{}", lines[0].text);
}
