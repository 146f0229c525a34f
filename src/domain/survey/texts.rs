//! Addresses of translatable texts: `questions.reason.prompt`, `questions.reason.choices.price.label`,
//! `endings.offer.button.label`, and of our own words, `words.close`. Keys hold no dot, so the parts are never in doubt.

use serde_json::Value;

use super::phrases;
use crate::domain::report::Fields;

/// What the addresses of our own words begin with.
pub(super) const WORDS: &str = "words.";

/// Fields that hold a text for shoppers.
const TEXTS: &[&str] = &["prompt", "help", "low", "high", "placeholder", "consent", "label", "title", "text"];

/// Whether there is such a text.
pub(super) fn exists(document: &Fields<'_>, path: &str) -> bool {
    if let Some(word) = path.strip_prefix(WORDS) {
        return phrases::words().any(|name| name == word);
    }
    let Some((list, rest)) = path.split_once('.') else { return false };
    is_root(list) && document.get(list).is_some_and(|list| find(list, rest).is_some())
}

/// Replaces a text of the document; a path that does not exist (any more) is passed over.
pub(super) fn replace(document: &mut Value, path: &str, text: &str) {
    let Some((list, rest)) = path.split_once('.') else { return };
    if let Some(pointer) = document.get(list).filter(|_| is_root(list)).and_then(|value| find(value, rest))
        && let Some(slot) = document.pointer_mut(&format!("/{list}{pointer}"))
    {
        *slot = text.into();
    }
}

fn is_root(list: &str) -> bool {
    ["questions", "endings"].contains(&list)
}

/// The JSON pointer of a text below a list of keyed objects.
fn find(list: &Value, path: &str) -> Option<String> {
    let (key, rest) = path.split_once('.')?;
    let at = list.as_array()?.iter().position(|item| item["key"] == key)?;
    let item = &list[at];
    let below = match rest.split_once('.') {
        None if TEXTS.contains(&rest) && item[rest].is_string() => format!("/{rest}"),
        Some(("button", "label")) if item["button"]["label"].is_string() => "/button/label".to_owned(),
        Some((inner @ ("choices" | "rows"), rest)) => format!("/{inner}{}", find(&item[inner], rest)?),
        _ => return None,
    };
    Some(format!("/{at}{below}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn finds_texts_and_nothing_else() {
        let mut document = json!({
            "questions": [{"key": "a", "prompt": "A", "type": "matrix", "rows": [{"key": "r", "label": "R"}], "choices": [{"key": "label", "label": "C"}]}],
            "endings": [{"key": "bye", "title": "Bye", "button": {"label": "Go", "url": "/"}}]
        });
        for path in [
            "questions.a.prompt",
            "questions.a.rows.r.label",
            "questions.a.choices.label.label",
            "endings.bye.title",
            "endings.bye.button.label",
        ] {
            replace(&mut document, path, "new");
        }
        assert_eq!(document.to_string().matches(r#""new""#).count(), 5);
        let before = document.clone();
        for path in [
            "",
            "questions",
            "questions.a",
            "questions.a.type",
            "questions.a.key",
            "questions.b.prompt",
            "questions.a.help",
            "endings.bye.button.url",
            "theme.a.text",
            "questions.a.choices.r.label",
        ] {
            replace(&mut document, path, "other");
        }
        assert_eq!(document, before);
    }
}
