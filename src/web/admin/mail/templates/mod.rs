//! A store's mail templates: which there are, changing them, looking at them.

pub mod change;
pub mod edit;
pub mod list;
pub mod new;
pub mod preview;
pub mod trial;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Redirect;

use crate::boot::App;
use crate::flows;
use crate::id::CustomerId;
use crate::mail::shelf::Shelved;
use crate::mail::{Data, shelf};
use crate::web::admin::access::{SiteAccess, param};
use crate::web::admin::error::PageError;

/// A template of a store that this person may see.
pub struct TemplateAccess {
    pub site: SiteAccess,
    pub shelved: Shelved,
    /// Whether there is a ready-made one of the same key.
    pub ready: bool,
}

impl FromRequestParts<Arc<App>> for TemplateAccess {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, PageError> {
        let site = SiteAccess::from_request_parts(parts, app).await?;
        let key = param(parts, app, "key").await?;
        let shelved = shelf::find(&app.db, site.site.id, &key).await?.ok_or(PageError::NotFound)?;
        Ok(Self { ready: shelf::ready(&key).is_some(), site, shelved })
    }
}

impl TemplateAccess {
    fn path(&self) -> String {
        format!("/admin/{}/mail/templates/{}", self.site.site.key, self.shelved.template.key)
    }

    /// Back to the editor, which says what was done.
    fn done(&self, lang: &str, done: &str) -> Redirect {
        Redirect::to(&format!("{}?lang={lang}&done={done}", self.path()))
    }

    /// The wanted language if there is one, else the template's own.
    fn lang(&self, wanted: Option<&str>) -> String {
        let template = &self.shelved.template;
        wanted.filter(|lang| template.versions.contains_key(*lang)).unwrap_or(&template.locale).to_owned()
    }
}

/// Whose mail is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Made up, with everything known.
    Full,
    /// Made up, with next to nothing known.
    Bare,
    Person(CustomerId),
}

impl Reader {
    fn parse(word: &str) -> Self {
        match word {
            "bare" => Self::Bare,
            word => word.parse().map_or(Self::Full, Self::Person),
        }
    }

    fn word(self) -> String {
        match self {
            Self::Full => "full".to_owned(),
            Self::Bare => "bare".to_owned(),
            Self::Person(id) => id.to_string(),
        }
    }

    /// What a template is given for them.
    async fn data(self, app: &App, access: &SiteAccess) -> Result<Data, PageError> {
        let site = &access.site;
        Ok(match self {
            Self::Full => flows::made_up(&app.sender, site, false),
            Self::Bare => flows::made_up(&app.sender, site, true),
            Self::Person(id) => {
                let mut tx = app.db.begin().await?;
                let data = flows::example(&mut tx, &app.sender, site, id).await?;
                tx.rollback().await?;
                data.ok_or(PageError::NotFound)?
            }
        })
    }
}
