//! What the broker does to messages, and what others do on the account.
//!
//! Honest faults lose, repeat, delay or refuse, and never keep the truth from who asks. Dishonest ones say what is not
//! so; after those the account may end halted with a reason instead of at rest.

use std::fmt;

use stopline_kernel::time::Span;

use super::{moment, strength};
use crate::choice::Choices;

/// What the broker does. Numbers without a unit are permille of the messages they can befall.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BrokerFaults {
    /// A request is lost before the broker works on it.
    pub lose: u64,
    /// A report or an answer is lost.
    pub drop: u64,
    /// A report comes twice.
    pub dup: u64,
    /// A report comes up to 50 ms later than those after it.
    pub reorder: u64,
    /// A report comes seconds later, beyond the end of its order.
    pub late: u64,
    /// A quote is lost.
    pub gap: u64,
    /// A request is worked off, and the connection ends before the answer leaves.
    pub disconnect: u64,
    /// A request is worked off, and the broker starts again before the answer leaves.
    pub restart: u64,
    /// Reports overtake our own word that the order was sent.
    pub overtake: bool,
    /// Per beat: the session is ended with a goodbye.
    pub logout: u64,
    /// A report says a word that nobody knows.
    pub unknown_word: u64,
    /// The exits of a bracket never arrive, and nobody says so.
    pub drop_children: u64,
    /// An exit of a bracket is refused.
    pub reject_child: u64,
    /// A time in which every new order is refused: the market is halted.
    pub halted: Option<(Span, Span)>,
    /// Per beat: the exchange cancels one of our orders of its own accord.
    pub unsolicited_cancel: u64,
    /// Per beat: somebody else trades on the account.
    pub foreign: u64,
    /// Per beat: somebody else makes the account flat.
    pub outside_flatten: u64,
    /// Dishonest: an order that works is reported as refused.
    pub lie: u64,
    /// Dishonest: the answer about the account is that to an earlier question.
    pub stale: u64,
    /// Dishonest: the newest executions are missing from the answer about the account.
    pub truncate: u64,
    /// Dishonest: the cash is off by so many units of money from this moment on.
    pub cash_off: Option<(Span, i64)>,
}

/// In how many runs of a thousand somebody else trades on the account, by kind.
const OUTSIDERS: u64 = 60;

impl BrokerFaults {
    pub(super) fn draw(choices: &mut Choices) -> BrokerFaults {
        let dishonest = choices.permille(120);
        let mut rare = |list: &[u64]| if dishonest { strength(choices, 350, list) } else { 0 };
        let (lie, stale, truncate, cash_off) =
            (rare(&[20, 100]), rare(&[50, 300]), rare(&[50, 300]), rare(&[40]));
        BrokerFaults {
            lie,
            stale,
            truncate,
            cash_off: (cash_off > 0).then(|| (moment(choices), 40)),
            lose: strength(choices, 250, &[10, 80]),
            drop: strength(choices, 250, &[10, 100]),
            dup: strength(choices, 250, &[50, 200]),
            reorder: strength(choices, 250, &[50, 150]),
            late: strength(choices, 150, &[10, 60]),
            gap: strength(choices, 200, &[10, 50]),
            disconnect: strength(choices, 200, &[5, 40]),
            restart: strength(choices, 150, &[5, 20]),
            overtake: choices.permille(150),
            logout: strength(choices, 100, &[1, 2]),
            unknown_word: strength(choices, 100, &[5, 50]),
            drop_children: strength(choices, 80, &[100, 500]),
            reject_child: strength(choices, 80, &[100, 500]),
            halted: choices.permille(80).then(|| (moment(choices), Span::millis(1_500))),
            unsolicited_cancel: strength(choices, 120, &[1, 4]),
            foreign: strength(choices, OUTSIDERS, &[1]),
            outside_flatten: strength(choices, OUTSIDERS, &[1]),
        }
    }

    /// Whether it says what is not so, and the truth may not be had by asking.
    pub const fn is_dishonest(&self) -> bool {
        self.lie > 0 || self.stale > 0 || self.truncate > 0 || self.cash_off.is_some()
    }

    /// Whether somebody else trades on the account.
    pub const fn has_others(&self) -> bool {
        self.foreign > 0 || self.outside_flatten > 0
    }

    fn shares(&self) -> [(&'static str, u64); 18] {
        [
            ("broker.lose", self.lose),
            ("broker.drop", self.drop),
            ("broker.dup", self.dup),
            ("broker.reorder", self.reorder),
            ("broker.late", self.late),
            ("broker.gap", self.gap),
            ("broker.disconnect", self.disconnect),
            ("broker.restart", self.restart),
            ("broker.logout", self.logout),
            ("broker.unknown_word", self.unknown_word),
            ("broker.drop_children", self.drop_children),
            ("broker.reject_child", self.reject_child),
            ("broker.unsolicited_cancel", self.unsolicited_cancel),
            ("broker.foreign", self.foreign),
            ("broker.outside_flatten", self.outside_flatten),
            ("broker.lie", self.lie),
            ("broker.stale", self.stale),
            ("broker.truncate", self.truncate),
        ]
    }

    pub(super) fn families(&self, on: &mut Vec<&'static str>) {
        on.extend(self.shares().into_iter().filter(|(_, n)| *n > 0).map(|(name, _)| name));
        let others = [
            ("broker.overtake", self.overtake),
            ("broker.halted", self.halted.is_some()),
            ("broker.cash_off", self.cash_off.is_some()),
        ];
        on.extend(others.into_iter().filter(|(_, on)| *on).map(|(name, _)| name));
    }
}

impl fmt::Display for BrokerFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, n) in self.shares().iter().filter(|(_, n)| *n > 0) {
            write!(f, "{} {n}; ", name.trim_start_matches("broker.").replace('_', "-"))?;
        }
        if self.overtake {
            f.write_str("reports overtake; ")?;
        }
        if let Some((at, lasts)) = self.halted {
            write!(f, "market halted at {} ms for {} ms; ", at.as_millis(), lasts.as_millis())?;
        }
        if let Some((at, units)) = self.cash_off {
            write!(f, "cash off by {units} from {} ms; ", at.as_millis())?;
        }
        Ok(())
    }
}
