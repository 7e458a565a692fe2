//! A story with every kind of record in it. It never needs changing for a test: a new kind is added at its end.

use stopline_kernel::halt::{Halt, HaltCause, Level, Scope, Until};
use stopline_kernel::id::BrokerOrderId;
use stopline_kernel::incident::{Incident, IncidentKind};
use stopline_kernel::input::{Command, CommandKind};
use stopline_kernel::intent::Leg;
use stopline_kernel::limits::{SizedBy, Sizing};
use stopline_kernel::num::{Bps, Lots, Money, Side, Ticks};
use stopline_kernel::order::{NewOrder, OrderKind};
use stopline_kernel::record::{
    Allocation, Bust, Closing, Fill, Record, Recovery, RecoveryStep, StreamChange, Undone,
};
use stopline_kernel::report::Stream;
use stopline_kernel::risk::{Check, Denial, Measure};
use stopline_kernel::table::{Ask, Life, OrderEvent};

use crate::fixture::{Story, bot, mes, stamp};

/// Every kind of record at least once, with a snapshot in the middle.
pub(crate) fn every_kind() -> Story {
    let mut story = Story::begun();
    story.push(stream(true));
    story.push(Record::BotChanged { bot: bot(), up: true, why: "ready".into() });
    let key = story.trade(Side::Buy, 2);
    replaced(&mut story, key.cl_ord_id(Leg::Target, 0), key.cl_ord_id(Leg::Target, 1));
    story.push(Record::BotSaved { bot: bot(), state: r#"{"fast":"5871.25"}"#.into() });
    story.snapshot();
    troubled(&mut story);
    story.filled(Some(key.cl_ord_id(Leg::Target, 0)), Side::Sell, 1, 23_550);
    closed(&mut story);
    story.push(stream(false));
    story.push(taken_back(&story));
    story.filled(None, Side::Sell, 1, 23_551);
    story.push(Record::Allocated(Box::new(Allocation {
        to: bot(),
        symbol: mes(),
        side: Side::Sell,
        lots: Lots(1),
        price: Ticks(23_551),
        position: Lots(1),
        external: Lots(0),
        realised: Money(78_750_000),
    })));
    let (who, why) = ("ann".into(), "margin for the week".into());
    story.push(Record::Transferred { amount: Money(-120_500_000), who, why });
    story.push(Record::RecoveryMoved(Box::new(Recovery {
        step: RecoveryStep::Cleared,
        evidence: "nothing that could open works any more".into(),
        since: stamp(50),
    })));
    let check = Check {
        rule: Denial::PastFlat,
        value: Measure::Holds(true),
        limit: Measure::Holds(true),
        passed: true,
    };
    story.push(Record::StrayCancelAsked {
        closing: 1,
        order_id: BrokerOrderId("O-900".into()),
        symbol: mes(),
        checks: vec![check],
    });
    story.push(Record::Agreed { evidence: "position 1 = 1, cash 50103.14 = 50103.14".into() });
    story.push(Record::EquityRose { equity: Money(50_103_140_000) });
    let by = Sizing { bot: bot(), by: SizedBy::Risk(Bps(50)), confidence: true };
    story.push(Record::Sized { key, wished: Lots(3), lots: Lots(2), by });
    story
}

fn stream(up: bool) -> Record {
    let live = vec![];
    let positions = vec![(bot(), mes(), Lots(2), Lots(2))];
    let why = "it's \"up\" or\nnot: é".into();
    Record::StreamChanged(Box::new(StreamChange {
        stream: Stream::Orders,
        epoch: 1,
        up,
        why,
        live,
        positions,
    }))
}

fn replaced(story: &mut Story, root: stopline_kernel::id::ClOrdId, next: stopline_kernel::id::ClOrdId) {
    story.moved(root, OrderEvent::Accepted, Life::Working, Ask::Nothing);
    let to = NewOrder {
        cl_ord_id: next,
        leg: Leg::Target,
        symbol: mes(),
        side: Side::Sell,
        lots: Lots(2),
        kind: OrderKind::Limit(Ticks(23_550)),
    };
    story.push(Record::ReplaceAsked { root, to, checks: vec![] });
    story.moved(root, OrderEvent::ReplaceAsked, Life::Working, Ask::ReplacePending);
    story.moved(root, OrderEvent::ReplaceDone, Life::Working, Ask::Nothing);
}

fn troubled(story: &mut Story) {
    let (what, why) = (CommandKind::Pause(Some(bot())), "news at three".into());
    story.push(Record::Commanded(Box::new(Command { id: 1, who: "ann".into(), why, what })));
    for (scope, cause) in
        [(Scope::Bot(bot()), HaltCause::Operator), (Scope::Account, HaltCause::Disagreement)]
    {
        for level in [Level::ReduceOnly, Level::Halted] {
            let (who, why) = ("ann".into(), "news at three".into());
            let since = stamp(story.state.seq);
            story.push(Record::HaltSet(Box::new(Halt {
                scope,
                level,
                cause,
                who,
                why,
                since,
                until: Until::Person,
            })));
        }
    }
    let (scope, cause) = (Scope::Account, HaltCause::Disagreement);
    story.push(Record::HaltLifted { scope, cause, who: "ann".into(), why: "looked at it".into() });
    for (number, kind) in [(1, IncidentKind::ForeignOrder), (2, IncidentKind::Unreadable)] {
        let (evidence, next) = ("ours 2, theirs 1".into(), "stopline orders".into());
        let since = stamp(story.state.seq);
        story.push(Record::IncidentOpened(Box::new(Incident { number, kind, evidence, next, since })));
    }
    story.push(Record::IncidentClosed { number: 1, how: "it was ours after all".into() });
}

/// The fill of the target, taken back: the venue says it never was.
fn taken_back(story: &Story) -> Record {
    let fill = story.entries.iter().rev().find_map(|entry| match &entry.record {
        Record::Filled(fill) => Some((**fill).clone()),
        _ => None,
    });
    let Fill { execution, root, bot, realised, fee, .. } = fill.unwrap();
    let (symbol, position, realised) = (execution.symbol, Lots(2), Money(-realised.0 + 62_500_000));
    let undone = Some(Undone { root, bot, symbol, position, realised, fee });
    let payload = Some(r#"{"what":"busted"}"#.into());
    Record::Busted(Box::new(Bust { exec: execution.exec_id, by: None, undone, payload }))
}

fn closed(story: &mut Story) {
    let live: Vec<_> = story.state.live.iter().copied().collect();
    let root = live[0];
    let (life, ask, event) = (Life::Canceled, Ask::Nothing, OrderEvent::Sent);
    story.push(Record::Impossible { root, life, ask, event, payload: Some("{}".into()) });
    story.push(Record::ClosingBegan(Box::new(Closing {
        number: 1,
        bot: bot(),
        symbol: mes(),
        cause: "exit".into(),
        command: None,
        steps: 0,
        since: stamp(story.state.seq),
    })));
    story.push(Record::ClosingEnded { number: 1, evidence: "snapshot of 14:31:02 has no position".into() });
}
