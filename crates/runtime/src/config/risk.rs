//! Every rule of risk as people read it: the page `docs/risk.md`, one row for each denial of the gate and each cause of a
//! halt, with the defaults that the table of keys gives it.
//!
//! It only prints; what a rule does stands in the kernel, and what it is set to in the configuration.

use std::fmt::Write;

use stopline_kernel::halt::HaltCause;
use stopline_kernel::risk::Denial;

use super::key::find;

/// One rule.
struct Row {
    /// What must be known for it.
    needs: &'static str,
    /// The keys that set it.
    keys: &'static [&'static str],
    /// What it does.
    response: &'static str,
    /// What the design asks for, where it names a value.
    design: &'static str,
    /// Why ours is another, where it is.
    why: &'static str,
}

const INTRODUCTION: &str = "\
# Risk

<!-- Printed by `stopline config --risk` from crates/runtime/src/config/risk.rs. -->

Every rule is one small function with one answer. A rule of the gate denies, and its word and its numbers stand in the
`decided` record (`replace_asked` for a change); what it cannot measure it denies. A rule of the watch latches a halt, which
stands in a `halt_set` record with its numbers; it is silent where it cannot measure, because the gate denies there. No rule
makes an order smaller. A rule whose default is \"none\" is off until it is set. Every number is counted over restarts: what
it is measured from stands in the ledger.
";

/// The page `docs/risk.md`.
pub fn risk_markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    page.push_str("\n## The gate: before every order that can open risk, and every change\n\n");
    head(&mut page, "denial");
    for (denial, row) in DENIALS {
        line(&mut page, &denial.to_string(), row);
    }
    page.push_str("\n## Halts: the watch after every input, and what else latches one\n\n");
    head(&mut page, "cause");
    for (cause, row) in CAUSES {
        line(&mut page, &word(*cause), row);
    }
    page
}

fn head(page: &mut String, name: &str) {
    // Writing into a String cannot fail.
    let _ = write!(
        page,
        "| {name} | needs | keys and defaults | response | the design's value | why ours is another |\n|---|---|---|---|---|---|\n"
    );
}

fn line(page: &mut String, name: &str, row: &Row) {
    let keys: Vec<String> = row.keys.iter().map(|key| default(key)).collect();
    let (needs, response, design, why) = (row.needs, row.response, row.design, row.why);
    let _ = writeln!(page, "| `{name}` | {needs} | {} | {response} | {design} | {why} |", keys.join(", "));
}

fn default(name: &str) -> String {
    let default = find(name).map_or("?", |key| key.default).trim_matches('"');
    format!("`{name}` = {default}")
}

/// The cause in the words of the ledger.
fn word(cause: HaltCause) -> String {
    let named = serde_json::to_value(cause).ok();
    named.as_ref().and_then(|name| name.as_str()).unwrap_or("unnamed").to_owned()
}

const fn row(needs: &'static str, keys: &'static [&'static str], response: &'static str) -> Row {
    Row { needs, keys, response, design: "", why: "" }
}

const fn valued(row: Row, design: &'static str, why: &'static str) -> Row {
    Row { design, why, ..row }
}

const DENY: &str = "deny";

const UNTIL_NEXT_DAY: &str = "close everything; halted until the next trading day, whoever asks";

const PAUSE: &str =
    "the bot may only reduce, until the pause is over, the account agrees and nothing is Unknown";

/// Every denial with its row, each once.
const DENIALS: &[(Denial, Row)] = &[
    (Denial::Halted, row("halts of the account and the bot", &[], DENY)),
    (
        Denial::NotReady,
        row("the orders stream, a comparison that agrees, no order Unknown, no closing under way", &[], DENY),
    ),
    (Denial::DecidedBefore, row("the ids of all decisions", &[], DENY)),
    (Denial::IntentAge, row("market time, the end of the bar", &["timings.intent_age"], DENY)),
    (
        Denial::DataAge,
        valued(
            row("market time, a last trade, a sound book, the quotes stream", &["timings.data_age"], DENY),
            "5 s",
            "the default market runs 60 times as fast as real time",
        ),
    ),
    (Denial::SessionClosed, row("market time, the contract's sessions", &[], DENY)),
    (
        Denial::MarketStatus,
        row("how the contract trades, where the venue tells it; a word that is not known denies", &[], DENY),
    ),
    (Denial::Opposed, row("positions and working orders of the bot and of others", &[], DENY)),
    (Denial::ExitSide, row("a price to begin at", &[], DENY)),
    (Denial::OrderLots, row("nothing", &["limits.max_order_lots"], DENY)),
    (
        Denial::InstrumentLots,
        row(
            "position, working, unknown and in flight, per side, over all bots",
            &["limits.max_instrument_lots"],
            DENY,
        ),
    ),
    (
        Denial::RiskPerTrade,
        valued(
            row("a price to begin at, the contract's tick value and fee", &["limits.risk_per_trade"], DENY),
            "1 % of equity",
            "an amount, half a percent of the default account: it does not grow while an account loses its day",
        ),
    ),
    (
        Denial::DailyLoss,
        valued(
            row(
                "equity, so a mark of every position",
                &["limits.daily_loss", "limits.daily_loss_share"],
                DENY,
            ),
            "2 % to 3 % of the day's first equity",
            "",
        ),
    ),
    (
        Denial::Collar,
        valued(
            row("a last trade", &["limits.collar", "limits.collar_ticks"], DENY),
            "5 % and in ticks",
            "1 %: no bracket of an index future has to reach further",
        ),
    ),
    (
        Denial::OrderRate,
        row(
            "when orders were placed and changed, over restarts",
            &["limits.max_orders_per_window", "timings.rate_window"],
            DENY,
        ),
    ),
    (Denial::NoSuchOrder, row("the order", &[], DENY)),
    (Denial::Protection, row("the order's leg", &[], DENY)),
    (Denial::NotChangeable, row("where the order stands", &[], DENY)),
    (
        Denial::PastFlat,
        row("position and every working order on the closing side", &[], "deny the closing order"),
    ),
    (Denial::Unmeasurable, row("the contract", &[], "deny the closing order")),
    (
        Denial::OpenPositions,
        valued(
            row("positions, and orders that could open one", &["limits.max_open_positions"], DENY),
            "5",
            "",
        ),
    ),
    (Denial::AccountLots, row("the worst case of every instrument", &["limits.max_account_lots"], DENY)),
    (Denial::Notional, row("the same, and a mark of each", &["limits.max_notional"], DENY)),
    (Denial::Leverage, row("the same, and equity above zero", &["limits.max_leverage"], DENY)),
    (
        Denial::AfterOpen,
        valued(
            row("market time, the session's open", &["limits.no_entry_after_open"], "deny an entry"),
            "5 minutes",
            "off: the tapes that are replayed begin with the open, and a bot without a reason to wait need not",
        ),
    ),
    (
        Denial::BeforeClose,
        valued(
            row("market time, the session's close", &["limits.no_entry_before_close"], "deny an entry"),
            "10 minutes",
            "off with the closing it belongs to",
        ),
    ),
    (
        Denial::QuietTime,
        valued(
            row("market time", &["limits.quiet", "bots.ignores"], "deny an entry"),
            "15 minutes around CPI, FOMC, NFP; EIA for energy",
            "the moments are a person's to list: none stands in the project's data",
        ),
    ),
    (
        Denial::BotOrderRate,
        row(
            "when the bot's orders were placed and changed",
            &["limits.max_bot_orders_per_window", "timings.rate_window"],
            DENY,
        ),
    ),
    (
        Denial::SendRate,
        valued(
            row(
                "what was sent within a second, of this process",
                &["limits.sends_per_second", "limits.sends_reserve"],
                "deny; a cancel or a closing order may use the reserve, and waits when that is gone",
            ),
            "50 in a second at IB",
            "",
        ),
    ),
    (Denial::AccountAge, row("when the accounts last agreed", &["timings.account_age"], DENY)),
    (Denial::SelfMatch, row("limit orders of ours on the other side, over all bots", &[], "deny an entry")),
    (
        Denial::TooSmall,
        row(
            "equity, a price to begin at, the contract; asked before the gate, with a `sized` record where it passes",
            &["bots.sizing"],
            "deny the entry: less than one lot is no trade",
        ),
    ),
    (
        Denial::TradesPerDay,
        row("entries of the day that traded or may", &["limits.max_trades_per_day"], DENY),
    ),
];

/// Every cause with its row, each once.
const CAUSES: &[(HaltCause, Row)] = &[
    (HaltCause::Operator, row("a person", &[], "only what reduces, until a person resumes")),
    (HaltCause::Flatten, row("a person", &[], "close everything; halted until a person resumes")),
    (
        HaltCause::DailyLoss,
        valued(
            row(
                "equity, so a mark of every position",
                &["limits.daily_loss", "limits.daily_loss_share"],
                UNTIL_NEXT_DAY,
            ),
            "2 % to 3 % of the day's first equity",
            "",
        ),
    ),
    (
        HaltCause::Disagreement,
        row(
            "the broker's account",
            &["timings.detect", "limits.cash_tolerance"],
            "only what reduces, until the recovery is confirmed or a person has settled it",
        ),
    ),
    (HaltCause::RolledBack, row("the broker's orders", &[], "halted until the newest ledger is restored")),
    (HaltCause::Foreign, row("the broker's orders", &[], "only what reduces, until a person resumes")),
    (HaltCause::Impossible, row("the order table", &[], "only what reduces, until a person resumes")),
    (
        HaltCause::QuotesGone,
        row(
            "the quotes stream, and its newest tick",
            &["timings.quotes_gone", "timings.data_age"],
            "close everything; only what reduces, until a person resumes",
        ),
    ),
    (
        HaltCause::Unprotected,
        row(
            "position and working stops",
            &["timings.protect"],
            "close the position; the bot may only reduce, until a person resumes",
        ),
    ),
    (HaltCause::Stopping, row("a person", &["on_stop"], "only what reduces, until the next start")),
    (HaltCause::Busted, row("the broker's word", &[], "only what reduces, until a person resumes")),
    (HaltCause::ProfitTarget, row("equity", &["limits.profit_target"], UNTIL_NEXT_DAY)),
    (
        HaltCause::DayDrawdown,
        row("equity, and the day's high", &["limits.day_drawdown", "limits.high_step"], UNTIL_NEXT_DAY),
    ),
    (
        HaltCause::TrailingDrawdown,
        row(
            "equity, and the highest of all days",
            &["limits.trailing_drawdown", "limits.high_step"],
            "close everything; halted until the limit is another and a person resumes",
        ),
    ),
    (
        HaltCause::SessionEnd,
        valued(
            row(
                "market time, the session's close",
                &["limits.flat_before_close"],
                "close what the bot holds and cancel its entries; only what reduces, until the next trading day",
            ),
            "flat by the end of the session",
            "off: a bot may be meant to hold over the night, and a tape shows what it then does",
        ),
    ),
    (
        HaltCause::RejectRate,
        row(
            "refusals of the bot's entries",
            &["limits.max_rejects_per_window", "timings.rate_window", "limits.pause"],
            PAUSE,
        ),
    ),
    (
        HaltCause::SameRejection,
        row(
            "the words of those refusals",
            &["limits.max_same_rejects", "timings.rate_window", "limits.pause"],
            PAUSE,
        ),
    ),
    (
        HaltCause::CancelStorm,
        row(
            "cancels asked for of the bot's orders",
            &["limits.max_cancels_per_window", "timings.rate_window", "limits.pause"],
            PAUSE,
        ),
    ),
    (
        HaltCause::WideSpread,
        valued(
            row("bid and offer", &["limits.max_spread", "limits.spread_pause"], PAUSE),
            "3 to 5 ticks, 30 s",
            "off: what is wide differs by contract and hour, and the simulated market opens wider",
        ),
    ),
    (
        HaltCause::LossesInRow,
        row(
            "how the day's trades ended, fees included",
            &["limits.max_losses_in_row"],
            "only what reduces, until the next trading day, whoever asks",
        ),
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_denial_and_every_cause_has_one_row() {
        let denials: BTreeSet<Denial> = DENIALS.iter().map(|(denial, _)| *denial).collect();
        assert_eq!(denials, Denial::ALL.iter().copied().collect());
        let causes: BTreeSet<HaltCause> = CAUSES.iter().map(|(cause, _)| *cause).collect();
        assert_eq!(causes, HaltCause::ALL.iter().copied().collect());
        assert_eq!((DENIALS.len(), CAUSES.len()), (denials.len(), causes.len()), "a rule has two rows");
    }
}
