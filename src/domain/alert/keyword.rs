//! Words that a store listens for in what shoppers write.

/// Longest word, in characters.
const LONGEST: usize = 60;

/// A word as a store owner may write it → as it is looked for: `gift wrap`, `refund*` for every word that begins so.
pub fn parse_keyword(text: &str) -> Result<String, String> {
    let (word, any_end) = text.trim().strip_suffix('*').map_or((text.trim(), ""), |word| (word, "*"));
    let word = plain(word);
    match word.trim() {
        "" => Err(format!("{text:?} is no word")),
        word if word.chars().count() > LONGEST => Err(format!("{text:?} is longer than {LONGEST} characters")),
        word => Ok(format!("{word}{any_end}")),
    }
}

/// Whether a text has the word, in whatever letters and between whatever signs.
pub fn mentions(text: &str, keyword: &str) -> bool {
    let (word, end) = keyword.strip_suffix('*').map_or((keyword, " "), |word| (word, ""));
    plain(text).contains(&format!(" {word}{end}"))
}

/// Small letters, one space between words and around them.
fn plain(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.fold(" ".to_owned(), |all, word| all + word + " ")
}

/// In how many of so many texts a word was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Heard {
    pub hits: u32,
    pub texts: u32,
}

/// How often a word was to be expected, if it was written much more often than that. A count of rare things spreads by the root of what is
/// expected.
pub fn spike(now: Heard, before: Heard, least: u32, deviations: f64) -> Option<f64> {
    let expected = f64::from(before.hits) / f64::from(before.texts.max(1)) * f64::from(now.texts);
    let high = expected + deviations * expected.max(if before.texts == 0 { 0.0 } else { 0.25 }).sqrt();
    (now.hits >= least.max(1) && f64::from(now.hits) > high).then_some(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whole_or_by_their_beginning() {
        for (keyword, text, wanted) in [
            ("payment", "The PAYMENT failed!", true),
            ("payment", "repayments", false),
            ("refund*", "I was never refunded.", true),
            ("refund*", "prerefund", false),
            ("gift wrap", "no gift-wrap?", true),
            ("gift wrap", "a gift, to wrap", false),
            ("größe", "Falsche GRÖSSE? Größe!", true),
            ("don t", "I don’t know", true),
        ] {
            assert_eq!(mentions(text, keyword), wanted, "{keyword} in {text}");
        }
    }

    #[test]
    fn words_are_tidied_or_refused() {
        assert_eq!(parse_keyword("  Gift-Wrap "), Ok("gift wrap".into()));
        assert_eq!(parse_keyword("Refund*"), Ok("refund*".into()));
        assert_eq!(parse_keyword("don’t"), Ok("don t".into()));
        for bad in ["", " ", "*", "!?", &"x".repeat(61)] {
            assert!(parse_keyword(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_word_that_is_always_written_is_no_news() {
        let heard = |hits, texts| Heard { hits, texts };
        for (now, before, wanted) in [
            (heard(3, 20), heard(0, 140), true),
            (heard(2, 20), heard(0, 140), false),
            (heard(3, 20), heard(21, 140), false),
            (heard(16, 20), heard(21, 140), true),
            (heard(3, 20), heard(0, 0), true),
            (heard(0, 0), heard(0, 0), false),
        ] {
            assert_eq!(spike(now, before, 3, 4.0).is_some(), wanted, "{now:?} after {before:?}");
        }
    }
}
