//! Deliberate defects, one at a time, to prove that each is caught: a seam that vanishes in every build without them.
//!
//! It never changes what an engine does: without the feature `mutants`, [`mutant!`](crate::mutant!) is the word `false`,
//! and nothing else of this file exists.

/// Whether this defect is switched on, or what it does then. `false`, or nothing, in every build that ships.
#[cfg(not(feature = "mutants"))]
#[macro_export]
macro_rules! mutant {
    ($name:ident) => {
        false
    };
    ($name:ident => $does:expr) => {};
}

/// Whether this defect is switched on. `false` in every build that ships.
#[cfg(feature = "mutants")]
#[macro_export]
macro_rules! mutant {
    ($name:ident) => {
        $crate::mutant::is_on($crate::mutant::Mutant::$name)
    };
    ($name:ident => $does:expr) => {
        if $crate::mutant!($name) {
            $does
        }
    };
}

#[cfg(feature = "mutants")]
pub use switch::{Mutant, is_on, switch};

#[cfg(feature = "mutants")]
mod switch {
    use core::sync::atomic::{AtomicUsize, Ordering};

    macro_rules! mutants {
        ($($(#[$doc:meta])+ $name:ident),+ $(,)?) => {
            /// The defects. Each stands at the one place where the decision it breaks is made.
            #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
            pub enum Mutant { $($(#[$doc])+ $name),+ }

            impl Mutant {
                /// All of them.
                pub const ALL: &[Mutant] = &[$(Mutant::$name),+];
            }
        };
    }

    mutants! {
        /// An order whose answer is late is called refused.
        TimeoutEndsOrder,
        /// An order whose answer is late is placed once more under another id.
        RetryUnderNewId,
        /// An order that is not in the broker's list is called cancelled.
        AbsenceIsCancelled,
        /// Absence is believed before the settling time is over.
        SettlingIgnored,
        /// An order is called cancelled when the connection comes back.
        ReconnectEndsUnknown,
        /// A refused cancel ends its order.
        CancelRefusedEndsOrder,
        /// A refused replace ends its order.
        ReplaceRefusedEndsOrder,
        /// The second fill of an order is taken for the first.
        DedupeByOrderId,
        /// An execution is booked as often as it is told.
        NoDedupe,
        /// A finished order in the history is believed without its executions.
        StatusWithoutFills,
        /// A fill is dropped while a cancel is open.
        FillDroppedInCancelPending,
        /// A fill on an ended order is dropped.
        FillAfterEndDropped,
        /// Executions in the broker's list that were not reported are not booked.
        MissedFillsIgnored,
        /// What is wanted follows from what has traded.
        IntendedFromFills,
        /// A halt is forgotten with the process.
        HaltNotReloaded,
        /// A halt leaves resting entries working.
        HaltKeepsEntries,
        /// Halted is not asked by the gate.
        HaltIgnored,
        /// What was approved before a halt in the same batch goes out.
        NotGatedAgain,
        /// A change of an order is not judged like a new one.
        ModifyUngated,
        /// An order of unknown fate does not stand in the way of another.
        UnknownNotCounted,
        /// New risk is taken before the account was compared with the broker's.
        TradesBeforeAgreement,
        /// A decision that was made before is made again.
        DecidedAgain,
        /// The age of a wish is not asked.
        IntentAgeIgnored,
        /// The age of the market's data is not asked.
        DataAgeIgnored,
        /// What the venue says of how a contract trades is not asked.
        MarketStatusIgnored,
        /// The stamp of old data is refreshed by time itself.
        StaleStampRefreshed,
        /// Entries against a held position are let through.
        OpposedIgnored,
        /// The largest order is not asked.
        OrderLotsIgnored,
        /// The largest position is not asked.
        InstrumentLotsIgnored,
        /// The risk of a trade is not asked.
        RiskPerTradeIgnored,
        /// The loss of the day is not asked, by the gate and by the watch.
        DailyLossIgnored,
        /// The profit at which the day is over is not asked.
        ProfitTargetIgnored,
        /// The fall from the high of the day, or of all days, is not asked.
        DrawdownIgnored,
        /// How many trades in a row have lost is not asked.
        LossesInRowIgnored,
        /// The end of the session is not looked at.
        FlatByIgnored,
        /// What is kept for cancels and closings is given to entries.
        ReserveIgnored,
        /// A size is rounded up.
        SizedUp,
        /// Flat is said from our own book.
        FlatFromOwnBook,
        /// A closing order is a lot too large.
        FlattenOvershoots,
        /// A closing sends its order while the stop still works.
        ClosesBesideStop,
        /// A closing cancels the stop before what can open.
        StopCancelledFirst,
        /// A closing strips the stop in a market that is told to be halted.
        ClosesInHalt,
        /// A closing is priced as far through the market as it has had orders.
        ClosingUnbounded,
        /// A closing whose order was refused leaves the position bare until the next.
        RefusedClosingLeavesBare,
        /// A stop that was set off protects what it has not traded.
        FiredStopProtects,
        /// A stop that the market has passed and that has not traded protects.
        PassedStopProtects,
        /// A stop that was refused is waited for like one that is silent.
        RefusedStopAwaited,
        /// An exit is changed with the lots it was placed with, whatever its entry has traded.
        ExitKeepsPlacedLots,
        /// A bot may cancel its own stop.
        BotCancelsStop,
        /// A position without protection is left alone.
        UnprotectedIgnored,
        /// A position without quotes is left alone.
        QuotesGoneIgnored,
        /// The broker's cash is not compared.
        BalanceIgnored,
        /// A difference from the broker's positions is not acted on.
        DisagreementIgnored,
        /// New risk is allowed again after a difference on the answer that explained it, without another.
        RecoveryUnconfirmed,
        /// Orders of others stay on an account that is being flattened.
        StraysLeft,
        /// An order of somebody else's is passed over.
        ForeignIgnored,
        /// An order of ours that the ledger does not know is passed over.
        RollbackIgnored,
        /// A late answer is waited for without end.
        NoTimeout,
        /// Nobody asks about an order of unknown fate.
        UnknownNotAsked,
        /// Cancels are sent as fast as they are refused.
        CancelUnpaced,
        /// The account is asked for as fast as the answers come.
        ResyncUnpaced,
        /// A person may resume while something is unresolved.
        ResumeUnresolved,
        /// A list that is older than our news is judged all the same.
        YoungListJudged,
        /// What leaves, leaves before its record is durable.
        SendBeforeCommit,
        /// The door does not look at the deadline.
        DoorIgnoresDeadline,
        /// The door does not look at the halt.
        DoorIgnoresHalt,
        /// A sync returns before anything is durable.
        SyncLies,
        /// The ledger is opened without its anchor.
        AnchorIgnored,
        /// Half a commit is taken for a whole one.
        TornCommitKept,
        /// A log that failed is written on.
        LogFailureIgnored,
        /// The canary: it breaks nothing, so that a table in which it is caught is a table that lies.
        Canary,
    }

    /// Which is on: its place in [`Mutant::ALL`], counted from 1.
    static ON: AtomicUsize = AtomicUsize::new(0);

    /// Switches one on, or none, for the whole process.
    pub fn switch(mutant: Option<Mutant>) {
        ON.store(mutant.map_or(0, |mutant| mutant as usize + 1), Ordering::SeqCst);
    }

    /// Whether this one is on.
    pub fn is_on(mutant: Mutant) -> bool {
        ON.load(Ordering::Relaxed) == mutant as usize + 1
    }
}
