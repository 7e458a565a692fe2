//! What stands bare at the exchange itself, whatever the engine believes of it.
//!
//! It reads the exchange's own book only: no report, no ledger, no belief.

use stopline_exchange::desk::Desk;
use stopline_exchange::kind::Kind;
use stopline_kernel::id::{AccountId, Symbol};
use stopline_kernel::num::Side;

/// Whether an account holds more lots than stops of its could close there, as they wait to be set off.
pub(crate) fn stands_bare(desk: &Desk, account: AccountId, symbol: Symbol) -> bool {
    let held = desk.accounts().get(&account).and_then(|a| a.positions.get(&symbol)).map(|p| p.lots);
    let Some((held, side)) = held.and_then(|held| Some((held, Side::reducing(held)?))) else { return false };
    let stops = desk.live_orders().filter(|o| {
        (o.account, o.spec.symbol, o.spec.side) == (account, symbol, side)
            && matches!(o.acts_as(), Kind::Stop(_))
            && o.cum.is_zero()
    });
    stops.map(|o| o.left().0).sum::<i64>() < held.size().0
}

#[cfg(test)]
mod tests {
    use stopline_exchange::fact::{ExecNo, Fact, OrderNo, Spec};
    use stopline_kernel::num::{Lots, Money, Ticks};
    use stopline_kernel::time::ExchangeTime;

    use super::*;
    use crate::scene;

    const TIME: ExchangeTime = ExchangeTime(0);

    fn placed(no: u64, side: Side, kind: Kind) -> [Fact; 2] {
        let cl_ord_id = format!("T{no}").parse().unwrap();
        let (order, account) = (OrderNo(no), scene::account());
        let spec = Spec { cl_ord_id, symbol: scene::symbol(), side, lots: Lots(2), kind };
        let placed = Fact::Placed { time: TIME, account, order, spec, parent: None };
        [placed, Fact::Accepted { time: TIME, order, worth: Lots(2) }]
    }

    fn traded(no: u64, exec: u64, lots: i64) -> Fact {
        let (order, exec, price) = (OrderNo(no), ExecNo(exec), Ticks(100));
        Fact::Traded { time: TIME, order, exec, lots: Lots(lots), price, fee: Money::ZERO }
    }

    #[test]
    fn only_a_stop_that_can_still_be_set_off_covers_its_lots() {
        let mut desk = Desk::new(vec![scene::contract()]);
        let mut after = |facts: &[Fact]| {
            facts.iter().for_each(|fact| desk.apply(fact).unwrap());
            stands_bare(&desk, scene::account(), scene::symbol())
        };
        assert!(!after(&[Fact::Opened { account: scene::account(), cash: Money::ZERO }]), "nothing is held");
        let entry = placed(1, Side::Buy, Kind::Market);
        assert!(after(&[&entry[..], &[traded(1, 1, 2)]].concat()), "no stop");
        assert!(after(&placed(2, Side::Buy, Kind::Stop(Ticks(90)))), "a stop on the wrong side");
        assert!(after(&placed(3, Side::Sell, Kind::Limit(Ticks(110)))), "a target is no stop");
        assert!(!after(&placed(4, Side::Sell, Kind::Stop(Ticks(90)))), "a stop for all of it");
        assert!(after(&[traded(4, 2, 1)]), "what is left of a stop that was set off");
        let end = Fact::Canceled { time: TIME, order: OrderNo(4), reason: "test".into() };
        assert!(after(&[end]), "a stop that has ended");
        assert!(!after(&[traded(3, 3, 1)]), "nothing is held any more");
    }
}
