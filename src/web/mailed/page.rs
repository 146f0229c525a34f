//! A plain page for a reader of a mail.

use askama::Template;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};

use super::phrases::phrases;
use crate::web::assets;

const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 4] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // The address is a permission.
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
];

#[derive(Template)]
#[template(path = "mailed/page.html")]
pub struct Page {
    lang: &'static str,
    title: String,
    text: String,
    /// Said above everything, and read out at once.
    notice: Option<&'static str>,
    /// One of which is chosen.
    options: Vec<Choosable>,
    /// What the page's one button says.
    button: Option<&'static str>,
    sheet: String,
}

/// One of several things a reader can choose.
pub struct Choosable {
    pub value: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub chosen: bool,
}

impl Page {
    pub fn new(lang: &'static str, title: impl Into<String>, text: impl Into<String>) -> Self {
        let (title, text) = (title.into(), text.into());
        Self { lang, title, text, notice: None, options: Vec::new(), button: None, sheet: assets::url("preview.css") }
    }

    /// For a link that was cut off, or is not ours.
    pub fn broken(headers: &HeaderMap) -> Response {
        let (lang, phrases) = phrases(None, headers);
        Self::new(lang, &phrases.broken, &phrases.broken_text).answer(StatusCode::NOT_FOUND)
    }

    pub fn notice(self, notice: Option<&'static str>) -> Self {
        Self { notice, ..self }
    }

    pub fn options(self, options: Vec<Choosable>) -> Self {
        Self { options, ..self }
    }

    /// A button that posts to the page's own address.
    pub fn button(self, text: &'static str) -> Self {
        Self { button: Some(text), ..self }
    }

    pub fn answer(self, status: StatusCode) -> Response {
        let mut response = match self.render() {
            Ok(html) => (status, Html(html)).into_response(),
            Err(e) => {
                tracing::error!(error = %e, "a page for a reader of a mail could not be drawn");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        };
        for (name, value) in HEADERS {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}
