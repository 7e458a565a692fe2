//! What the engine does about a command, line by line while its answer is waited for.
//!
//! It reads the ledger and nothing else, and a ledger that cannot be read keeps nobody from commanding.

use std::thread;
use std::time::Duration;

use stopline_kernel::record::{Entry, Record};
use stopline_ledger::reader::Reader;
use stopline_runtime::control::{Answer, Ask};

use super::{operator, setup, user};
use crate::cli::Global;
use crate::exit::{Failure, Report};
use crate::look::tell::Teller;
use crate::print;

/// How often the ledger is looked at for more.
const EVERY: Duration = Duration::from_millis(100);

/// The ledger's records from a moment on, told as they come.
struct Watch {
    reader: Reader,
    teller: Teller,
    told: u64,
}

/// Commands, and tells what follows until the answer is there. Where one document is asked for, nothing else is said.
pub(super) fn command(
    global: &Global,
    ask: impl FnOnce() -> Result<Report, Failure> + Send,
) -> Result<Report, Failure> {
    let from = if global.json { None } else { newest(global) };
    thread::scope(|scope| {
        // Nothing that is only for watching is done before the command is on its way.
        let asked = scope.spawn(ask);
        let mut watch = from.map(|(reader, told)| Watch { reader, teller: teller(global), told });
        while !asked.is_finished() {
            thread::sleep(EVERY);
            watch.iter_mut().for_each(Watch::tell);
        }
        watch.iter_mut().for_each(Watch::tell);
        let ended = |_| Failure::Failed { doing: "asking the engine".into(), why: "the asking ended".into() };
        asked.join().unwrap_or_else(|why| Err(ended(why)))
    })
}

/// The ledger, and how far it reaches now.
fn newest(global: &Global) -> Option<(Reader, u64)> {
    let reader = setup::ledger(global).ok()?;
    let last = reader.last().ok()?;
    Some((reader, last))
}

/// Somebody who knows the contracts and the orders that live, if the engine says what they are.
fn teller(global: &Global) -> Teller {
    let status = operator::send(global, user::name(), "to watch a command".to_owned(), Ask::Status);
    match status {
        Ok(Answer::Status { status, instruments }) => {
            let mut teller = Teller::knowing(instruments);
            teller.learn(&status);
            teller
        }
        _ => Teller::default(),
    }
}

impl Watch {
    fn tell(&mut self) {
        let last = self.reader.last().unwrap_or(self.told);
        let more = if last > self.told { self.reader.entries(self.told + 1..=last) } else { Ok(Vec::new()) };
        for entry in more.unwrap_or_default() {
            self.told = entry.seq;
            let lines = self.teller.tell(&entry);
            let wanted = lines.iter().filter(|_| concerns_a_closing(&entry));
            wanted.for_each(|line| print::line(&line.painted()));
        }
    }
}

/// Whether a record is part of the way to flat; what bots still want is not.
const fn concerns_a_closing(entry: &Entry) -> bool {
    !matches!(
        entry.record,
        Record::Decided { .. } | Record::Snapshot(_) | Record::Agreed { .. } | Record::BotSaved { .. }
    )
}
