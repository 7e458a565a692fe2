//! What is looked at right before a send: deadline, halt and fence, as they stand at that moment.
//!
//! It approves nothing: it only stops what was approved. A halt stops what opens risk and never what reduces it; a
//! lost fence stops everything.

use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};

use stopline_kernel::effect::OrderCommand;
use stopline_kernel::halt::Level;
use stopline_kernel::input::NotSent;
use stopline_kernel::time::Mono;

/// Says whether this process still holds the account.
pub type Fence = Box<dyn Fn() -> bool + Send + Sync>;

/// The last look before the wire.
pub struct Guardrail {
    level: AtomicU8,
    fence: Fence,
}

impl fmt::Debug for Guardrail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guardrail").field("level", &self.level).finish_non_exhaustive()
    }
}

impl Guardrail {
    /// Closed for what opens risk until the lane says otherwise.
    pub const fn new(fence: Fence) -> Guardrail {
        Guardrail { level: AtomicU8::new(code(Level::Halted)), fence }
    }

    /// Shows what the account is allowed, as the lane sees it: at the latest input, not the latest commit.
    pub fn show(&self, level: Level) {
        self.level.store(code(level), Ordering::Release);
    }

    /// Whether a command may still go out.
    ///
    /// # Errors
    ///
    /// Why it may not; no byte of it has left.
    pub fn check(&self, command: &OrderCommand, now: Mono) -> Result<(), NotSent> {
        if !(self.fence)() {
            return Err(NotSent::Fenced);
        }
        if command.opens && self.level.load(Ordering::Acquire) != code(Level::Running) {
            return Err(NotSent::Halted);
        }
        if now > command.deadline { Err(NotSent::Late) } else { Ok(()) }
    }
}

const fn code(level: Level) -> u8 {
    match level {
        Level::Running => 0,
        Level::ReduceOnly => 1,
        Level::Halted => 2,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use stopline_kernel::effect::Ordered;
    use stopline_kernel::id::ClOrdId;

    use super::*;

    fn command(opens: bool) -> OrderCommand {
        let what = Ordered::Cancel { order: ClOrdId::from_digest(1), symbol: "MESZ6".parse().unwrap() };
        OrderCommand { account: "PAPER-1".parse().unwrap(), deadline: Mono(10), opens, what }
    }

    #[test]
    fn every_combination_of_halt_fence_and_deadline() {
        let held = Arc::new(AtomicBool::new(true));
        let fence = {
            let held = Arc::clone(&held);
            Box::new(move || held.load(Ordering::SeqCst))
        };
        let guardrail = Guardrail::new(fence);
        let mut seen = Vec::new();
        for fenced in [false, true] {
            for level in [Level::Running, Level::ReduceOnly, Level::Halted] {
                for opens in [true, false] {
                    for now in [Mono(10), Mono(11)] {
                        held.store(!fenced, Ordering::SeqCst);
                        guardrail.show(level);
                        let verdict = guardrail.check(&command(opens), now).err();
                        let expected = match (fenced, opens, level, now.0) {
                            (true, ..) => Some(NotSent::Fenced),
                            (false, true, Level::ReduceOnly | Level::Halted, _) => Some(NotSent::Halted),
                            (false, _, _, 11) => Some(NotSent::Late),
                            _ => None,
                        };
                        assert_eq!(verdict, expected, "{fenced} {level:?} {opens} {now:?}");
                        seen.push(verdict);
                    }
                }
            }
        }
        assert_eq!(seen.len(), 24);
    }

    #[test]
    fn nothing_opens_before_the_lane_has_spoken() {
        let guardrail = Guardrail::new(Box::new(|| true));
        assert_eq!(guardrail.check(&command(true), Mono(0)), Err(NotSent::Halted));
        assert_eq!(guardrail.check(&command(false), Mono(0)), Ok(()));
    }
}
