//! Tests of the protocol: its description, both ends talking, and everything a bad bot can do to the host.
//!
//! No process is started: both ends are values.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use serde_json::{Value, json};
use stopline_kernel::bar::Bar;
use stopline_kernel::effect::BotEvent;
use stopline_kernel::intent::Wish;
use stopline_kernel::num::Lots;
use stopline_kernel::time::{ExchangeTime, Span};
use stopline_kernel::view::Decide;

use super::translate::{Party, event_from_wire, event_to_wire, intent_from_wire, intent_to_wire};
use super::wire::{BotSays, EngineSays};
use super::*;
use crate::cross::tests::{flat, seat};
use crate::indicators::walk;
use crate::parameters::Parameters;
use crate::registry;
use crate::strategy::Seated;

const DESCRIPTION: &str = include_str!("../../../../docs/bot-protocol.md");

fn parameters() -> Parameters {
    serde_json::from_value(json!({"fast": 3, "slow": 8, "atr": 5})).unwrap()
}

fn hello(bot: &str) -> Hello {
    Hello {
        bot: bot.into(),
        id: "bot-1".parse().unwrap(),
        symbol: seat().symbol,
        tick_size: seat().tick,
        bar_length: Span::secs(60),
        parameters: if bot == "cross" { parameters() } else { Parameters::new() },
    }
}

/// Both ends, past `ready`.
fn talk(bot: &str) -> (HostSide, BotSide) {
    let (mut host, line) = HostSide::new(&hello(bot), HostLimits::default()).unwrap();
    let mut side = BotSide::shipped();
    for line in side.line(&line).unwrap() {
        host.line(&line).unwrap();
    }
    assert!(host.is_ready());
    (host, side)
}

fn ready_host() -> HostSide {
    talk("cross").0
}

fn bar_event(bar: &Bar) -> BotEvent {
    BotEvent::Bar { bar: *bar, view: flat(bar) }
}

fn empty_answer(n: u64) -> String {
    json!({"v": 1, "type": "intents", "in_reply": n, "intents": []}).to_string()
}

/// The lines of the description's code blocks of one kind.
fn examples(kind: &str) -> Vec<&'static str> {
    let blocks = DESCRIPTION.split("```").skip(1).step_by(2);
    blocks
        .filter_map(|block| block.strip_prefix(kind))
        .flat_map(str::lines)
        .filter(|l| !l.is_empty())
        .collect()
}

fn types(lines: &[&str]) -> BTreeSet<String> {
    let kind =
        |line: &&str| serde_json::from_str::<Value>(line).unwrap()["type"].as_str().unwrap().to_string();
    lines.iter().map(kind).collect()
}

#[test]
fn every_message_of_the_engine_is_described_as_it_is_written() {
    let lines = examples("engine");
    let all = ["hello", "warm_up", "bar", "quote", "fill", "timer", "denied"];
    assert_eq!(types(&lines), all.map(String::from).into());
    let party = Party { bot: "cross-1".parse().unwrap(), symbol: seat().symbol };
    for line in lines {
        let (n, says) = line::read::<EngineSays>(line, MAX_ENGINE_LINE).unwrap();
        assert_eq!(n.is_none(), matches!(says, EngineSays::Hello(_)), "{line}");
        let again = match event_from_wire(says.clone(), party) {
            Ok(event) => event_to_wire(&event),
            Err(error) => {
                assert_eq!(error, ProtocolError::OutOfTurn("hello"));
                says
            }
        };
        assert_eq!(line::write(n, &again).unwrap(), line);
    }
}

#[test]
fn every_message_of_a_bot_is_described_as_it_is_read() {
    let lines = examples("bot");
    assert_eq!(types(&lines), ["ready", "intents", "state", "log"].map(String::from).into());
    let party = Party { bot: "cross-1".parse().unwrap(), symbol: seat().symbol };
    let mut wishes = BTreeSet::new();
    for line in lines {
        let (_, says) = line::read::<BotSays>(line, MAX_BOT_LINE).unwrap();
        let again = line::write(None, &says).unwrap();
        assert_eq!(line::read::<BotSays>(&again, MAX_BOT_LINE).unwrap().1, says);
        let BotSays::Intents { intents, .. } = says else { continue };
        for intent in intents {
            let kernel = intent_from_wire(intent.clone(), party).unwrap();
            assert_eq!(intent_to_wire(&kernel, party), Ok(intent));
            wishes.insert(match kernel.wish {
                Wish::Enter(_) => "enter",
                Wish::Exit => "exit",
                Wish::Cancel { .. } => "cancel",
                Wish::Modify { .. } => "modify",
                Wish::Hold => "hold",
            });
        }
    }
    assert_eq!(wishes.len(), 5, "an example of each wish");
}

#[test]
fn the_description_names_the_limits_of_the_code() {
    let limits = HostLimits::default();
    let named = [
        "at most 65 536 bytes".to_string(),
        "at most 1 024".to_string(),
        ["at most ", &limits.intents_per_answer.to_string(), " intents"].concat(),
        ["allows ", &limits.lines_per_event.to_string(), " lines"].concat(),
        ["lines of ", &limits.saved_events.to_string(), " events"].concat(),
    ];
    assert_eq!((MAX_BOT_LINE, MAX_TEXT, MAX_ENGINE_LINE), (65_536, 1_024, 16 << 20));
    for text in named {
        assert!(DESCRIPTION.contains(&text), "{text:?}");
    }
}

#[test]
fn a_bot_behind_the_protocol_decides_as_one_in_process() {
    let (mut host, mut side) = talk("cross");
    let mut seated = Seated::new(registry::build("cross", &parameters(), &seat()).unwrap());
    let bars = walk(21, 200);
    let (mut decided, mut states) = (0, 0);
    let mut events = vec![BotEvent::WarmUp { bars: bars[..50].to_vec(), state: None }];
    events.extend(bars[50..].iter().map(bar_event));
    for event in &events {
        let mut intents = None;
        for line in side.line(&host.event(event).unwrap()).unwrap() {
            match host.line(&line).unwrap() {
                Said::Intents { intents: got, .. } => intents = Some(got),
                Said::State(_) => states += 1,
                other => panic!("{other:?}"),
            }
        }
        let expected = seated.on(event);
        decided += expected.len();
        assert_eq!(intents.unwrap_or_default(), expected);
        assert_eq!(host.outstanding(), 0);
    }
    assert!(decided > 5 && states == 151, "{decided} decisions, {states} states");
}

#[test]
fn state_that_cannot_be_used_is_logged_and_history_is_used_alone() {
    let (mut host, mut side) = talk("cross");
    let event = BotEvent::WarmUp { bars: walk(1, 30), state: Some(Box::from("rubbish")) };
    let lines = side.line(&host.event(&event).unwrap()).unwrap();
    let said: Vec<Said> = lines.iter().map(|line| host.line(line).unwrap()).collect();
    assert!(matches!(&said[0], Said::Log(text) if text.contains("cannot be read")), "{said:?}");
    assert!(matches!(&said[1], Said::State(_)));
}

#[test]
fn state_is_handed_over_when_it_has_changed_only() {
    let (mut host, mut side) = talk("cross");
    let bar = walk(1, 1)[0];
    let timer = BotEvent::Timer { time: bar.end(), view: flat(&bar) };
    let counts = [&timer, &bar_event(&bar), &timer].map(|event| {
        let lines = side.line(&host.event(event).unwrap()).unwrap();
        lines.iter().filter(|line| matches!(host.line(line), Ok(Said::State(_)))).count()
    });
    assert_eq!(counts, [1, 1, 0]);
}

#[test]
fn a_bot_refuses_what_is_out_of_turn() {
    let (mut host, line) = HostSide::new(&hello("cross"), HostLimits::default()).unwrap();
    let bar = bar_event(&walk(1, 1)[0]);
    assert_eq!(host.event(&bar), Err(ProtocolError::OutOfTurn("event before ready")));
    let mut side = BotSide::shipped();
    let timer = r#"{"v":1,"n":1,"type":"quote","time_ns":0,"bid":null,"ask":null}"#;
    assert_eq!(side.line(timer), Err(ProtocolError::OutOfTurn("event before hello")));
    host.line(&side.line(&line).unwrap()[0]).unwrap();
    assert_eq!(side.line(&line), Err(ProtocolError::OutOfTurn("hello")));
    let first = host.event(&bar).unwrap();
    side.line(&first).unwrap();
    assert_eq!(side.line(&first), Err(ProtocolError::NumberRepeats(1)));
    assert_eq!(side.line(&first.replace("\"n\":1,", "")), Err(ProtocolError::NoNumber));
}

#[test]
fn a_hello_that_cannot_be_met_ends_in_last_words_the_host_can_read() {
    let (mut host, line) = HostSide::new(&hello("corss"), HostLimits::default()).unwrap();
    let error = BotSide::shipped().line(&line).unwrap_err();
    let Ok(Said::Log(text)) = host.line(&last_words(&error)) else { panic!("no log line") };
    assert!(text.starts_with("there is no bot `corss`"), "{text}");
    let long = ProtocolError::NotJson("ä".repeat(5_000));
    assert!(matches!(host.line(&last_words(&long)), Ok(Said::Log(_))));
}

#[test]
fn the_host_names_each_kind_of_damage() {
    let damage = |line: &str| ready_host().line(line).unwrap_err();
    assert!(matches!(damage("HELLO"), ProtocolError::NotJson(_)));
    assert!(matches!(damage("[1]"), ProtocolError::NotJson(_)));
    assert_eq!(damage(r#"{"type":"log","text":""}"#), ProtocolError::Version("null".into()));
    assert_eq!(damage(r#"{"v":2,"type":"log","text":""}"#), ProtocolError::Version("2".into()));
    assert!(matches!(damage(r#"{"v":1,"type":"dance"}"#), ProtocolError::NotAMessage(_)));
    assert!(matches!(damage(r#"{"v":1,"type":"log","text":"","x":1}"#), ProtocolError::NotAMessage(_)));
    let long = "x".repeat(MAX_BOT_LINE + 1);
    assert_eq!(damage(&long), ProtocolError::LineTooLong { len: MAX_BOT_LINE + 1, max: MAX_BOT_LINE });
    assert_eq!(damage(r#"{"v":1,"type":"ready"}"#), ProtocolError::OutOfTurn("ready"));
    let text = json!({"v": 1, "type": "log", "text": "x".repeat(MAX_TEXT + 1)}).to_string();
    assert_eq!(damage(&text), ProtocolError::TextTooLong { field: "text", len: MAX_TEXT + 1 });
}

#[test]
fn a_misspelt_or_impossible_intent_is_refused() {
    let answer = |change: fn(&mut Value), count: usize| {
        let mut host = ready_host();
        host.event(&bar_event(&walk(1, 1)[0])).unwrap();
        let mut intent = json!({
            "wish": {"type": "enter", "side": "buy", "lots": 1, "stop": 1, "target": 9},
            "reason": "r", "confidence_bps": 1, "bar_opens_at_ns": 0, "data_time_ns": 0,
        });
        change(&mut intent);
        let intents = vec![intent; count];
        host.line(&json!({"v": 1, "type": "intents", "in_reply": 1, "intents": intents}).to_string())
    };
    assert!(answer(|_| {}, 16).is_ok());
    assert_eq!(answer(|_| {}, 17), Err(ProtocolError::TooManyIntents { count: 17, max: 16 }));
    for change in [
        (|i: &mut Value| i["wish"]["tarjet"] = json!(9)) as fn(&mut Value),
        |i| i["wish"]["stop"] = Value::Null,
        |i| i["wish"]["stop"] = json!(1.5),
        |i| i["wish"] = json!({"type": "exit", "lots": 1}),
        |i| i["symbol"] = json!("ESZ6"),
    ] {
        assert!(matches!(answer(change, 1), Err(ProtocolError::NotAMessage(_))));
    }
    let sure = answer(|i| i["confidence_bps"] = json!(10_001), 1);
    assert_eq!(sure, Err(ProtocolError::OutOfRange { field: "confidence_bps", given: 10_001 }));
}

#[test]
fn text_of_a_bot_reaches_no_terminal_with_control_characters() {
    let line = json!({"v": 1, "type": "log", "text": "\u{1b}[2Jgone\n"}).to_string();
    assert_eq!(ready_host().line(&line), Ok(Said::Log("\u{fffd}[2Jgone\u{fffd}".into())));
}

#[test]
fn answers_come_once_in_order_and_to_no_bar_past_another() {
    let mut host = ready_host();
    let bars = walk(1, 3);
    host.event(&BotEvent::WarmUp { bars: vec![], state: None }).unwrap();
    for bar in &bars {
        host.event(&bar_event(bar)).unwrap();
    }
    host.event(&BotEvent::Denied { wish: Wish::Exit, rule: "halted".into() }).unwrap();
    assert_eq!((host.outstanding(), host.oldest_unanswered(), host.last_sent()), (3, Some(2), 5));
    assert_eq!(host.line(&empty_answer(1)), Err(ProtocolError::Unasked(1)), "a warm-up");
    assert!(host.line(&empty_answer(2)).is_ok());
    assert_eq!(host.line(&empty_answer(2)), Err(ProtocolError::Unasked(2)));
    assert_eq!(host.line(&empty_answer(6)), Err(ProtocolError::Unasked(6)), "not sent yet");
    assert_eq!(host.line(&empty_answer(4)), Err(ProtocolError::Skipped { in_reply: 4, bar: 3 }));
    assert!(host.line(&empty_answer(3)).is_ok());
    assert!(host.line(&empty_answer(4)).is_ok());
    assert_eq!((host.outstanding(), host.oldest_unanswered()), (0, None));
    assert_eq!(host.line(&empty_answer(5)), Err(ProtocolError::Unasked(5)), "a denial");
}

#[test]
fn a_flood_is_named_and_a_busy_bot_is_none() {
    let log = r#"{"v":1,"type":"log","text":"more"}"#;
    let limits = HostLimits { lines_per_event: 4, saved_events: 2, ..HostLimits::default() };
    let (mut host, _) = HostSide::new(&hello("cross"), limits).unwrap();
    host.line(r#"{"v":1,"type":"ready"}"#).unwrap();
    let quote = |i| BotEvent::Quote { time: ExchangeTime(i), bbo: stopline_kernel::market::Bbo::default() };
    for i in 0..100 {
        host.event(&quote(i)).unwrap();
        for _ in 0..4 {
            host.line(log).unwrap();
        }
    }
    for i in 0..100 {
        host.event(&quote(i)).unwrap();
    }
    let told = (0..100).take_while(|_| host.line(log).is_ok()).count();
    assert_eq!(told, 8, "the lines of two events can be saved up");
    assert_eq!(host.line(log), Err(ProtocolError::Flood { lines_per_event: 4 }));
}

#[test]
fn no_line_panics_either_end() {
    let seeds: Vec<&str> = examples("engine").into_iter().chain(examples("bot")).collect();
    for line in seeds {
        for at in (0..line.len()).filter(|at| line.is_char_boundary(*at)) {
            let (head, tail) = line.split_at(at);
            let damaged =
                [head.to_string(), [head, "9", tail].concat(), [head, tail.get(1..).unwrap_or("")].concat()];
            for damaged in damaged {
                let _ = idle_host().line(&damaged);
                let _ = BotSide::shipped().line(&damaged);
            }
        }
    }
}

/// A host whose bot is ready and has been told one event.
fn idle_host() -> HostSide {
    let (mut host, _) = HostSide::new(&hello("cross"), HostLimits::default()).unwrap();
    host.line(r#"{"v":1,"type":"ready"}"#).unwrap();
    host.event(&BotEvent::Timer { time: ExchangeTime(0), view: flat(&walk(1, 1)[0]) }).unwrap();
    host
}

#[test]
fn views_and_orders_survive_the_line() {
    let bar = walk(1, 1)[0];
    let view = stopline_kernel::view::View { position: Lots(-2), ..flat(&bar) };
    let party = Party { bot: "bot-1".parse().unwrap(), symbol: seat().symbol };
    let event = BotEvent::Bar { bar, view };
    assert_eq!(event_from_wire(event_to_wire(&event), party), Ok(event));
}

#[cfg(feature = "test-bots")]
mod bad {
    use super::*;

    /// What the host makes of a bad bot's answer to its first bar.
    fn first_bar(bot: &str) -> (HostSide, Result<Vec<Said>, ProtocolError>) {
        let (mut host, mut side) = talk(bot);
        let line = host.event(&bar_event(&walk(1, 1)[0])).unwrap();
        let lines = side.line(&line).unwrap();
        let said = lines.iter().map(|line| host.line(line)).collect();
        (host, said)
    }

    #[test]
    fn the_staller_leaves_its_bar_outstanding() {
        let (host, said) = first_bar("staller");
        assert_eq!((said, host.oldest_unanswered()), (Ok(vec![]), Some(1)));
    }

    #[test]
    fn the_flooder_is_cut_off_and_the_shouter_is_no_bot() {
        assert_eq!(first_bar("flooder").1, Err(ProtocolError::Flood { lines_per_event: 32 }));
        assert!(matches!(first_bar("shouter").1, Err(ProtocolError::NotJson(_))));
    }

    #[test]
    #[should_panic(expected = "the crasher crashes at bar 1")]
    fn the_crasher_crashes() {
        let _ = first_bar("crasher");
    }
}
