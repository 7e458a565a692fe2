//! What the exchange answers to questions: the account, one order, the book, finished bars.
//!
//! It only reads. An answer is to whoever asked, and tells nobody else anything.

use stopline_kernel::id::{AccountId, Symbol};
use stopline_venues::paper::wire::{BarMessage, ClientMessage, OrderMessage, VenueMessage, WorthMessage};

use crate::account::{Account, Order};
use crate::book::Owner;
use crate::fact::ExecNo;
use crate::paper::{Exchange, MAX_BARS};
use crate::phase::Phase;
use crate::translate;

impl Exchange {
    pub(crate) fn answer(&self, account: AccountId, question: ClientMessage) -> Option<VenueMessage> {
        let (desk, time) = (self.floor().desk(), self.floor().now().0);
        let held: &Account = desk.accounts().get(&account)?;
        let (positions, cash) = (translate::positions(desk, held), held.cash.0);
        match question {
            ClientMessage::Snapshot { request } => self.snapshot(account, request, ExecNo(0)),
            ClientMessage::Book { request } => {
                let all = held.orders.iter().filter_map(|no| desk.order(*no).ok());
                let orders = all.map(|order| self.told(order)).collect();
                let executions = translate::executions(desk, held, |_| true);
                let (phases, worth) = (self.phases(), self.told_worth(account));
                Some(VenueMessage::Book { request, time, orders, executions, positions, cash, worth, phases })
            }
            ClientMessage::OrderStatus { request, cl_ord_id } => {
                let order = cl_ord_id.parse().ok().and_then(|id| desk.find(account, id));
                let found = order.map(|o| self.told(o));
                let executions =
                    translate::executions(desk, held, |t| order.is_some_and(|o| o.no == t.order));
                Some(VenueMessage::OrderStatus { request, cl_ord_id, found, executions })
            }
            ClientMessage::History { request, symbol, seconds, bars } => {
                let bars = self.history(&symbol, seconds, bars);
                Some(VenueMessage::History { request, symbol, seconds, bars })
            }
            _ => None,
        }
    }

    /// What the account is worth, where any of its contracts asks for margin.
    fn told_worth(&self, account: AccountId) -> Option<WorthMessage> {
        let asks = self.floor().desk().instruments().any(|i| i.margin.is_some());
        self.floor().worth(account).filter(|_| asks).map(translate::worth)
    }

    /// The contracts that do not trade as ever. Limits that the rules have every day are nothing new.
    fn phases(&self) -> Vec<(String, String)> {
        let desk = self.floor().desk();
        let otherwise = |symbol| {
            let (set, ruled) = (desk.set(symbol), desk.ruled(symbol).phase);
            if set == Phase::Open {
                Some(ruled).filter(|phase| !phase.trades())
            } else {
                Some(set.and(ruled))
            }
        };
        let all = desk.instruments().filter_map(|i| Some((i.symbol.to_string(), otherwise(i.symbol)?)));
        all.map(|(symbol, phase)| (symbol, phase.word().to_owned())).collect()
    }

    /// An order, with its place in the queue. In a recorded market that is not known.
    fn told(&self, order: &Order) -> OrderMessage {
        let market = self.floor().market(order.spec.symbol).filter(|m| !m.is_recorded());
        let ahead = market.and_then(|m| m.book.ahead(Owner::Client(order.no)));
        OrderMessage { ahead: ahead.map(|lots| lots.0), ..translate::order(self.floor().desk(), order) }
    }

    /// The whole account, with its executions after one of them.
    pub fn snapshot(&self, account: AccountId, request: u64, after: ExecNo) -> Option<VenueMessage> {
        let (desk, time) = (self.floor().desk(), self.floor().now().0);
        let held: &Account = desk.accounts().get(&account)?;
        let working = desk.live_orders().filter(|o| o.account == account);
        let working = working.map(|order| self.told(order)).collect();
        // They stand in the order of their numbers: those of before are not even looked at.
        let known = held.executions.partition_point(|t| t.exec <= after);
        let newer = held.executions.get(known..).unwrap_or_default();
        let executions = newer.iter().map(|trade| translate::execution(desk, trade)).collect();
        let (positions, cash) = (translate::positions(desk, held), held.cash.0);
        let (busted, worth) = (Vec::new(), self.told_worth(account));
        Some(VenueMessage::Snapshot { request, time, working, positions, executions, busted, cash, worth })
    }

    fn history(&self, symbol: &str, seconds: u32, bars: u32) -> Vec<BarMessage> {
        let market = symbol.parse::<Symbol>().ok().and_then(|s| self.floor().market(s));
        let count = usize::try_from(bars).unwrap_or(MAX_BARS).min(MAX_BARS);
        let Some(market) = market else { return Vec::new() };
        let done = market.bars.finished(seconds, count, self.floor().now());
        done.iter().map(|bar| translate::bar(&market.instrument, bar)).collect()
    }
}
