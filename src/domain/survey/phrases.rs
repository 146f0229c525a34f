//! The few words on a survey that are ours and not the store's: buttons, messages, the ends of scales. The page has none of
//! its own; it gets them in the survey's language, or in English.

use std::{collections::HashMap, sync::LazyLock};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Question, QuestionType};

/// What one language says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Phrases {
    /// By name, as the page gets them. `{n}` and `{of}` stand for numbers.
    pub words: Map<String, Value>,
    nps: [String; 2],
    csat: [String; 2],
    ces: [String; 2],
    rating: [String; 2],
}

/// One row a language. Numbers stand where no language would have to bend a noun for them.
static TABLE: LazyLock<HashMap<String, Phrases>> = LazyLock::new(|| {
    // A constant: the tests read it, too.
    serde_json::from_str(include_str!("phrases.json")).expect("a table of phrases")
});

impl Phrases {
    /// Those of a locale's language.
    pub fn of(locale: &str) -> &'static Self {
        TABLE.get(written(&language(locale))).unwrap_or_else(|| &TABLE["en"])
    }

    /// What a scale's low and high end are called where the survey does not say.
    pub fn ends(&self, kind: QuestionType) -> Option<&[String; 2]> {
        Some(match kind {
            QuestionType::Nps => &self.nps,
            QuestionType::Csat => &self.csat,
            QuestionType::Ces => &self.ces,
            QuestionType::Rating => &self.rating,
            _ => return None,
        })
    }
}

impl Question {
    /// What the low and high end of its scale are called in a survey of this locale; `None` if it is no scale.
    pub fn ends(&self, locale: &str) -> Option<[&str; 2]> {
        let [low, high] = Phrases::of(locale).ends(self.kind)?;
        Some([self.low.as_deref().unwrap_or(low), self.high.as_deref().unwrap_or(high)])
    }
}

/// Names of the words that come in the survey's language by themselves.
pub fn words() -> impl Iterator<Item = &'static str> {
    TABLE["en"].words.keys().map(String::as_str)
}

/// Languages of the table that have other names, too.
pub(super) fn written(language: &str) -> &str {
    match language {
        "no" | "nn" => "nb",
        "iw" => "he",
        other => other,
    }
}

/// The languages of the table.
#[cfg(test)]
pub(super) fn languages() -> impl Iterator<Item = &'static str> {
    TABLE.keys().map(String::as_str)
}

/// `de` of `de-AT`.
pub(super) fn language(locale: &str) -> String {
    locale.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LANGUAGES: [&str; 18] =
        ["en", "de", "fr", "es", "it", "pt", "nl", "sv", "pl", "ja", "ar", "he", "da", "nb", "fi", "cs", "tr", "zh"];

    #[test]
    fn every_language_has_every_word() {
        assert_eq!(TABLE.len(), LANGUAGES.len());
        let names: Vec<_> = words().collect();
        assert_eq!(
            names,
            [
                "close",
                "back",
                "next",
                "send",
                "other",
                "thanks",
                "required",
                "at_least",
                "at_most",
                "too_short",
                "email",
                "choose",
                "copy",
                "copied",
                "up",
                "down",
                "progress"
            ]
        );
        for language in LANGUAGES {
            let phrases = &TABLE[language];
            assert!(phrases.words.keys().eq(&names), "{language}");
            for (name, word) in &phrases.words {
                let word = word.as_str().unwrap();
                let marks: &[&str] = match name.as_str() {
                    "at_least" | "at_most" | "too_short" => &["{n}"],
                    "progress" => &["{n}", "{of}"],
                    _ => &[],
                };
                assert!(marks.iter().all(|mark| word.matches(mark).count() == 1), "{language}.{name}: {word}");
                assert_eq!(word.matches('{').count(), marks.len(), "{language}.{name}: {word}");
                assert!(word.trim() == word && !word.is_empty(), "{language}.{name}: {word:?}");
                assert!(language == "en" || *word != TABLE["en"].words[name] || *name == "send", "{language}.{name}: {word}");
            }
            for kind in [QuestionType::Nps, QuestionType::Csat, QuestionType::Ces, QuestionType::Rating] {
                let [low, high] = phrases.ends(kind).unwrap();
                assert!(!low.is_empty() && !high.is_empty() && low != high, "{language}: {low}, {high}");
            }
            assert!(phrases.ends(QuestionType::Matrix).is_none());
        }
    }

    #[test]
    fn a_locale_has_its_languages_words() {
        let close = |locale: &str| Phrases::of(locale).words["close"].as_str().unwrap();
        for (locale, word) in [
            ("de-AT", "Schließen"),
            ("PT_br", "Fechar"),
            ("no", "Lukk"),
            ("nn-NO", "Lukk"),
            ("iw", "סגירה"),
            ("uk", "Close"),
            ("", "Close"),
        ] {
            assert_eq!(close(locale), word, "{locale}");
        }
    }
}
