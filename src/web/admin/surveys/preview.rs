//! `/admin/{site}/surveys/{id}/preview`: links that show a survey without counting anything, here or on the store's own pages.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::documents::Documents;
use crate::boot::App;
use crate::collect::preview::Preview;
use crate::domain::site::origin_allowed;
use crate::store::surveys::Entry;
use crate::web::admin::access::SurveyAccess;
use crate::web::admin::error::PageError;
use crate::web::admin::format;
use crate::web::admin::page::{Page, Tab, render};

#[derive(Template)]
#[template(path = "admin/surveys/preview.html")]
struct PreviewPage {
    page: Page,
    key: String,
    entry: Entry,
    /// The draft is looked at, not what is published.
    draft: bool,
    /// Shoppers see another version than the draft.
    is_ahead: bool,
    here: String,
    address: String,
    there: Option<String>,
    fault: &'static str,
    until: String,
}

#[derive(Deserialize)]
pub struct Wanted {
    /// A page of the store; its first concrete address when absent.
    address: Option<String>,
    /// `published` instead of the draft.
    version: Option<String>,
}

pub async fn show(
    State(app): State<Arc<App>>,
    SurveyAccess { site: access, entry }: SurveyAccess,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let (site, now) = (&access.site, app.clock.now());
    let documents = Documents::load(&app.db, site.id, &entry).await?;
    let published = u32::try_from(entry.revision).ok().filter(|revision| *revision > 0);
    // A draft that an older version of the program accepted cannot be drawn any more.
    let newer = documents.is_ahead() && documents.draft.is_some();
    let draft = published.is_none() || (newer && wanted.version.as_deref() != Some("published"));
    let preview = Preview::new(site.id, entry.id, published.filter(|_| !draft), now);
    let token = preview.seal(&app.keys.preview);
    let address = wanted.address.or_else(|| first_address(&site.origins)).unwrap_or_default();
    let there = link(&site.origins, &address, &token);
    let fault = match (&there, address.is_empty()) {
        (Some(_), _) | (_, true) => "",
        (None, false) => "This is no address of your store.",
    };
    let status = if fault.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = render(PreviewPage {
        page: access.page(Tab::Surveys),
        key: site.key.clone(),
        is_ahead: newer,
        here: format!("/preview/{}?exitpoll_preview={token}", site.key),
        until: format::moment(preview.until, &access.zone()),
        entry,
        draft,
        address,
        there,
        fault,
    })?;
    Ok((status, page).into_response())
}

/// The first address of a store that names one place.
pub fn first_address(origins: &[String]) -> Option<String> {
    origins.iter().find(|origin| !origin.contains('*')).cloned()
}

/// The link to a page of the store that shows the preview; `None` for a page of anybody else.
fn link(origins: &[String], address: &str, token: &str) -> Option<String> {
    let mut url = url::Url::parse(address.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    if !origin_allowed(origins, &url.origin().ascii_serialization()) {
        return None;
    }
    url.query_pairs_mut().append_pair("exitpoll_preview", token);
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_store_alone() {
        let origins = ["https://*.shop.example".to_owned(), "https://shop.example".to_owned()];
        assert_eq!(first_address(&origins).as_deref(), Some("https://shop.example"));
        assert_eq!(first_address(&["*".to_owned()]), None);
        for (address, expected) in [
            ("https://shop.example", Some("https://shop.example/?exitpoll_preview=t")),
            (" https://de.shop.example/cart?a=1#x", Some("https://de.shop.example/cart?a=1&exitpoll_preview=t#x")),
            ("https://evil.example/", None),
            ("javascript:alert(1)//https://shop.example", None),
            ("", None),
        ] {
            assert_eq!(link(&origins, address, "t").as_deref(), expected, "{address}");
        }
        assert!(link(&["*".to_owned()], "javascript:alert(1)", "t").is_none());
    }
}
