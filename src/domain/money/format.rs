//! Amounts as people of a language write them (after the CLDR), for mails and pages.

use super::Money;

/// No line may break between an amount and its currency.
const NBSP: &str = "\u{a0}";
const NARROW: &str = "\u{202f}";
/// Keeps an amount in Latin digits from being turned round in a text that runs from right to left.
const RLM: &str = "\u{200f}";

/// How a language writes an amount.
struct Style {
    point: &'static str,
    group: &'static str,
    /// Thousands are set apart from this many digits on.
    group_from: usize,
    before: bool,
    /// Whether a space stands between even where the currency is a sign.
    spaced: bool,
}

const ENGLISH: Style = Style { point: ".", group: ",", group_from: 4, before: true, spaced: false };
const GERMAN: Style = Style { point: ",", group: ".", group_from: 4, before: false, spaced: true };
const NORDIC: Style = Style { point: ",", group: NBSP, group_from: 4, before: false, spaced: true };
const DUTCH: Style = Style { before: true, ..GERMAN };

impl Money {
    /// The amount in words of a language, `de-AT` or `en`: `1.234,50 €`. A language that is not known is written as English.
    pub fn format(&self, locale: &str) -> String {
        let mut tags = locale.split(['-', '_']);
        let language = tags.next().unwrap_or_default().to_ascii_lowercase();
        // The script may stand between, as in zh-Hant-TW.
        let region = tags.find(|tag| tag.len() == 2 || tag.len() == 3).unwrap_or_default().to_ascii_uppercase();
        let style = style(&language, &region);
        let sign = self.sign(&language, &region);
        let number = self.number(&style);
        let wordy = sign.ends_with(|c: char| c.is_alphabetic() || c == '.');
        let space = if style.spaced || (style.before && wordy) { NBSP } else { "" };
        let text = if style.before { format!("{sign}{space}{number}") } else { format!("{number}{space}{sign}") };
        if matches!(language.as_str(), "ar" | "he") { format!("{RLM}{text}") } else { text }
    }

    fn number(&self, style: &Style) -> String {
        let (whole, decimals) = self.split();
        let whole = whole.to_string();
        let mut text = String::new();
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && whole.len() >= style.group_from && (whole.len() - at).is_multiple_of(3) {
                text.push_str(style.group);
            }
            text.push(digit);
        }
        if !decimals.is_empty() {
            text.push_str(style.point);
            text.push_str(&decimals);
        }
        text
    }

    /// A sign only where nobody can take it for another currency's.
    fn sign(&self, language: &str, region: &str) -> &'static str {
        match (self.currency.code(), language, region) {
            ("EUR", ..) => "€",
            ("GBP", ..) => "£",
            ("INR", ..) => "₹",
            ("ILS", ..) => "₪",
            ("KRW", ..) => "₩",
            ("JPY", "zh", _) => "JP¥",
            ("JPY", ..) | ("CNY", "zh", _) => "¥",
            ("USD", "en", "" | "US") | ("CAD", _, "CA") | ("AUD", _, "AU") | ("NZD", _, "NZ") | ("MXN", _, "MX") => "$",
            ("USD", ..) => "US$",
            ("CAD", ..) => "CA$",
            ("AUD", ..) => "A$",
            ("NZD", ..) => "NZ$",
            ("BRL", ..) => "R$",
            ("PLN", "pl", _) => "zł",
            ("CZK", "cs", _) => "Kč",
            ("SEK", "sv", _) | ("NOK", "nb" | "nn" | "no", _) => "kr",
            ("DKK", "da", _) => "kr.",
            ("TRY", "tr", _) => "₺",
            _ => self.currency.code(),
        }
    }
}

fn style(language: &str, region: &str) -> Style {
    match (language, region) {
        ("de", "CH" | "LI") => Style { point: ".", group: "’", before: true, ..GERMAN },
        ("de", "AT") | ("nl", _) => DUTCH,
        ("de" | "da" | "it", _) => GERMAN,
        ("fr", "CA") => NORDIC,
        ("fr", _) => Style { group: NARROW, ..NORDIC },
        ("es", "" | "ES") => Style { group_from: 5, ..GERMAN },
        ("es", "AR" | "CO" | "CL" | "UY") => DUTCH,
        ("pt", "" | "BR") => DUTCH,
        ("pt" | "pl", _) => Style { group_from: 5, ..NORDIC },
        ("sv" | "nb" | "nn" | "no" | "fi" | "cs", _) => NORDIC,
        ("tr", _) => Style { spaced: false, ..DUTCH },
        ("ar" | "he", _) => Style { before: false, spaced: true, ..ENGLISH },
        _ => ENGLISH,
    }
}
