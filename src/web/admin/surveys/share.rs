//! `/admin/{site}/surveys/{id}/share`: the survey's own address, as a link and as a QR code, and who came by it.

use std::fmt::Write as _;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use qrcodegen::{QrCode, QrCodeEcc};

use crate::boot::App;
use crate::flows::SurveyLink;
use crate::store::surveys::{Entry, Status};
use crate::store::{StoreError, reports};
use crate::web::admin::access::SurveyAccess;
use crate::web::admin::error::PageError;
use crate::web::admin::format;
use crate::web::admin::page::{Page, Tab, render};

#[derive(Template)]
#[template(path = "admin/surveys/share.html")]
struct SharePage {
    page: Page,
    key: String,
    entry: Entry,
    link: String,
    is_live: bool,
    /// What it is called, how many came that way, how many of them answered.
    ways: [(&'static str, String, String); 2],
}

pub async fn show(
    State(app): State<Arc<App>>,
    SurveyAccess { site: access, entry }: SurveyAccess,
) -> Result<Response, PageError> {
    let site = &access.site;
    let counts = reports::totals(&app.db, site.id, entry.id, 0, i32::MAX).await?;
    let of = |item: &str| {
        let found = counts.iter().find(|count| count.question.is_empty() && count.item == item);
        format::count(found.map_or(0, |count| count.n))
    };
    render(SharePage {
        page: access.page(Tab::Surveys),
        key: site.key.clone(),
        link: address(&app, &access.site.id, &entry),
        is_live: entry.status == Status::Live,
        ways: [("By this link", of("link"), of("link_answered")), ("By a link in a mail", of("mail"), of("mail_answered"))],
        entry,
    })
}

pub async fn qr(State(app): State<Arc<App>>, SurveyAccess { site: access, entry }: SurveyAccess) -> Result<Response, PageError> {
    let link = address(&app, &access.site.id, &entry);
    // Printed on paper that may be creased. An address is far below the length that a code can hold.
    let code = QrCode::encode_text(&link, QrCodeEcc::Medium).map_err(|error| StoreError::Corrupt {
        table: "surveys",
        column: "id",
        row: entry.id.to_string(),
        cause: error.to_string(),
    })?;
    let name = format!("attachment; filename=\"{}.svg\"", entry.key);
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, svg(&code)).into_response())
}

fn address(app: &App, site: &crate::id::SiteId, entry: &Entry) -> String {
    let link = SurveyLink { site: *site, survey: entry.id, message: None };
    link.url(&app.sender.keys.link, &app.config.public_url).into()
}

/// Light around it, as readers need; every dark square a part of one path.
fn svg(code: &QrCode) -> String {
    const QUIET: i32 = 4;
    let size = code.size() + 2 * QUIET;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            // Writing to a text cannot fail.
            let _written = write!(path, "M{},{}h1v1h-1z", x + QUIET, y + QUIET);
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" width=\"512\" height=\"512\" \
         shape-rendering=\"crispEdges\"><rect width=\"{size}\" height=\"{size}\" fill=\"#fff\"/><path d=\"{path}\"/></svg>\n"
    )
}
