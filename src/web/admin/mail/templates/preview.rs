//! `/admin/{site}/mail/templates/{key}/preview`: the mail as one reader would get it, wide and narrow, and as plain text.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::{Reader, TemplateAccess};
use crate::boot::App;
use crate::mail::Rendered;
use crate::store::customers::{self, Customer};
use crate::web::admin::error::PageError;
use crate::web::admin::mail::framed;
use crate::web::admin::page::{Page, Tab, render};

/// People to choose from, the newest.
const PEOPLE: i64 = 20;

#[derive(Template)]
#[template(path = "admin/mail/preview.html")]
struct PreviewPage {
    page: Page,
    path: String,
    back: String,
    name: String,
    lang: String,
    languages: Vec<String>,
    /// Word, label, and whether it is the one.
    readers: Vec<(String, String, bool)>,
    reader: String,
    mail: Result<Rendered, String>,
    to: String,
    notice: Option<&'static str>,
}

#[derive(Deserialize)]
pub struct Wanted {
    lang: Option<String>,
    /// `full`, `bare`, or a person's id.
    #[serde(default)]
    reader: String,
    done: Option<String>,
}

pub async fn show(
    State(app): State<Arc<App>>,
    access: TemplateAccess,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let (lang, reader) = (access.lang(wanted.lang.as_deref()), Reader::parse(&wanted.reader));
    let data = reader.data(&app, &access.site).await?;
    let (site, template) = (&access.site.site, &access.shelved.template);
    let mut readers = vec![
        ("full".to_owned(), "Example: everything is known".to_owned(), reader == Reader::Full),
        ("bare".to_owned(), "Example: hardly anything is known".to_owned(), reader == Reader::Bare),
    ];
    for person in customers::page(&app.db, site.id, None, PEOPLE).await? {
        readers.push((person.id.to_string(), label(&person), reader == Reader::Person(person.id)));
    }
    render(PreviewPage {
        page: access.site.page(Tab::Mail),
        path: access.path(),
        back: format!("/admin/{}/mail/templates", site.key),
        name: template.name.clone(),
        languages: template.versions.keys().cloned().collect(),
        readers,
        reader: reader.word(),
        mail: template.render(&lang, &data).map_err(|fault| fault.to_string()),
        lang,
        to: access.site.current.user.email.clone(),
        notice: match wanted.done.as_deref() {
            Some("sent") => Some("On its way to you. Look into the outbox for what becomes of it."),
            Some("unwritten") => Some("The test could not be written: see what is wrong below."),
            _ => None,
        },
    })
}

/// What stands in the frames.
pub async fn mail(
    State(app): State<Arc<App>>,
    access: TemplateAccess,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let data = Reader::parse(&wanted.reader).data(&app, &access.site).await?;
    let lang = access.lang(wanted.lang.as_deref());
    let mail = access.shelved.template.render(&lang, &data).map_err(|_| PageError::NotFound)?;
    Ok(framed(mail.html))
}

fn label(person: &Customer) -> String {
    let address = person.address.as_ref().map(|address| address.email.as_str());
    match (&person.name, address) {
        (Some(name), Some(address)) => format!("{name}, {address}"),
        (Some(one), None) => one.clone(),
        (None, Some(one)) => one.to_owned(),
        (None, None) => person.id.to_string(),
    }
}
