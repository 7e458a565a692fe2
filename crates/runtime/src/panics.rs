//! What each thread's last panic said, by the thread's name: for threads whose handle is not ours.
//!
//! It hides nothing: the panic is printed as it always was.

use std::collections::BTreeMap;
use std::panic::{self, PanicHookInfo};
use std::sync::{Mutex, Once, PoisonError};
use std::thread;

use crate::crew::message_of;

static WATCHED: Once = Once::new();
static LAST: Mutex<BTreeMap<String, Box<str>>> = Mutex::new(BTreeMap::new());

/// Begins to remember; a second call changes nothing.
pub(crate) fn remember() {
    WATCHED.call_once(|| {
        let printed = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            note(info);
            printed(info);
        }));
    });
}

/// What the thread of this name said when it panicked; forgotten with this call.
pub(crate) fn last_of(name: &str) -> Option<Box<str>> {
    LAST.lock().unwrap_or_else(PoisonError::into_inner).remove(name)
}

fn note(info: &PanicHookInfo<'_>) {
    let current = thread::current();
    let Some(name) = current.name() else { return };
    LAST.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), message_of(info.payload()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_named_thread_said_is_remembered_until_it_is_asked_for() {
        remember();
        let named = thread::Builder::new().name("panics-test".to_owned());
        assert!(named.spawn(|| panic!("on {}", "purpose")).unwrap().join().is_err());
        assert_eq!(last_of("panics-test").as_deref(), Some("on purpose"));
        assert_eq!(last_of("panics-test"), None);
    }
}
