//! `stopline transfer`: journal money that came into the account or went out of it, so that cash can be compared.
//!
//! It moves no money: it says that somebody has.

use clap::Args;
use stopline_kernel::num::Money;
use stopline_runtime::control::Ask;

use super::operator::{self, Operator};
use crate::cli::Global;
use crate::exit::{Failure, Report};

/// How much; who says so, and why.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How much, in the account's currency; below zero for money that went out
    #[arg(value_parser = amount, allow_negative_numbers = true)]
    amount: Money,
    #[command(flatten)]
    operator: Operator,
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> Result<Report, Failure> {
    operator::command(global, &arguments.operator, Ask::Transfer(arguments.amount))
}

/// Reads decimal text with at most six places, exactly.
fn amount(text: &str) -> Result<Money, String> {
    let refused = || format!("{text:?} is no amount such as 2500 or -120.50");
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(part) || part.len() > 6 {
        return Err(refused());
    }
    let units = whole.parse::<i64>().ok().and_then(|whole| Money::units(whole).ok());
    let millionths = format!("{part:0<6}").parse::<i64>().ok().map(Money);
    let size = units.zip(millionths).and_then(|(units, rest)| units.plus(rest).ok()).ok_or_else(refused)?;
    size.times(sign).map_err(|_| refused())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly_or_refused() {
        assert_eq!(amount("2500"), Ok(Money(2_500_000_000)));
        assert_eq!(amount("-120.5"), Ok(Money(-120_500_000)));
        assert_eq!(amount("0.000001"), Ok(Money(1)));
        for bad in ["", "-", ".5", "1.", "1e3", "1.0000001", "99999999999999999", "--1"] {
            assert!(amount(bad).is_err(), "{bad}");
        }
    }
}
