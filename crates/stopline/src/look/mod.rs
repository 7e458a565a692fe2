//! How things look to people: prices as they are written, market time in the exchange's zone, money with its sign, one
//! line for each thing that happened.
//!
//! Pure: it prints nothing and decides nothing; what is not known is shown as unknown, never as zero.

pub(crate) mod paint;
pub(crate) mod prices;
pub(crate) mod standing;
pub(crate) mod table;
pub(crate) mod tell;
pub(crate) mod words;
pub(crate) mod zone;
