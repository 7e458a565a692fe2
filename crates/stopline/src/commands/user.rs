//! Who runs this program, by the machine's own word: the user of the process and its name in the list of users.
//!
//! No variable of the environment is believed: anybody can set one.

use std::fs;
use std::os::unix::fs::MetadataExt;

/// The user's name, or its number where it has none.
pub(super) fn name() -> String {
    let Ok(process) = fs::metadata("/proc/self") else { return "unknown user".to_owned() };
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    named(&users, process.uid()).unwrap_or_else(|| format!("user {}", process.uid()))
}

/// The name of a user in the list.
fn named(users: &str, uid: u32) -> Option<String> {
    let wanted = uid.to_string();
    let mut entries = users.lines().map(|line| line.split(':'));
    entries.find_map(|mut fields| {
        let (name, _password, id) = (fields.next()?, fields.next()?, fields.next()?);
        (id == wanted && !name.is_empty()).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_the_list_of_users() {
        let users = "root:x:0:0:root:/root:/bin/sh\nbroken\nann:x:1000:1000::/:/bin/sh\n";
        assert_eq!(named(users, 1000).as_deref(), Some("ann"));
        assert_eq!(named(users, 7), None);
    }
}
