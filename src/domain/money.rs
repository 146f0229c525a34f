//! Money as it is stored, in minor units, → money as a shopper reads it. Tables for the languages of the texts; English for the rest.

/// Digits after the decimal mark, by ISO 4217. A currency that is not known has two.
pub fn digits(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI" | "VND" | "VUV" | "XAF"
        | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// `4990, "EUR", "de-AT"` → `49,90 €`. Spaces do not break.
pub fn format(minor: i64, currency: &str, locale: &str) -> String {
    let style = Style::of(locale);
    let scale = 10u64.pow(digits(currency));
    let (whole, part) = (minor.unsigned_abs() / scale, minor.unsigned_abs() % scale);
    let mut number = grouped(whole, style.group);
    if scale > 1 {
        number.push(style.decimal);
        number.push_str(&format!("{part:0width$}", width = digits(currency) as usize));
    }
    let sign = if minor < 0 { "-" } else { "" };
    let symbol = symbol(currency);
    match style.place {
        Place::After => format!("{sign}{number}\u{a0}{symbol}"),
        Place::Before => {
            // `CHF 5`, but `€5`.
            let space = if symbol.ends_with(char::is_alphabetic) { "\u{a0}" } else { "" };
            format!("{sign}{symbol}{space}{number}")
        }
        Place::BeforeWithSpace => format!("{sign}{symbol}\u{a0}{number}"),
    }
}

struct Style {
    decimal: char,
    group: &'static str,
    place: Place,
}

enum Place {
    Before,
    BeforeWithSpace,
    After,
}

impl Style {
    fn of(locale: &str) -> Self {
        let locale = locale.replace('_', "-").to_ascii_lowercase();
        let language = locale.split('-').next().unwrap_or_default();
        let (decimal, group, place) = match (locale.as_str(), language) {
            ("pt-br", _) | (_, "nl") => (',', ".", Place::BeforeWithSpace),
            ("de-ch", _) => ('.', "’", Place::BeforeWithSpace),
            (_, "de" | "es" | "it" | "pt" | "da" | "tr" | "el" | "id" | "ro" | "hr" | "sl") => (',', ".", Place::After),
            (_, "fr") => (',', "\u{202f}", Place::After),
            (_, "sv" | "nb" | "no" | "fi" | "pl" | "cs" | "sk" | "hu" | "bg" | "uk" | "ru") => (',', "\u{a0}", Place::After),
            (_, "he" | "ar") => ('.', ",", Place::After),
            _ => ('.', ",", Place::Before),
        };
        Self { decimal, group, place }
    }
}

fn grouped(whole: u64, mark: &str) -> String {
    let digits = whole.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 * mark.len());
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            out.push_str(mark);
        }
        out.push(digit);
    }
    out
}

fn symbol(currency: &str) -> &str {
    match currency {
        "EUR" => "€",
        "USD" => "$",
        "GBP" => "£",
        "JPY" | "CNY" => "¥",
        "INR" => "₹",
        "KRW" => "₩",
        "ILS" => "₪",
        "TRY" => "₺",
        "UAH" => "₴",
        "VND" => "₫",
        "PLN" => "zł",
        "CZK" => "Kč",
        "HUF" => "Ft",
        "SEK" | "NOK" | "DKK" => "kr",
        "BRL" => "R$",
        "CAD" => "CA$",
        "AUD" => "A$",
        "NZD" => "NZ$",
        "MXN" => "MX$",
        code => code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_as_the_language_does() {
        for (minor, currency, locale, text) in [
            (4990, "EUR", "en", "€49.90"),
            (4990, "EUR", "de-AT", "49,90\u{a0}€"),
            (123_456_789, "EUR", "de", "1.234.567,89\u{a0}€"),
            (123_456, "EUR", "fr_FR", "1\u{202f}234,56\u{a0}€"),
            (123_456, "SEK", "sv", "1\u{a0}234,56\u{a0}kr"),
            (123_456, "EUR", "nl", "€\u{a0}1.234,56"),
            (123_456, "CHF", "de-CH", "CHF\u{a0}1’234.56"),
            (500, "CHF", "en", "CHF\u{a0}5.00"),
            (500, "BRL", "pt-BR", "R$\u{a0}5,00"),
            (1_000, "JPY", "ja", "¥1,000"),
            (1_005, "KWD", "en", "KWD\u{a0}1.005"),
            (5, "USD", "", "$0.05"),
            (-1_999, "USD", "en-US", "-$19.99"),
            (0, "EUR", "en", "€0.00"),
        ] {
            assert_eq!(format(minor, currency, locale), text);
        }
    }

    #[test]
    fn the_largest_amounts_are_still_numbers() {
        assert_eq!(format(i64::MIN, "JPY", "en"), "-¥9,223,372,036,854,775,808");
        assert_eq!(format(i64::MAX, "XXX", "en"), "XXX\u{a0}92,233,720,368,547,758.07");
    }
}
