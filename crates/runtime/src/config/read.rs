//! Values out of what was written: durations, money, counts, names. Exact, or refused with the mend.
//!
//! Nothing is rounded, cut or guessed here, and no float becomes money.

use std::str::FromStr;

use serde_json::Value;
use stopline_kernel::id::NameError;
use stopline_kernel::num::Money;
use stopline_kernel::time::Span;

use super::error::{ConfigError, Fault};
use super::raw::{Given, Table};

const DURATION: &str = "a duration such as \"250ms\", \"2s\", \"1m\" or \"8h\"";
const MONEY: &str = "a whole number, or a text such as \"1000.50\"";
const WHOLE: &str = "a whole number";
const LIST: &str = "a list of texts such as [\"one\", \"two\"]";
const TEXT: &str = "a text in quotes";

/// One setting on its way to a checked value.
pub(super) struct Setting<'a> {
    name: &'static str,
    given: &'a Given,
}

/// The setting of this name.
pub(super) fn setting<'a>(table: &'a Table, name: &str) -> Result<Setting<'a>, ConfigError> {
    let found = table.get_key_value(name);
    let (name, given) = found.ok_or_else(|| ConfigError::NoSuchKey(name.to_owned()))?;
    Ok(Setting { name, given })
}

impl Setting<'_> {
    /// This setting is refused because of `fault`.
    pub(super) fn fault(&self, fault: Fault) -> ConfigError {
        ConfigError::Value {
            place: self.given.place.clone(),
            key: self.name.to_owned(),
            given: self.given.value.to_string(),
            fault: Box::new(fault),
        }
    }

    pub(super) const fn value(&self) -> &Value {
        &self.given.value
    }

    pub(super) fn text(&self) -> Result<&str, ConfigError> {
        self.given.value.as_str().ok_or_else(|| self.fault(Fault::Form(TEXT)))
    }

    /// What `read` gives, or `None` where `"none"` is written.
    pub(super) fn or_none<T>(
        &self,
        read: impl FnOnce(&Self) -> Result<T, ConfigError>,
    ) -> Result<Option<T>, ConfigError> {
        if self.given.value.as_str() == Some("none") { Ok(None) } else { read(self).map(Some) }
    }

    /// A list of texts.
    pub(super) fn list(&self) -> Result<Vec<&str>, ConfigError> {
        let texts = self.given.value.as_array().and_then(|list| list.iter().map(Value::as_str).collect());
        texts.ok_or_else(|| self.fault(Fault::Form(LIST)))
    }

    /// A length of time above zero.
    pub(super) fn duration(&self) -> Result<Span, ConfigError> {
        self.delay().and_then(|span| self.above_zero(span.0 > 0, span))
    }

    /// A length of time that may be zero.
    pub(super) fn delay(&self) -> Result<Span, ConfigError> {
        let read = self.given.value.as_str().and_then(span);
        read.ok_or_else(|| self.fault(Fault::Form(DURATION)))
    }

    /// An amount above zero.
    pub(super) fn money(&self) -> Result<Money, ConfigError> {
        self.amount().and_then(|money| self.above_zero(money.0 > 0, money))
    }

    /// An amount that may be anything.
    pub(super) fn amount(&self) -> Result<Money, ConfigError> {
        money(&self.given.value).ok_or_else(|| self.fault(Fault::Form(MONEY)))
    }

    /// A whole number within bounds, both included.
    pub(super) fn whole(&self, low: i64, high: i64) -> Result<i64, ConfigError> {
        let n = self.given.value.as_i64().ok_or_else(|| self.fault(Fault::Form(WHOLE)))?;
        match n {
            n if (low..=high).contains(&n) => Ok(n),
            n if low == 1 && n < 1 => Err(self.fault(Fault::NotPositive)),
            _ => Err(self.fault(Fault::Range { low, high })),
        }
    }

    /// A name of the kernel's.
    pub(super) fn name<N: FromStr<Err = NameError>>(&self) -> Result<N, ConfigError> {
        self.text()?.parse().map_err(|why| self.fault(Fault::Name(why)))
    }

    /// A factor such as 60 or "0.5", in thousandths.
    pub(super) fn thousandths(&self, most: i64) -> Result<u32, ConfigError> {
        let exact = money(&self.given.value).filter(|m| m.0 % 1_000 == 0).map(|m| m.0 / 1_000);
        let form = "a whole number, or a text such as \"0.5\" with at most three decimals";
        let n = exact.ok_or_else(|| self.fault(Fault::Form(form)))?;
        let fits = u32::try_from(n).ok().filter(|_| n <= most.saturating_mul(1_000));
        let n = fits.ok_or_else(|| self.fault(Fault::Range { low: 0, high: most }))?;
        self.above_zero(n > 0, n)
    }

    fn above_zero<T>(&self, above: bool, value: T) -> Result<T, ConfigError> {
        if above { Ok(value) } else { Err(self.fault(Fault::NotPositive)) }
    }
}

/// Reads a length of time such as `250ms`, `2s`, `1m` or `8h`.
pub fn span(text: &str) -> Option<Span> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
    let (digits, unit) = text.split_at(unit_at);
    let n: i64 = digits.parse().ok()?;
    let unit = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    n.checked_mul(unit)?.checked_mul(1_000_000).map(Span)
}

/// Whole units as a number, or a decimal with at most six places as a text.
fn money(value: &Value) -> Option<Money> {
    if let Some(units) = value.as_i64() {
        return Money::units(units).ok();
    }
    let text = value.as_str()?;
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let decimal = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    if !decimal(whole) || !decimal(part) || part.len() > 6 {
        return None;
    }
    let micros: i64 = format!("{part:0<6}").parse().ok()?;
    let size = Money::units(whole.parse().ok()?).ok()?.plus(Money(micros)).ok()?;
    if negative { size.negated().ok() } else { Some(size) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_exactly_or_not_at_all() {
        assert_eq!(span("250ms"), Some(Span::millis(250)));
        assert_eq!(span("2s"), Some(Span::secs(2)));
        assert_eq!(span("8h"), Some(Span::secs(8 * 3_600)));
        for bad in ["", "2", "s", "-2s", "1.5s", "2 s", "2d", "99999999999999h"] {
            assert_eq!(span(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn money_reads_exactly_or_not_at_all() {
        assert_eq!(money(&1_000.into()), Some(Money(1_000_000_000)));
        assert_eq!(money(&"0.62".into()), Some(Money(620_000)));
        assert_eq!(money(&"-7.8125".into()), Some(Money(-7_812_500)));
        for bad in ["", ".5", "5.", "1e3", "1,000", "0.0000001", "$5"] {
            assert_eq!(money(&bad.into()), None, "{bad:?}");
        }
        assert_eq!(money(&0.5.into()), None, "a float is not exact");
    }
}
