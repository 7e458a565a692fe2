//! What the quotes stream says, on its way into the inbox.
//!
//! Ticks never make anybody wait: what finds no room is dropped, and the gap is told to the lane as a connection that
//! ended and began anew, so that no bar with a hole in it is ever shown to a bot.

use std::sync::Arc;

use stopline_kernel::input::Event;
use stopline_kernel::market::{Tick, TickKind};
use stopline_kernel::report::{Report, Stream, Welcome};

use crate::inbox::Taken;
use crate::notice::Happening;
use crate::session::{Line, Surround};
use crate::shared::Shared;

/// The quotes stream's way into the inbox.
#[derive(Debug)]
pub(crate) struct Feed {
    line: Arc<Line>,
    shared: Shared,
    /// What the venue said of itself last.
    welcome: Option<Box<Welcome>>,
    /// Ticks dropped and not told yet.
    gap: u64,
}

impl Feed {
    pub(crate) fn new(line: Arc<Line>, around: &Surround) -> Feed {
        Feed { line, shared: around.shared.clone(), welcome: None, gap: 0 }
    }

    pub(crate) fn take(&mut self, event: Event) {
        match self.line.pass(event) {
            Some(Event::Tick(tick)) => self.tick(tick),
            Some(event) => self.tell(event),
            None => {}
        }
    }

    fn tick(&mut self, tick: Tick) {
        match (self.shared.inbox.tick(tick), tick.what) {
            (Taken::Dropped, _) => self.gap += 1,
            (Taken::Kept, TickKind::Trade { .. }) if self.gap > 0 => self.tell_gap(),
            (Taken::Kept, _) => {}
        }
    }

    fn tell(&mut self, event: Event) {
        if let Event::Report(Report::Up { welcome, .. }) = &event {
            self.shared.contracts.learn(&welcome.instruments);
            self.welcome = Some(welcome.clone());
        }
        // Refused only when the process is at its end.
        let _ = self.shared.inbox.put(event, || self.line.pulse.beat());
    }

    /// The lane takes ticks again: what it missed is made whole as after a reconnect.
    fn tell_gap(&mut self) {
        let count = std::mem::take(&mut self.gap);
        self.shared.published.notice(Happening::TicksDropped { count });
        let Some(welcome) = self.welcome.clone() else { return };
        let stream = Stream::Quotes;
        let why = format!("{count} ticks dropped: the lane did not keep up").into();
        self.tell(Event::Report(Report::Down { stream, epoch: self.line.epoch(), why }));
        let epoch = self.line.next_epoch();
        self.tell(Event::Report(Report::Up { stream, epoch, welcome }));
    }
}
