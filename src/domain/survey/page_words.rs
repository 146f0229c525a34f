//! The words that only the hosted page says, in the languages of [`super::phrases`]. The script never needs them, so it does not
//! get them.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::phrases::{language, written};

/// What the hosted page says by itself. `{n}` stands for a number.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageWords {
    /// Title: no more answers are taken.
    pub closed: String,
    pub closed_text: String,
    /// Title: the address was cut off, or is not ours.
    pub broken: String,
    pub broken_text: String,
    /// Title: too many requests, or the database is away.
    pub busy: String,
    /// Two things were given the same place of a ranking.
    pub once_each: String,
    pub too_long: String,
}

static TABLE: LazyLock<HashMap<String, PageWords>> = LazyLock::new(|| {
    // A constant: the tests read it, too.
    serde_json::from_str(include_str!("page_words.json")).expect("a table of words")
});

impl PageWords {
    /// Those of a locale's language; English ones for a language that is not known.
    pub fn of(locale: &str) -> &'static Self {
        TABLE.get(written(&language(locale))).unwrap_or_else(|| &TABLE["en"])
    }

    /// The first of several wanted locales whose language is known.
    pub fn first<'a>(wanted: impl IntoIterator<Item = &'a str>) -> (&'a str, &'static Self) {
        let found = wanted.into_iter().find(|locale| TABLE.contains_key(written(&language(locale))));
        (found.unwrap_or("en"), Self::of(found.unwrap_or("en")))
    }
}

#[cfg(test)]
mod tests {
    use super::super::phrases;
    use super::*;

    #[test]
    fn every_language_of_the_script_has_them() {
        let mut here: Vec<_> = TABLE.keys().map(String::as_str).collect();
        let mut there: Vec<_> = phrases::languages().collect();
        here.sort_unstable();
        there.sort_unstable();
        assert_eq!(here, there);
        for (language, words) in TABLE.iter() {
            assert_eq!(words.too_long.matches("{n}").count(), 1, "{language}");
            for word in [&words.closed, &words.closed_text, &words.broken, &words.broken_text, &words.busy, &words.once_each] {
                assert!(!word.is_empty() && word.trim() == word && !word.contains('{'), "{language}: {word:?}");
            }
        }
        assert_eq!(PageWords::first(["xx", "de-AT", "fr"]).0, "de-AT");
        assert_eq!(PageWords::first(["xx"]).0, "en");
    }
}
