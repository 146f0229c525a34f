//! Translations and variants: what they change must exist, and what comes out must be a valid survey.

use serde_json::Value;

use crate::domain::{
    report::{Fields, Report},
    survey::{localize, texts},
};

/// Most variants in a survey.
const MAX_VARIANTS: usize = 10;
const MAX_LOCALES: usize = 100;

pub(super) fn translations(fields: &Fields<'_>, report: &mut Report) {
    let Some(locales) = fields.get("translations").and_then(|value| report.map(value, &fields.at("translations"))) else {
        return;
    };
    if locales.each().count() > MAX_LOCALES {
        report.add(fields.at("translations"), format!("at most {MAX_LOCALES} languages are allowed"));
    }
    for (locale, path, value) in locales.each() {
        if !super::is_locale(locale) {
            report.add(&path, format!("{locale:?} should be {}", super::LOCALE));
        }
        let Some(locale_texts) = report.map(value, &path) else { continue };
        for (text_path, path, _) in locale_texts.each() {
            report.text(&locale_texts, text_path);
            if !texts::exists(fields, text_path) {
                report.add(
                    path,
                    format!(
                        "there is no text {text_path:?}: write for example questions.reason.prompt, with the keys of this survey, or words.close"
                    ),
                );
            }
        }
    }
}

pub(super) fn check(fields: &Fields<'_>, document: &Value, report: &mut Report) {
    let mut keys = Vec::new();
    let mut weights = 0.0;
    let variants = report.list(fields, "variants", 0..=MAX_VARIANTS);
    for (path, value) in &variants {
        let Some(variant) = report.object(value, path, &["key", "weight", "patch"]) else { continue };
        if let Some(key) = report.key(&variant) {
            report.unique(&mut keys, key, variant.at("key"));
        }
        weights += report.number(&variant, "weight", 0.0..=1000.0).unwrap_or(1.0);
        if let Some(patch) = variant.get("patch") {
            self::patch(patch, &variant.at("patch"), document, report);
        }
    }
    if !variants.is_empty() && weights == 0.0 {
        report.add(fields.at("variants"), "every weight is 0, so nobody would see a variant");
    }
}

/// A patch may change what the page shows, not whom the survey is for: that is settled before the arm is.
fn patch(patch: &Value, path: &str, document: &Value, report: &mut Report) {
    if report.object(patch, path, localize::PATCHABLE).is_none() {
        return;
    }
    let mut patched = super::with_defaults(document);
    localize::merge(&mut patched, patch);
    let mut inner = Report::default();
    if let Some(fields) = inner.object(&patched, "", super::FIELDS) {
        super::base(&fields, &mut inner);
    }
    // A text that the variant drops needs no translation there, and a jump to an ending that it drops leads to the end.
    let dropped = |path: &str| {
        (path.starts_with("translations.") && patch.get("translations").is_none())
            || (path.ends_with(".go") && patch.get("questions").is_none())
    };
    for problem in inner.problems.into_iter().filter(|problem| !dropped(&problem.path)) {
        report.add(format!("{path}.{}", problem.path), format!("{} (in the patched survey)", problem.message));
    }
}
