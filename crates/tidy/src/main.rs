//! `tidy`: checks the tree it is run in and prints one line per violation. It changes nothing, ever: mending is for people.
//!
//! Exit code 0: no violation. 1: at least one. 2: the tree could not be read.

use std::process::ExitCode;

use stopline_tidy::{RULES, Tree, check, disk};

fn main() -> ExitCode {
    match disk::read() {
        Ok(tree) => report(&tree),
        Err(error) => {
            eprintln!("tidy: {error}");
            ExitCode::from(2)
        }
    }
}

/// Prints what was found and the closing line.
fn report(tree: &Tree) -> ExitCode {
    let found = check(tree);
    for (rule, v) in &found {
        println!("{}:{}: {rule}: {}; mend: {}", v.path, v.line, v.what, v.mend);
    }
    println!("tidy: {} rules, {} files, {} violations", RULES.len(), tree.paths().count(), found.len());
    if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
