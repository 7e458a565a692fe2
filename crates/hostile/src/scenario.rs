//! The reader of scenario files, fed with anything: a text is refused with a line that it has, or it is read the same way
//! twice.
//!
//! Nothing is played here: what a file does is the simulator's business.

use stopline_sim::scenario::Scenario;

/// Reads a scenario; gives the number of its steps.
pub fn read(bytes: &[u8]) -> usize {
    let text = String::from_utf8_lossy(bytes);
    match text.parse::<Scenario>() {
        Ok(scenario) => {
            let lines: Vec<&str> = text.lines().collect();
            for step in &scenario.steps {
                assert_eq!(lines[step.line - 1].trim(), step.text, "a step stands on the line it names");
            }
            assert_eq!(text.parse(), Ok(scenario.clone()));
            scenario.steps.len()
        }
        Err(mistake) => {
            assert!(mistake.line <= text.lines().count(), "a mistake is on a line that is there: {mistake}");
            assert!(!mistake.to_string().is_empty());
            0
        }
    }
}
