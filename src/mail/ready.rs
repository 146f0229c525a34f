//! Templates to begin with, in English and German. A store gets a copy of its own, to change as it likes: once made, a template
//! needs nothing of this file.

use std::collections::BTreeMap;

use serde_json::Value;

use super::template::{Template, Version};

const LAYOUT: &str = include_str!("../../templates/mail/layout.mjml");
const TEXTS: &str = include_str!("../../templates/mail/texts.json");
const BODIES: [(&str, &str); 4] = [
    ("cart_recovery", include_str!("../../templates/mail/cart_recovery.mjml")),
    ("detractor_rescue", include_str!("../../templates/mail/detractor_rescue.mjml")),
    ("thank_you", include_str!("../../templates/mail/thank_you.mjml")),
    ("win_back", include_str!("../../templates/mail/win_back.mjml")),
];

/// All of them. Keys are written as flows name them: `cart-recovery`, `detractor-rescue`, `thank-you`, `win-back`.
pub fn templates() -> Vec<Template> {
    // The files are in the binary, and a test reads them all.
    let texts: Value = serde_json::from_str(TEXTS).expect("texts.json is JSON");
    BODIES.iter().map(|(file, body)| template(file, body, &texts)).collect()
}

fn template(file: &str, body: &str, texts: &Value) -> Template {
    let name = texts[file]["en"]["name"].as_str().unwrap_or(file).to_owned();
    let versions = ["en", "de"].map(|locale| (locale.to_owned(), version(file, body, locale, texts)));
    Template { key: file.replace('_', "-"), name, locale: "en".into(), versions: BTreeMap::from(versions) }
}

/// The layout with the body in it, and every `[[mark]]` replaced by its text.
fn version(file: &str, body: &str, locale: &str, texts: &Value) -> Version {
    let mut mjml = LAYOUT.replace("[[body]]", body.trim_end());
    let mut subject = String::new();
    for (mark, text) in [&texts["common"][locale], &texts[file][locale]].into_iter().filter_map(Value::as_object).flatten() {
        let text = text.as_str().unwrap_or_default();
        mjml = mjml.replace(&format!("[[{mark}]]"), text);
        if mark == "subject" {
            subject = text.to_owned();
        }
    }
    Version { subject, body: mjml, text: String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::Data;

    #[test]
    fn they_have_no_faults() {
        for template in templates() {
            assert_eq!(template.check(), [], "{}", template.key);
            for version in template.versions.values() {
                assert!(!version.body.contains("[["), "{}: a mark without a text", template.key);
            }
        }
    }

    #[test]
    fn they_say_what_the_reader_said() {
        let all = templates();
        let recovery = all.iter().find(|template| template.key == "cart-recovery").unwrap();
        let mut data = Data::full();
        for (choice, words) in
            [("shipping", "shipping cost"), ("unsure", "not sure it is the right"), ("other", "left something in your cart")]
        {
            data.answers.get_mut("reason").unwrap().choice = Some(choice.into());
            let mail = recovery.render("en-GB", &data).unwrap();
            assert!(mail.html.contains(words) && mail.text.contains(words), "{choice}: {}", mail.text);
        }
        let german = recovery.render("de-AT", &data).unwrap();
        assert!(german.html.contains("59,90\u{a0}€") && german.html.contains("lang=\"de\""));
        assert!(german.text.contains(&data.links.unsubscribe) && german.text.contains("SHIP-7Q2M"), "{}", german.text);
    }

    /// `MAIL_PREVIEW=DIR cargo test ready` writes them out to be looked at.
    #[test]
    fn they_can_be_looked_at() {
        for template in templates() {
            for (what, data) in [("full", Data::full()), ("bare", Data::bare())] {
                for locale in template.versions.keys() {
                    let mail = template.render(locale, &data).unwrap();
                    assert!(mail.html.len() < 60 * 1024, "{} has {} bytes", template.key, mail.html.len());
                    if let Ok(dir) = std::env::var("MAIL_PREVIEW") {
                        let path = std::path::Path::new(&dir).join(format!("{}.{locale}.{what}", template.key));
                        std::fs::write(path.with_added_extension("html"), &mail.html).unwrap();
                        std::fs::write(path.with_added_extension("txt"), format!("{}\n\n{}", mail.subject, mail.text)).unwrap();
                    }
                }
            }
        }
    }
}
