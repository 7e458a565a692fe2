//! The one table of every key: name, default, unit, clock and meaning. The page `docs/config.md`, `stopline config`
//! and the defaults themselves all come from it.
//!
//! A key that is not here cannot be written in a file, and a default never stands anywhere else.

/// One key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its full name: section and key. Those of `bots` are written once for each bot.
    pub name: &'static str,
    /// What is written for it.
    pub unit: Unit,
    /// Its default as TOML.
    pub default: &'static str,
    /// The clock it runs on.
    pub clock: Clock,
    /// What it means.
    pub what: &'static str,
}

/// What is written for a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A length of time above zero.
    Duration,
    /// An amount of the account's currency.
    Money,
    /// A whole number of what is named.
    Whole(&'static str),
    /// A text.
    Text(&'static str),
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A table of its own.
    Table,
    /// A list of such texts.
    List(&'static str),
    /// This, or `"none"` for no such limit.
    OrNone(&'static Unit),
}

/// The clock a duration runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// None: it is no duration.
    None,
    /// Market time, which a simulated market may run faster than real time.
    Market,
    /// This machine's monotonic clock.
    Machine,
}

impl Unit {
    /// As the page names it.
    pub const fn word(self) -> &'static str {
        match self {
            Unit::Duration => "duration",
            Unit::Money => "money",
            Unit::Whole(of) | Unit::Text(of) | Unit::List(of) => of,
            Unit::OneOf(_) => "one of",
            Unit::Table => "table",
            Unit::OrNone(of) => of.word(),
        }
    }
}

impl Clock {
    /// As the page names it.
    pub const fn word(self) -> &'static str {
        match self {
            Clock::None => "",
            Clock::Market => "market",
            Clock::Machine => "machine",
        }
    }
}

impl Key {
    /// The section it stands in; empty for the top.
    pub fn section(&self) -> &'static str {
        self.name.rsplit_once('.').map_or("", |(section, _)| section)
    }

    /// Its name within its section.
    pub fn leaf(&self) -> &'static str {
        self.name.rsplit_once('.').map_or(self.name, |(_, leaf)| leaf)
    }
}

const fn key(name: &'static str, unit: Unit, default: &'static str, what: &'static str) -> Key {
    Key { name, unit, default, clock: Clock::None, what }
}

const fn market(name: &'static str, default: &'static str, what: &'static str) -> Key {
    Key { name, unit: Unit::Duration, default, clock: Clock::Market, what }
}

const fn machine(name: &'static str, default: &'static str, what: &'static str) -> Key {
    Key { name, unit: Unit::Duration, default, clock: Clock::Machine, what }
}

const fn market_or_none(name: &'static str, what: &'static str) -> Key {
    Key { name, unit: Unit::OrNone(&Unit::Duration), default: "\"none\"", clock: Clock::Market, what }
}

/// Every key, section by section, in the order of the page.
#[rustfmt::skip]
pub const KEYS: &[Key] = &[
    key("data_dir", Unit::Text("path"), "\"stopline-data\"", "Where the ledger, the log and the sockets are kept. Created for the owner alone."),
    key("on_stop", Unit::OneOf(&["keep_protection", "flatten"]), "\"keep_protection\"", "What an orderly stop does with open positions: leave them with their stop and target at the venue, or close them."),

    key("account.id", Unit::Text("name"), "\"PAPER-1\"", "The account that is traded."),
    key("account.start_cash", Unit::Money, "50000", "Cash the account starts with."),
    key("account.fee", Unit::Money, "\"contract\"", "Cost per lot and side, commission and exchange fees together; \"contract\" takes what the contract's data says."),

    key("limits.max_order_lots", Unit::Whole("lots"), "2", "Lots of one order."),
    key("limits.max_instrument_lots", Unit::Whole("lots"), "4", "Lots of one instrument over all bots: position, working, unknown and in flight, per side."),
    key("limits.risk_per_trade", Unit::Money, "250", "What one trade may lose from entry to stop, fees included. A wider stop means no trade, never a smaller one."),
    key("limits.daily_loss", Unit::Money, "1000", "What the account may lose in a trading day: realised, open and fees together. Reaching it closes everything until the next session."),
    key("limits.collar", Unit::Whole("basis points"), "100", "How far from the last trade an order's price may lie, as a share of that price."),
    key("limits.collar_ticks", Unit::Whole("ticks"), "200", "The same in ticks; the tighter of the two counts."),
    key("limits.max_orders_per_window", Unit::Whole("orders, 1 to 256"), "60", "Orders that may open risk within `timings.rate_window`, counted over restarts."),
    key("limits.daily_loss_share", Unit::OrNone(&Unit::Whole("basis points")), "300", "The day's loss as a share of the equity the day began with; the tighter of this and `limits.daily_loss` counts."),
    key("limits.profit_target", Unit::OrNone(&Unit::Money), "\"none\"", "What the account may make in a trading day: realised, open and fees together. Reaching it closes everything until the next session."),
    key("limits.day_drawdown", Unit::OrNone(&Unit::Money), "\"none\"", "How far equity may fall below the day's high. Reaching it closes everything until the next session."),
    key("limits.trailing_drawdown", Unit::OrNone(&Unit::Money), "\"none\"", "How far equity may fall below the highest since this limit was first set, over all days. Reaching it closes everything; nothing opens until the limit is another and a person resumes."),
    key("limits.high_step", Unit::Money, "10", "How far equity must rise above a recorded high to be recorded as the new one: what both drawdowns are exact to. At most a tenth of either."),
    key("limits.max_trades_per_day", Unit::OrNone(&Unit::Whole("trades")), "\"none\"", "Trades of a trading day over all bots: entries that have traded, and those that still may."),
    key("limits.max_losses_in_row", Unit::OrNone(&Unit::Whole("trades")), "\"none\"", "Losing trades of a day without a winning one between them. Reaching it stops new trades until the next session; what is held keeps its exits."),
    key("limits.max_open_positions", Unit::OrNone(&Unit::Whole("positions")), "5", "Positions at once, each of one bot in one instrument, those that an entry may still open included."),
    key("limits.max_account_lots", Unit::OrNone(&Unit::Whole("lots")), "10", "Lots over all instruments in the worst case, long and short added."),
    key("limits.max_notional", Unit::OrNone(&Unit::Money), "\"none\"", "What those lots may be worth at the last trades."),
    key("limits.max_leverage", Unit::OrNone(&Unit::Text("factor")), "25", "How many times the account's equity those lots may be worth: a whole number or a text such as \"2.5\"."),
    market_or_none("limits.no_entry_after_open", "How long after the open of a session nothing new is opened."),
    market_or_none("limits.no_entry_before_close", "How long before the close of a session nothing new is opened any more; not below `limits.flat_before_close`."),
    market_or_none("limits.flat_before_close", "How long before the close of a session everything is closed, early closes included; the bots wait for the next session."),
    key("limits.quiet", Unit::List("windows"), "[]", "Around which news nothing new is opened: each as its kind (cpi, fomc, nfp, eia), its moment in Chicago and how long before and after, such as \"fomc 2026-12-09 13:00 15m\"."),
    key("limits.sends_per_second", Unit::OrNone(&Unit::Whole("messages")), "50", "Orders, changes and cancels that the broker takes in a second. Entries beyond it are denied; cancels and closing orders wait for the next one."),
    key("limits.sends_reserve", Unit::Whole("messages"), "20", "Of those, how many are kept for cancels and closing orders."),
    key("limits.max_bot_orders_per_window", Unit::OrNone(&Unit::Whole("orders, 1 to 256")), "\"none\"", "As `limits.max_orders_per_window`, for each bot."),
    key("limits.max_rejects_per_window", Unit::OrNone(&Unit::Whole("orders, 1 to 64")), "10", "Entries of one bot that the broker refuses within `timings.rate_window` before the bot is paused."),
    key("limits.max_same_rejects", Unit::OrNone(&Unit::Whole("orders, 1 to 64")), "5", "The same, refused one after the other in the same words."),
    key("limits.max_cancels_per_window", Unit::OrNone(&Unit::Whole("cancels, 1 to 256")), "200", "Cancels of one bot's orders within `timings.rate_window` before the bot is paused."),
    market("limits.pause", "\"1m\"", "How long such a pause lasts."),
    key("limits.max_spread", Unit::OrNone(&Unit::Whole("ticks")), "\"none\"", "The widest spread at which a bot may go on; a wider one pauses it."),
    market("limits.spread_pause", "\"30s\"", "How long that pause lasts; it begins anew while the market is as wide."),
    key("limits.through", Unit::Whole("ticks"), "2", "How far through the market a closing order is priced."),
    key("limits.cash_tolerance", Unit::Money, "5", "Difference of expected and reported cash that is passed over."),

    market("timings.intent_age", "\"3m\"", "How old an intent may be, from the end of its bar. The default of three bars leaves 3 s of real time at 60 times speed and 300 ms at 600; in real time, a few seconds are right."),
    market("timings.data_age", "\"3m\"", "How old the newest tick may be when an order is let through. Generous for the same reason; in real time, a few seconds are right."),
    market("timings.bar_lateness", "\"1s\"", "How long after its end a bar is closed if no later trade has closed it."),
    machine("timings.rate_window", "\"1m\"", "The window of `limits.max_orders_per_window`."),
    machine("timings.send_deadline", "\"500ms\"", "From decision to socket; an order that waits longer is not sent."),
    machine("timings.commit_deadline", "\"5s\"", "How long one durable commit may take; the process ends when one takes longer, because nothing can be proven then."),
    machine("timings.bot_answer", "\"2s\"", "How long a bot may take to answer a bar, or to say that it is ready; then it is stopped and started again."),
    machine("timings.answer", "\"2s\"", "How long a request may go unanswered before its order is Unknown."),
    machine("timings.protect", "\"2s\"", "How long a position may stand without working protection before it is closed."),
    machine("timings.detect", "\"5s\"", "How often the account is compared with the broker's, and how long an unexplained difference may last."),
    machine("timings.settle", "\"1s\"", "How long after a send this venue's history may lack an order that exists. The simulated exchange needs none."),
    machine("timings.quotes_gone", "\"5s\"", "How long quotes may be gone with a position open before it is closed."),
    machine("timings.reprice", "\"1s\"", "How long a closing order may work before it is priced anew."),
    machine("timings.flat", "\"30s\"", "How long a closing may take before it is an incident that names what it waits for; it goes on all the same."),
    Key { name: "timings.account_age", unit: Unit::OrNone(&Unit::Duration), default: "\"30s\"", clock: Clock::Machine, what: "How old the last comparison that agreed may be when something is opened; not below `timings.detect` and `timings.answer` together." },

    key("bots.name", Unit::Text("name"), "\"cross\"", "The bot's name; no two share one."),
    key("bots.strategy", Unit::Text("name"), "\"cross\"", "The strategy it runs: `cross`, the moving-average cross."),
    key("bots.symbol", Unit::Text("contract"), "\"venue\"", "The contract it sees and trades, such as \"MESZ6\"; \"venue\" is the contract of the simulated exchange."),
    market("bots.bar", "\"1m\"", "The length of its bars."),
    key("bots.ignores", Unit::List("kinds of news"), "[]", "News around which it opens all the same, such as [\"eia\"]."),
    key("bots.sizing", Unit::Text("rule"), "\"wish\"", "How many lots its entries have: wish is what it asks for, lots N so many, risk N so many basis points of equity from entry to stop, fees included. With sure at the end, scaled by how sure the bot is. Rounded down, at most `limits.max_order_lots`; less than one lot is no trade."),
    key("bots.params", Unit::Table, "{}", "What its strategy is told; see the strategy's own page."),

    key("venue.paper.symbol", Unit::Text("contract"), "\"MES\"", "The contract that is simulated: a root such as \"MES\" means its front contract on the first day, a symbol such as \"MESZ6\" itself."),
    key("venue.paper.start", Unit::Text("moment"), "\"auto\"", "Market time at which a new exchange begins, in the exchange's own zone (Chicago), such as \"2020-03-09 08:30\". \"auto\" is 2026-09-16 08:45 for the simulated market, and three hours after its first bar for a tape, so that there are bars to warm up with."),
    key("venue.paper.price", Unit::Text("price"), "\"6700.00\"", "The first price of a new exchange."),
    key("venue.paper.seed", Unit::Whole("number"), "63", "What a new exchange's market is drawn from."),
    key("venue.paper.speed", Unit::Text("factor"), "60", "How many times as fast as real time market time runs: a whole number or a text such as \"0.5\", at most 1000."),
    key("venue.paper.latency", Unit::Text("model"), "\"none\"", "How long news takes from the exchange: none, lan (1 to 2 ms), home (30 to 50 ms), far (180 to 240 ms), or a time such as \"20ms\". Requests arrive at once, so that this is the round trip."),
    key("venue.paper.slippage", Unit::Text("model"), "\"book\"", "What an order that takes pays: book is what stands there, ticks:N is so many ticks more, never beyond its own limit."),
    key("venue.paper.scenario", Unit::Text("steps"), "\"\"", "What happens to the market, by market time since the exchange began: pre_open, reserved, halted, closed, open, or limits:TICKS around the last trade, such as \"halted@10m,open@12m,limits:40@30m\"."),
    key("venue.paper.price_limits", Unit::Text("rules"), "\"exchange\"", "Price limits and circuit breakers: exchange is what data/price_limits.toml has for the contract and the first day (for a tape, of the day it is to start at), none is none."),
    key("venue.paper.faults", Unit::Text("faults"), "\"\"", "Misbehaviour on request, such as \"drop=0.01,dup=0.02,delay=200ms,disconnect=0.002\"."),
    machine("venue.paper.idle", "\"5m\"", "How long the exchange's process goes on after its last client has left."),
    machine("venue.paper.patience", "\"10s\"", "How long the exchange's process may take to be there."),
    key("venue.paper.tape", Unit::Text("path"), "\"\"", "Real bars to play instead of simulated participants (Databento ohlcv-1m as .dbn, or .csv, plain or compressed with .zst or .gz); \"\" is none."),

    key("log.max_size", Unit::Whole("megabytes"), "64", "A log file that would become longer is put aside."),
    key("log.keep", Unit::Whole("files"), "8", "How many log files put aside are kept."),
];

/// The key of this full name.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}
