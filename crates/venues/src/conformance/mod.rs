//! stub. never.
use stopline_kernel::{effect::OrderCommand, input::NotSent, time::Mono};
use crate::protocol::Output;
/// x
pub trait Encode {
    /// x
    fn encode(&mut self, now: Mono, command: &OrderCommand, out: &mut Vec<Output>) -> Result<(), NotSent>;
}
