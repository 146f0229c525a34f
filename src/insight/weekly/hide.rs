//! What somebody typed, fit for a mailbox: nobody's address or telephone number, and not too long.

use std::sync::LazyLock;

use regex::Regex;

/// Letters that are kept of a text.
const LONGEST: usize = 220;

/// In this order: what is written around a sign first, so that no half of it stays.
static ADDRESSES: LazyLock<[Regex; 3]> = LazyLock::new(|| {
    [r"(?i)\S+\s?[(\[{]\s?at\s?[)\]}]\s?\S+", r"(?i)\S+ at \S+ (?:dot|punkt) \S+", r"\S+ [@＠] \S+|\S*[@＠]\S*"]
        // Written here, and tried by the tests.
        .map(|pattern| Regex::new(pattern).expect("a pattern of ours"))
});

/// Seven digits or more, however they are set apart.
static NUMBERS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[+(]*\d(?:[\s./()\u{2010}-\u{2015}-]*\d){6,}").expect("a pattern of ours"));

/// One line of a text, without addresses and long numbers, cut between words.
pub fn fit(text: &str) -> String {
    let shown = |c: &char| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    let text: String = text.chars().filter(shown).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for pattern in &*ADDRESSES {
        text = pattern.replace_all(&text, "[address hidden]").into_owned();
    }
    cut(&NUMBERS.replace_all(&text, "[number hidden]"))
}

fn cut(text: &str) -> String {
    let Some((at, _)) = text.char_indices().nth(LONGEST) else { return text.to_owned() };
    let kept = &text[..at];
    // A text without spaces is cut where it must be.
    let kept = kept.rsplit_once(' ').map_or(kept, |(whole, _)| whole);
    format!("{}…", kept.trim_end_matches([',', '.', ';', ':', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_and_numbers_are_hidden() {
        for (typed, told) in [
            ("Write to anna.b+toys@example.com, please", "Write to [address hidden] please"),
            ("<anna@example.com>", "[address hidden]"),
            ("\"anna b\"@example.com", "\"anna [address hidden]"),
            ("anna @ example.com", "[address hidden]"),
            ("anna＠example.com or @anna", "[address hidden] or [address hidden]"),
            ("anna (at) example.com!", "[address hidden]"),
            ("anna[AT]example.com", "[address hidden]"),
            ("anna at example dot com", "[address hidden]"),
            ("an\u{200b}na@exam\u{200b}ple.com", "[address hidden]"),
            ("cheaper at amazon.de", "cheaper at amazon.de"),
            ("call +49 (0)170 123-45 67 today", "call [number hidden] today"),
            ("0170/1234567", "[number hidden]"),
            ("555.123.4567", "[number hidden]"),
            ("٠١٢٣٤٥٦٧٨", "[number hidden]"),
            ("order #10023 cost 1,249.00", "order #10023 cost 1,249.00"),
            ("  two\n lines\u{202e} \t", "two lines"),
            ("", ""),
        ] {
            assert_eq!(fit(typed), told, "{typed}");
        }
    }

    #[test]
    fn long_texts_are_cut_between_words_and_never_within_an_address() {
        let long = fit(&"word, ".repeat(100));
        assert!(long.ends_with("word…") && long.chars().count() <= LONGEST + 1, "{long}");
        assert_eq!(fit(&"ä".repeat(300)).chars().count(), LONGEST + 1);
        let told = fit(&format!("{} anna@example.com", "a".repeat(LONGEST - 7)));
        assert!(!told.contains("anna"), "{told}");
    }

    proptest! {
        #[test]
        fn no_sign_of_an_address_is_left(text in "[a-z0-9 .@+()-]{0,300}") {
            let told = fit(&text);
            prop_assert!(!told.contains('@'), "{}", told);
            let longest = told.split(|c: char| !c.is_numeric()).map(str::len).max().unwrap_or(0);
            prop_assert!(longest < 7, "{}", told);
        }

        #[test]
        fn nothing_panics(text in ".{0,400}") {
            fit(&text);
        }
    }
}
