//! The table of everything that a line of a scenario can say, from which the documentation's list is made.
//!
//! It reads nothing itself, and no form may be missing: every example here is read by the test.

/// One thing that a line can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verb {
    /// Which part of the list it belongs to.
    pub part: &'static str,
    /// How it is written: capitals stand for what a person fills in, brackets for what may be left out.
    pub form: &'static str,
    /// A line that says it.
    pub example: &'static str,
    /// What it means.
    pub means: &'static str,
}

macro_rules! verbs {
    ($($part:literal { $($form:literal, $example:literal, $means:literal;)+ })+) => {
        /// Everything that a line can say.
        pub const VERBS: &[Verb] = &[$($(Verb { part: $part, form: $form, example: $example, means: $means }),+),+];
    };
}

verbs! {
    "Scene" {
        "scene fast", "scene fast", "Above the first step: market time runs twenty times as fast as everybody's.";
        "scene tight", "scene tight", "The day may lose 12, and not 300.";
        "scene sqlite", "scene sqlite", "The ledger is the real one, SQLite over a disk in memory, and not the modelled one.";
        "scene clock TIME", "scene clock -300ms", "The engine's monotonic clock stands so far ahead of the broker's, or behind it.";
        "scene clock N ppm", "scene clock 2000 ppm", "It runs so many millionths faster, or slower.";
    }
    "Time" {
        "wait TIME", "wait 3s", "Lets so much time pass.";
        "until CONDITION [within TIME]", "until entry working within 2s", "Lets time pass until it is so; an error after TIME, or 5s.";
        "expect CONDITION", "expect no incident", "It is so at this very moment, or the scenario fails.";
    }
    "Market" {
        "quote BID OFFER [x LOTS [x LOTS]]", "quote 5900.00 5900.25 x 10 x 1", "The market quotes, with so many lots on either side (1000 where nothing is said); `none` for a side that nobody quotes.";
        "trade PRICE [x LOTS]", "trade 5894.75 x 5", "Others trade at this price. Stops at or beyond it are set off.";
        "quotes stop", "quotes stop", "The feed falls silent; the connection stays up.";
        "quotes go on", "quotes go on", "The feed speaks again.";
        "quotes late TIME", "quotes late 15m", "From here on the feed stamps its data as so much older; `0s` ends it.";
        "market halts", "market halts", "Nothing trades, new orders are refused, cancels are taken.";
        "market closes", "market closes", "As after the end of a session.";
        "market limits TICKS", "market limits 20", "Price limits so many ticks above and below the last trade.";
        "market opens", "market opens", "It trades as ever.";
    }
    "Bot" {
        "bot buys LOTS stop PRICE [limit PRICE] [target PRICE] [ago TIME]", "bot buys 1 stop 5895.00 target 5905.00", "It wants to be long: at the market, or at a limit; on a bar that ended so long before the last one.";
        "bot sells LOTS stop PRICE [limit PRICE] [target PRICE] [ago TIME]", "bot sells 1 stop 5905.00 ago 40s", "It wants to be short.";
        "bot exits", "bot exits", "It wants its position closed.";
        "bot cancels ORDER", "bot cancels entry", "It wants an order cancelled.";
        "bot changes ORDER to PRICE [x LOTS]", "bot changes stop to 5896.00", "It wants an order changed.";
        "bot repeats", "bot repeats", "It wants its last wish again, word for word.";
        "bot panics", "bot panics", "Its process ends.";
        "bot returns", "bot returns", "Its process is back.";
    }
    "Broker, the next message" {
        "broker loses next MESSAGE [of ORDER]", "broker loses next accepted of entry", "It is lost on its way.";
        "broker delays TIME next MESSAGE [of ORDER]", "broker delays 2s next fill of entry", "It arrives so much later; what follows it may overtake it.";
        "broker doubles next MESSAGE [of ORDER]", "broker doubles next fill", "It arrives twice.";
        "broker holds next MESSAGE [of ORDER]", "broker holds next fill of stop", "It waits until `broker releases`.";
        "broker rewords next NEWS [of ORDER] [as WORD]", "broker rewords next accepted of entry as filled", "The news comes in another word, or in one that nobody knows.";
        "broker refuses next REQUEST [of ORDER] [\"WHY\"]", "broker refuses next cancel of entry \"too late\"", "The broker refuses a place, cancel, replace or login; the exchange never sees it.";
        "broker refuses EXIT of next place [\"WHY\"]", "broker refuses stop of next place \"no stops today\"", "The stop, or the target, of the bracket is refused, the rest is placed.";
        "broker forgets exits of next place", "broker forgets exits of next place", "The entry is placed without its exits, and nobody says so.";
        "broker forgets EXIT of next place", "broker forgets stop of next place", "The bracket is placed without its stop, or its target.";
        "broker hangs up after next REQUEST [of ORDER]", "broker hangs up after next place", "The request is worked off, and the connection ends before the answer.";
        "broker restarts after next REQUEST [of ORDER]", "broker restarts after next place", "The request is worked off, and the broker starts again before the answer.";
        "broker resets before next REQUEST [of ORDER]", "broker resets before next place", "The connection is cut as we write, and nothing arrives.";
        "broker resets within next REQUEST [of ORDER]", "broker resets within next place", "The connection is cut as we write, and half of the request arrives.";
        "broker resets after next REQUEST [of ORDER]", "broker resets after next place", "The connection is cut as we write, and everything arrives.";
        "broker calls refused next [of ORDER]", "broker calls refused next of entry", "After the news that an order works the broker says that it was refused.";
        "broker leaves PART out of next list", "broker leaves execution out of next list", "The list of the account lacks its newest execution, its positions, or an order.";
        "broker lists position LOTS in next list", "broker lists position 2 in next list", "The list of the account says another position.";
        "broker leaves FIELD out of next MESSAGE [of ORDER]", "broker leaves price out of next fill", "A word of the broker's lacks a field: id (of the execution), price, lots, cum or cash.";
        "broker reuses id for next fill [of ORDER]", "broker reuses id for next fill", "The fill carries the id of the first one of this file.";
        "broker damages next MESSAGE [of ORDER]", "broker damages next fill", "A byte in the middle of it is no text any more.";
        "broker cuts short next MESSAGE [of ORDER]", "broker cuts short next list", "Half of it arrives, and what follows is read as its rest.";
        "broker repeats old list for next list", "broker repeats old list for next list", "The list of the account is the first one of this file again.";
    }
    "Broker, at once" {
        "broker releases", "broker releases", "Everything that is held goes on its way.";
        "broker cancels ORDER", "broker cancels stop", "The exchange ends an order of its own accord.";
        "broker says ORDER NEWS [\"WHY\"]", "broker says entry rejected \"no reason\"", "Words about an order that nothing happened to.";
        "broker busts ORDER", "broker busts entry", "It takes the newest trade of an order back; its lists say so ever after.";
        "broker corrects ORDER to PRICE", "broker corrects entry to 5900.50", "It puts the price of the newest trade of an order right: another execution takes its place.";
        "broker trades LOTS of ORDER at PRICE", "broker trades 1 of entry at 5900.25", "An order trades so much more than the exchange knows of, over its lots or after its end.";
        "broker restarts", "broker restarts", "It starts again from its journal; both connections end.";
        "broker logs out", "broker logs out", "It ends the orders session with a goodbye.";
        "broker flattens", "broker flattens", "It trades back what the account holds, by an order of its own.";
        "broker cash off AMOUNT", "broker cash off 40", "From here on it tells so much less cash than there is.";
        "broker overtakes", "broker overtakes", "Its answers come before our own word that something was sent, in this life of the engine.";
    }
    "Others" {
        "someone buys LOTS [limit PRICE]", "someone buys 2", "Somebody else buys on the account, at the market or at a limit.";
        "someone sells LOTS [limit PRICE]", "someone sells 1 limit 5910.00", "Somebody else sells on the account.";
    }
    "Connections" {
        "orders cut", "orders cut", "The orders connection is cut, and both sides know.";
        "quotes cut", "quotes cut", "The quotes connection is cut, and both sides know.";
        "orders half-open", "orders half-open", "The broker's side is gone, and the engine does not know.";
        "quotes half-open", "quotes half-open", "The same of the quotes.";
        "orders partitioned TIME [out|in]", "orders partitioned 2s in", "Nothing comes through for a while, to the broker (out), to the engine (in), or both ways.";
        "quotes partitioned TIME [out|in]", "quotes partitioned 1s", "The same of the quotes.";
        "orders slow TIME", "orders slow 150ms", "From here on bytes take so much longer, both ways; they keep their order.";
        "quotes slow TIME", "quotes slow 2s", "The same of the quotes.";
    }
    "Engine" {
        "engine killed", "engine killed", "The process dies now, and stays dead.";
        "engine killed before next POINT", "engine killed before next send", "It dies right before the next append, send, or report taken in.";
        "engine killed after next POINT", "engine killed after next sync", "It dies right after the next append, sync or send.";
        "engine killed while recovering", "engine killed while recovering", "It dies before it has agreed with the broker; may be said of one that is dead.";
        "engine starts", "engine starts", "A process starts over what the disk kept.";
        "engine paused TIME", "engine paused 30s", "The process is not scheduled for a while; its clocks run on.";
    }
    "Disk" {
        "disk full", "disk full", "The next append of an order's records finds no room.";
        "disk unwritable", "disk unwritable", "The next append of an order's records fails.";
        "disk fails to sync", "disk fails to sync", "The next sync of an order's records fails.";
        "disk takes TIME to sync", "disk takes 600ms to sync", "The next sync takes so long.";
        "disk copied", "disk copied", "Somebody copies the ledger away.";
        "disk put back", "disk put back", "That copy is put back while the engine is dead.";
        "disk loses its end", "disk loses its end", "The second half of the ledger is gone while the engine is dead; a person puts the good copy back.";
        "disk flips a bit", "disk flips a bit", "A bit of the ledger changes while the engine is dead; a person puts the good copy back.";
    }
    "Clock" {
        "clock steps TIME", "clock steps -1h", "The wall clock is stepped.";
        "clock freezes TIME", "clock freezes 2s", "The monotonic clock stands still for a while; once in a file.";
    }
    "Person" {
        "person flattens", "person flattens", "Close everything and stay closed: the kill switch.";
        "person pauses [bot]", "person pauses bot", "No new risk, of the bot or of all.";
        "person resumes [bot]", "person resumes", "New risk again, of the bot or of all.";
        "person stops", "person stops", "Stop in good order; the process ends.";
        "person settles ORDER", "person settles entry", "An order that nobody can prove anything of is over, by a person's word.";
        "person transfers AMOUNT", "person transfers -500", "Money came into the account, or went out.";
    }
    "When the file is over" {
        "at last orders cut", "at last orders cut", "From the end of the file on nothing passes between engine and broker, and it never heals.";
        "at last orders deaf", "at last orders deaf", "The engine hears nothing more of the orders connection, which hears it.";
        "at last orders mute", "at last orders mute", "The broker hears nothing more of the engine, and talks on.";
        "at last quotes cut", "at last quotes cut", "No quotes come any more.";
        "at last bot gone", "at last bot gone", "The bot's process does not come back.";
    }
    "Conditions: orders" {
        "ORDER STATE", "expect entry unknown", "Where it stands: draft, submitted, acknowledged, suspended, working, filled, canceled, rejected, expired, unknown.";
        "ORDER cancel-pending", "expect entry cancel-pending", "A cancel of it is asked and not answered.";
        "ORDER replace-pending", "expect stop replace-pending", "A change of it is asked and not answered.";
        "ORDER at PRICE", "expect stop at 5896.00", "Its confirmed price.";
        "ORDER x LOTS", "expect entry x 2", "Its confirmed lots.";
        "ORDER traded LOTS", "expect entry traded 1", "How much of it is booked as traded.";
        "no ORDER", "expect no closing 2", "No such order was ever placed.";
    }
    "Conditions: account" {
        "position LOTS", "expect position -1", "The bot's position in our book; below zero is short.";
        "broker position LOTS", "expect broker position 1", "The account's position in the exchange's own book.";
        "broker has N working", "expect broker has 2 working", "So many orders work, or are held, at the exchange.";
        "broker has ORDER", "expect broker has stop", "This order works, or is held, at the exchange.";
        "protected", "expect protected", "The bot holds something, and every lot of it has a working stop.";
        "unprotected", "expect unprotected", "A lot of the bot has none.";
        "flat", "expect flat", "Nothing is held and no order lives, here and at the exchange.";
        "cash AMOUNT", "expect cash 50000", "The cash in our book.";
        "broker cash AMOUNT", "expect broker cash 50000", "The cash in the exchange's own book.";
    }
    "Conditions: engine" {
        "trading", "expect trading", "Both connections are up, the account was compared and agrees, and no halt stands.";
        "running", "expect running", "No halt binds the bot.";
        "reduce-only", "expect reduce-only", "Only what makes a position smaller is allowed.";
        "halted", "expect halted", "Only cancelling, flattening and looking is allowed.";
        "halt CAUSE", "expect halt disagreement", "A halt of this cause stands: operator, flatten, daily_loss, disagreement, rolled_back, foreign, impossible, quotes_gone, unprotected, stopping, busted, profit_target, day_drawdown, trailing_drawdown, losses_in_row, session_end, reject_rate, same_rejection, cancel_storm, wide_spread.";
        "accepted", "expect accepted", "The newest decision was accepted.";
        "denied RULE", "expect denied decided_before", "The newest decision was denied by this rule: halted, not_ready, decided_before, intent_age, data_age, session_closed, market_status, opposed, exit_side, order_lots, instrument_lots, risk_per_trade, daily_loss, collar, order_rate, no_such_order, protection, not_changeable, past_flat, unmeasurable, open_positions, account_lots, notional, leverage, trades_per_day, after_open, before_close, quiet_time, bot_order_rate, send_rate, account_age, self_match, too_small.";
        "closing", "expect closing", "A position is being closed.";
        "no closing", "expect no closing", "None is.";
        "orders up", "expect orders up", "The orders connection is up; `down` is its opposite.";
        "quotes up", "expect quotes up", "The quotes connection is up; `down` is its opposite.";
        "engine running", "expect engine running", "A process runs; `dead` is its opposite.";
    }
    "Conditions: told and sent" {
        "incident KIND [N times]", "expect incident over_fill 1 times", "Such an incident was opened: impossible_transition, over_fill, fill_after_refusal, foreign_fill, foreign_order, rolled_back_ledger, position_disagreement, cash_disagreement, unprotected, quotes_gone, unreadable, stuck_unknown, number_range, busted, id_reused, missed_fill, closing_stalled.";
        "no incident [KIND]", "expect no incident unprotected", "None was.";
        "record KIND [N times]", "expect record filled 2 times", "Such records were kept: started, configured, venue_known, day_began, equity_rose, sized, decided, order_placed, replace_asked, transition, impossible, filled, busted, allocated, transferred, closing_began, closing_ended, halt_set, halt_lifted, recovery_moved, stray_cancel_asked, incident_opened, incident_closed, commanded, stream_changed, agreed, bot_saved, bot_changed, snapshot.";
        "no record KIND", "expect no record filled", "None was.";
        "sent REQUEST [of ORDER] [N times] [since last step]", "expect sent place of entry 1 times", "So many such requests left since the beginning of the file, or since the last step that did something. The bracket is one place; closing orders are places too.";
        "sent nothing [since last step]", "expect sent nothing", "No place, cancel or replace left since the last step that did something.";
        "not CONDITION", "expect not halted", "It is not so.";
    }
}

/// The list as it stands in the documentation.
pub fn table() -> String {
    let (mut text, mut part) = (String::new(), "");
    for verb in VERBS {
        if part != verb.part {
            part = verb.part;
            text.push_str(&format!("\n### {part}\n\n| write | means | such as |\n|---|---|---|\n"));
        }
        let form = verb.form.replace('|', "\\|");
        text.push_str(&format!("| `{form}` | {} | `{}` |\n", verb.means, verb.example));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    #[test]
    fn every_example_reads() {
        for verb in VERBS {
            let text = format!("title t\n{}\nwait 1s\n", verb.example);
            text.parse::<Scenario>().unwrap_or_else(|why| panic!("{}: {why}", verb.example));
        }
    }
}
