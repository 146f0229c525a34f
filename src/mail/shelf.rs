//! The templates a store has: its own, and the ready-made ones that it has not made its own.

use serde_json::Value;

use super::ready;
use super::template::Template;
use crate::id::SiteId;
use crate::store::{Db, On, StoreError, templates};

/// A template on the shelf.
#[derive(Debug, Clone, PartialEq)]
pub struct Shelved {
    pub template: Template,
    /// The store wrote it, or changed a ready-made one.
    pub own: bool,
}

/// All of them, by name.
pub async fn all(db: &Db, site: SiteId) -> Result<Vec<Shelved>, StoreError> {
    let mut shelf = Vec::new();
    for document in templates::all(db, site).await? {
        shelf.push(Shelved { template: read(site, document)?, own: true });
    }
    for template in ready::templates() {
        if !shelf.iter().any(|known| known.template.key == template.key) {
            shelf.push(Shelved { template, own: false });
        }
    }
    shelf.sort_by(|a, b| (&a.template.name, &a.template.key).cmp(&(&b.template.name, &b.template.key)));
    Ok(shelf)
}

/// Key and name of each, by name.
pub async fn names(db: &Db, site: SiteId) -> Result<Vec<(String, String)>, StoreError> {
    Ok(all(db, site).await?.into_iter().map(|shelved| (shelved.template.key, shelved.template.name)).collect())
}

/// The store's version, else the ready-made one of the same key.
pub async fn find(on: impl Into<On<'_>>, site: SiteId, key: &str) -> Result<Option<Shelved>, StoreError> {
    if let Some(document) = templates::find(on, site, key).await? {
        return Ok(Some(Shelved { template: read(site, document)?, own: true }));
    }
    Ok(ready(key).map(|template| Shelved { template, own: false }))
}

/// A ready-made one.
pub fn ready(key: &str) -> Option<Template> {
    ready::templates().into_iter().find(|known| known.key == key)
}

fn read(site: SiteId, document: Value) -> Result<Template, StoreError> {
    let row = format!("{site} {}", document["key"]);
    serde_json::from_value(document).map_err(|error| StoreError::Corrupt {
        table: "templates",
        column: "document",
        row,
        cause: error.to_string(),
    })
}
