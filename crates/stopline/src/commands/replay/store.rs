//! A store of tapes as the source of a replay: minute bars at once, ticks as they are needed.
//!
//! It never mixes kinds that the person did not ask for: bars where there are bars, else trades and quotes together.

use stopline_kernel::market::Tick;
use stopline_kernel::time::{ExchangeTime, Span};
use stopline_replay::Row;
use stopline_tape::store::{Store, StoreError, Typed};
use stopline_tape::{Kind, Length};

use super::tape::{Rows, Tape, before, range};
use super::{Arguments, Of};
use crate::commands::venue::plan;
use crate::exit::Failure;

const BARS: Kind = Kind::Bars(Length::MINUTE);

/// Reads a store.
pub(super) fn read(arguments: &Arguments) -> Result<Tape, Failure> {
    let store = Store::open(&arguments.tape).map_err(wrong)?;
    let held = |kind| store.parts(kind, arguments.symbol).map_err(wrong);
    let of = match arguments.of {
        Some(of) => of,
        None if held(BARS)?.is_empty() => Of::Ticks,
        None => Of::Bars,
    };
    let parts = match of {
        Of::Bars => held(BARS)?,
        Of::Ticks => [held(Kind::Trades)?, held(Kind::Quotes)?].concat(),
    };
    let (first, last) = (parts.iter().map(|part| part.first).min(), parts.iter().map(|part| part.last).max());
    let (Some(first), Some(last)) = (first, last) else { return Err(nothing(arguments, of, &store)) };
    let calendar = stopline_calendar::bundled().map_err(Failure::doing("reading the calendar"))?;
    let (begins, ends) = calendar.covers();
    let instrument = calendar
        .instrument(arguments.symbol.as_str(), plan::day(first).max(begins), ends)
        .map_err(|why| Failure::Argument(why.to_string()))?;
    let end = if of == Of::Bars { last.plus(Span::secs(60)) } else { last.plus(Span(1)) };
    let (from, to) = range(arguments, &instrument, first, end)?;
    let typed = |kind| store.typed(kind, &instrument, before(from), to).map_err(wrong);
    let rows = match of {
        Of::Bars => Rows::Bars(all(typed(BARS)?)?),
        Of::Ticks => {
            let begins = first.max(before(from));
            let (trades, quotes) = (Stream::of(typed(Kind::Trades)?), Stream::of(typed(Kind::Quotes)?));
            Rows::Ticks(begins, Box::new(Ticks { trades, quotes }))
        }
    };
    Ok(Tape { instrument, rows, from, to })
}

fn all(mut typed: Typed) -> Result<Vec<stopline_tape::TapeBar>, Failure> {
    let (mut all, mut batch) = (Vec::new(), Vec::new());
    while typed.bars(&mut batch).map_err(wrong)? {
        all.append(&mut batch);
    }
    Ok(all)
}

fn wrong(why: StoreError) -> Failure {
    match why {
        StoreError::Io { .. } => Failure::doing("reading the tapes")(why),
        _ => Failure::Argument(why.to_string()),
    }
}

/// The store has none of it: what it has instead.
fn nothing(arguments: &Arguments, of: Of, store: &Store) -> Failure {
    let what = if of == Of::Bars { "minute bars" } else { "trades or quotes" };
    let held = match store.contents() {
        Ok(held) => held,
        Err(why) => return wrong(why),
    };
    let there: Vec<String> = held.iter().map(|held| format!("{} {}", held.symbol, held.kind)).collect();
    let there =
        if there.is_empty() { "nothing: `stopline import` fills it".to_owned() } else { there.join(", ") };
    Failure::Argument(format!(
        "{} has no {what} of {}; it has {there}",
        arguments.tape.display(),
        arguments.symbol
    ))
}

/// Trades and quotes in the order of their times; at one time the trade comes before the quote that it left.
pub(super) struct Ticks {
    trades: Stream,
    quotes: Stream,
}

impl Iterator for Ticks {
    type Item = Result<Row, StoreError>;

    fn next(&mut self) -> Option<Result<Row, StoreError>> {
        let times = self.trades.time().and_then(|trade| Ok((trade, self.quotes.time()?)));
        let stream = match times {
            Err(why) => return Some(Err(why)),
            Ok((None, _)) => &mut self.quotes,
            Ok((Some(trade), Some(quote))) if quote < trade => &mut self.quotes,
            Ok((Some(_), _)) => &mut self.trades,
        };
        stream.take().map(Ok)
    }
}

/// One kind of ticks, batch by batch.
struct Stream {
    typed: Typed,
    batch: Vec<Tick>,
    at: usize,
}

impl Stream {
    const fn of(typed: Typed) -> Stream {
        Stream { typed, batch: Vec::new(), at: 0 }
    }

    /// When the next one is; reads on where the batch is used up.
    fn time(&mut self) -> Result<Option<ExchangeTime>, StoreError> {
        while self.at >= self.batch.len() {
            self.at = 0;
            if !self.typed.ticks(&mut self.batch)? {
                return Ok(None);
            }
        }
        Ok(self.batch.get(self.at).map(|tick| tick.exchange_time))
    }

    fn take(&mut self) -> Option<Row> {
        let tick = self.batch.get(self.at)?;
        self.at += 1;
        Some(Row { at: tick.exchange_time, what: tick.what })
    }
}
