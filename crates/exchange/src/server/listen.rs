//! The socket: made for its owner alone, listened to by a thread of its own. It never reads a byte.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::peer::{Connection, Wake};
use super::{ServeError, doing};

/// Wakes that may wait for the core; beyond that, readers wait.
const WAKES: usize = 1_024;

/// Both ends of the core's inbox.
pub(super) struct Wakes {
    /// For the threads of a new session.
    pub(super) sender: SyncSender<Wake>,
    /// For the core.
    pub(super) inbox: Receiver<Wake>,
}

/// The socket's file.
pub(super) struct Socket(PathBuf);

impl Socket {
    /// Takes the file away, so that nobody connects to an exchange that has ended.
    pub(super) fn close(self) {
        let _ = fs::remove_file(self.0);
    }
}

/// Makes the socket. A file left behind by a killed exchange is replaced: the directory's lock is ours.
pub(super) fn listen(path: &Path) -> Result<(Socket, Wakes), ServeError> {
    let named = || doing(format!("listening on {}", path.display()));
    match fs::remove_file(path) {
        Err(why) if why.kind() != ErrorKind::NotFound => return Err(named()(why)),
        _ => {}
    }
    let listener = UnixListener::bind(path).map_err(named())?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(named())?;
    let (sender, inbox) = sync_channel(WAKES);
    let wakes = sender.clone();
    let accept = move || {
        for stream in listener.incoming() {
            let wake = stream.map_or_else(Wake::Deaf, |stream| Wake::Joined(Connection(stream)));
            let last = matches!(wake, Wake::Deaf(_));
            if wakes.send(wake).is_err() || last {
                break;
            }
        }
    };
    thread::Builder::new().name("listen".to_owned()).spawn(accept).map_err(named())?;
    Ok((Socket(path.to_path_buf()), Wakes { sender, inbox }))
}
