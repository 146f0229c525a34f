//! `POST …/{key}/languages` adds a language or removes one; `POST …/{key}/remove` takes the store's own text away.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::TemplateAccess;
use super::edit::{self, Flaw};
use crate::boot::App;
use crate::manage::Refused;
use crate::manage::templates::{self, NotSaved};
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;

#[derive(Deserialize)]
pub struct Language {
    locale: String,
    /// Which button: `add` or `remove`.
    then: String,
}

pub async fn languages(
    State(app): State<Arc<App>>,
    access: TemplateAccess,
    form: CsrfForm<Language>,
) -> Result<Response, PageError> {
    let Language { locale, then } = form.into_inner();
    let (locale, mut template) = (locale.trim().to_owned(), access.shelved.template.clone());
    let done = if then == "remove" {
        if locale == template.locale {
            return edit::refused(&access, Flaw::of("Languages", "the main language cannot be removed"));
        }
        template.versions.remove(&locale);
        "removed"
    } else {
        let main = template.versions.get(&template.locale).cloned().unwrap_or_default();
        template.versions.entry(locale.clone()).or_insert(main);
        "added"
    };
    let mut tx = app.db.begin().await?;
    match templates::save(&mut tx, access.site.site.id, &template, access.site.actor(), app.clock.now()).await {
        Ok(()) => tx.commit().await?,
        Err(NotSaved::Refused(Refused::Store(error))) => return Err(error.into()),
        Err(NotSaved::Refused(Refused::Invalid { message, .. })) => {
            return edit::refused(&access, Flaw::of("Languages", &message));
        }
        Err(NotSaved::Faults(faults)) => {
            let first = faults.first().map(ToString::to_string).unwrap_or_default();
            return edit::refused(&access, Flaw::of("Languages", &first));
        }
    }
    Ok(access.done(&locale, done).into_response())
}

#[derive(Deserialize)]
pub struct Nothing {}

pub async fn remove(
    State(app): State<Arc<App>>,
    access: TemplateAccess,
    _checked: CsrfForm<Nothing>,
) -> Result<Response, PageError> {
    let (site, key) = (&access.site.site, &access.shelved.template.key);
    let mut tx = app.db.begin().await?;
    match templates::remove(&mut tx, site.id, key, access.site.actor(), app.clock.now()).await {
        Ok(()) => tx.commit().await?,
        Err(Refused::Store(error)) => return Err(error.into()),
        Err(Refused::Invalid { message, .. }) => return edit::refused(&access, Flaw::of("Delete", &message)),
    }
    Ok(match access.ready {
        true => Redirect::to(&format!("{}?done=reset", access.path())),
        false => Redirect::to(&format!("/admin/{}/mail/templates?done=deleted", site.key)),
    }
    .into_response())
}
