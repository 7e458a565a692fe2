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
