//! What the pages behind the links in mails say, in the reader's language.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::http::{HeaderMap, header};
use serde::Deserialize;

/// One language. `{shop}`, `{date}` and `{choice}` stand for what is put in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phrases {
    pub unsubscribe: String,
    pub unsubscribe_text: String,
    pub unsubscribe_button: String,
    pub unsubscribed: String,
    pub unsubscribed_text: String,
    pub preferences: String,
    pub now: String,
    pub all: String,
    pub all_hint: String,
    pub pause: String,
    pub pause_hint: String,
    pub paused: String,
    pub orders: String,
    pub orders_hint: String,
    pub none: String,
    pub none_hint: String,
    pub save: String,
    pub saved: String,
    pub broken: String,
    pub broken_text: String,
    pub forgotten: String,
    pub forgotten_text: String,
    /// Who it was where that is not known any more.
    pub shop: String,
}

static TABLE: LazyLock<HashMap<String, Phrases>> = LazyLock::new(|| {
    // A constant: a test reads it, too.
    serde_json::from_str(include_str!("phrases.json")).expect("a table of phrases")
});

/// The reader's language, and what it says: of what is known of the reader, else of their browser, else English.
pub fn phrases(locale: Option<&str>, headers: &HeaderMap) -> (&'static str, &'static Phrases) {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // Browsers put what they like best first.
    let wanted = locale.into_iter().chain(accepted.split(',').filter_map(|range| range.split(';').next()));
    let mut known = wanted.filter_map(|tag| {
        let language = tag.trim().split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        TABLE.get_key_value(&language)
    });
    known.next().map(|(language, phrases)| (language.as_str(), phrases)).unwrap_or_else(|| ("en", &TABLE["en"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_says_everything() {
        for (language, phrases) in TABLE.iter() {
            for (text, mark) in [
                (&phrases.unsubscribe_text, "{shop}"),
                (&phrases.unsubscribed_text, "{shop}"),
                (&phrases.preferences, "{shop}"),
                (&phrases.forgotten_text, "{shop}"),
                (&phrases.paused, "{date}"),
                (&phrases.now, "{choice}"),
            ] {
                assert_eq!((text.matches(mark).count(), text.matches('{').count()), (1, 1), "{language}: {text}");
            }
            assert!(![&phrases.save, &phrases.all, &phrases.none_hint, &phrases.shop].into_iter().any(|text| text.is_empty()));
        }
    }

    #[test]
    fn a_reader_is_spoken_to_in_their_language() {
        for (locale, accepted, language) in [
            (Some("de-AT"), "fr", "de"),
            (Some("uk"), "fr-CA,en;q=0.5", "fr"),
            (None, "ja, ES;q=0.7", "es"),
            (None, "", "en"),
            (Some(""), "*", "en"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, accepted.parse().unwrap());
            assert_eq!(phrases(locale, &headers).0, language, "{locale:?} {accepted}");
        }
    }
}
