//! A story as a page: who and why, the rules, the orders and fills, every record, the money.
//!
//! It lays out what the story says and works nothing out.

use std::fmt::Write;

use super::moment::Moment;
use super::told::{CheckTold, OrderTold, OriginTold, Story};
use crate::look::prices::position;
use crate::look::table;

/// The page.
pub(super) fn page(story: &Story) -> String {
    let mut page = String::new();
    // Writing into a String cannot fail.
    let _ = head(&mut page, story);
    if !story.checks.is_empty() {
        let _ = write!(page, "\nrules of the gate, in order\n{}\n", rules(&story.checks));
    }
    for order in &story.orders {
        let _ = one_order(&mut page, order);
    }
    let _ = writeln!(page, "\nrecords");
    for moment in &story.records {
        let _ = one_record(&mut page, moment);
    }
    let _ = money(&mut page, story);
    let _ = later(&mut page, story);
    page
}

/// What closed the position that it left open.
fn later(page: &mut String, story: &Story) -> std::fmt::Result {
    if story.closed_by.is_empty() {
        return Ok(());
    }
    writeln!(page, "\nclosed by")?;
    for fill in &story.closed_by {
        let decision = fill.decision.as_deref().unwrap_or("nobody we know");
        let (text, realised, fee) = (&fill.text, &fill.realised, &fill.fee);
        let after = position(fill.position_after);
        writeln!(page, "  {decision}: {text}, realised {realised}, fee {fee}, then {after}")?;
    }
    Ok(())
}

fn head(page: &mut String, story: &Story) -> std::fmt::Result {
    writeln!(page, "decision    {}", story.decision)?;
    writeln!(page, "account     {}, {}", story.account, story.symbol)?;
    match &story.origin {
        OriginTold::Bot { bot, bar_open, bar_end } => {
            let end = bar_end.as_ref().map(|end| format!(" to {end}")).unwrap_or_default();
            writeln!(page, "made by     bot {bot}\nbar         {bar_open}{end}")?;
        }
        OriginTold::Closing { bot, number, step, cause, bar_open, bar_end } => {
            let cause = cause.as_deref().unwrap_or("its record is not in this ledger");
            writeln!(page, "made by     closing {number} of bot {bot}, step {step}: {cause}")?;
            if let Some(open) = bar_open {
                let end = bar_end.as_ref().map(|end| format!(" to {end}")).unwrap_or_default();
                writeln!(page, "bar         {open}{end}")?;
            }
        }
    }
    if let Some(wish) = &story.wish {
        writeln!(page, "data seen   {}", wish.data_time)?;
        writeln!(page, "wish        {}", wish.text)?;
        writeln!(page, "reason      {}", wish.reason)?;
        writeln!(page, "confidence  {}.{:02} %", wish.confidence_bps / 100, wish.confidence_bps % 100)?;
    }
    match &story.denied {
        Some(rule) => writeln!(page, "outcome     denied by {rule}"),
        None => writeln!(page, "outcome     let through, {} orders", story.orders.len()),
    }
}

fn rules(checks: &[CheckTold]) -> String {
    let verdict = |passed| if passed { "ok" } else { "NO" };
    let row = |c: &CheckTold| {
        vec![format!("  {}", verdict(c.passed)), c.rule.clone(), c.value.clone(), c.limit.clone()]
    };
    let rows: Vec<_> = checks.iter().map(row).collect();
    table::lay_out(&["  ", "rule", "measured", "allowed"], &["measured", "allowed"], &rows)
}

fn one_order(page: &mut String, order: &OrderTold) -> std::fmt::Result {
    let broker = order.broker_order_id.as_deref().unwrap_or("none yet");
    writeln!(page, "\n{} {}", order.leg, order.order)?;
    writeln!(page, "  id {}, broker's id {broker}, {}", order.cl_ord_id, order.state)?;
    if !order.checks.is_empty() {
        writeln!(page, "{}", rules(&order.checks))?;
    }
    for fill in &order.fills {
        let slip = match (fill.slippage_ticks, &fill.slippage, &fill.decided_price) {
            (Some(ticks), Some(cost), Some(decided)) => {
                format!("; decided at {decided}, slippage {} ticks, {cost}", ticks.0)
            }
            _ => String::new(),
        };
        let when = fill.exchange_time.as_deref().unwrap_or("at a time not said");
        let (lots, price, id) = (fill.lots, &fill.price, &fill.exec_id);
        writeln!(page, "  fill {id}: {lots} at {price}, {when}{slip}")?;
        let (realised, fee, after) = (&fill.realised, &fill.fee, position(fill.position_after));
        writeln!(page, "    realised {realised}, fee {fee}, position then {after}")?;
    }
    Ok(())
}

fn one_record(page: &mut String, moment: &Moment) -> std::fmt::Result {
    let market = moment.market.as_deref().unwrap_or("unknown");
    writeln!(page, "  #{} {} (market {market})", moment.seq, moment.at)?;
    writeln!(page, "     {}: {}", moment.kind, moment.text)?;
    if !moment.stamps.is_empty() {
        writeln!(page, "     stamps: {}", moment.stamps.join(", "))?;
    }
    match &moment.payload {
        Some(payload) => writeln!(page, "     payload: {payload}"),
        None => Ok(()),
    }
}

fn money(page: &mut String, story: &Story) -> std::fmt::Result {
    let money = &story.money;
    writeln!(page, "\nmoney")?;
    writeln!(
        page,
        "  slippage  {}",
        money.slippage.as_deref().unwrap_or("none: nothing traded at a decided price")
    )?;
    writeln!(page, "  realised  {}", money.realised)?;
    writeln!(page, "  fees      {}", money.fees)?;
    writeln!(page, "  net       {}", money.net)?;
    match money.position_after {
        Some(lots) => writeln!(page, "  position  {} after its last fill", position(lots)),
        None => Ok(()),
    }
}
