//! The floor: what the disk and a socket cost without any of us.
//!
//! It knows bytes alone, and nothing of what they mean.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;

use stopline_kernel::time::Span;
use stopline_runtime::clock::Clock;

/// A plain file that grows, and somebody who echoes.
pub(crate) struct Floor {
    clock: Clock,
    file: File,
    near: UnixStream,
}

impl Floor {
    pub(crate) fn new(dir: &Path) -> Floor {
        let file = OpenOptions::new().create(true).append(true).open(dir.join("plain")).expect("a file");
        let (near, mut far) = UnixStream::pair().expect("two sockets");
        thread::spawn(move || {
            let mut buffer = [0; 65_536];
            while let Ok(n) = far.read(&mut buffer) {
                if n == 0 || far.write_all(&buffer[..n]).is_err() {
                    return;
                }
            }
        });
        Floor { clock: Clock::new(), file, near }
    }

    /// Appends and syncs these bytes, then sends those there and back; how long it took.
    pub(crate) fn round(&mut self, records: &[u8], message: &[u8]) -> Span {
        let mut back = vec![0; message.len()];
        let began = self.clock.mono();
        self.file.write_all(records).and_then(|()| self.file.sync_data()).expect("an append");
        self.near.write_all(message).and_then(|()| self.near.read_exact(&mut back)).expect("a round trip");
        self.clock.mono().since(began)
    }
}
