//! What every hosted page is sent with, and those that only say something.

use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::domain::survey::{PageWords, Theme, dir, stylesheet};
use crate::keys::digest;
use crate::web::assets;

/// The frame of a page.
pub struct Frame {
    pub locale: String,
    pub dir: &'static str,
    pub shop: String,
    /// The address of the style sheet,
    pub sheet: String,
    /// and the theme's colours, which the policy names by their hash.
    pub colours: String,
}

impl Frame {
    pub fn new(locale: &str, shop: &str, theme: &Theme) -> Self {
        Self {
            locale: locale.to_owned(),
            dir: dir(locale),
            shop: shop.to_owned(),
            sheet: assets::url("hosted.css"),
            colours: stylesheet(theme),
        }
    }
}

/// A page, under a policy that lets nothing in but our style sheet, these colours, and pictures from these origins.
pub fn answer(page: &impl Template, frame: &Frame, pictures: &[String], status: StatusCode) -> Response {
    let mut response = match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a hosted page could not be drawn");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    };
    let policy = format!(
        "default-src 'none'; style-src 'self' 'sha256-{}'; img-src 'self' {}; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'",
        BASE64_STANDARD.encode(digest(&frame.colours)),
        pictures.join(" "),
    );
    let fixed: [(HeaderName, &str); 4] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // The address is a permission.
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
    ];
    let headers = response.headers_mut();
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Origins are ASCII; a page without a policy must not leave.
    match HeaderValue::from_str(&policy) {
        Ok(policy) => headers.insert(header::CONTENT_SECURITY_POLICY, policy),
        Err(_) => headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'")),
    };
    response
}

/// What a page without a survey says.
#[derive(Clone, Copy, Debug)]
pub enum Title {
    Broken,
    Closed,
    Busy,
}

/// A page that only says something.
pub struct Message {
    status: StatusCode,
    title: Title,
    /// Seconds.
    retry_after: Option<u64>,
}

impl Message {
    pub fn new(status: StatusCode, title: Title) -> Self {
        Self { status, title, retry_after: None }
    }

    /// To be tried again.
    pub fn wait(status: StatusCode, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..Self::new(status, Title::Busy) }
    }
}

#[derive(Template)]
#[template(path = "hosted/message.html")]
struct MessagePage<'a> {
    frame: &'a Frame,
    title: &'a str,
    text: &'a str,
}

/// In the first of the wanted languages that we speak. The store's looks are not its own here: whose link it was may not be known.
pub fn message(message: Message, wanted: &[&str]) -> Response {
    let (locale, words) = PageWords::first(wanted.iter().copied());
    let frame = Frame::new(locale, "", &Theme::default());
    let (title, text) = match message.title {
        Title::Broken => (&words.broken, words.broken_text.as_str()),
        Title::Closed => (&words.closed, words.closed_text.as_str()),
        Title::Busy => (&words.busy, ""),
    };
    let page = MessagePage { frame: &frame, title, text };
    let mut response = answer(&page, &frame, &[], message.status);
    if let Some(seconds) = message.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
