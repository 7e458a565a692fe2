//! The parts of a story, as the page and the JSON document have them: every number as people write it.
//!
//! They hold what was worked out and work out nothing.

use serde::Serialize;
use stopline_kernel::id::{BotId, ClOrdId, Symbol};
use stopline_kernel::num::{Lots, Ticks};

use super::moment::Moment;

/// A decision from its bar to its money.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Story {
    /// The decision's id.
    pub(crate) decision: String,
    /// Where it comes from.
    pub(crate) origin: OriginTold,
    /// The account.
    pub(crate) account: String,
    /// The contract.
    pub(crate) symbol: Symbol,
    /// What was wanted, unless nobody but the engine wanted it.
    pub(crate) wish: Option<WishTold>,
    /// Every rule with its numbers.
    pub(crate) checks: Vec<CheckTold>,
    /// The rule that denied it.
    pub(crate) denied: Option<String>,
    /// Its orders.
    pub(crate) orders: Vec<OrderTold>,
    /// Fills of other decisions that closed what it left open, up to flat.
    pub(crate) closed_by: Vec<LaterFill>,
    /// What came of it in money.
    pub(crate) money: MoneyTold,
    /// Every record of it, in order.
    pub(crate) records: Vec<Moment>,
}

/// Where a decision comes from.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum OriginTold {
    /// A bot, from a bar.
    Bot { bot: BotId, bar_open: String, bar_end: Option<String> },
    /// The closing of a position.
    Closing {
        bot: BotId,
        number: u64,
        step: u32,
        cause: Option<String>,
        bar_open: Option<String>,
        bar_end: Option<String>,
    },
}

/// A wish and what it was based on.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct WishTold {
    /// In words.
    pub(crate) text: String,
    /// The bot's reason.
    pub(crate) reason: String,
    /// How sure it was, in basis points.
    pub(crate) confidence_bps: i64,
    /// Exchange time of the newest market data it had seen.
    pub(crate) data_time: String,
}

/// A rule with its numbers.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct CheckTold {
    pub(crate) rule: String,
    pub(crate) value: String,
    pub(crate) limit: String,
    pub(crate) passed: bool,
}

/// An order of the decision, and its fills.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct OrderTold {
    pub(crate) cl_ord_id: ClOrdId,
    pub(crate) leg: &'static str,
    pub(crate) order: String,
    pub(crate) broker_order_id: Option<String>,
    pub(crate) state: &'static str,
    pub(crate) checks: Vec<CheckTold>,
    pub(crate) fills: Vec<FillTold>,
}

/// A fill.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FillTold {
    pub(crate) exec_id: String,
    pub(crate) lots: Lots,
    pub(crate) price: String,
    pub(crate) decided_price: Option<String>,
    pub(crate) slippage_ticks: Option<Ticks>,
    pub(crate) slippage: Option<String>,
    pub(crate) realised: String,
    pub(crate) fee: String,
    pub(crate) exchange_time: Option<String>,
    pub(crate) position_after: Lots,
}

/// A fill of a later decision on the same position.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct LaterFill {
    pub(crate) decision: Option<String>,
    pub(crate) exec_id: String,
    pub(crate) text: String,
    pub(crate) realised: String,
    pub(crate) fee: String,
    pub(crate) position_after: Lots,
}

/// What came of it.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct MoneyTold {
    /// What its fills cost against the prices they were decided at, where those are known.
    pub(crate) slippage: Option<String>,
    /// Profit realised by its fills, before fees.
    pub(crate) realised: String,
    /// Fees of its fills.
    pub(crate) fees: String,
    /// Both together.
    pub(crate) net: String,
    /// The bot's position after its last fill.
    pub(crate) position_after: Option<Lots>,
}
