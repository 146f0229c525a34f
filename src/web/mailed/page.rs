//! A plain page for a reader of a mail.

use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};

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
    title: String,
    text: String,
    /// What the page's one button says.
    button: Option<&'static str>,
    sheet: String,
}

impl Page {
    pub fn new(title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { title: title.into(), text: text.into(), button: None, sheet: assets::url("preview.css") }
    }

    /// For a link that was cut off, or is not ours.
    pub fn broken() -> Response {
        let text = "Open it from the mail once more, or copy the whole address.";
        Self::new("This link is not complete", text).answer(StatusCode::NOT_FOUND)
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
