//! The colours of a run, one for each kind of line.
//!
//! A line never says by colour alone what its words do not say: without colours it reads the same.

use anstyle::{AnsiColor, Style};

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    /// A bot's wish.
    Signal,
    /// What the gate said to it.
    Decision,
    /// The gate said no.
    Denied,
    /// An order.
    Order,
    /// A fill.
    Fill,
    /// A position.
    Position,
    /// A halt, set.
    Halt,
    /// Something is right again.
    Relief,
    /// An incident.
    Incident,
    /// A connection or a bot's process.
    Link,
    /// A person's command.
    Command,
    /// How things stand.
    Status,
}

impl Topic {
    /// The word that begins its lines.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Topic::Signal => "signal",
            Topic::Decision => "decision",
            Topic::Denied => "denied",
            Topic::Order => "order",
            Topic::Fill => "fill",
            Topic::Position => "position",
            Topic::Halt => "halt",
            Topic::Relief => "clear",
            Topic::Incident => "incident",
            Topic::Link => "link",
            Topic::Command => "command",
            Topic::Status => "status",
        }
    }

    fn style(self) -> Style {
        let plain = Style::new();
        let colour = |colour: AnsiColor| plain.fg_color(Some(anstyle::Color::Ansi(colour)));
        match self {
            Topic::Signal => colour(AnsiColor::Cyan),
            Topic::Decision | Topic::Order => colour(AnsiColor::Blue),
            Topic::Denied | Topic::Link => colour(AnsiColor::Yellow),
            Topic::Fill | Topic::Relief => colour(AnsiColor::Green),
            Topic::Position => plain.bold(),
            Topic::Halt | Topic::Incident => colour(AnsiColor::Red).bold(),
            Topic::Command => colour(AnsiColor::Magenta),
            Topic::Status => plain.dimmed(),
        }
    }
}

/// One line about one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Market time, as people read it.
    pub(crate) time: String,
    /// What it is about.
    pub(crate) topic: Topic,
    /// The rest of it.
    pub(crate) text: String,
}

impl Line {
    /// The line without colours.
    #[cfg(test)]
    pub(crate) fn plain(&self) -> String {
        format!("{}  {:<9} {}", self.time, self.topic.word(), self.text)
    }

    /// The line with its colours; whoever prints it takes them away where they do not belong.
    pub(crate) fn painted(&self) -> String {
        let (time, topic, dim) = (&self.time, self.topic.style(), Style::new().dimmed());
        let rest = if self.topic == Topic::Status { dim } else { Style::new() };
        format!("{dim}{time}{dim:#}  {topic}{:<9}{topic:#} {rest}{}{rest:#}", self.topic.word(), self.text)
    }
}
