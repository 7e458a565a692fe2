//! `stopline venue book`: what the exchange itself holds of the account, asked over its own socket.
//!
//! It is the other side's word: nothing here comes from the ledger, and nothing is corrected by it.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use stopline_kernel::num::Money;
use stopline_kernel::time::ExchangeTime;
use stopline_runtime::config::Config;
use stopline_venues::paper::wire::{
    ClientMessage, Frames, OrderMessage, PositionMessage, StreamName, TradeMessage, VERSION, VenueMessage,
    WorthMessage, decode, encode,
};

use super::super::setup;
use crate::cli::Global;
use crate::exit::{Failure, Report};
use crate::look::{table, zone};

/// How long the exchange may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Nothing but what every subcommand takes.
#[derive(Debug, Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(global: &Global, _arguments: &Arguments) -> Result<Report, Failure> {
    let config = setup::config(global, Vec::new())?;
    let socket = config.venue_socket();
    let stream = UnixStream::connect(&socket).map_err(|why| match why.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Failure::NotRunning(format!(
            "no exchange is running here ({}); `stopline run` starts one",
            socket.display()
        )),
        _ => Failure::doing(format!("connecting to {}", socket.display()))(why),
    })?;
    ask(stream, &config).map_err(Failure::doing(format!("asking the exchange at {}", shown(&socket))))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Why the exchange gave no book.
#[derive(Debug, thiserror::Error)]
enum NoBook {
    /// The connection.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The bytes.
    #[error("{0}")]
    Wire(#[from] stopline_venues::paper::wire::WireError),
    /// The exchange.
    #[error("it refused: {0}")]
    Goodbye(String),
    /// The exchange.
    #[error("it closed the connection without an answer")]
    Closed,
}

fn ask(mut stream: UnixStream, config: &Config) -> Result<Report, NoBook> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let account = config.lane.account.to_string();
    let client = "stopline venue book".to_owned();
    let hello = ClientMessage::Hello { version: VERSION, account, stream: StreamName::Orders, client };
    stream.write_all(&encode(&hello))?;
    stream.write_all(&encode(&ClientMessage::Book { request: 1 }))?;
    let (mut frames, mut buffer) = (Frames::default(), vec![0; 64 * 1024]);
    loop {
        while let Some(frame) = frames.next_frame()? {
            match decode::<VenueMessage>(&frame)? {
                VenueMessage::Goodbye { why } => return Err(NoBook::Goodbye(why)),
                VenueMessage::Book { time, orders, executions, positions, cash, worth, phases, .. } => {
                    // The answer is here; a farewell that does not get through changes nothing.
                    let _ = stream.write_all(&encode(&ClientMessage::Bye));
                    let book = Book { time, orders, executions, positions, cash, worth, phases };
                    return Ok(book.report(config));
                }
                _ => {}
            }
        }
        match stream.read(&mut buffer)? {
            0 => return Err(NoBook::Closed),
            n => frames.push(buffer.get(..n).unwrap_or_default()),
        }
    }
}

/// What the exchange says.
struct Book {
    time: i64,
    orders: Vec<OrderMessage>,
    executions: Vec<TradeMessage>,
    positions: Vec<PositionMessage>,
    cash: i64,
    worth: Option<WorthMessage>,
    phases: Vec<(String, String)>,
}

impl Book {
    fn report(&self, config: &Config) -> Report {
        let account = config.lane.account;
        let (time, cash) = (zone::moment(ExchangeTime(self.time)), Money(self.cash));
        let json = json!({
            "account": account,
            "time": time,
            "cash": cash.to_string(),
            "orders": self.orders,
            "executions": self.executions,
            "positions": self.positions,
            "worth": self.worth,
            "phases": self.phases,
        });
        let mut head = format!("account {account} at the exchange, {time}, cash {cash}");
        if let Some(WorthMessage { equity, initial, maintenance }) = self.worth {
            let [equity, initial, maintenance] = [equity, initial, maintenance].map(Money);
            head = format!("{head}\nequity {equity}, margin {initial} to open and {maintenance} to hold");
        }
        for (symbol, phase) in &self.phases {
            head = format!("{head}\n{symbol} is {phase}");
        }
        let parts = [head, self.positions(), self.orders(), self.executions()];
        Report::done(parts.join("\n\n"), json)
    }

    fn positions(&self) -> String {
        let row = |p: &PositionMessage| vec![p.symbol.clone(), format!("{:+}", p.lots), p.average.clone()];
        let rows: Vec<_> = self.positions.iter().map(row).collect();
        section("positions", &["contract", "lots", "average"], &rows)
    }

    fn orders(&self) -> String {
        let row = |o: &OrderMessage| {
            let (side, kind) = (format!("{:?}", o.side).to_lowercase(), o.kind.word().to_owned());
            let parts = [("", &o.price), ("limit ", &o.limit), ("trail ", &o.trail)];
            let parts =
                parts.into_iter().filter_map(|(name, text)| Some(format!("{name}{}", text.as_ref()?)));
            let price = parts.reduce(|all, part| format!("{all}, {part}")).unwrap_or_else(|| "-".to_owned());
            let ahead = o.ahead.map_or_else(|| "-".to_owned(), |lots| lots.to_string());
            let ours = o.cl_ord_id.clone().unwrap_or_else(|| "-".to_owned());
            let (filled, state) = (format!("{}/{}", o.cum, o.lots), o.state.clone());
            vec![o.order_id.clone(), side, filled, o.symbol.clone(), kind, price, ahead, state, ours]
        };
        let rows: Vec<_> = self.orders.iter().map(row).collect();
        let heading =
            ["order", "side", "filled", "contract", "kind", "price", "ahead", "state", "client's id"];
        section("orders", &heading, &rows)
    }

    fn executions(&self) -> String {
        let row = |t: &TradeMessage| {
            let (side, time) = (format!("{:?}", t.side).to_lowercase(), zone::moment(ExchangeTime(t.time)));
            let (lots, fee) = (t.lots.to_string(), Money(t.fee).to_string());
            vec![
                time,
                t.exec_id.clone(),
                side,
                lots,
                t.symbol.clone(),
                t.price.clone(),
                fee,
                t.order_id.clone(),
            ]
        };
        let rows: Vec<_> = self.executions.iter().map(row).collect();
        let heading = ["traded", "execution", "side", "lots", "contract", "price", "fee", "order"];
        section("fills", &heading, &rows)
    }
}

fn section(name: &str, heading: &[&str], rows: &[Vec<String>]) -> String {
    match rows {
        [] => format!("no {name}"),
        rows => format!(
            "{name}\n{}",
            table::lay_out(heading, &["lots", "filled", "price", "ahead", "average", "fee"], rows)
        ),
    }
}
