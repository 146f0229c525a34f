//! The document a page gets: one variant, in the shopper's language, with all that is said by default, without what is no
//! page's business.

use serde_json::{Value, json};

use super::phrases::{Phrases, language};
use super::{QuestionType, Survey, texts};

/// What a variant may change.
pub(super) const PATCHABLE: &[&str] = &["placement", "questions", "endings", "translations", "theme"];

/// Fields of the page's document, besides the survey's own names, `locale`, `dir` and `words`.
const PAGE: &[&str] = &["placement", "trigger", "questions", "endings", "theme"];

/// Languages written from right to left.
const RIGHT_TO_LEFT: &[&str] = &["ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"];

/// The page's document for the wanted language and a variant. An unknown variant changes nothing.
pub fn localize(survey: &Survey, wanted: &str, variant: Option<&str>) -> Value {
    let mut document = survey.to_value();
    if let Some(variant) = survey.variants.iter().find(|candidate| Some(candidate.key.as_str()) == variant) {
        merge(&mut document, &Value::Object(variant.patch.clone()));
    }
    let locale = best(&document, wanted);
    let translation = document["translations"].get(&locale).and_then(Value::as_object).cloned().unwrap_or_default();
    let phrases = Phrases::of(&locale);
    let mut words = phrases.words.clone();
    for (path, text) in &translation {
        if let Some(word) = path.strip_prefix(texts::WORDS).and_then(|name| words.get_mut(name)) {
            *word = text.clone();
        } else if let Some(text) = text.as_str() {
            texts::replace(&mut document, path, text);
        }
    }
    for question in document["questions"].as_array_mut().into_iter().flatten() {
        fill_scale(question, phrases);
        // What is asked next in a stream is decided before the page.
        if let Some(fields) = question.as_object_mut() {
            fields.retain(|name, _| !["valid", "unless"].contains(&name.as_str()));
        }
    }
    let dir = dir(&locale);
    let mut page = json!({"key": survey.key, "kind": survey.kind, "locale": locale, "dir": dir, "words": words});
    for field in PAGE {
        page[field] = document[*field].take();
    }
    page
}

/// `rtl` or `ltr`.
pub fn dir(locale: &str) -> &'static str {
    if RIGHT_TO_LEFT.contains(&language(locale).as_str()) { "rtl" } else { "ltr" }
}

/// What a scale leaves unsaid: the names of its ends, and how far it goes.
fn fill_scale(question: &mut Value, phrases: &Phrases) {
    let Some(kind) = question["type"].as_str().and_then(QuestionType::parse) else { return };
    let (Some([low, high]), Some(fields)) = (phrases.ends(kind), question.as_object_mut()) else { return };
    fields.entry("low").or_insert_with(|| json!(low));
    fields.entry("high").or_insert_with(|| json!(high));
    // That of an NPS is in its name.
    if let Some((1, top)) = kind.scale(None) {
        fields.entry("max").or_insert_with(|| json!(top));
    }
}

/// Leaves the question at `index` alone, and of its jumps those that lead to an ending.
pub fn only(page: &mut Value, index: usize) {
    let Some(questions) = page["questions"].as_array_mut().filter(|all| index < all.len()) else { return };
    let keys: Vec<Value> = questions.iter().map(|question| question["key"].clone()).collect();
    let mut asked = questions.swap_remove(index);
    if let Some(jumps) = asked.get_mut("next").and_then(Value::as_array_mut) {
        jumps.retain(|jump| !keys.contains(&jump["go"]));
    }
    *questions = vec![asked];
}

/// The locale to use: the wanted one, or the same with its last parts cut off, or another of the same language, or the document's own.
fn best(document: &Value, wanted: &str) -> String {
    let own = document["locale"].as_str().unwrap_or_default();
    let translated = document["translations"].as_object().into_iter().flat_map(|all| all.keys().map(String::as_str));
    let available: Vec<&str> = std::iter::once(own).chain(translated).collect();
    nearest(&available, wanted).unwrap_or(own).to_owned()
}

fn nearest<'a>(available: &[&'a str], wanted: &str) -> Option<&'a str> {
    let wanted = wanted.replace('_', "-");
    let exact = |tag: &str| available.iter().find(|locale| locale.eq_ignore_ascii_case(tag));
    let mut shorter = std::iter::successors(Some(wanted.as_str()), |tag| tag.rsplit_once('-').map(|(rest, _)| rest));
    let found = shorter.find_map(exact).or_else(|| available.iter().find(|locale| language(locale) == language(&wanted)));
    found.copied()
}

/// The first of several wanted locales that the survey has, as it has it; else its own.
pub fn locale_of<'a>(survey: &Survey, wanted: impl IntoIterator<Item = &'a str>) -> String {
    let translated = survey.translations.keys().map(String::as_str);
    let available: Vec<&str> = std::iter::once(survey.locale.as_str()).chain(translated).collect();
    wanted.into_iter().find_map(|wanted| nearest(&available, wanted)).unwrap_or(&survey.locale).to_owned()
}

/// Applies a JSON merge patch (RFC 7396): objects are merged, `null` removes, all else replaces.
pub(super) fn merge(target: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    if let Some(fields) = target.as_object_mut() {
        for (name, value) in patch {
            if value.is_null() {
                fields.shift_remove(name);
            } else {
                merge(fields.entry(name.as_str()).or_insert(Value::Null), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survey() -> Survey {
        Survey::parse(&json!({
            "key": "s", "kind": "exit_intent", "name": "S", "locale": "en",
            "questions": [{"key": "why", "type": "single_choice", "prompt": "Why?", "choices": [{"key": "a", "label": "A"}, {"key": "b", "label": "B"}]}],
            "endings": [{"key": "bye", "title": "Bye"}],
            "translations": {
                "de": {"questions.why.prompt": "Warum?", "questions.why.choices.a.label": "Ah"},
                "pt-BR": {"questions.why.prompt": "Por quê?"},
                "he": {"endings.bye.title": "להתראות"}
            },
            "theme": {"accent": "#000", "radius": 4},
            "variants": [{"key": "a"}, {"key": "b", "patch": {"endings": [], "theme": {"radius": 12}}}]
        }))
        .unwrap()
    }

    #[test]
    fn picks_the_best_language() {
        let survey = survey();
        for (wanted, locale) in [
            ("de", "de"),
            ("de-AT", "de"),
            ("DE_at", "de"),
            ("pt", "pt-BR"),
            ("pt-PT", "pt-BR"),
            ("en-GB", "en"),
            ("fr", "en"),
            ("", "en"),
            ("-", "en"),
            ("d", "en"),
        ] {
            assert_eq!(localize(&survey, wanted, None)["locale"], locale, "{wanted}");
        }
    }

    #[test]
    fn texts_that_are_not_translated_stay() {
        let page = localize(&survey(), "de", None);
        assert_eq!(page["questions"][0]["prompt"], "Warum?");
        assert_eq!(page["questions"][0]["choices"][0]["label"], "Ah");
        assert_eq!(page["questions"][0]["choices"][1]["label"], "B");
        assert_eq!(page["dir"], "ltr");
        assert_eq!(localize(&survey(), "he-IL", None)["dir"], "rtl");
    }

    #[test]
    fn a_variant_is_patched_in_and_the_page_gets_no_more_than_it_needs() {
        let page = localize(&survey(), "de", Some("b"));
        let names: Vec<&String> = page.as_object().unwrap().keys().collect();
        assert_eq!(names, ["key", "kind", "locale", "dir", "words", "placement", "trigger", "questions", "endings", "theme"]);
        assert_eq!(page["endings"], json!([]));
        assert_eq!(page["theme"], json!({"accent": "#000", "radius": 12}));
        assert_eq!(localize(&survey(), "de", Some("a")), localize(&survey(), "de", Some("gone")));
    }

    #[test]
    fn the_page_is_told_every_word_in_the_surveys_language() {
        let survey = Survey::parse(&json!({
            "key": "s", "kind": "on_site", "name": "S", "locale": "de",
            "questions": [
                {"key": "nps", "type": "nps", "prompt": "?"},
                {"key": "csat", "type": "csat", "prompt": "?", "low": "Schlimm"},
                {"key": "ces", "type": "ces", "prompt": "?"},
                {"key": "stars", "type": "rating", "prompt": "?"},
                {"key": "ten", "type": "rating", "prompt": "?", "max": 10},
                {"key": "more", "type": "short_text", "prompt": "?"}
            ],
            "translations": {
                "de": {"words.send": "Abschicken"},
                "fi": {"questions.csat.low": "Kauheaa", "words.close": "Pois"},
                "uk": {"questions.nps.prompt": "?"}
            }
        }))
        .unwrap();
        for (wanted, close, send, ends) in [
            ("de-AT", "Schließen", "Abschicken", ["Sehr unwahrscheinlich", "Schlimm", "Sehr schwierig"]),
            ("fi", "Pois", "Lähetä", ["Erittäin epätodennäköistä", "Kauheaa", "Erittäin vaikeaa"]),
            ("uk", "Close", "Send", ["Not at all likely", "Schlimm", "Very difficult"]),
            ("fr", "Schließen", "Abschicken", ["Sehr unwahrscheinlich", "Schlimm", "Sehr schwierig"]),
        ] {
            let page = localize(&survey, wanted, None);
            assert_eq!((&page["words"]["close"], &page["words"]["send"]), (&json!(close), &json!(send)), "{wanted}");
            let lows: Vec<_> = (0..3).map(|at| page["questions"][at]["low"].as_str().unwrap()).collect();
            assert_eq!(lows, ends, "{wanted}");
        }
        let page = localize(&survey, "de", None);
        let tops: Vec<_> = (0..6).map(|at| page["questions"][at]["max"].as_u64()).collect();
        assert_eq!(tops, [None, Some(5), Some(7), Some(5), Some(10), None]);
        assert!(page["questions"][5].get("low").is_none());
    }

    #[test]
    fn merges_as_the_standard_says() {
        for (target, patch, result) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [1, 2]}), json!({"a": [3]}), json!({"a": [3]})),
            (json!([1]), json!({"a": 1}), json!({"a": 1})),
            (json!({}), json!({"a": {"b": {"c": null}}}), json!({"a": {"b": {}}})),
        ] {
            let mut merged = target;
            merge(&mut merged, &patch);
            assert_eq!(merged, result);
        }
    }
}
