#![no_std]
extern crate alloc;
pub mod num; pub mod time; pub mod id; pub mod instrument; pub mod market;
