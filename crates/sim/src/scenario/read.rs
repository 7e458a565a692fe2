//! Lines of text into steps: who acts comes first, then what is done, then to what.
//!
//! It reads and never plays. A word it does not know is an error with the words that could stand there.

use stopline_exchange::phase::Phase;
use stopline_exchange::scenario::Set;
use stopline_kernel::intent::Entry;
use stopline_kernel::num::{Lots, Money, Side, Ticks};
use stopline_kernel::time::Span;

use super::conditions::{condition, name};
use super::step::{Act, BotAct, MachineAct, Market, PersonAct, Someone, WireAct};
use super::words::{Read, Why, Words};
use super::{broker, conditions};
use crate::swarm::{CrashPoint, Lasting, Path};

/// How long `until` waits where nothing is said.
const PATIENCE: Span = Span::secs(5);

/// Lots quoted where none are given: more than any order of a scenario takes.
const DEEP: Lots = Lots(1_000);

/// The words that a step can begin with.
const ACTORS: &str = "wait, until, expect, quote, trade, quotes, market, bot, broker, someone, orders, engine, disk, \
                      clock, person, at last";

/// What is not as in every scene.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Scene {
    /// Market time runs as fast as a drawn market's.
    pub(crate) fast: bool,
    /// The day's loss is so small that a trade or two use it up.
    pub(crate) tight: bool,
    /// The log is the real one.
    pub(crate) sqlite: bool,
    /// How far the engine's monotonic clock stands ahead of the broker's.
    pub(crate) ahead: Span,
    /// How much faster it runs, in millionths.
    pub(crate) drift_ppm: i64,
}

impl Scene {
    /// Takes in a line `scene ...`.
    pub(super) fn set(&mut self, words: &mut Words) -> Read<()> {
        let known = "fast, tight, sqlite, clock TIME, clock N ppm";
        words.must("scene")?;
        while words.peek().is_some() {
            match words.take(known)?.as_str() {
                "fast" => self.fast = true,
                "tight" => self.tight = true,
                "sqlite" => self.sqlite = true,
                "clock" if words.is_before("ppm") => {
                    self.drift_ppm = i64::from(words.number::<i16>()?);
                    words.must("ppm")?;
                }
                "clock" => self.ahead = words.span()?,
                other => return Err(words.unknown(other, known)),
            }
        }
        Ok(())
    }
}

/// One step.
pub(super) fn act(words: &mut Words) -> Read<Act> {
    let first = words.take("a step")?;
    let act = match first.as_str() {
        "wait" => Act::Wait(words.span()?),
        "until" => {
            let what = condition(words)?;
            let within = if words.has("within") { words.span()? } else { PATIENCE };
            Act::Until(what, within)
        }
        "expect" => Act::Expect(condition(words)?),
        "quote" => quote(words)?,
        "trade" => {
            let price = words.price()?;
            Act::Market(Market::Trade(price, words.times_lots()?.unwrap_or(Lots(1))))
        }
        "market" => market(words)?,
        "bot" => Act::Bot(bot(words)?),
        "broker" => broker::act(words)?,
        "someone" => Act::Someone(someone(words)?),
        "quotes" => wire(words, Path::Quotes)?,
        "orders" => wire(words, Path::Orders)?,
        "engine" => Act::Machine(engine(words)?),
        "disk" => Act::Machine(disk(words)?),
        "clock" => Act::Machine(clock(words)?),
        "person" => Act::Person(person(words)?),
        "at" => {
            words.must("last")?;
            Act::AtLast(at_last(words)?)
        }
        other => return Err(words.unknown(other, ACTORS)),
    };
    words.end(act)
}

fn quote(words: &mut Words) -> Read<Act> {
    let mut side = || if words.has("none") { Ok(None) } else { words.price().map(Some) };
    let (bid, ask) = (side()?, side()?);
    let bids = words.times_lots()?.unwrap_or(DEEP);
    let asks = words.times_lots()?.unwrap_or(bids);
    Ok(Act::Market(Market::Quote(bid, ask, bids, asks)))
}

fn market(words: &mut Words) -> Read<Act> {
    let known = "halts, opens, closes, limits N";
    let word = words.take(known)?;
    let set = match word.as_str() {
        "halts" => Set::Phase(Phase::Halted),
        "opens" => Set::Phase(Phase::Open),
        "closes" => Set::Phase(Phase::Closed),
        "limits" => Set::Limits(Ticks(words.lots()?.0)),
        other => return Err(words.unknown(other, known)),
    };
    Ok(Act::Market(Market::Phase(set)))
}

fn bot(words: &mut Words) -> Read<BotAct> {
    let known = "buys, sells, exits, cancels, changes, repeats, panics, returns";
    let word = words.take(known)?;
    Ok(match word.as_str() {
        "buys" => entry(words, Side::Buy)?,
        "sells" => entry(words, Side::Sell)?,
        "exits" => BotAct::Exits,
        "cancels" => BotAct::Cancels(name(words)?),
        "changes" => {
            let order = name(words)?;
            words.must("to")?;
            let price = words.price()?;
            BotAct::Changes(order, price, words.times_lots()?)
        }
        "repeats" => BotAct::Repeats,
        "panics" => BotAct::Up(false),
        "returns" => BotAct::Up(true),
        other => return Err(words.unknown(other, known)),
    })
}

fn entry(words: &mut Words, side: Side) -> Read<BotAct> {
    let lots = words.lots()?;
    let (mut limit, mut stop, mut target) = (None, None, None);
    let mut ago = Span::ZERO;
    while let Some(word) = words.peek().map(str::to_owned) {
        let price = match word.as_str() {
            "limit" => &mut limit,
            "stop" => &mut stop,
            "target" => &mut target,
            "ago" => {
                words.take("a time")?;
                ago = words.span()?;
                continue;
            }
            other => return Err(words.unknown(other, "limit PRICE, stop PRICE, target PRICE, ago TIME")),
        };
        words.take("a price")?;
        *price = Some(words.price()?);
    }
    let stop = stop.ok_or_else(|| words.error(Why::Missing("`stop PRICE`".to_owned())))?;
    Ok(BotAct::Enters(Entry { side, lots, limit, stop, target }, ago))
}

fn someone(words: &mut Words) -> Read<Someone> {
    let side = words.one_of("buys or sells", &[("buys", Side::Buy), ("sells", Side::Sell)])?;
    let lots = words.lots()?;
    let limit = if words.has("limit") { Some(words.price()?) } else { None };
    Ok(Someone { side, lots, limit })
}

fn wire(words: &mut Words, path: Path) -> Read<Act> {
    let known = match path {
        Path::Orders => "cut, half-open, partitioned SPAN, slow SPAN",
        Path::Quotes => "cut, half-open, partitioned SPAN, slow SPAN, stop, go on, late SPAN",
    };
    let word = words.take(known)?;
    let act = match (word.as_str(), path) {
        ("cut", _) => WireAct::Cut,
        ("half-open", _) => WireAct::HalfOpen,
        ("slow", _) => WireAct::Slow(words.span()?),
        ("partitioned", _) => {
            let lasts = words.span()?;
            let (out, into) = (words.has("out"), words.has("in"));
            let both = out == into;
            WireAct::Partition(lasts, both || out, both || into)
        }
        ("late", Path::Quotes) => return Ok(Act::Market(Market::Late(words.span()?))),
        ("stop", Path::Quotes) => return Ok(Act::Market(Market::Flows(false))),
        ("go", Path::Quotes) => {
            words.must("on")?;
            return Ok(Act::Market(Market::Flows(true)));
        }
        (other, _) => return Err(words.unknown(other, known)),
    };
    Ok(Act::Wire(path, act))
}

fn engine(words: &mut Words) -> Read<MachineAct> {
    let known = "killed, starts, paused SPAN";
    let word = words.take(known)?;
    match word.as_str() {
        "killed" if words.has("before") => {
            let _ = words.has("next");
            let points = [
                ("append", CrashPoint::BeforeAppend),
                ("send", CrashPoint::BeforeSend),
                ("report", CrashPoint::OnReport),
            ];
            Ok(MachineAct::DiesAt(words.one_of("append, send or report", &points)?))
        }
        "killed" if words.has("after") => {
            let _ = words.has("next");
            let points = [
                ("append", CrashPoint::AfterAppend),
                ("sync", CrashPoint::AfterSync),
                ("send", CrashPoint::AfterSend),
            ];
            Ok(MachineAct::DiesAt(words.one_of("append, sync or send", &points)?))
        }
        "killed" if words.has("while") => {
            words.must("recovering")?;
            Ok(MachineAct::DiesAt(CrashPoint::InRecovery))
        }
        "killed" => Ok(MachineAct::Dies),
        "starts" => Ok(MachineAct::Starts),
        "paused" => Ok(MachineAct::Pauses(words.span()?)),
        other => Err(words.unknown(other, known)),
    }
}

fn disk(words: &mut Words) -> Read<MachineAct> {
    let known =
        "full, unwritable, fails to sync, takes SPAN to sync, copied, put back, flips a bit, loses its end";
    let word = words.take(known)?;
    let (act, tail): (_, &[&str]) = match word.as_str() {
        "full" => (MachineAct::DiesAt(CrashPoint::DiskFull), &[]),
        "unwritable" => (MachineAct::DiesAt(CrashPoint::DiskError), &[]),
        "fails" => (MachineAct::DiesAt(CrashPoint::SyncFails), &["to", "sync"]),
        "takes" => (MachineAct::SyncTakes(words.span()?), &["to", "sync"]),
        "copied" => (MachineAct::Copies, &[]),
        "put" => (MachineAct::PutsBack, &["back"]),
        "flips" => (MachineAct::Flips, &["a", "bit"]),
        "loses" => (MachineAct::LosesEnd, &["its", "end"]),
        other => return Err(words.unknown(other, known)),
    };
    tail.iter().try_for_each(|word| words.must(word))?;
    Ok(act)
}

/// What never heals, and begins when the file is over.
fn at_last(words: &mut Words) -> Read<Lasting> {
    let who = words.one_of("orders, quotes or bot", &[("orders", 0), ("quotes", 1), ("bot", 2)])?;
    let known: &[(&str, Lasting)] = match who {
        0 => &[("cut", Lasting::OrdersCut), ("deaf", Lasting::OrdersDeaf), ("mute", Lasting::OrdersMute)],
        1 => &[("cut", Lasting::QuotesCut)],
        _ => &[("gone", Lasting::BotGone)],
    };
    words.one_of("what befalls it", known)
}

fn clock(words: &mut Words) -> Read<MachineAct> {
    let known = "steps SPAN, freezes SPAN";
    let word = words.take(known)?;
    match word.as_str() {
        "steps" => Ok(MachineAct::Steps(words.span()?)),
        "freezes" => Ok(MachineAct::Freezes(words.span()?)),
        other => Err(words.unknown(other, known)),
    }
}

fn person(words: &mut Words) -> Read<PersonAct> {
    let known = "flattens, pauses [bot], resumes [bot], stops, settles ORDER, transfers AMOUNT";
    let word = words.take(known)?;
    Ok(match word.as_str() {
        "flattens" => PersonAct::Flattens,
        "pauses" => PersonAct::Pauses(words.has("bot")),
        "resumes" => PersonAct::Resumes(words.has("bot")),
        "stops" => PersonAct::Stops,
        "settles" => PersonAct::Settles(name(words)?),
        "transfers" => PersonAct::Transfers(conditions::money(words)?),
        other => return Err(words.unknown(other, known)),
    })
}

/// An amount: whole units of the currency, and what follows the point.
pub(super) fn units(text: &str) -> Option<Money> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, cents) = digits.split_once('.').unwrap_or((digits, "0"));
    let (whole, places) = (whole.parse::<u32>().ok()?, u32::try_from(cents.len()).ok()?);
    let cents =
        i64::from(cents.parse::<u32>().ok()?).checked_mul(10_i64.checked_pow(6_u32.checked_sub(places)?)?)?;
    Some(Money(sign * i64::from(whole).checked_mul(Money::UNIT)?.checked_add(cents)?))
}
