//! Numbers as people read them, in English.

use super::stats::Interval;

/// `12,345`.
pub fn count(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if n < 0 { format!("−{grouped}") } else { grouped }
}

/// `42%` of a share between 0 and 1; small ones keep a digit.
pub fn percent(share: f64) -> String {
    let per_cent = share * 100.0;
    if per_cent > 0.0 && per_cent < 9.95 { format!("{per_cent:.1}%") } else { format!("{per_cent:.0}%") }
}

/// `38–46%`.
pub fn percent_range(interval: Interval) -> String {
    let (low, high) = (interval.low * 100.0, interval.high * 100.0);
    if high < 9.95 { format!("{low:.1}–{high:.1}%") } else { format!("{low:.0}–{high:.0}%") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!([0, 999, 1000, 1_234_567, -12_345].map(count), ["0", "999", "1,000", "1,234,567", "−12,345"]);
        assert_eq!([0.0, 0.004, 0.0994, 0.0996, 0.425, 1.0].map(percent), ["0%", "0.4%", "9.9%", "10%", "42%", "100%"]);
        assert_eq!(percent_range(Interval { low: 0.384, high: 0.461 }), "38–46%");
        assert_eq!(percent_range(Interval { low: 0.004, high: 0.021 }), "0.4–2.1%");
    }
}
