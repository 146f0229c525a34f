//! The two documents of a survey: as it was last saved, and as pages see it.

use serde_json::Value;

use crate::domain::survey::{Problem, Survey, Theme, contrast};
use crate::store::surveys::{self, Entry};
use crate::store::{Db, StoreError};
use crate::web::admin::error::PageError;

pub struct Documents {
    /// As last saved.
    pub saved: Value,
    /// The same, read; `None` if an older version of the program saw it differently.
    pub draft: Option<Survey>,
    /// The newest revision.
    pub published: Option<Survey>,
}

impl Documents {
    pub async fn load(db: &Db, site: crate::id::SiteId, entry: &Entry) -> Result<Self, PageError> {
        let saved = surveys::draft(db, site, entry.id).await?.ok_or(PageError::NotFound)?;
        let published = surveys::revision(db, site, entry.id, entry.revision).await?.map(|revision| revision.document);
        Ok(Self { draft: Survey::parse(&saved).ok(), saved, published })
    }

    /// Whether something was saved that pages do not see.
    pub fn is_ahead(&self) -> bool {
        self.published.is_some() && self.draft != self.published
    }

    /// What the results refer to.
    pub fn shown(&self) -> Result<&Survey, StoreError> {
        self.published.as_ref().or(self.draft.as_ref()).ok_or_else(|| StoreError::Corrupt {
            table: "surveys",
            column: "draft",
            row: self.saved["key"].to_string(),
            cause: "not a survey document".into(),
        })
    }

    /// Colours of the draft, or of what it takes from the store, that the page will have to mend.
    pub fn mended(&self, store: &Theme) -> Vec<Problem> {
        self.draft.as_ref().map_or_else(Vec::new, |draft| contrast::warnings(&draft.theme.clone().or(store)))
    }

    /// The draft, laid out for the editor.
    pub fn text(&self) -> String {
        // A JSON value always has a JSON text.
        serde_json::to_string_pretty(&self.saved).expect("JSON of JSON")
    }
}
