//! Tests of the cross: each rule by example, and that a restart changes no decision.
//!
//! No example reads the bot's insides: wishes alone are compared.

use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use serde_json::json;
use stopline_kernel::halt::Level;
use stopline_kernel::instrument::TickSize;
use stopline_kernel::intent::{Entry, Wish};
use stopline_kernel::num::{Bps, Lots, Ticks};
use stopline_kernel::time::Span;

use super::*;
use crate::indicators::walk;

/// MES on bars of one minute.
pub(crate) fn seat() -> Seat {
    Seat {
        symbol: "MESZ6".parse().unwrap(),
        tick: TickSize { mantissa: 25, scale: 2 },
        bar_length: Span::secs(60),
    }
}

/// A flat view at the end of `bar`.
pub(crate) fn flat(bar: &Bar) -> View {
    View {
        time: bar.end(),
        symbol: seat().symbol,
        bbo: None,
        last: Some(bar.close),
        position: Lots(0),
        average: None,
        orders: Vec::new(),
        level: Level::Running,
    }
}

pub(super) fn cross(parameters: serde_json::Value) -> Cross {
    let parameters = serde_json::from_value(parameters).unwrap();
    Cross::new(CrossParameters::read(&parameters).unwrap(), seat())
}

/// Fast 1, slow 2: fast is above slow exactly when the close rose.
pub(super) fn quick() -> Cross {
    cross(json!({"fast": 1, "slow": 2, "stop": "8 ticks", "target": "16 ticks", "atr": 2}))
}

pub(super) fn bars(closes: &[i64]) -> Vec<Bar> {
    let numbered = walk(1, closes.len()).into_iter().zip(closes);
    numbered
        .map(|(bar, c)| Bar { open: Ticks(*c), high: Ticks(*c), low: Ticks(*c), close: Ticks(*c), ..bar })
        .collect()
}

/// Feeds all but the last bar while flat; gives what the last one brings under `view`.
pub(super) fn last(
    bot: &mut Cross,
    closes: &[i64],
    view: impl FnOnce(View) -> View,
) -> Option<(Wish, alloc::string::String)> {
    let bars = bars(closes);
    let (end, before) = bars.split_last().unwrap();
    bot.warm_up(before);
    one(bot, end, view(flat(end)))
}

pub(super) fn one(bot: &mut Cross, bar: &Bar, view: View) -> Option<(Wish, alloc::string::String)> {
    let intents = bot.on_bar(bar, &view);
    assert!(intents.len() <= 1);
    intents.into_iter().next().map(|intent| (intent.wish, intent.reason.to_string()))
}

pub(super) fn wish(of: Option<(Wish, alloc::string::String)>) -> Option<Wish> {
    of.map(|(wish, _)| wish)
}

pub(super) fn enter(side: Side, stop: i64, target: i64) -> Wish {
    Wish::Enter(Entry { side, lots: Lots(1), limit: None, stop: Ticks(stop), target: Some(Ticks(target)) })
}

fn positioned(lots: i64) -> impl FnOnce(View) -> View {
    move |view| View { position: Lots(lots), ..view }
}

#[test]
fn a_cross_enters_with_stop_and_target() {
    let up = last(&mut quick(), &[100, 99, 102], |v| v);
    let reason = "fast 25.50 crossed above slow 25.13".to_string();
    assert_eq!(up, Some((enter(Side::Buy, 94, 118), reason)));
    assert_eq!(wish(last(&mut quick(), &[100, 101, 99], |v| v)), Some(enter(Side::Sell, 107, 83)));
}

#[test]
fn leaving_equality_is_a_cross_and_staying_above_is_none() {
    assert_eq!(wish(last(&mut quick(), &[100, 100, 102], |v| v)), Some(enter(Side::Buy, 94, 118)));
    assert_eq!(last(&mut quick(), &[100, 101, 102], |v| v), None);
    assert_eq!(last(&mut quick(), &[100, 101, 101], |v| v), None);
}

#[test]
fn the_first_bar_with_both_averages_is_no_cross() {
    assert_eq!(last(&mut quick(), &[100, 102], |v| v), None);
}

#[test]
fn the_intent_says_what_it_was_derived_from() {
    let mut bot = quick();
    let bars = bars(&[100, 99, 102]);
    bot.warm_up(&bars[..2]);
    let intent = &bot.on_bar(&bars[2], &flat(&bars[2]))[0];
    assert_eq!((intent.bar_open, intent.data_time, intent.sequence), (bars[2].open_time, bars[2].end(), 0));
    // The averages are 1.5 apart; the ATR is ((0 + 1) / 2 + 3) / 2 = 1.75.
    assert_eq!(intent.confidence, Bps(8_571));
}

#[test]
fn an_opposite_cross_exits_and_the_next_bar_reverses() {
    let mut bot = quick();
    let bars = bars(&[100, 101, 99, 98, 97]);
    bot.warm_up(&bars[..2]);
    let exit = one(&mut bot, &bars[2], positioned(1)(flat(&bars[2])));
    assert_eq!(exit, Some((Wish::Exit, "fast 24.75 is below slow 25.00 while long".into())));
    assert_eq!(wish(one(&mut bot, &bars[3], flat(&bars[3]))), Some(enter(Side::Sell, 106, 82)));
    assert_eq!(one(&mut bot, &bars[4], flat(&bars[4])), None);
}

#[test]
fn a_reversal_waits_one_bar_only_and_needs_the_averages_to_hold() {
    let mut bot = quick();
    let bars = bars(&[100, 101, 99, 98, 97]);
    bot.warm_up(&bars[..2]);
    for bar in &bars[2..4] {
        assert_eq!(wish(one(&mut bot, bar, positioned(1)(flat(bar)))), Some(Wish::Exit));
    }
    assert_eq!(one(&mut bot, &bars[4], flat(&bars[4])), None, "the cross is two bars old");

    let mut bot = quick();
    let bars = self::bars(&[100, 101, 99, 99]);
    bot.warm_up(&bars[..2]);
    assert_eq!(wish(one(&mut bot, &bars[2], positioned(1)(flat(&bars[2])))), Some(Wish::Exit));
    assert_eq!(one(&mut bot, &bars[3], flat(&bars[3])), None, "the averages are equal again");
}

#[test]
fn a_cross_missed_while_down_still_ends_the_position() {
    assert_eq!(wish(last(&mut quick(), &[101, 100, 99, 98], positioned(1))), Some(Wish::Exit));
}

#[test]
fn obstacles_hold_with_their_reason() {
    let held = |parameters, view: &dyn Fn(View) -> View| {
        last(&mut cross(parameters), &[100, 99, 102], view).unwrap()
    };
    let plain = || json!({"fast": 1, "slow": 2, "stop": "8 ticks", "target": "16 ticks", "atr": 2});
    let because = |why: &str| (Wish::Hold, ["fast 25.50 crossed above slow 25.13, but ", why].concat());
    assert_eq!(held(plain(), &|v| View { level: Level::Halted, ..v }), because("halted"));
    let reduce = held(plain(), &|v| View { level: Level::ReduceOnly, ..v });
    assert_eq!(reduce, because("only reducing is allowed"));
    assert_eq!(held(plain(), &|v| View { position: Lots(1), ..v }), because("already in this position"));
    let no_long = json!({"fast": 1, "slow": 2, "stop": "8 ticks", "target": "16 ticks", "allow_long": false});
    assert_eq!(held(no_long, &|v| v), because("this side is not allowed"));
    assert_eq!(held(json!({"fast": 1, "slow": 2}), &|v| v), because("too few bars for the ATR"));
}

#[test]
fn atr_distances_are_whole_ticks() {
    let mut bot = cross(json!({"fast": 1, "slow": 2, "stop": "2 atr", "target": "0.1 atr", "atr": 2}));
    // The ATR is 1.75: 3.5 rounds up to 4, 0.175 is held at 1.
    assert_eq!(wish(last(&mut bot, &[100, 99, 102], |v| v)), Some(enter(Side::Buy, 98, 103)));
}

#[test]
fn a_bar_counts_once() {
    let mut bot = quick();
    let bars = bars(&[100, 99, 102]);
    bot.warm_up(&bars);
    let before = bot.clone();
    assert!(bot.on_bar(&bars[2], &flat(&bars[2])).is_empty());
    assert_eq!(bot, before);
}

#[test]
fn state_that_history_does_not_reach_back_to_is_dropped() {
    let bars = walk(9, 60);
    let mut saved = quick();
    saved.warm_up(&bars[..20]);
    let mut bot = quick();
    bot.restore(&saved.save().unwrap()).unwrap();
    bot.warm_up(&bars[25..60]);
    let mut fresh = quick();
    fresh.warm_up(&bars[25..60]);
    assert_eq!(bot, fresh);
}

#[test]
fn state_of_other_parameters_or_versions_is_refused_and_changes_nothing() {
    let state = quick().save().unwrap();
    let mut other = cross(json!({}));
    let before = other.clone();
    assert_eq!(other.restore(&state), Err(StateError::OtherParameter("fast")));
    let newer = state.replace("\"version\":1", "\"version\":2");
    assert_eq!(other.restore(&newer), Err(StateError::OtherVersion(2)));
    assert!(matches!(other.restore("{"), Err(StateError::Unreadable(_))));
    assert_eq!(other, before);
}

/// A crude account: entries and exits trade at the close, stop and target on a later bar's range.
#[derive(Default)]
pub(super) struct Account {
    entry: Option<Entry>,
}

impl Account {
    pub(super) fn view(&mut self, bar: &Bar) -> View {
        let out = self.entry.filter(|e| {
            let (low, high) = (e.stop.min(e.target.unwrap()), e.stop.max(e.target.unwrap()));
            bar.low <= low || bar.high >= high
        });
        if out.is_some() {
            self.entry = None;
        }
        let position = self.entry.map_or(Lots(0), |e| e.side.signed(e.lots).unwrap());
        View { position, ..flat(bar) }
    }

    pub(super) fn take(&mut self, intents: &[Intent]) {
        for intent in intents {
            match intent.wish {
                Wish::Enter(entry) => self.entry = Some(entry),
                Wish::Exit => self.entry = None,
                _ => {}
            }
        }
    }
}

/// Runs over all bars; before bar `cut` the bot dies and comes back from its state and `history` bars.
fn run(bars: &[Bar], make: fn() -> Cross, cut: Option<(usize, usize)>) -> Vec<Intent> {
    let (mut bot, mut account, mut all) = (make(), Account::default(), vec![]);
    for (i, bar) in bars.iter().enumerate() {
        if let Some((at, history)) = cut
            && at == i
        {
            let state = bot.save().unwrap();
            bot = make();
            bot.restore(&state).unwrap();
            bot.warm_up(&bars[at.saturating_sub(history)..at]);
        }
        let intents = bot.on_bar(bar, &account.view(bar));
        account.take(&intents);
        all.extend(intents);
    }
    all
}

#[test]
fn a_restart_at_any_bar_changes_no_decision() {
    let make = || cross(json!({"fast": 3, "slow": 8, "stop": "1.5 atr", "target": "2 atr", "atr": 5}));
    for seed in 0..20 {
        let bars = walk(seed, 150);
        let whole = run(&bars, make, None);
        let enters = whole.iter().filter(|i| matches!(i.wish, Wish::Enter(_))).count();
        assert!(enters > 3, "seed {seed}: a walk that trades {enters} times proves nothing");
        for cut in 1..150 {
            for history in [1, 4, 60] {
                assert_eq!(
                    run(&bars, make, Some((cut, history))),
                    whole,
                    "seed {seed}, cut {cut}, {history} bars"
                );
            }
        }
    }
}

#[test]
fn bars_missed_while_down_are_taken_in_without_a_decision() {
    let bars = walk(11, 90);
    let mut awake = quick();
    awake.warm_up(&bars[..40]);
    let mut bot = quick();
    bot.restore(&awake.save().unwrap()).unwrap();
    bot.warm_up(&bars[30..80]);
    awake.warm_up(&bars[..80]);
    assert_eq!(bot, awake);
}
