//! What the seeds of a whole check do not reach, each with the day it was put here and the reason.
//!
//! It may only shrink: a name that is reached again, and one that is no longer anything, fail the check as well.

/// Why some places are not reached.
pub(crate) struct Reason {
    /// The day this was found so.
    pub(crate) since: &'static str,
    /// What keeps the seeds from them.
    pub(crate) why: &'static str,
    /// Their names.
    pub(crate) places: &'static [&'static str],
}

/// Every place that is not reached.
pub(crate) const UNREACHED: &[Reason] = &[
    Reason {
        since: "2026-11-28",
        why: "the simulator's exchange never trades more than was asked for, so no bot holds what it did not want; the kernel's \
              scene `recovery_closes_what_nobody_wanted` plays it",
        places: &["step Hedging", "step Hedged"],
    },
    Reason {
        since: "2026-11-27",
        why: "no run reaches the end of a session, so no order's time is over",
        places: &[
            "edge Draft Nothing Elapsed",
            "edge Submitted Nothing Elapsed",
            "edge Submitted CancelPending Elapsed",
            "edge Acknowledged Nothing Elapsed",
            "edge Acknowledged CancelPending Elapsed",
            "edge Suspended Nothing Elapsed",
            "edge Suspended CancelPending Elapsed",
            "edge Suspended ReplacePending Elapsed",
            "edge Working Nothing Elapsed",
            "edge Working CancelPending Elapsed",
            "edge Working ReplacePending Elapsed",
            "edge Unknown Nothing Elapsed",
            "edge Unknown CancelPending Elapsed",
            "edge Expired Nothing PartFilled",
            "edge Expired Nothing FullyFilled",
        ],
    },
    Reason {
        since: "2026-11-27",
        why: "the lane asks nothing of an order whose fate is unknown; the table answers all the same",
        places: &[
            "edge Unknown Nothing CancelAsked",
            "edge Unknown CancelPending NotSent",
            "edge Unknown CancelPending Received",
            "edge Unknown CancelPending Held",
            "edge Unknown CancelPending Accepted",
            "edge Unknown CancelPending PartFilled",
            "edge Unknown CancelPending FullyFilled",
            "edge Unknown CancelPending CancelRefused",
            "edge Unknown CancelPending CancelDone",
            "edge Unknown CancelPending ReplaceDone",
            "edge Unknown CancelPending Refused",
            "edge Unknown CancelPending Silence",
            "edge Unknown CancelPending ProvenAbsent",
            "edge Unknown CancelPending Settled",
        ],
    },
    Reason {
        since: "2026-11-27",
        why: "the lane changes only what works; an exit that is still held is not changed",
        places: &[
            "edge Suspended Nothing ReplaceAsked",
            "edge Suspended ReplacePending Accepted",
            "edge Suspended ReplacePending PartFilled",
            "edge Suspended ReplacePending FullyFilled",
            "edge Suspended ReplacePending CancelAsked",
            "edge Suspended ReplacePending CancelDone",
            "edge Suspended ReplacePending ReplaceDone",
            "edge Suspended ReplacePending ReplaceRefused",
            "edge Suspended ReplacePending Refused",
            "edge Suspended ReplacePending Silence",
        ],
    },
    Reason {
        since: "2026-11-27",
        why: "the modelled broker takes back no trade, gives no id twice and trades no more than was ordered, its frames can \
              all be read, and its history is always complete; scenes of the kernel's lane do all of this",
        places: &[
            "incident Busted",
            "incident IdReused",
            "incident OverFill",
            "incident Unreadable",
            "incident StuckUnknown",
            "edge Unknown Nothing Settled",
        ],
    },
    Reason {
        since: "2026-11-27",
        why: "no number of a run comes near the end of its range",
        places: &["incident NumberRange"],
    },
    Reason {
        since: "2026-11-27",
        why: "as far as is seen, and not proven place by place: the paper link hands on the reports of one order in their \
              sequence and asks for what is missing, so no trade comes after its order's end, nor a refusal after a word \
              that it works; a broker with two paths will",
        places: &[
            "edge Canceled Nothing PartFilled",
            "edge Canceled Nothing FullyFilled",
            "edge Acknowledged CancelPending Refused",
            "edge Suspended Nothing Refused",
            "edge Suspended CancelPending Refused",
            "edge Suspended CancelPending PartFilled",
            "edge Submitted CancelPending PartFilled",
            "edge Draft Nothing PartFilled",
            "edge Draft Nothing CancelDone",
        ],
    },
    Reason {
        since: "2026-11-27",
        why: "as far as is seen: silence is noted of what waits for an answer, of orders that are acknowledged, held or \
              working only when a question about them stays open past the settling time, which these seeds do not bring \
              about",
        places: &[
            "edge Acknowledged Nothing Silence",
            "edge Suspended Nothing Silence",
            "edge Working Nothing Silence",
        ],
    },
    Reason {
        since: "2026-11-27",
        why: "orders of three lots at most: a change that is under way while a part of the order trades is rarer than this",
        places: &["edge Working ReplacePending PartFilled"],
    },
];
