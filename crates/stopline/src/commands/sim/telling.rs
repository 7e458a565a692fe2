//! What happens in a run of the simulator, one line a thing: records in the words of the screen, messages by the names of
//! orders, steps as they are written.
//!
//! It prints nothing; the first wrong thing is marked, and nothing after it is told.

use std::cell::RefCell;
use std::rc::Rc;

use stopline_sim::{Happened, Trace, Traced};

use crate::look::tell::Teller;

/// Stands before the first wrong thing.
const WRONG: &str = ">>>";

/// The lines of a run so far.
#[derive(Debug, Default)]
pub(super) struct Telling {
    teller: Teller,
    lines: Vec<String>,
}

impl Telling {
    /// A telling, and the trace that feeds it.
    pub(super) fn begin() -> (Rc<RefCell<Telling>>, Trace) {
        let telling = Rc::new(RefCell::new(Telling::default()));
        let kept = Rc::clone(&telling);
        (telling, Box::new(move |traced| kept.borrow_mut().hear(traced)))
    }

    fn hear(&mut self, traced: &Traced<'_>) {
        let since = traced.since.0 / 1_000;
        let (sign, since) = (if since < 0 { '-' } else { '+' }, since.unsigned_abs());
        let time = format!("{:>9}", format!("{sign}{}.{:06}", since / 1_000_000, since % 1_000_000));
        let mut say = |topic: &str, text: &str| self.lines.push(format!("    {time} s  {topic:<9} {text}"));
        match traced.what {
            Happened::Kept(entry) => {
                self.teller.tell(entry).iter().for_each(|line| say(line.topic.word(), &line.text));
            }
            Happened::Sent(text) => say("sent", text),
            Happened::Heard(text) => say("heard", text),
            Happened::Step(line, text) => say("step", &format!("line {line}: {text}")),
            Happened::Deed(line, text) => say("deed", &format!("of line {line}: {text}")),
            Happened::Befell(text) => say("world", text),
        }
    }

    /// The lines; where something is wrong, the last of them is the one at which it was seen, and says why.
    pub(super) fn end(&mut self, wrong: Option<&str>) -> Vec<String> {
        let mut lines = std::mem::take(&mut self.lines);
        if let Some(wrong) = wrong {
            if let Some(last) = lines.last_mut() {
                *last = format!("{WRONG}{}", last.strip_prefix("   ").unwrap_or(last));
            }
            lines.push(format!("{WRONG} {wrong}"));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stopline_sim::play;
    use stopline_sim::scenario::Scenario;

    fn told(text: &str) -> Vec<String> {
        let scenario: Scenario = format!("title planted\n{text}").parse().unwrap();
        let (telling, trace) = Telling::begin();
        let failed = play(&scenario, Some(trace)).err().map(|failed| failed.to_string());
        telling.borrow_mut().end(failed.as_deref())
    }

    #[test]
    fn a_failure_is_told_in_the_words_of_the_page_and_the_first_wrong_thing_is_marked() {
        let lines = told("bot buys 1 stop 5895.00\nuntil position 1\nexpect position 2");
        let has = |what: &str| lines.iter().any(|line| line.contains(what));
        for wanted in [
            "+0.000000 s  step      line 2: bot buys 1 stop 5895.00",
            "sent      place of entry 1: 1 lots, stop 1 at 5895.00",
            "heard     fill of entry 1: 1 at 5900.25",
            "position  fickle MESZ6: +1",
        ] {
            assert!(has(wanted), "{wanted} in {lines:#?}");
        }
        let marked: Vec<&String> = lines.iter().filter(|line| line.starts_with(WRONG)).collect();
        assert_eq!(marked.len(), 2, "{lines:#?}");
        assert!(marked[0].contains("line 4: expect position 2"), "{lines:#?}");
        assert!(!lines.iter().any(|line| line.contains("Transition {")), "{lines:#?}");
    }

    #[test]
    fn what_passes_has_no_mark() {
        let lines = told("bot buys 1 stop 5895.00\nuntil position 1");
        assert!(!lines.iter().any(|line| line.contains(WRONG)));
    }
}
