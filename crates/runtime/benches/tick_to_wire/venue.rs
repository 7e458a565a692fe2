//! A venue that knows one contract and refuses every order at once, so that each round begins as the one before.
//!
//! It says nothing that the paper protocol does not have.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

use stopline_kernel::time::Mono;
use stopline_venues::paper::wire::{
    ClientMessage, ClockMessage, ExecMessage, Frames, InstrumentMessage, NO_ORDER, VERSION, VenueMessage,
    decode, encode,
};

/// The contract.
pub(crate) const SYMBOL: &str = "MESZ6";

/// Market time at the start.
pub(crate) const ORIGIN: i64 = 1_795_185_000_000_000_000;

/// Before an order is refused.
const PAUSE: Duration = Duration::from_millis(1);

/// Serves both streams; each bracket's message is told as it came.
pub(crate) fn serve(socket: &Path, began: Mono, brackets: Sender<Vec<u8>>) {
    let listener = UnixListener::bind(socket).expect("a socket");
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let brackets = brackets.clone();
            thread::spawn(move || session(stream, began, &brackets));
        }
    });
}

fn session(mut stream: UnixStream, began: Mono, brackets: &Sender<Vec<u8>>) {
    let (mut frames, mut buffer) = (Frames::default(), [0; 65_536]);
    while let Ok(n) = stream.read(&mut buffer) {
        if n == 0 {
            return;
        }
        frames.push(&buffer[..n]);
        while let Some(frame) = frames.next_frame().expect("a frame") {
            let answers = answers(decode(&frame).expect("a message"), began);
            let placed = matches!(answers.first(), Some(VenueMessage::Exec(_)));
            if placed {
                // So that what the door tells of the write comes before what the venue says.
                thread::sleep(PAUSE);
            }
            let bytes: Vec<u8> = answers.iter().flat_map(encode).collect();
            stream.write_all(&bytes).expect("an answer");
            if placed {
                brackets.send(frame).expect("somebody who counts");
            }
        }
    }
}

fn answers(asked: ClientMessage, began: Mono) -> Vec<VenueMessage> {
    match asked {
        ClientMessage::Hello { .. } => vec![welcome(began)],
        ClientMessage::Ping { nonce } => vec![VenueMessage::Pong { nonce }],
        ClientMessage::Snapshot { request } => vec![VenueMessage::Snapshot {
            request,
            time: ORIGIN,
            working: Vec::new(),
            positions: Vec::new(),
            executions: Vec::new(),
            busted: Vec::new(),
            cash: 50_000_000_000,
            worth: None,
        }],
        ClientMessage::Place { order, exits, .. } => {
            let ids = [order].into_iter().chain(exits).map(|order| order.cl_ord_id);
            ids.map(|id| VenueMessage::Exec(refusal(id))).collect()
        }
        ClientMessage::History { request, symbol, seconds, .. } => {
            vec![VenueMessage::History { request, symbol, seconds, bars: Vec::new() }]
        }
        _ => Vec::new(),
    }
}

fn refusal(id: String) -> ExecMessage {
    ExecMessage {
        cl_ord_id: Some(id),
        order_id: NO_ORDER.to_owned(),
        what: "rejected".to_owned(),
        reason: Some("a benchmark".to_owned()),
        cum: 0,
        lots: 1,
        time: ORIGIN,
        trade: None,
        exec_id: None,
    }
}

fn welcome(began: Mono) -> VenueMessage {
    let day = 86_400_000_000_000;
    let mes = InstrumentMessage {
        symbol: SYMBOL.to_owned(),
        tick_mantissa: 25,
        tick_scale: 2,
        tick_value: 1_250_000,
        fee: 620_000,
        sessions: vec![(20_261_120, ORIGIN - day, ORIGIN + 1_000 * day)],
        margin: None,
    };
    VenueMessage::Welcome {
        version: VERSION,
        venue: "sim-1".to_owned(),
        clock: ClockMessage { origin: ORIGIN, mono: began.0, speed_milli: 60_000 },
        instruments: vec![mes],
    }
}
