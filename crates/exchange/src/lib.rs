//! The simulated exchange: a pure, deterministic core, a paper facade over it, and a socket server on the rim.
//!
//! In reading order: facts and what follows from them (`fact`, `account`, `desk`), the market (`kind`, `book`, `stops`, `bars`,
//! `market`, `breaker`), what moves it (`rng`, `driver`, `house`, `mood`, `tape`, `recorded`), the floor where both meet (`floor`, `matching`, `lists`,
//! `requests`, `ruling`,
//! `margin`, `status`), its memory (`journal`, `birth`), the facade (`paper`, `answers`, `translate`), misbehaviour on request (`faults`),
//! bytes in and bytes out (`venue`), and the rim (`server`), the only part that touches the machine.

pub mod account;
mod answers;
pub mod bars;
pub mod birth;
pub mod book;
pub mod breaker;
pub mod desk;
pub mod driver;
pub mod fact;
pub mod faults;
pub mod floor;
pub mod house;
pub mod journal;
pub mod kind;
pub mod latency;
mod lists;
pub mod margin;
pub mod market;
mod matching;
pub mod mood;
pub mod paper;
pub mod phase;
pub mod presets;
mod recorded;
pub mod requests;
pub mod rng;
mod ruling;
pub mod scenario;
pub mod server;
pub mod slippage;
mod status;
pub mod stops;
pub mod tape;
mod translate;
pub mod venue;
