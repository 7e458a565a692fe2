//! The paper protocol's side of the bench: whoever stands in for the exchange brings only the broker.
//!
//! Compiled for tests alone, and it makes no message that the paper exchange or a stranger could not send.

use stopline_kernel::id::AccountId;

use super::{Bench, Broker, Stage, Stray, Trader};
use crate::paper::protocol::{Config, PaperOrders, PaperQuotes, Timings};
use crate::paper::wire::{ClockMessage, VERSION, VenueMessage, encode};
use crate::protocol::Protocol;

/// A bench for the paper protocol.
pub struct PaperBench<F> {
    /// What is there at the beginning.
    pub stage: Stage,
    /// Makes a stand-in for the exchange, set as the stage says.
    pub broker: F,
}

impl<F: Fn() -> Box<dyn Broker>> Bench for PaperBench<F> {
    fn stage(&self) -> Stage {
        self.stage
    }

    fn broker(&self) -> Box<dyn Broker> {
        (self.broker)()
    }

    fn trader(&self, account: AccountId) -> Box<dyn Trader> {
        Box::new(PaperOrders::new(config(account)))
    }

    fn listener(&self) -> Box<dyn Protocol> {
        Box::new(PaperQuotes::new(config(self.stage.accounts[0])))
    }

    fn stray(&self, stray: Stray) -> Option<Vec<u8>> {
        Some(match stray {
            Stray::UnknownMessage => encode(&std::collections::BTreeMap::from([("type", "weather")])),
            Stray::OtherVersion => encode(&VenueMessage::Welcome {
                version: VERSION + 1,
                venue: "later".to_owned(),
                clock: ClockMessage { origin: 0, mono: 0, speed_milli: 1_000 },
                instruments: Vec::new(),
            }),
            Stray::OtherProtocol => b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        })
    }
}

fn config(account: AccountId) -> Config {
    Config { account, client: "suite".into(), seed: 1, timings: Timings::LOCAL }
}
