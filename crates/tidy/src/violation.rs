//! One broken rule at one place, with the mend. It carries no severity: a rule holds or it does not.

/// What is wrong, where, and how to put it right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The file, from the repository's root.
    pub path: String,
    /// The line, counted from 1; 1 also stands for the whole file.
    pub line: usize,
    /// What is wrong, in one line.
    pub what: String,
    /// How to mend it, in one line.
    pub mend: String,
}

impl Violation {
    /// A violation at a line.
    pub fn at(path: &str, line: usize, what: impl Into<String>, mend: impl Into<String>) -> Violation {
        Violation { path: path.to_owned(), line, what: what.into(), mend: mend.into() }
    }

    /// A violation of a whole file or folder.
    pub fn of(path: &str, what: impl Into<String>, mend: impl Into<String>) -> Violation {
        Violation::at(path, 1, what, mend)
    }

    /// The target of a rule is not there, so the rule would guard nothing.
    pub fn gone(path: &str) -> Violation {
        Violation::of(
            path,
            "the target of this rule is gone",
            "bring it back, or change the rule together with the tree",
        )
    }
}
