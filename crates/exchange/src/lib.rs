//! The simulated exchange: a pure, deterministic core, a paper facade over it, and a socket server on the rim.
//!
//! In reading order: facts and what follows from them (`fact`, `account`, `desk`), the market (`book`, `bars`,
//! `market`), what moves it (`rng`, `driver`, `house`, `mood`, `tape`, `recorded`), the floor where both meet (`floor`, `lists`,
//! `requests`), its memory (`journal`, `birth`), the facade (`paper`, `translate`), misbehaviour on request (`faults`),
//! bytes in and bytes out (`venue`), and the rim (`server`), the only part that touches the machine.

pub mod account;
pub mod bars;
pub mod birth;
pub mod book;
pub mod desk;
pub mod driver;
pub mod fact;
pub mod faults;
pub mod floor;
pub mod house;
pub mod journal;
mod lists;
pub mod market;
pub mod mood;
pub mod paper;
pub mod presets;
mod recorded;
pub mod requests;
pub mod rng;
pub mod server;
pub mod tape;
mod translate;
pub mod venue;
