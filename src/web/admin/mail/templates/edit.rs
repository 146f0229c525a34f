//! `/admin/{site}/mail/templates/{key}`: one language of a template. Whatever is wrong with it is told at once, with its line; what
//! was entered stays.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::TemplateAccess;
use crate::boot::App;
use crate::mail::template::Version;
use crate::manage::Refused;
use crate::manage::templates::{self, NotSaved};
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::page::{Page, Tab, render};

#[derive(Template)]
#[template(path = "admin/mail/edit.html")]
struct EditPage {
    page: Page,
    path: String,
    back: String,
    name: String,
    key: String,
    own: bool,
    ready: bool,
    lang: String,
    /// Language, and whether it is the one that is edited.
    languages: Vec<(String, bool)>,
    /// Its language is for everybody whose own there is none for.
    main: bool,
    version: Version,
    flaws: Vec<Flaw>,
    notice: Option<&'static str>,
}

/// Something wrong, in the order of the form.
pub struct Flaw {
    /// Id of the field it is about, if that is on the page.
    pub field: &'static str,
    pub place: String,
    pub message: String,
}

#[derive(Deserialize)]
pub struct Wanted {
    lang: Option<String>,
    done: Option<String>,
}

pub async fn form(access: TemplateAccess, Query(wanted): Query<Wanted>) -> Result<Response, PageError> {
    let lang = access.lang(wanted.lang.as_deref());
    let version = access.shelved.template.versions.get(&lang).cloned().unwrap_or_default();
    let notice = match wanted.done.as_deref() {
        Some("saved") => Some("Saved. Every mail from now on says this."),
        Some("created") => Some("Created. Change the words, then choose it in a follow-up."),
        Some("added") => Some("Added, with the words of the main language. Translate them."),
        Some("removed") => Some("Removed. Its readers get the main language."),
        Some("reset") => Some("The ready-made text is back."),
        _ => None,
    };
    show(&access, &lang, None, version, Vec::new(), notice)
}

#[derive(Deserialize)]
pub struct Entered {
    lang: String,
    #[serde(default)]
    name: String,
    subject: String,
    body: String,
    text: String,
}

pub async fn submit(State(app): State<Arc<App>>, access: TemplateAccess, form: CsrfForm<Entered>) -> Result<Response, PageError> {
    let entered = form.into_inner();
    let lang = access.lang(Some(&entered.lang));
    // Browsers send line ends their own way.
    let plain = |text: &str| text.replace("\r\n", "\n");
    let version =
        Version { subject: entered.subject.trim().to_owned(), body: plain(&entered.body), text: plain(entered.text.trim_end()) };
    let mut template = access.shelved.template.clone();
    if !access.ready {
        template.name = entered.name.trim().to_owned();
    }
    template.versions.insert(lang.clone(), version.clone());
    let mut tx = app.db.begin().await?;
    let saved = templates::save(&mut tx, access.site.site.id, &template, access.site.actor(), app.clock.now()).await;
    let flaws = match saved {
        Ok(()) => {
            tx.commit().await?;
            return Ok(access.done(&lang, "saved").into_response());
        }
        Err(NotSaved::Refused(Refused::Store(error))) => return Err(error.into()),
        Err(NotSaved::Refused(Refused::Invalid { field, message })) => vec![Flaw { field, place: field.to_owned(), message }],
        Err(NotSaved::Faults(faults)) => faults.into_iter().map(|fault| flaw(&lang, fault)).collect(),
    };
    tx.rollback().await?;
    show(&access, &lang, Some(entered.name), version, flaws, None)
}

impl Flaw {
    /// About the whole template.
    pub fn of(what: &str, message: &str) -> Self {
        Self { field: "", place: what.to_owned(), message: message.to_owned() }
    }
}

/// The template as it is, and why it was not changed.
pub fn refused(access: &TemplateAccess, flaw: Flaw) -> Result<Response, PageError> {
    let lang = access.lang(None);
    let version = access.shelved.template.versions.get(&lang).cloned().unwrap_or_default();
    show(access, &lang, None, version, vec![flaw], None)
}

/// `versions.de.body`, line 3 → the field, in words.
fn flaw(lang: &str, fault: crate::mail::template::Fault) -> Flaw {
    let here = fault.path.strip_prefix(&format!("versions.{lang}."));
    let (field, label) = match here {
        Some("subject") => ("subject", "Subject"),
        Some("body") => ("body", "Body"),
        Some("text") => ("text", "Plain text"),
        _ => ("", fault.path.as_str()),
    };
    let line = fault.line.map(|line| format!(", line {line}")).unwrap_or_default();
    Flaw { field, place: format!("{label}{line}"), message: fault.message }
}

fn show(
    access: &TemplateAccess,
    lang: &str,
    name: Option<String>,
    version: Version,
    flaws: Vec<Flaw>,
    notice: Option<&'static str>,
) -> Result<Response, PageError> {
    let template = &access.shelved.template;
    let status = if flaws.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = render(EditPage {
        page: access.site.page(Tab::Mail),
        path: access.path(),
        back: format!("/admin/{}/mail/templates", access.site.site.key),
        name: name.filter(|_| !access.ready).unwrap_or_else(|| template.name.clone()),
        key: template.key.clone(),
        own: access.shelved.own,
        ready: access.ready,
        lang: lang.to_owned(),
        languages: template.versions.keys().map(|known| (known.clone(), known == lang)).collect(),
        main: template.locale == lang,
        version,
        flaws,
        notice,
    })?;
    Ok((status, page).into_response())
}

impl EditPage {
    /// Whether something is wrong with a field.
    fn wrong(&self, field: &str) -> bool {
        self.flaws.iter().any(|flaw| flaw.field == field)
    }
}
