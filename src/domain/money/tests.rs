use proptest::prelude::*;

use super::*;

fn minor(amount: &str, currency: &str) -> i64 {
    Money::parse(amount, currency).unwrap().minor
}

#[test]
fn reads_what_shops_send() {
    for (amount, currency, expected) in [
        ("49.90", "EUR", 4990),
        ("49.9", "eur", 4990),
        ("49", "EUR", 4900),
        ("0.05", "USD", 5),
        ("0", "USD", 0),
        ("-0.00", "USD", 0),
        ("0049.90", "EUR", 4990),
        ("49.9000", "EUR", 4990),
        ("1000", "JPY", 1000),
        ("1000.00", "JPY", 1000),
        ("1.234", "KWD", 1234),
        ("1.2", "KWD", 1200),
        ("90000000000.00", "EUR", MAX_MINOR),
    ] {
        assert_eq!(minor(amount, currency), expected, "{amount} {currency}");
    }
}

#[test]
fn refuses_what_is_no_amount() {
    for amount in ["", ".", "5.", ".5", "+5", "--5", "5-", " 5", "5 ", "1,5", "1.2.3", "1e3", "NaN", "inf", "0x10", "٣", "５"] {
        assert_eq!(Money::parse(amount, "EUR"), Err(BadMoney::NotANumber(amount.into())), "{amount:?}");
    }
    assert_eq!(Money::parse("-49.90", "EUR"), Err(BadMoney::Negative("-49.90".into())));
    assert!(matches!(Money::parse("49.905", "EUR"), Err(BadMoney::TooManyDecimals { digits: 2, .. })));
    assert!(matches!(Money::parse("1.5", "JPY"), Err(BadMoney::TooManyDecimals { digits: 0, .. })));
    for huge in ["90000000000.01", "9223372036854775808", &"9".repeat(400)] {
        assert!(matches!(Money::parse(huge, "EUR"), Err(BadMoney::TooLarge(_))), "{huge}");
    }
    assert_eq!(Money::parse("1", "EURO"), Err(BadMoney::UnknownCurrency("EURO".into())));
}

#[test]
fn every_refusal_says_what_to_do() {
    let said = |amount, currency| Money::parse(amount, currency).unwrap_err().to_string();
    assert_eq!(said("49.905", "EUR"), "\"49.905\" has more decimals than EUR has: at most 2");
    assert_eq!(said("1,5", "EUR"), "\"1,5\" is not an amount: write digits and a point, such as 49.90");
    assert_eq!(said("1", "Euro"), "\"Euro\" is not a currency: write its ISO 4217 code, such as EUR");
}

#[test]
fn is_written_as_the_language_does() {
    let cases = [
        ("en", "USD", 123_450, "$1,234.50"),
        ("en-GB", "GBP", 123_450, "£1,234.50"),
        ("en-GB", "USD", 4990, "US$49.90"),
        ("en-CA", "CAD", 4990, "$49.90"),
        ("en", "CHF", 4990, "CHF\u{a0}49.90"),
        ("de", "EUR", 123_450, "1.234,50\u{a0}€"),
        ("de-AT", "EUR", 4990, "€\u{a0}49,90"),
        ("de-CH", "CHF", 123_450, "CHF\u{a0}1’234.50"),
        ("fr", "EUR", 123_450, "1\u{202f}234,50\u{a0}€"),
        ("es", "EUR", 123_450, "1234,50\u{a0}€"),
        ("es", "EUR", 1_234_550, "12.345,50\u{a0}€"),
        ("es-MX", "MXN", 123_450, "$1,234.50"),
        ("it", "EUR", 4990, "49,90\u{a0}€"),
        ("pt-BR", "BRL", 123_450, "R$\u{a0}1.234,50"),
        ("pt-PT", "EUR", 123_450, "1234,50\u{a0}€"),
        ("nl", "EUR", 4990, "€\u{a0}49,90"),
        ("sv", "SEK", 123_450, "1\u{a0}234,50\u{a0}kr"),
        ("pl", "PLN", 4990, "49,90\u{a0}zł"),
        ("tr", "TRY", 123_450, "₺1.234,50"),
        ("ja", "JPY", 1234, "¥1,234"),
        ("zh-Hant-TW", "TWD", 4990, "TWD\u{a0}49.90"),
        ("he", "ILS", 4990, "\u{200f}49.90\u{a0}₪"),
        ("en", "KWD", 1234, "KWD\u{a0}1.234"),
        ("xx", "EUR", 5, "€0.05"),
        ("", "EUR", 0, "€0.00"),
    ];
    for (locale, currency, minor, text) in cases {
        let money = Money { minor, currency: currency.parse().unwrap() };
        assert_eq!(money.format(locale), text, "{locale} {currency}");
    }
}

#[test]
fn the_wire_shape_is_stable() {
    let money = Money::parse("49.90", "EUR").unwrap();
    assert_eq!(serde_json::to_string(&money).unwrap(), r#"{"minor":4990,"currency":"EUR"}"#);
    assert!(serde_json::from_str::<Money>(r#"{"minor":1,"currency":"XYZ"}"#).is_err());
}

proptest! {
    #[test]
    fn an_amount_survives_its_own_text(minor in 0..=MAX_MINOR, at in 0..200usize) {
        let currency = Currency::all().nth(at % Currency::all().count()).unwrap();
        let money = Money { minor, currency };
        prop_assert_eq!(Money::parse(&money.decimal(), currency.code()), Ok(money));
    }

    #[test]
    fn no_text_panics_and_none_is_negative(amount in "[-+0-9.,eE ]{0,12}|.{0,8}", currency in "[A-Za-z]{0,4}|EUR|JPY|KWD", locale in "[a-zA-Z_-]{0,8}") {
        if let Ok(money) = Money::parse(&amount, &currency) {
            prop_assert!((0..=MAX_MINOR).contains(&money.minor));
            prop_assert!(!money.format(&locale).is_empty());
        }
    }

    #[test]
    fn no_digit_is_lost_in_a_language(minor in 0..=MAX_MINOR, locale in prop::sample::select(vec!["en", "de", "fr", "es", "pl", "ar", "ja", "de-CH"])) {
        let money = Money { minor, currency: "EUR".parse().unwrap() };
        let digits = |text: String| text.chars().filter(char::is_ascii_digit).collect::<String>();
        prop_assert_eq!(digits(money.format(locale)), digits(money.decimal()));
    }
}
