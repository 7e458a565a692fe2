//! The connection's life: connect, greet, stay in touch, notice silence, wait, connect again.
//!
//! Pure, and it knows nothing of orders. It never leaves anyone in doubt whether a connection stands: each one that
//! ended is told as Down, once, with its number and the reason.

use stopline_kernel::id::AccountId;
use stopline_kernel::input::Event;
use stopline_kernel::report::{Report, Stream};
use stopline_kernel::time::{Mono, Span};

use super::wire::{ClientMessage, Frames, StreamName, VERSION, WireError, encode};
use crate::backoff::{Backoff, Delays};
use crate::protocol::Output;

/// The waits of a link, all in machine time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timings {
    /// After saying nothing for so long we ask for a sign of life.
    pub ping: Span,
    /// After hearing nothing for so long the connection is lost; longer than `ping`.
    pub silence: Span,
    /// Before connecting again.
    pub retry: Delays,
}

impl Timings {
    /// For a venue on this machine.
    pub const LOCAL: Timings = Timings { ping: Span::secs(1), silence: Span::secs(3), retry: Delays::LOCAL };
}

/// What a session is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The account to trade or look at.
    pub account: AccountId,
    /// Who calls, for the venue's log.
    pub client: Box<str>,
    /// What chance in the waits is drawn from; another one for each stream.
    pub seed: u64,
    /// The waits.
    pub timings: Timings,
}

/// Where the connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// There is none; the next try is at this moment.
    Waiting { until: Mono },
    /// The driver was asked to connect.
    Connecting,
    /// Hello is sent, no Welcome has come.
    Greeting { since: Mono },
    /// Ready.
    Up { since: Mono, heard: Mono, said: Mono },
    /// Left in good order, for good.
    Left,
}

/// One connection after the other.
#[derive(Debug)]
pub(super) struct Link {
    config: Config,
    stream: Stream,
    state: State,
    epoch: u64,
    frames: Frames,
    backoff: Backoff,
    nonce: u64,
    /// Why the last try failed, so that a venue which is away is told of once.
    failure: Option<Box<str>>,
}

impl Link {
    pub(super) fn new(config: Config, stream: Stream) -> Link {
        let backoff = Backoff::new(config.timings.retry, config.seed);
        let (state, frames) = (State::Waiting { until: Mono::default() }, Frames::default());
        Link { config, stream, state, epoch: 0, frames, backoff, nonce: 0, failure: None }
    }

    pub(super) const fn stream(&self) -> Stream {
        self.stream
    }

    pub(super) const fn account(&self) -> AccountId {
        self.config.account
    }

    /// The number of the present connection, or of the last.
    pub(super) const fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(super) const fn is_up(&self) -> bool {
        matches!(self.state, State::Up { .. })
    }

    pub(super) const fn has_connection(&self) -> bool {
        matches!(self.state, State::Greeting { .. } | State::Up { .. })
    }

    pub(super) fn next_deadline(&self) -> Option<Mono> {
        let Timings { ping, silence, .. } = self.config.timings;
        match self.state {
            State::Waiting { until } => Some(until),
            State::Greeting { since } => Some(since.plus(silence)),
            State::Up { heard, said, .. } => Some(heard.plus(silence).min(said.plus(ping))),
            State::Connecting | State::Left => None,
        }
    }

    pub(super) fn timer(&mut self, now: Mono, out: &mut Vec<Output>) {
        let Timings { ping, silence, .. } = self.config.timings;
        match self.state {
            State::Waiting { until } if until <= now => {
                self.state = State::Connecting;
                out.push(Output::Connect);
            }
            State::Greeting { since } if since.plus(silence) <= now => {
                let why = format!("no Welcome within {} ms", silence.as_millis());
                self.end(now, &why, out);
            }
            State::Up { heard, .. } if heard.plus(silence) <= now => {
                let why = format!("nothing heard for {} ms", silence.as_millis());
                self.end(now, &why, out);
            }
            State::Up { said, .. } if said.plus(ping) <= now => {
                self.nonce = self.nonce.saturating_add(1);
                self.say(now, &ClientMessage::Ping { nonce: self.nonce }, out);
            }
            _ => {}
        }
    }

    pub(super) fn connected(&mut self, now: Mono, out: &mut Vec<Output>) {
        if self.state != State::Connecting {
            return out.push(Output::Close);
        }
        self.epoch = self.epoch.saturating_add(1);
        (self.frames, self.failure) = (Frames::default(), None);
        self.state = State::Greeting { since: now };
        let hello = ClientMessage::Hello {
            version: VERSION,
            account: self.config.account.to_string(),
            stream: match self.stream {
                Stream::Quotes => StreamName::Quotes,
                Stream::Orders => StreamName::Orders,
            },
            client: self.config.client.to_string(),
        };
        self.say(now, &hello, out);
    }

    /// The Welcome has come and is understood.
    pub(super) const fn welcomed(&mut self, now: Mono) {
        self.state = State::Up { since: now, heard: now, said: now };
    }

    /// Writes a message.
    pub(super) fn say(&mut self, now: Mono, message: &ClientMessage, out: &mut Vec<Output>) {
        out.push(Output::Write(encode(message)));
        if let State::Up { said, .. } = &mut self.state {
            *said = now;
        }
    }

    /// Takes bytes of the present connection; without one they are nobody's.
    pub(super) fn hear(&mut self, now: Mono, bytes: &[u8]) {
        if !self.has_connection() {
            return;
        }
        self.frames.push(bytes);
        if let State::Up { heard, .. } = &mut self.state {
            *heard = now;
        }
    }

    /// The next whole frame.
    pub(super) fn next_frame(&mut self) -> Result<Option<Vec<u8>>, WireError> {
        self.frames.next_frame()
    }

    /// Ends the connection for a reason of our own.
    pub(super) fn end(&mut self, now: Mono, why: &str, out: &mut Vec<Output>) {
        if self.has_connection() {
            out.push(Output::Close);
        }
        self.lost(now, why, out);
    }

    /// The connection is gone, or was never made.
    pub(super) fn lost(&mut self, now: Mono, why: &str, out: &mut Vec<Output>) {
        match self.state {
            State::Waiting { .. } | State::Left => return,
            State::Connecting if self.failure.as_deref() == Some(why) => {}
            State::Connecting => {
                self.failure = Some(why.into());
                self.tell_down(why, out);
            }
            State::Greeting { .. } => self.tell_down(why, out),
            State::Up { since, .. } => {
                self.backoff.ended_after(now.since(since));
                self.tell_down(why, out);
            }
        }
        self.frames = Frames::default();
        self.state = State::Waiting { until: now.plus(self.backoff.next_wait()) };
    }

    /// Takes leave, for good.
    pub(super) fn leave(&mut self, now: Mono, out: &mut Vec<Output>) {
        if self.is_up() {
            self.say(now, &ClientMessage::Bye, out);
        }
        self.end(now, "left in good order", out);
        self.state = State::Left;
    }

    fn tell_down(&self, why: &str, out: &mut Vec<Output>) {
        let down = Report::Down { stream: self.stream, epoch: self.epoch, why: why.into() };
        out.push(Output::Deliver(Event::Report(down)));
    }
}
