//! Money: whole minor units of a currency, never a fraction of one.

mod currency;
mod format;

use serde::{Deserialize, Serialize};

pub use currency::Currency;

/// Largest amount in minor units: sums of a million of them still fit, and so do the exact numbers of JSON.
pub const MAX_MINOR: i64 = 9_000_000_000_000;

/// An amount that cannot be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// In the currency's smallest unit: cents, yen.
    pub minor: i64,
    /// Of which currency.
    pub currency: Currency,
}

/// Text that is not an amount of money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMoney {
    /// No code of ISO 4217 that is in use.
    #[error("{0:?} is not a currency: write its ISO 4217 code, such as EUR")]
    UnknownCurrency(String),
    /// Letters, signs of thousands, exponents, nothing at all.
    #[error("{0:?} is not an amount: write digits and a point, such as 49.90")]
    NotANumber(String),
    /// Less than nothing.
    #[error("{0:?} is negative")]
    Negative(String),
    /// More decimals than the currency has.
    #[error("{amount:?} has more decimals than {currency} has: at most {digits}")]
    TooManyDecimals {
        /// As it was written.
        amount: String,
        /// Of this currency.
        currency: Currency,
        /// Its decimals.
        digits: u32,
    },
    /// More than [`MAX_MINOR`].
    #[error("{0:?} is too much to be true")]
    TooLarge(String),
}

impl Money {
    /// Reads a decimal text as shops send it: `49.90` in EUR is 4990. Zeros beyond the currency's decimals say nothing and are
    /// allowed, since some shops keep more than they show.
    pub fn parse(amount: &str, currency: &str) -> Result<Self, BadMoney> {
        let currency: Currency = currency.parse()?;
        let digits = currency.digits();
        let not_a_number = || BadMoney::NotANumber(amount.to_owned());
        let unsigned = amount.strip_prefix('-').unwrap_or(amount);
        let (whole, decimals) = match unsigned.split_once('.') {
            Some((whole, decimals)) => (whole, decimals),
            None => (unsigned, "0"),
        };
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole) || !plain(decimals) {
            return Err(not_a_number());
        }
        let kept = decimals.trim_end_matches('0');
        if kept.len() > digits as usize {
            return Err(BadMoney::TooManyDecimals { amount: amount.to_owned(), currency, digits });
        }
        let written = format!("{whole}{kept:0<width$}", width = digits as usize);
        // Only a number too long for an i64 fails here: the digits were looked at above.
        let minor = written.parse().ok().filter(|minor| *minor <= MAX_MINOR);
        let minor: i64 = minor.ok_or_else(|| BadMoney::TooLarge(amount.to_owned()))?;
        // Minus nothing is nothing: some shops write discounts that way.
        if amount.starts_with('-') && minor > 0 {
            return Err(BadMoney::Negative(amount.to_owned()));
        }
        Ok(Self { minor, currency })
    }

    /// The decimal text that [`Money::parse`] reads again: `49.90`.
    pub fn decimal(&self) -> String {
        let (whole, decimals) = self.split();
        if decimals.is_empty() { whole.to_string() } else { format!("{whole}.{decimals}") }
    }

    /// Whole units, and the digits behind the point.
    fn split(&self) -> (u64, String) {
        let digits = self.currency.digits();
        let unit = 10u64.pow(digits);
        let minor = self.minor.max(0).unsigned_abs();
        let decimals = if digits == 0 { String::new() } else { format!("{:0width$}", minor % unit, width = digits as usize) };
        (minor / unit, decimals)
    }
}

#[cfg(test)]
mod tests;
