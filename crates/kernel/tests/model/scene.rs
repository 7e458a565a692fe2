//! What is explored: how many orders there are, and which deliberate defect the desk has, if any. A scene decides
//! nothing while it runs.

/// A defect that a careless client has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Defect {
    /// An order is handed to the door before its record is durable.
    SendsFirst,
    /// An order whose answer is late is sent once more under its id.
    ResendsUnderItsId,
    /// An order whose answer is late is sent once more under a new id.
    ResendsUnderNewId,
    /// An order whose answer is late is called refused.
    TimeOutEnds,
    /// An order that is not in the broker's list is called cancelled.
    AbsenceIsCancelled,
    /// Absence is believed before the settling time is over.
    SettlingIgnored,
    /// A new process calls what is Unknown cancelled.
    RestartEndsUnknown,
    /// The kill calls the account flat on our own book.
    FlatFromOwnBook,
    /// A new process forgets the kill.
    KillForgotten,
    /// The door sends what opens although the kill stands.
    DoorForgetsKill,
    /// A closing order is sent while the fate of another is not known.
    ClosesTwice,
}

impl Defect {
    pub(crate) const ALL: [Defect; 11] = [
        Defect::SendsFirst,
        Defect::ResendsUnderItsId,
        Defect::ResendsUnderNewId,
        Defect::TimeOutEnds,
        Defect::AbsenceIsCancelled,
        Defect::SettlingIgnored,
        Defect::RestartEndsUnknown,
        Defect::FlatFromOwnBook,
        Defect::KillForgotten,
        Defect::DoorForgetsKill,
        Defect::ClosesTwice,
    ];
}

/// Entries come first, then the orders with which the kill closes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scene {
    pub(crate) entries: usize,
    pub(crate) closers: usize,
    /// Lots of an entry.
    pub(crate) lots: u8,
    pub(crate) crashes: u8,
    pub(crate) kills: bool,
    pub(crate) defect: Option<Defect>,
}

impl Scene {
    pub(crate) const fn is_entry(&self, slot: usize) -> bool {
        slot < self.entries
    }

    pub(crate) const fn orders(&self) -> usize {
        self.entries + self.closers
    }

    pub(crate) fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }
}
