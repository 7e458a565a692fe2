//! Prices and averages as people write them, from integers alone.
//!
//! For words only: nothing that is shown here may be read back and traded on.

use alloc::format;
use alloc::string::String;

use stopline_kernel::instrument::TickSize;

/// The average `sum / count` of prices in ticks, as a decimal price rounded half away from zero: two places, or as
/// many as the tick has.
pub(crate) fn mean(sum: i128, count: u32, tick: TickSize) -> String {
    let places = tick.scale.max(2);
    let finer = 10_i128.saturating_pow(u32::from(places - tick.scale));
    let value = sum.saturating_mul(i128::from(tick.mantissa)).saturating_mul(finer);
    let count = u128::from(count.max(1));
    let size = value.unsigned_abs().saturating_add(count / 2) / count;
    decimal(value < 0 && size > 0, size, places)
}

/// The tick size as a decimal, such as `0.25`.
pub(crate) fn tick_size(tick: TickSize) -> String {
    decimal(tick.mantissa < 0, u128::from(tick.mantissa.unsigned_abs()), tick.scale)
}

/// Reads a tick size such as `0.25`: a plain decimal above zero with at most 12 places.
pub(crate) fn read_tick_size(text: &str) -> Option<TickSize> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = whole.bytes().chain(part.bytes()).all(|b| b.is_ascii_digit());
    let scale = u8::try_from(part.len()).ok().filter(|scale| *scale <= 12)?;
    if whole.is_empty() || !digits {
        return None;
    }
    let mantissa = format!("{whole}{part}").parse().ok().filter(|mantissa| *mantissa > 0)?;
    Some(TickSize { mantissa, scale })
}

fn decimal(negative: bool, size: u128, places: u8) -> String {
    let sign = if negative { "-" } else { "" };
    let unit = 10_u128.saturating_pow(places.into());
    let width = usize::from(places);
    match width {
        0 => format!("{sign}{size}"),
        _ => format!("{sign}{}.{:0width$}", size / unit, size % unit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_show_two_places_or_those_of_the_tick() {
        let quarter = TickSize { mantissa: 25, scale: 2 };
        assert_eq!(mean(23_605, 1, quarter), "5901.25");
        assert_eq!(mean(70_811, 3, quarter), "5900.92");
        assert_eq!(mean(-1, 1, quarter), "-0.25");
        assert_eq!(mean(1, 3, TickSize { mantissa: 5, scale: 5 }), "0.00002");
        assert_eq!(mean(7, 2, TickSize { mantissa: 1, scale: 0 }), "3.50");
    }

    #[test]
    fn tick_sizes_show_and_read_exactly() {
        assert_eq!(tick_size(TickSize { mantissa: 25, scale: 2 }), "0.25");
        assert_eq!(tick_size(TickSize { mantissa: 1, scale: 0 }), "1");
        assert_eq!(read_tick_size("0.25"), Some(TickSize { mantissa: 25, scale: 2 }));
        assert_eq!(read_tick_size("10"), Some(TickSize { mantissa: 10, scale: 0 }));
        for bad in ["", "0", "0.00", "-1", ".5", "1e3", "+1", "0.0000000000001"] {
            assert_eq!(read_tick_size(bad), None, "{bad:?}");
        }
    }
}
