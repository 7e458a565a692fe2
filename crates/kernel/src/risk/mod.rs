//! Risk, outside every strategy: the gate before each send, the watch on each input.
//!
//! Small pure rules in lists, each with its own denial and exactly one response. Unknown means deny. The gate never
//! resizes, and nothing goes around it: what only reduces is approved by a list of its own, not by a bypass.

mod approve;
mod check;
mod gate;
mod reducing;
mod watch;

pub use approve::Approved;
pub(crate) use approve::{approve, approve_reducing, still_allowed};
pub use check::{Check, Denial, Measure};
pub(crate) use gate::trade_risk;
pub use gate::{Proposal, RULES, RULES_IF_SET, Rule, RuleIfSet};
pub(crate) use reducing::still_closes;
pub use reducing::{REDUCING, ReducingRule, Reduction};
pub(crate) use watch::{Alarm, lacks_protection, trailing_fall, watch};
