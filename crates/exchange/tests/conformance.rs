//! The simulated exchange against the suite that every venue passes, through the paper machines.
//!
//! It never looks past the venue's public face: connections, bytes, time.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;

use stopline_exchange::birth::{Drive, Models, Plan};
use stopline_exchange::faults::Faults;
use stopline_exchange::paper::SessionId as Seat;
use stopline_exchange::presets;
use stopline_exchange::venue::{Action, Batch, Pace, PaperVenue};
use stopline_kernel::id::AccountId;
use stopline_kernel::num::{Money, Ticks};
use stopline_kernel::time::{Mono, Span};
use stopline_venues::conformance::paper::PaperBench;
use stopline_venues::conformance::{Broken, Broker, Outcome, Said, SessionId, Stage, Verdict, run};

const ACCOUNTS: [AccountId; 3] =
    [AccountId::from_static("PAPER-1"), AccountId::from_static("PAPER-2"), AccountId::from_static("PAPER-3")];
const CASH: Money = Money(50_000_000_000);
const NOW: Mono = Mono(1_000_000_000);

/// The venue with what it has said and not delivered yet.
struct Bench {
    venue: PaperVenue,
    sessions: u64,
    /// What is on its way, by when it arrives and in which order it was said.
    coming: BTreeMap<(Mono, u64), (SessionId, Said)>,
    said: u64,
    /// A planted fault: news of this kind never arrives.
    swallow: Option<&'static str>,
}

impl Bench {
    fn new(swallow: Option<&'static str>) -> Bench {
        let instrument = presets::mes(Money(620_000)).unwrap();
        let plan = Plan {
            contracts: vec![(instrument, Drive::Quiet)],
            accounts: ACCOUNTS.map(|account| (account, CASH)).to_vec(),
            seed: 1,
            salt: 1,
            start: presets::START,
            warm_up: Span::ZERO,
            models: Models::default(),
        };
        let pace = Pace { now: NOW, speed_milli: 1_000 };
        let venue = PaperVenue::create(plan, pace, Faults::default()).unwrap();
        Bench { venue, sessions: 0, coming: BTreeMap::new(), said: 0, swallow }
    }

    fn keep(&mut self, batch: Batch) {
        for action in batch.actions {
            let (at, session, said) = match action {
                Action::Send { session, at, bytes } => (at, session, Said::Bytes(bytes)),
                Action::Close { session, at } => (at, session, Said::Closed),
                Action::Restart => panic!("no faults were asked for"),
            };
            let swallowed = |word: &str| {
                let word = format!("\"what\":\"{word}\"");
                matches!(&said, Said::Bytes(b) if String::from_utf8_lossy(b).contains(&word))
            };
            if self.swallow.is_some_and(swallowed) {
                continue;
            }
            self.said += 1;
            self.coming.insert((at, self.said), (SessionId(session.0), said));
        }
    }
}

impl Broker for Bench {
    fn connect(&mut self, _: Mono) -> SessionId {
        self.sessions += 1;
        self.venue.connect(Seat(self.sessions));
        SessionId(self.sessions)
    }

    fn disconnect(&mut self, session: SessionId, _: Mono) {
        self.venue.disconnect(Seat(session.0));
    }

    fn bytes(&mut self, session: SessionId, now: Mono, bytes: &[u8]) {
        let mut batch = Batch::default();
        self.venue.on_bytes(Seat(session.0), now, bytes, &mut batch).unwrap();
        self.keep(batch);
    }

    fn advance(&mut self, to: Mono) -> Vec<(SessionId, Said)> {
        let mut batch = Batch::default();
        self.venue.advance(to, &mut batch).unwrap();
        self.keep(batch);
        let later = self.coming.split_off(&(to, u64::MAX));
        std::mem::replace(&mut self.coming, later).into_values().collect()
    }
}

fn outcomes(swallow: Option<&'static str>) -> Vec<Outcome> {
    let symbol = presets::mes(Money(620_000)).unwrap().symbol;
    let stage = Stage { now: NOW, symbol, reference: Ticks(23_600), accounts: ACCOUNTS, cash: CASH };
    run(&PaperBench { stage, broker: move || Box::new(Bench::new(swallow)) as Box<dyn Broker> })
}

#[test]
fn the_exchange_does_what_every_venue_must() {
    let all = outcomes(None);
    let broken = |o: &Outcome| match &o.verdict {
        Verdict::Held => None,
        Verdict::NotApplicable(stray) => {
            Some(format!("{}: the paper protocol can say {stray:?}", o.scenario))
        }
        Verdict::Broken(why) => Some(format!("{} (in pieces of {}): {why}", o.scenario, o.piece)),
    };
    let broken: Vec<String> = all.iter().filter_map(broken).collect();
    assert!(broken.is_empty(), "{} of {}\n{}", broken.len(), all.len(), broken.join("\n"));
}

#[test]
fn a_venue_that_keeps_any_kind_of_news_to_itself_fails() {
    for word in ["held", "accepted", "trade", "cancel_refused", "canceled", "replace_refused", "replaced"] {
        let missed = |o: &Outcome| matches!(o.verdict, Verdict::Broken(Broken::Heard { .. }));
        assert!(outcomes(Some(word)).iter().any(missed), "{word} is not missed");
    }
}
