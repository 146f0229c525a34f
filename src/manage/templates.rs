//! A store's templates: saving them, and taking them off the shelf again.

use super::Refused;
use crate::clock::Millis;
use crate::domain::flow::{Action, Flow};
use crate::domain::report::is_key;
use crate::id::{FlowId, SiteId};
use crate::mail::Template;
use crate::mail::shelf;
use crate::mail::template::Fault;
use crate::store::flows::Status;
use crate::store::{Db, StoreError, Tx, audit, flows, templates};

pub use crate::mail::shelf::{Shelved, find as load, names as list};

/// Templates of one store's own.
const MOST: usize = 200;
/// Languages of one template.
const MOST_VERSIONS: usize = 30;

/// Why a template is not saved.
#[derive(Debug, thiserror::Error)]
pub enum NotSaved {
    /// What is wrong in its texts.
    #[error("the template has {} faults", .0.len())]
    Faults(Vec<Fault>),
    #[error(transparent)]
    Refused(#[from] Refused),
}

impl From<StoreError> for NotSaved {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

/// Makes a template the store's own, or changes it. Nothing is saved while anything is wrong with it.
pub async fn save(tx: &mut Tx, site: SiteId, template: &Template, by: &str, now: Millis) -> Result<(), NotSaved> {
    check_names(template)?;
    let faults = template.check();
    if !faults.is_empty() {
        return Err(NotSaved::Faults(faults));
    }
    let known = templates::find(&mut *tx, site, &template.key).await?.is_some();
    if !known && templates::all(&mut *tx, site).await?.len() >= MOST {
        return Err(Refused::invalid("key", format!("a store has {MOST} templates at most")).into());
    }
    // Texts and names.
    let document = serde_json::to_value(template).expect("plain values");
    templates::put(tx, site, &template.key, &document, now).await?;
    let action = if known { "template.save" } else { "template.create" };
    audit::record(tx, site, by, action, &template.key, now).await?;
    Ok(())
}

fn check_names(template: &Template) -> Result<(), Refused> {
    if !is_key(&template.key) {
        return Err(Refused::invalid("key", "needs 1 to 64 letters of a-z 0-9 _ -"));
    }
    let name = template.name.trim();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        return Err(Refused::invalid("name", "needs 1 to 100 characters in one line"));
    }
    if template.versions.len() > MOST_VERSIONS {
        return Err(Refused::invalid("versions", format!("a template has {MOST_VERSIONS} languages at most")));
    }
    if let Some(locale) = template.versions.keys().find(|locale| !is_locale(locale)) {
        return Err(Refused::invalid("locale", format!("{locale:?} is not a language such as en or de-AT")));
    }
    let texts = template.versions.values().flat_map(|version| [&version.subject, &version.body, &version.text]);
    // Postgres cannot hold it.
    match texts.into_iter().any(|text| text.contains('\0')) {
        true => Err(Refused::invalid("body", "holds a character that is no text")),
        false => Ok(()),
    }
}

/// `de`, `de-AT`, `zh-Hant-TW`.
pub fn is_locale(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts.next().is_some_and(|part| (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_lowercase()));
    language
        && text.len() <= 35
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Takes a store's own template away; of a ready-made one that it had changed, the ready-made text is back. Any other is refused
/// while a live flow sends it.
pub async fn remove(tx: &mut Tx, site: SiteId, key: &str, by: &str, now: Millis) -> Result<(), Refused> {
    let back = shelf::ready(key).is_some();
    if !back
        && let Some(flow) = uses(&mut *tx, site).await?.into_iter().find(|used| used.live && used.keys.iter().any(|k| k == key))
    {
        return Err(Refused::invalid("key", format!("the live follow-up “{}” sends it: pause that first", flow.name)));
    }
    if templates::delete(tx, site, key).await? {
        audit::record(tx, site, by, if back { "template.reset" } else { "template.delete" }, key, now).await?;
    }
    Ok(())
}

/// What a flow sends.
#[derive(Debug, Clone, PartialEq)]
pub struct Use {
    pub flow: FlowId,
    pub name: String,
    /// People enter it.
    pub live: bool,
    /// Of the templates in its newest revision, each once.
    pub keys: Vec<String>,
}

/// The published flows of a store with the templates they send.
pub async fn uses(tx: &mut Tx, site: SiteId) -> Result<Vec<Use>, StoreError> {
    let mut found = Vec::new();
    for entry in flows::list(&mut *tx, site).await? {
        let Some(revision) = flows::revision(&mut *tx, site, entry.id, entry.revision).await? else { continue };
        let (live, keys) = (entry.status == Status::Live, sends(&revision.document));
        found.push(Use { flow: entry.id, name: entry.name, live, keys });
    }
    Ok(found)
}

fn sends(flow: &Flow) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for step in &flow.steps {
        if let Action::Email { template, .. } = &step.action
            && !keys.contains(template)
        {
            keys.push(template.clone());
        }
    }
    keys
}

/// A key that is free, made of a name: `Last call!` → `last-call`, `last-call-2`.
pub async fn free_key(db: &Db, site: SiteId, name: &str) -> Result<String, StoreError> {
    let mut taken: Vec<String> = shelf::names(db, site).await?.into_iter().map(|(key, _)| key).collect();
    // The address of the page that makes one.
    taken.push("new".to_owned());
    let letters = name.to_lowercase();
    let words = letters.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let base: String = words.collect::<Vec<_>>().join("-").chars().take(50).collect();
    let base = if base.is_empty() { "mail".to_owned() } else { base.trim_end_matches('-').to_owned() };
    let numbered = (2..).map(|n| format!("{base}-{n}"));
    Ok(std::iter::once(base.clone()).chain(numbered).find(|key| !taken.contains(key)).unwrap_or(base))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_tags() {
        assert!(["en", "de-AT", "zh-Hant-TW", "fil"].into_iter().all(is_locale));
        for bad in ["", "e", "EN", "deutsch", "de_AT", "de-", "de-A", "en-<b>", "en us", &format!("en{}", "-abcdefgh".repeat(4))]
        {
            assert!(!is_locale(bad), "{bad}");
        }
    }
}
