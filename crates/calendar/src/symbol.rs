//! Contract symbols: a root, a month code, one digit of the year, as in `MESZ6`.
//!
//! One digit names a year only near a reference day. Nothing here may assume today's decade.

use jiff::civil::Date;

use crate::error::CalendarError;

/// The month codes of futures, January first.
const MONTH_CODES: &[u8; 12] = b"FGHJKMNQUVXZ";

/// The parts of a symbol such as `MESZ6`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts<'a> {
    /// `MES`.
    pub(crate) root: &'a str,
    /// `Z`.
    pub(crate) month: char,
    /// 6.
    pub(crate) digit: i16,
}

/// Takes a symbol apart.
pub(crate) fn parts(symbol: &str) -> Result<Parts<'_>, CalendarError> {
    let wrong = || CalendarError::NotASymbol { symbol: symbol.to_owned() };
    let mut chars = symbol.chars();
    let digit = chars.next_back().and_then(|c| c.to_digit(10)).ok_or_else(wrong)?;
    let month = chars.next_back().filter(|c| month_number(*c).is_some()).ok_or_else(wrong)?;
    let root = chars.as_str();
    if root.is_empty() || !root.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
        return Err(wrong());
    }
    Ok(Parts { root, month, digit: i16::try_from(digit).map_err(|_| wrong())? })
}

/// The month 1 to 12 of a month code.
pub(crate) fn month_number(code: char) -> Option<i8> {
    let at = MONTH_CODES.iter().position(|c| char::from(*c) == code)?;
    i8::try_from(at + 1).ok()
}

/// The year ending in `digit` that lies nearest to `reference`: from four years before to five years after it.
pub(crate) fn year_near(digit: i16, reference: Date) -> i16 {
    let first = reference.year() - 4;
    first + (digit - first).rem_euclid(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn symbols_come_apart_or_are_refused() {
        assert_eq!(parts("MESZ6"), Ok(Parts { root: "MES", month: 'Z', digit: 6 }));
        assert_eq!(parts("6EH4"), Ok(Parts { root: "6E", month: 'H', digit: 4 }));
        for bad in ["", "Z6", "ES", "ESZ", "ESA6", "ESZ6-ESH7", "esz6", "ES Z6", "ESZé"] {
            assert!(parts(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_decade_is_the_one_near_the_reference() {
        assert_eq!(year_near(6, date(2026, 11, 20)), 2026);
        assert_eq!(year_near(0, date(2020, 3, 2)), 2020);
        assert_eq!(year_near(0, date(2019, 12, 2)), 2020);
        assert_eq!(year_near(9, date(2024, 8, 29)), 2029, "listed five years ahead");
        assert_eq!(year_near(0, date(2024, 1, 2)), 2020);
        assert_eq!(year_near(1, date(2026, 1, 2)), 2031);
    }
}
