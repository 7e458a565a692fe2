//! What a run or a replay came to: records and bars in, figures out.
//!
//! Pure: it opens nothing and asks no clock. Money stays integer; a ratio is made where it is shown, and a figure that
//! is not defined says why instead of being zero.

mod curve;
mod defined;
mod figures;

pub(crate) mod page;
mod past;
mod period;
mod slips;
mod spans;
mod summary;
mod text;
mod told;
mod trades;
mod venue;

#[cfg(test)]
mod scene;
#[cfg(test)]
mod tests;

pub(crate) use past::{Fault, KINDS, Past};
pub(crate) use period::Period;
pub(crate) use summary::Summary;
pub(crate) use venue::Venue;
