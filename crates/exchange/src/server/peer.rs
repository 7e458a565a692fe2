//! One connection: a thread that reads and a thread that writes, so that no client can hold the exchange up.
//!
//! The queue to the writer is bounded. A client who does not read until it is full is disconnected.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::{ServeError, doing};
use crate::paper::SessionId;

/// Frames that may wait for a slow client: some minutes of a busy market.
const QUEUE: usize = 16_384;

/// How long a write may hang before its client counts as gone.
const WRITE_LIMIT: Duration = Duration::from_secs(30);

/// How many times, and how long each, the orderly end waits for clients to take the last words: two seconds.
const LAST_WORDS: (u32, Duration) = (400, Duration::from_millis(5));

/// A connection that nobody serves yet.
pub(super) struct Connection(pub(super) UnixStream);

/// What wakes the core.
pub(super) enum Wake {
    /// Somebody connected.
    Joined(Connection),
    /// Bytes came.
    Bytes(SessionId, Vec<u8>),
    /// Somebody left.
    Left(SessionId),
    /// No more connections can be taken.
    Deaf(std::io::Error),
}

/// A client's connection, seen from the core.
pub(super) struct Peer {
    stream: UnixStream,
    queue: SyncSender<Vec<u8>>,
    writer: JoinHandle<()>,
}

impl Peer {
    /// Starts the two threads of a connection.
    pub(super) fn start(
        session: SessionId,
        Connection(stream): Connection,
        wakes: SyncSender<Wake>,
    ) -> Result<Peer, ServeError> {
        let starting = || doing("starting a session");
        stream.set_write_timeout(Some(WRITE_LIMIT)).map_err(starting())?;
        let (input, output) =
            (stream.try_clone().map_err(starting())?, stream.try_clone().map_err(starting())?);
        let (queue, frames) = sync_channel(QUEUE);
        let name = |what| thread::Builder::new().name(format!("{what}-{}", session.0));
        name("read").spawn(move || read(session, input, &wakes)).map_err(starting())?;
        let writer = name("write").spawn(move || write(output, &frames)).map_err(starting())?;
        Ok(Peer { stream, queue, writer })
    }

    /// Queues a frame; says whether there was room.
    pub(super) fn send(&self, frame: Vec<u8>) -> bool {
        self.queue.try_send(frame).is_ok()
    }

    /// Ends the connection at once.
    pub(super) fn cut(self) {
        // A connection that is gone already is as good as cut.
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// Ends the connection when all that is queued was written; hands out the thread that does it.
    pub(super) fn finish(self) -> JoinHandle<()> {
        self.writer
    }
}

/// Waits a little for writers to finish; what a client does not take by then is lost to it.
pub(super) fn finish_all(mut writers: Vec<JoinHandle<()>>) {
    for _ in 0..LAST_WORDS.0 {
        writers.retain(|writer| !writer.is_finished());
        if writers.is_empty() {
            return;
        }
        thread::sleep(LAST_WORDS.1);
    }
}

fn read(session: SessionId, mut stream: UnixStream, wakes: &SyncSender<Wake>) {
    let mut buffer = [0; 65_536];
    while let Ok(n) = stream.read(&mut buffer) {
        let bytes = buffer.get(..n).unwrap_or(&[]).to_vec();
        if bytes.is_empty() || wakes.send(Wake::Bytes(session, bytes)).is_err() {
            break;
        }
    }
    // Nobody to tell means that the core is gone.
    let _ = wakes.send(Wake::Left(session));
}

fn write(mut stream: UnixStream, frames: &Receiver<Vec<u8>>) {
    while let Ok(mut bytes) = frames.recv() {
        while let Some(more) = frames.try_recv().ok().filter(|_| bytes.len() < 65_536) {
            bytes.extend_from_slice(&more);
        }
        if stream.write_all(&bytes).is_err() {
            break;
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
}
