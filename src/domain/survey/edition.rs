//! A survey as one shopper gets it: in their language, of their arm, for a page that the server draws.

use serde_json::{Map, Value};

use super::{PageWords, Survey, dir, localize, only};

/// One variant in one language.
#[derive(Debug, Clone)]
pub struct Edition {
    /// Its questions, endings and theme are the edition's; all else is the document's.
    pub survey: Survey,
    /// The language.
    pub locale: String,
    /// `rtl` or `ltr`.
    pub dir: &'static str,
    words: Map<String, Value>,
}

impl Edition {
    /// The edition for the language nearest to `wanted` and the variant of this key; of the question at `asked` alone, if it is to
    /// ask no more.
    pub fn new(survey: &Survey, wanted: &str, variant: Option<&str>, asked: Option<usize>) -> Self {
        let mut page = localize(survey, wanted, variant);
        if let Some(asked) = asked {
            only(&mut page, asked);
        }
        let locale = page["locale"].as_str().unwrap_or(&survey.locale).to_owned();
        let words = page["words"].as_object().cloned().unwrap_or_default();
        let mut own = survey.clone();
        // The document was checked with its variants; one that cannot be read all the same stays as it is.
        if let Ok(questions) = serde_json::from_value(page["questions"].take()) {
            own.questions = questions;
        }
        if let Ok(endings) = serde_json::from_value(page["endings"].take()) {
            own.endings = endings;
        }
        if let Ok(theme) = serde_json::from_value(page["theme"].take()) {
            own.theme = theme;
        }
        Self { survey: own, dir: dir(&locale), locale, words }
    }

    /// A word of the script's: `next`, `required`, ….
    pub fn word(&self, name: &str) -> &str {
        self.words.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A word of the hosted page's own.
    pub fn page_words(&self) -> &'static PageWords {
        PageWords::of(&self.locale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn is_of_one_language_and_one_arm() {
        let survey = Survey::parse(&json!({
            "key": "s", "kind": "link", "name": "S",
            "questions": [
                {"key": "a", "type": "nps", "prompt": "How?", "next": [{"if": {"answer": "a", "op": "gt", "value": 8}, "go": "b"}, {"go": "bye"}]},
                {"key": "b", "type": "short_text", "prompt": "Why?"}
            ],
            "endings": [{"key": "bye", "title": "Bye"}],
            "translations": {"ar": {"questions.a.prompt": "كيف؟"}},
            "variants": [{"key": "x", "patch": {"endings": [{"key": "bye", "title": "Ciao"}]}}]
        }))
        .unwrap();
        let edition = Edition::new(&survey, "ar-EG", Some("x"), None);
        assert_eq!((edition.locale.as_str(), edition.dir), ("ar", "rtl"));
        assert_eq!((edition.survey.questions[0].prompt.as_str(), edition.survey.endings[0].title.as_str()), ("كيف؟", "Ciao"));
        assert_ne!(edition.word("next"), "Next");
        let only = Edition::new(&survey, "en", None, Some(0)).survey;
        assert_eq!(only.questions.iter().map(|q| q.key.as_str()).collect::<Vec<_>>(), ["a"]);
        assert_eq!(only.questions[0].next.iter().map(|jump| jump.go.as_str()).collect::<Vec<_>>(), ["bye"]);
        let last = Edition::new(&survey, "en", None, Some(1)).survey.questions;
        assert_eq!(last.iter().map(|q| q.key.as_str()).collect::<Vec<_>>(), ["b"]);
    }
}
