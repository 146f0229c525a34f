//! A mail template as a store writes it: a version for each language, checked when it is saved, rendered for one reader.

use std::collections::BTreeMap;

use mrml::prelude::render::RenderOptions;
use serde::{Deserialize, Serialize};

use super::data::Data;
use super::engine::{self, Kind};
use super::text;

/// Bytes a template's body may have.
const MAX_SOURCE: usize = 100 * 1024;
/// Letters a subject may have once it is rendered; more is cut.
const MAX_SUBJECT: usize = 200;
/// Gmail hides what comes after this many bytes, the link to unsubscribe first of all.
const CLIPPED_AT: usize = 102 * 1024;

/// A template of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Its stable name within the site; flows use it.
    pub key: String,
    /// What the owner calls it.
    pub name: String,
    /// The version for readers whose language there is none for.
    pub locale: String,
    /// Language (`en`, `de-AT`) → texts.
    pub versions: BTreeMap<String, Version>,
}

/// The texts of one language. All are templates in Jinja's language over [`Data`] and `locale`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// One line of plain text.
    pub subject: String,
    /// HTML, or MJML if it begins with `<mjml`.
    pub body: String,
    /// Plain text; made of the body when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// A mail's texts, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The language that was found for the reader.
    pub locale: String,
    /// Without line breaks or control characters, whatever a name may hold.
    pub subject: String,
    /// The part most readers see.
    pub html: String,
    /// The part for the rest.
    pub text: String,
}

/// A mistake in a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{path}{}: {message}", line.map(|n| format!(", line {n}")).unwrap_or_default())]
pub struct Fault {
    /// Which text, `versions.de.subject`.
    pub path: String,
    /// Counted from 1, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// What is wrong, and what to do.
    pub message: String,
}

impl Fault {
    pub(super) fn new(line: Option<usize>, message: impl Into<String>) -> Self {
        Self { path: String::new(), line, message: message.into() }
    }

    fn at(self, path: String) -> Self {
        Self { path, ..self }
    }
}

impl Template {
    /// Every mistake that can be found before a mail is sent: grammar, unknown names, names that may be missing, a
    /// missing link to unsubscribe, too much text. It is rendered with [`Data::full`] and with [`Data::bare`].
    pub fn check(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !self.versions.contains_key(&self.locale) {
            faults.push(Fault::new(None, format!("there is no version for {:?}", self.locale)).at("locale".into()));
        }
        for (locale, version) in &self.versions {
            let texts = [
                ("subject", &version.subject, Kind::Plain),
                ("body", &version.body, Kind::Html),
                ("text", &version.text, Kind::Plain),
            ];
            for (name, source, kind) in texts {
                // The text may be empty; it is made of the body.
                if source.is_empty() && name == "text" {
                    continue;
                }
                if let Err(fault) = check_text(name, source, kind, locale) {
                    faults.push(fault.at(format!("versions.{locale}.{name}")));
                }
            }
        }
        faults
    }

    /// Renders the version that fits the wanted language best.
    ///
    /// # Errors
    /// The first mistake: most often a name that has no value in this mail.
    pub fn render(&self, wanted: &str, data: &Data) -> Result<Rendered, Fault> {
        let Some((locale, version)) = self.version(wanted) else {
            return Err(Fault::new(None, "the template has no version").at("versions".into()));
        };
        let at = |name: &str| format!("versions.{locale}.{name}");
        let subject = engine::render(&version.subject, Kind::Plain, data, locale).map_err(|f| f.at(at("subject")))?;
        let html = render_body(&version.body, data, locale).map_err(|f| f.at(at("body")))?;
        let text = match version.text.is_empty() {
            true => text::from_html(&html),
            false => engine::render(&version.text, Kind::Plain, data, locale).map_err(|f| f.at(at("text")))?,
        };
        Ok(Rendered { locale: locale.to_owned(), subject: one_line(&subject), html, text })
    }

    /// `de-AT` → `de-AT`, else `de`, else another German, else the template's own.
    fn version(&self, wanted: &str) -> Option<(&str, &Version)> {
        let wanted = wanted.replace('_', "-");
        let language = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let exact = |tag: &str| self.versions.iter().find(|(locale, _)| locale.eq_ignore_ascii_case(tag));
        std::iter::successors(Some(wanted.as_str()), |tag| tag.rsplit_once('-').map(|(rest, _)| rest))
            .find_map(exact)
            .or_else(|| self.versions.iter().find(|(locale, _)| language(locale) == language(&wanted)))
            .or_else(|| exact(&self.locale))
            .map(|(locale, version)| (locale.as_str(), version))
    }
}

fn check_text(name: &str, source: &str, kind: Kind, locale: &str) -> Result<(), Fault> {
    if source.trim().is_empty() {
        return Err(Fault::new(None, "this is empty"));
    }
    if source.len() > MAX_SOURCE {
        return Err(Fault::new(None, format!("this is longer than {} KiB", MAX_SOURCE / 1024)));
    }
    if name == "subject" && source.trim().contains(['\n', '\r']) {
        return Err(Fault::new(Some(2), "a subject is one line"));
    }
    engine::parse(source, kind)?;
    check_with(name, source, kind, locale, &Data::full())?;
    check_with(name, source, kind, locale, &Data::bare()).map_err(|fault| Fault {
        message: format!("{} (with a reader of whom little is known: no name, answers, pictures or coupon)", fault.message),
        ..fault
    })
}

fn check_with(name: &str, source: &str, kind: Kind, locale: &str, data: &Data) -> Result<(), Fault> {
    let rendered = match kind {
        Kind::Html => render_body(source, data, locale)?,
        Kind::Plain => engine::render(source, kind, data, locale)?,
    };
    if name != "subject" && !rendered.contains(&data.links.unsubscribe) {
        return Err(Fault::new(None, "the link {{ links.unsubscribe }} must be in it"));
    }
    if rendered.len() > CLIPPED_AT {
        let message = format!("the mail has {} KiB; Gmail hides what comes after {}", rendered.len() / 1024, CLIPPED_AT / 1024);
        return Err(Fault::new(None, message));
    }
    Ok(())
}

fn render_body(source: &str, data: &Data, locale: &str) -> Result<String, Fault> {
    let rendered = engine::render(source, Kind::Html, data, locale)?;
    match rendered.trim_start().starts_with("<mjml") {
        true => from_mjml(rendered.trim_start()),
        false => Ok(rendered),
    }
}

fn from_mjml(mjml: &str) -> Result<String, Fault> {
    let parsed = mrml::parse(mjml).map_err(|error| Fault::new(None, format!("MJML: {error}{}", excerpt(mjml, &error))))?;
    // No fonts from other servers: a mail that is opened tells nobody.
    let options = RenderOptions { disable_comments: true, fonts: Default::default(), ..RenderOptions::default() };
    let html = parsed.element.render(&options).map_err(|error| Fault::new(None, format!("MJML: {error}")))?;
    // What it does not know it passes on; values are escaped, so such a tag is the author's.
    match html.split_once("<mj-") {
        Some((_, unknown)) => {
            let name: String = unknown.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').take(40).collect();
            Err(Fault::new(None, format!("MJML: there is no element <mj-{name}>, or it may not stand there")))
        }
        None => Ok(html),
    }
}

/// The piece of MJML an error speaks of: its position is in the rendered text, where lines are not the author's.
fn excerpt(mjml: &str, error: &mrml::prelude::parser::Error) -> String {
    use mrml::prelude::parser::Error::*;
    let span = match error {
        UnexpectedElement { position, .. }
        | UnexpectedToken { position, .. }
        | MissingAttribute { position, .. }
        | InvalidAttribute { position, .. }
        | InvalidFormat { position, .. }
        | IncludeLoaderError { position, .. } => position.start..position.end,
        _ => return String::new(),
    };
    mjml.get(span).map(|piece| format!(", at `{}`", piece.chars().take(60).collect::<String>())).unwrap_or_default()
}

/// What goes into a header: one line, no control characters, not endless.
pub(super) fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(MAX_SUBJECT).collect()
}

#[cfg(test)]
mod tests;
