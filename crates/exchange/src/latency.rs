//! How long news takes from the exchange to its client, by named model.
//!
//! A request arrives at once, so that this is a whole round trip. Machine time, and seeded: nothing here reads a clock.

use std::fmt;
use std::str::FromStr;

use stopline_kernel::time::Span;

use crate::faults::span;

/// The longest fixed latency.
const MOST: Span = Span::secs(60);

/// A model of latency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Latency {
    /// Nothing takes time.
    #[default]
    None,
    /// Always as long.
    Fixed(Span),
    /// A machine beside the broker's: 1 ms, and up to 1 ms more.
    Lan,
    /// A line at home in the same country: 30 ms, and up to 20 ms more.
    Home,
    /// From another continent: 180 ms, and up to 60 ms more.
    Far,
}

/// A text that names no model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownLatency(pub String);

impl fmt::Display for UnknownLatency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = &self.0;
        write!(f, "{text:?} is no model of latency: write none, lan, home, far or a time such as 20ms")
    }
}

impl std::error::Error for UnknownLatency {}

impl FromStr for Latency {
    type Err = UnknownLatency;

    fn from_str(text: &str) -> Result<Latency, UnknownLatency> {
        match text {
            "none" | "0ms" => Ok(Latency::None),
            "lan" => Ok(Latency::Lan),
            "home" => Ok(Latency::Home),
            "far" => Ok(Latency::Far),
            fixed => {
                let read = span(fixed).ok().filter(|span| *span <= MOST);
                read.map(Latency::Fixed).ok_or_else(|| UnknownLatency(text.to_owned()))
            }
        }
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Latency::None => f.write_str("none"),
            Latency::Fixed(span) => write!(f, "{}ms", span.as_millis()),
            Latency::Lan => f.write_str("lan"),
            Latency::Home => f.write_str("home"),
            Latency::Far => f.write_str("far"),
        }
    }
}

impl Latency {
    /// The least that a message takes.
    pub const fn least(self) -> Span {
        match self {
            Latency::None => Span::ZERO,
            Latency::Fixed(span) => span,
            Latency::Lan => Span::millis(1),
            Latency::Home => Span::millis(30),
            Latency::Far => Span::millis(180),
        }
    }

    /// What comes to it at most; drawn anew for each message, order is kept.
    pub const fn jitter(self) -> Span {
        match self {
            Latency::None | Latency::Fixed(_) => Span::ZERO,
            Latency::Lan => Span::millis(1),
            Latency::Home => Span::millis(20),
            Latency::Far => Span::millis(60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_reads_back_and_anything_else_is_refused() {
        for text in ["none", "lan", "home", "far", "20ms"] {
            assert_eq!(text.parse::<Latency>().unwrap().to_string(), text);
        }
        assert_eq!("2s".parse(), Ok(Latency::Fixed(Span::secs(2))));
        for text in ["", "moon", "20", "-1ms", "70000ms"] {
            assert_eq!(text.parse::<Latency>(), Err(UnknownLatency(text.to_owned())));
        }
    }
}
