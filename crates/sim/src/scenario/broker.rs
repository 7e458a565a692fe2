//! What the broker does, read from words: to the next message of a kind, or at once.
//!
//! The kinds are those of the paper protocol, in both directions, and no others.

use stopline_kernel::intent::Leg;
use stopline_kernel::num::Lots;

use super::conditions::name;
use super::step::{Act, Armed, Arrives, BrokerAct, Deed, Message, Part, Times};
use super::words::{Read, Words};

/// News of an order, by the word of the wire.
const NEWS: [(&str, &str); 12] = [
    ("received", "received"),
    ("held", "held"),
    ("accepted", "accepted"),
    ("fill", "trade"),
    ("busted", "busted"),
    ("corrected", "corrected"),
    ("cancel_refused", "cancel_refused"),
    ("canceled", "canceled"),
    ("replace_refused", "replace_refused"),
    ("replaced", "replaced"),
    ("rejected", "rejected"),
    ("expired", "expired"),
];

const MESSAGES: &str = "place, cancel, replace, login, list request, status request (to the broker), or list, status, received, \
                        held, accepted, fill, cancel_refused, canceled, replace_refused, replaced, rejected, expired, \
                        news (from it)";

const KNOWN: &str = "loses, delays SPAN, doubles, holds, rewords, refuses, forgets, hangs up after, restarts, resets, \
                     calls refused, leaves, cuts short, damages, reuses id for, releases, cancels, says, lists, logs out, \
                     flattens, cash off, overtakes, busts, corrects, trades";

pub(super) fn act(words: &mut Words) -> Read<Act> {
    let verb = words.take(KNOWN)?;
    let deed = match verb.as_str() {
        "loses" => Deed::Loses,
        "doubles" => Deed::Doubles,
        "holds" => Deed::Holds,
        "delays" => Deed::Delays(words.span()?),
        "rewords" => Deed::Rewords("pending_review".to_owned()),
        "refuses" => return refuses(words),
        "forgets" => return forgets(words),
        "hangs" => {
            words.must("up")?;
            words.must("after")?;
            Deed::HangsUp
        }
        "restarts" if words.has("after") => Deed::Restarts,
        "resets" => {
            let when = [("before", Arrives::Nothing), ("within", Arrives::Half), ("after", Arrives::All)];
            Deed::Resets(words.one_of("before, within or after", &when)?)
        }
        "calls" => {
            words.must("refused")?;
            return armed(words, Deed::CallsRefused("no reason given".to_owned()), |words| {
                Ok((Message::Word("exec", Some("accepted")), words.has("of")))
            });
        }
        "leaves" => return leaves_out(words),
        "cuts" => {
            words.must("short")?;
            Deed::CutsShort
        }
        "damages" => Deed::Damages,
        "reuses" => {
            ["id", "for"].iter().try_for_each(|word| words.must(word))?;
            return armed(words, Deed::ReusesId, |words| {
                words.must("fill")?;
                Ok((Message::Word("exec", Some("trade")), words.has("of")))
            });
        }
        "lists" => return lists(words),
        "repeats" => return old_list(words),
        _ => return now(words, &verb),
    };
    armed(words, deed, |words| Ok((message(words)?, words.has("of"))))
}

/// `[always|N times] next MESSAGE [of ORDER]`.
fn armed(
    words: &mut Words,
    deed: Deed,
    message: impl FnOnce(&mut Words) -> Read<(Message, bool)>,
) -> Read<Act> {
    let times = times(words)?;
    let (message, named) = message(words)?;
    fits(words, &deed, message)?;
    let of = if named { Some(name(words)?) } else { None };
    let deed = match deed {
        Deed::Rewords(_) if words.has("as") => Deed::Rewords(words.take("a word")?),
        deed => deed,
    };
    Ok(Act::Arm(Armed { deed, message, of, times }))
}

/// Only news of an order can be reworded, and only a request can end with its connection.
fn fits(words: &Words, deed: &Deed, message: Message) -> Read<()> {
    let known = match (deed, message) {
        (Deed::Rewords(_), Message::Request(_) | Message::Word(_, None)) => {
            "news of an order, such as accepted"
        }
        (Deed::HangsUp | Deed::Restarts | Deed::Resets(_), Message::Word(..)) => {
            "place, cancel, replace, list request, status request"
        }
        (Deed::CutsShort | Deed::Damages, Message::Request(_)) => {
            "a word of the broker's, such as fill or list"
        }
        _ => return Ok(()),
    };
    let (Message::Request(word) | Message::Word(word, _)) = message;
    Err(words.unknown(word, known))
}

fn times(words: &mut Words) -> Read<Times> {
    if words.has("every") {
        return Ok(Times::Always);
    }
    words.must("next")?;
    let many = words.peek().and_then(|word| word.parse::<u64>().ok()).filter(|n| *n > 0);
    if many.is_some() {
        words.take("a number")?;
    }
    Ok(Times::Exactly(many.unwrap_or(1)))
}

fn message(words: &mut Words) -> Read<Message> {
    let word = words.take("a message")?;
    Ok(match word.as_str() {
        "place" => Message::Request("place"),
        "cancel" => Message::Request("cancel"),
        "replace" => Message::Request("replace"),
        "login" => Message::Request("hello"),
        "status" if words.has("request") => Message::Request("order_status"),
        "list" if words.has("request") => Message::Request("snapshot"),
        "status" => Message::Word("order_status", None),
        "list" => Message::Word("snapshot", None),
        "news" => Message::Word("exec", None),
        other => match NEWS.iter().find(|(name, _)| *name == other) {
            Some((_, what)) => Message::Word("exec", Some(what)),
            None => return Err(words.unknown(other, MESSAGES)),
        },
    })
}

/// `refuses next place ["why"]`, or `refuses stop of next place`.
fn refuses(words: &mut Words) -> Read<Act> {
    let exit = exit(words)?;
    let times = times(words)?;
    let message = match message(words)? {
        request @ Message::Request("place" | "cancel" | "replace" | "hello") => request,
        Message::Request(other) | Message::Word(other, _) => {
            return Err(words.unknown(other, "place, cancel, replace, login"));
        }
    };
    let of = if words.has("of") { Some(name(words)?) } else { None };
    let why = if words.peek().is_some() { words.take("why")? } else { "refused by the broker".to_owned() };
    let deed = exit.map_or_else(|| Deed::Refuses(why.clone()), |leg| Deed::RefusesExit(leg, why.clone()));
    Ok(Act::Arm(Armed { deed, message, of, times }))
}

/// `forgets exits|stop|target of next place`.
fn forgets(words: &mut Words) -> Read<Act> {
    let leg = if words.has("exits") {
        words.must("of")?;
        None
    } else {
        Some(exit(words)?.ok_or_else(|| words.unknown("", "exits of, stop of, target of"))?)
    };
    let times = times(words)?;
    words.must("place")?;
    Ok(Act::Arm(Armed { deed: Deed::Forgets(leg), message: Message::Request("place"), of: None, times }))
}

fn exit(words: &mut Words) -> Read<Option<Leg>> {
    let leg = match words.peek() {
        Some("stop") => Leg::Stop,
        Some("target") => Leg::Target,
        _ => return Ok(None),
    };
    words.take("an exit")?;
    words.must("of")?;
    Ok(Some(leg))
}

/// Fields that can be left out, and their names on the wire.
const FIELDS: [(&str, &str); 5] =
    [("id", "exec_id"), ("price", "price"), ("lots", "lots"), ("cum", "cum"), ("cash", "cash")];

/// `leaves FIELD out of next MESSAGE`, or `leaves execution|positions|ORDER out of next list`.
fn leaves_out(words: &mut Words) -> Read<Act> {
    if let Some((_, field)) = FIELDS.iter().find(|(name, _)| words.has(name)) {
        ["out", "of"].iter().try_for_each(|word| words.must(word))?;
        return armed(words, Deed::LeavesField(field), |words| Ok((message(words)?, words.has("of"))));
    }
    let part = match words.peek() {
        Some("execution") => Part::Execution,
        Some("positions") => Part::Positions,
        _ => Part::Order(name(words)?),
    };
    if !matches!(part, Part::Order(_)) {
        words.take("what")?;
    }
    words.must("out")?;
    words.must("of")?;
    list(words, Deed::LeavesOut(part))
}

/// `lists position N in next list`.
fn lists(words: &mut Words) -> Read<Act> {
    words.must("position")?;
    let lots = Lots(words.number()?);
    words.must("in")?;
    list(words, Deed::SaysPosition(lots))
}

/// `repeats an old list in next list`.
fn old_list(words: &mut Words) -> Read<Act> {
    ["old", "list", "for"].iter().try_for_each(|word| words.must(word))?;
    list(words, Deed::IsOld)
}

fn list(words: &mut Words, deed: Deed) -> Read<Act> {
    let times = times(words)?;
    words.must("list")?;
    Ok(Act::Arm(Armed { deed, message: Message::Word("snapshot", None), of: None, times }))
}

fn now(words: &mut Words, verb: &str) -> Read<Act> {
    Ok(Act::Broker(match verb {
        "releases" => BrokerAct::Releases,
        "cancels" => BrokerAct::Cancels(name(words)?),
        "busts" => BrokerAct::TakesBack(name(words)?, None),
        "corrects" => {
            let order = name(words)?;
            words.must("to")?;
            BrokerAct::TakesBack(order, Some(words.price()?))
        }
        "trades" => {
            let (lots, _) = (words.lots()?, words.must("of")?);
            let order = name(words)?;
            words.must("at")?;
            BrokerAct::Trades(order, lots, words.price()?)
        }
        "says" => {
            let order = name(words)?;
            let what = words.one_of("news", &NEWS)?;
            let why = if words.peek().is_some() { Some(words.take("why")?) } else { None };
            BrokerAct::Says(order, what, why)
        }
        "restarts" => BrokerAct::Restarts,
        "logs" => {
            words.must("out")?;
            BrokerAct::LogsOut
        }
        "flattens" => BrokerAct::Flattens,
        "cash" => {
            words.must("off")?;
            BrokerAct::CashOff(words.number()?)
        }
        "overtakes" => BrokerAct::Overtakes,
        other => return Err(words.unknown(other, KNOWN)),
    }))
}
