//! The bot protocol, both ends: what a bot's process could write to the engine, and what a broken engine could write to a
//! bot. Nothing a bot says may do more than end that bot.

use stopline_bots::protocol::{BotSide, Hello, HostLimits, HostSide, MAX_BOT_LINE, Said};
use stopline_kernel::bar::Bar;
use stopline_kernel::effect::BotEvent;
use stopline_kernel::halt::Level;
use stopline_kernel::id::Symbol;
use stopline_kernel::instrument::TickSize;
use stopline_kernel::num::{Lots, Ticks};
use stopline_kernel::time::{ExchangeTime, Span};
use stopline_kernel::view::View;

/// Events told before the bot's first line, so that there is something to answer.
pub const TOLD: usize = 8;

fn symbol() -> Symbol {
    Symbol::from_static("MESZ6")
}

/// What the target's bot is told first.
pub fn hello(bot: &str) -> Hello {
    Hello {
        bot: bot.into(),
        id: "bot-1".parse().unwrap(),
        symbol: symbol(),
        tick_size: TickSize { mantissa: 25, scale: 2 },
        bar_length: Span::secs(60),
        parameters: serde_json::from_str(r#"{"fast": 3, "slow": 8, "atr": 5}"#).unwrap(),
    }
}

/// The bar of this number, with what the bot may see.
pub fn bar(n: usize) -> BotEvent {
    let n = i64::try_from(n).unwrap();
    let (open_time, length) = (ExchangeTime(0).plus(Span::secs(60 * n)), Span::secs(60));
    let price = Ticks(23_500 + n % 7);
    let (open, high, low, close) = (price, price, price, price);
    let bar = Bar { open_time, length, open, high, low, close, volume: Lots(1) };
    let view = View {
        time: open_time.plus(length),
        symbol: symbol(),
        bbo: None,
        last: Some(price),
        position: Lots::ZERO,
        average: None,
        orders: Vec::new(),
        level: Level::Running,
    };
    BotEvent::Bar { bar, view }
}

/// What a bot's process writes: its lines, until the first that ends it.
pub fn host(bytes: &[u8]) -> usize {
    let limits = HostLimits::default();
    let (mut host, _) = HostSide::new(&hello("cross"), limits).unwrap();
    let mut owed = 0;
    for (understood, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let Ok(text) = std::str::from_utf8(line) else { return understood };
        let before = host.outstanding();
        let Ok(said) = host.line(text) else { return understood };
        assert!(line.len() <= MAX_BOT_LINE, "a line over the limit is read");
        match said {
            Said::Ready { .. } => {
                for n in 0..TOLD {
                    host.event(&bar(n)).unwrap();
                }
                owed = TOLD;
            }
            Said::Intents { in_reply, intents } => {
                assert!(intents.len() <= limits.intents_per_answer && in_reply <= host.last_sent());
                assert!(intents.iter().all(|intent| intent.symbol == symbol()), "another's contract");
                assert!(host.outstanding() < before, "an answer settles a bar");
                owed -= 1;
            }
            Said::State(_) | Said::Log(_) => assert_eq!(host.outstanding(), before, "nothing was answered"),
        }
        assert_eq!(host.outstanding(), owed, "every bar is answered once");
    }
    bytes.split(|byte| *byte == b'\n').count()
}

/// What an engine writes to a shipped bot: its lines, until the first that ends the bot.
pub fn side(bytes: &[u8]) -> usize {
    let mut side = BotSide::shipped();
    for (understood, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let Ok(text) = std::str::from_utf8(line) else { return understood };
        let Ok(lines) = side.line(text) else { return understood };
        for written in &lines {
            assert!(
                written.len() <= MAX_BOT_LINE && !written.contains('\n'),
                "no line that the engine reads"
            );
        }
        let is = |word: &str, line: &str| {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            value.get("type").and_then(serde_json::Value::as_str) == Some(word)
        };
        let answers = lines.iter().filter(|line| is("intents", line)).count();
        assert!(answers <= 1 && (answers == 1 || !is("bar", text)), "a bar has one answer");
    }
    bytes.split(|byte| *byte == b'\n').count()
}
