//! The scenarios: each is a script, and its name is what it proves.
//!
//! `us` and `twin` are two sessions of one account, `other` and `third` trade two more, `quotes` listens. Prices are
//! ticks from the stage's reference. Below each act stands everything that must be heard, and nothing else may be.

/// One scenario.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// What it proves.
    pub name: &'static str,
    /// How.
    pub script: &'static str,
}

const fn scenario(name: &'static str, script: &'static str) -> Scenario {
    Scenario { name, script }
}

/// All of them.
pub const SCENARIOS: &[Scenario] = &[
    scenario("a session logs in", "start us\n< us: up"),
    scenario("a quiet session stays up", "start us\n< us: up\nwait 20000"),
    scenario("a venue of another version is left", "mute us\nstart us\nus: hear other_version\n< us: down"),
    scenario("a venue of another protocol is left", "mute us\nstart us\nus: hear other_protocol\n< us: down"),
    scenario("an unknown message is told and ends nothing", UNKNOWN_MESSAGE),
    scenario("a venue that falls silent is lost, and found again", SILENCE),
    scenario("a limit order rests, fills in part, then in full", LIMIT),
    scenario("a market order fills at what stands", MARKET),
    scenario("a stop order sells when its price trades", STOP),
    scenario("exits are worth what their entry has filled", EXITS_GROW),
    scenario("what one exit trades, the other is worth less", TARGET_SHRINKS_STOP),
    scenario("a stop that trades cancels the target", STOP_CANCELS_TARGET),
    scenario("an order is cancelled", CANCEL),
    scenario("an entry cancelled unfilled takes its exits along", CANCEL_LIST),
    scenario("an entry cancelled half filled leaves its exits", CANCEL_HALF),
    scenario("a filled order cannot be cancelled", CANCEL_FILLED),
    scenario(
        "an unknown order cannot be cancelled",
        "start us\n< us: up\nus: cancel E\n< us: ? cancel_refused",
    ),
    scenario("a replaced order trades under its new id", REPLACE),
    scenario("a filled order cannot be replaced", REPLACE_FILLED),
    scenario("a second order with an id never ends the first", DUPLICATE),
    scenario(
        "a new account is flat and empty",
        "start us\n< us: up\nus: ask snapshot\n< us: snapshot cash 0",
    ),
    scenario("a snapshot has orders, positions, executions and cash", SNAPSHOT),
    scenario("an order's history is found, and its absence proved", STATUS),
    scenario("history has the finished bars", HISTORY),
    scenario("every session of an account hears of its orders", TWINS),
    scenario("what filled while the line was cut is in the next snapshot", CUT),
    scenario("what was not sent is never sent later", NOT_SENT),
    scenario("quotes tell trades and the best bid and offer", QUOTES),
];

const UNKNOWN_MESSAGE: &str = "
    start us
    < us: up
    us: hear unknown_message
    < us: unreadable
    us: place E buy 1 limit 0
    < us: E accepted 0/1";

const SILENCE: &str = "
    start us
    < us: up
    mute us
    wait 4000
    < us: down
    us: place E buy 1 limit 0
    < us: not sent NoSession
    unmute us
    wait 20000
    < us: up
    us: ask status E
    < us: status E absent";

const LIMIT: &str = "
    start us other
    < us: up
    < other: up
    us: place E buy 3 limit 0
    < us: E accepted 0/3
    other: place A sell 1 limit 0
    < other: A accepted 0/1
    < other: A trade 1 at 0, 1/1
    < us: E trade 1 at 0, 1/3
    other: place B sell 2 limit -5
    < other: B accepted 0/2
    < other: B trade 2 at 0, 2/2
    < us: E trade 2 at 0, 3/3";

const MARKET: &str = "
    start us other third
    < us: up
    < other: up
    < third: up
    other: place A sell 2 limit 1
    < other: A accepted 0/2
    third: place B buy 1 limit 1
    < third: B accepted 0/1
    < third: B trade 1 at 1, 1/1
    < other: A trade 1 at 1, 1/2
    us: place E buy 1 market
    < us: E accepted 0/1
    < us: E trade 1 at 1, 1/1
    < other: A trade 1 at 1, 2/2";

const STOP: &str = "
    start us other third
    < us: up
    < other: up
    < third: up
    us: place X sell 1 stop -4
    < us: X accepted 0/1
    third: place B buy 3 limit -4
    < third: B accepted 0/3
    other: place A sell 1 limit -4
    < other: A accepted 0/1
    < other: A trade 1 at -4, 1/1
    < third: B trade 1 at -4, 1/3
    < third: B trade 1 at -4, 2/3
    < us: X trade 1 at -4, 1/1";

const EXITS_GROW: &str = "
    start us other
    < us: up
    < other: up
    us: place E buy 2 limit 0 stop X -8 target T 8
    < us: E accepted 0/2
    < us: X held
    < us: T held
    other: place A sell 1 limit 0
    < other: A accepted 0/1
    < other: A trade 1 at 0, 1/1
    < us: E trade 1 at 0, 1/2
    < us: X accepted 0/1
    < us: T accepted 0/1
    us: ask snapshot
    < us: snapshot cash 0
    < us: snapshot position 1 at 0
    < us: snapshot trade E buy 1 at 0
    < us: snapshot order E buy 1/2 limit 0
    < us: snapshot order X sell 0/1 stop -8
    < us: snapshot order T sell 0/1 limit 8
    other: place B sell 1 limit 0
    < other: B accepted 0/1
    < other: B trade 1 at 0, 1/1
    < us: E trade 1 at 0, 2/2
    < us: X accepted 0/2
    < us: T accepted 0/2";

const TARGET_SHRINKS_STOP: &str = "
    start us other
    < us: up
    < other: up
    us: place E buy 2 limit 0 stop X -8 target T 8
    < us: E accepted 0/2
    < us: X held
    < us: T held
    other: place A sell 2 limit 0
    < other: A accepted 0/2
    < other: A trade 2 at 0, 2/2
    < us: E trade 2 at 0, 2/2
    < us: X accepted 0/2
    < us: T accepted 0/2
    other: place B buy 1 limit 8
    < other: B accepted 0/1
    < other: B trade 1 at 8, 1/1
    < us: T trade 1 at 8, 1/2
    < us: X accepted 0/1
    other: place C buy 1 limit 8
    < other: C accepted 0/1
    < other: C trade 1 at 8, 1/1
    < us: T trade 1 at 8, 2/2
    < us: X canceled
    us: ask snapshot
    < us: snapshot cash 16
    < us: snapshot trade E buy 2 at 0
    < us: snapshot trade T sell 1 at 8
    < us: snapshot trade T sell 1 at 8";

const STOP_CANCELS_TARGET: &str = "
    start us other third
    < us: up
    < other: up
    < third: up
    us: place E buy 1 limit 0 stop X -8 target T 8
    < us: E accepted 0/1
    < us: X held
    < us: T held
    other: place A sell 1 limit 0
    < other: A accepted 0/1
    < other: A trade 1 at 0, 1/1
    < us: E trade 1 at 0, 1/1
    < us: X accepted 0/1
    < us: T accepted 0/1
    third: place B buy 2 limit -8
    < third: B accepted 0/2
    other: place C sell 1 limit -8
    < other: C accepted 0/1
    < other: C trade 1 at -8, 1/1
    < third: B trade 1 at -8, 1/2
    < third: B trade 1 at -8, 2/2
    < us: X trade 1 at -8, 1/1
    < us: T canceled";

const CANCEL: &str = "
    start us
    < us: up
    us: place E buy 1 limit -4
    < us: E accepted 0/1
    us: cancel E
    < us: E canceled
    us: ask snapshot
    < us: snapshot cash 0";

const CANCEL_LIST: &str = "
    start us
    < us: up
    us: place E buy 1 limit 0 stop X -8 target T 8
    < us: E accepted 0/1
    < us: X held
    < us: T held
    us: cancel E
    < us: E canceled
    < us: X canceled
    < us: T canceled";

const CANCEL_HALF: &str = "
    start us other
    < us: up
    < other: up
    us: place E buy 2 limit 0 stop X -8
    < us: E accepted 0/2
    < us: X held
    other: place A sell 1 limit 0
    < other: A accepted 0/1
    < other: A trade 1 at 0, 1/1
    < us: E trade 1 at 0, 1/2
    < us: X accepted 0/1
    us: cancel E
    < us: E canceled
    us: ask snapshot
    < us: snapshot cash 0
    < us: snapshot position 1 at 0
    < us: snapshot trade E buy 1 at 0
    < us: snapshot order X sell 0/1 stop -8";

const CANCEL_FILLED: &str = "
    start us other
    < us: up
    < other: up
    us: place E buy 1 limit 0
    < us: E accepted 0/1
    other: place A sell 1 limit 0
    < other: A accepted 0/1
    < other: A trade 1 at 0, 1/1
    < us: E trade 1 at 0, 1/1
    us: cancel E
    < us: E cancel_refused";

const REPLACE: &str = "
    start us other
    < us: up
    < other: up
    us: place E buy 1 limit -4
    < us: E accepted 0/1
    us: replace E F buy 2 limit -3
    < us: F replaced
    other: place A sell 1 limit -3
    < other: A accepted 0/1
    < other: A trade 1 at -3, 1/1
    < us: F trade 1 at -3, 1/2
    us: cancel F
    < us: F canceled";

const REPLACE_FILLED: &str = "
    start us other
    < us: up
    < other: up
    us: place E buy 1 limit 0
    < us: E accepted 0/1
    other: place A sell 1 limit 0
    < other: A accepted 0/1
    < other: A trade 1 at 0, 1/1
    < us: E trade 1 at 0, 1/1
    us: replace E F buy 2 limit 0
    < us: E replace_refused";

const DUPLICATE: &str = "
    start us other
    < us: up
    < other: up
    us: place E buy 1 limit 0
    < us: E accepted 0/1
    us: place E buy 1 limit 0
    < us: E unrecognised
    us: ask status E
    < us: status E working 0/1
    other: place A sell 2 limit 0
    < other: A accepted 0/2
    < other: A trade 1 at 0, 1/2
    < us: E trade 1 at 0, 1/1";

const SNAPSHOT: &str = "
    start us other
    < us: up
    < other: up
    us: place E buy 2 limit 0
    < us: E accepted 0/2
    other: place A sell 2 limit 0
    < other: A accepted 0/2
    < other: A trade 2 at 0, 2/2
    < us: E trade 2 at 0, 2/2
    us: place F sell 1 limit 6
    < us: F accepted 0/1
    other: place B buy 1 limit 6
    < other: B accepted 0/1
    < other: B trade 1 at 6, 1/1
    < us: F trade 1 at 6, 1/1
    us: place G buy 1 limit -9
    < us: G accepted 0/1
    us: ask snapshot
    < us: snapshot cash 6
    < us: snapshot position 1 at 0
    < us: snapshot order G buy 0/1 limit -9
    < us: snapshot trade E buy 2 at 0
    < us: snapshot trade F sell 1 at 6
    other: ask snapshot
    < other: snapshot cash -6
    < other: snapshot position -1 at 0
    < other: snapshot trade A sell 2 at 0
    < other: snapshot trade B buy 1 at 6";

const STATUS: &str = "
    start us other
    < us: up
    < other: up
    us: ask status E
    < us: status E absent
    us: place E buy 2 limit 0
    < us: E accepted 0/2
    us: ask status E
    < us: status E working 0/2
    other: place A sell 2 limit 0
    < other: A accepted 0/2
    < other: A trade 2 at 0, 2/2
    < us: E trade 2 at 0, 2/2
    us: ask status E
    < us: status E filled 2/2
    us: ask status A
    < us: status A absent";

const HISTORY: &str = "
    start us other
    < us: up
    < other: up
    us: place E buy 2 limit 0
    < us: E accepted 0/2
    other: place A sell 2 limit 0
    < other: A accepted 0/2
    < other: A trade 2 at 0, 2/2
    < us: E trade 2 at 0, 2/2
    wait 130000
    us: ask history 60 10
    < us: history of 1
    < us: bar 0 0 0 0 x 2";

const TWINS: &str = "
    start us twin other
    < us: up
    < twin: up
    < other: up
    us: place E buy 1 limit 0
    < us: E accepted 0/1
    < twin: E accepted 0/1
    other: place A sell 1 limit 0
    < other: A accepted 0/1
    < other: A trade 1 at 0, 1/1
    < us: E trade 1 at 0, 1/1
    < twin: E trade 1 at 0, 1/1
    us: place F buy 1 limit -9
    < us: F accepted 0/1
    < twin: F accepted 0/1
    twin: cancel F
    < us: F canceled
    < twin: F canceled";

const CUT: &str = "
    start us other
    < us: up
    < other: up
    us: place E buy 1 limit 0 stop X -8
    < us: E accepted 0/1
    < us: X held
    cut us
    < us: down
    other: place A sell 1 limit 0
    < other: A accepted 0/1
    < other: A trade 1 at 0, 1/1
    wait 4000
    mend us
    wait 12000
    < us: up
    us: ask snapshot
    < us: snapshot cash 0
    < us: snapshot position 1 at 0
    < us: snapshot trade E buy 1 at 0
    < us: snapshot order X sell 0/1 stop -8";

const NOT_SENT: &str = "
    start us
    < us: up
    cut us
    < us: down
    us: place E buy 1 limit 0
    < us: not sent NoSession
    us: ask snapshot
    < us: not asked NoSession
    mend us
    wait 20000
    < us: up
    us: ask status E
    < us: status E absent";

const QUOTES: &str = "
    start quotes us other
    < quotes: up
    < quotes: bbo none, none
    < us: up
    < other: up
    us: place E buy 3 limit 0
    < us: E accepted 0/3
    < quotes: bbo 0 x 3, none
    other: place A sell 1 limit 0
    < other: A accepted 0/1
    < other: A trade 1 at 0, 1/1
    < us: E trade 1 at 0, 1/3
    < quotes: trade 1 at 0
    < quotes: bbo 0 x 2, none
    quotes: ask snapshot
    < quotes: not asked NotOffered";
