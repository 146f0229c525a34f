//! Forms that another site cannot send on a store owner's behalf: browsers say where a form comes from, and each of ours carries a
//! token made from the visitor's own cookie. [`CsrfForm`] and [`CsrfUpload`] are the
//! only ways to read a form, and they check both.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, RawForm, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;

use super::cookie;
use super::error::PageError;
use super::upload::Upload;
use crate::boot::App;
use crate::id::secret;
use crate::keys::Key;

/// Name of the hidden field.
const FIELD: &str = "csrf";

/// A form of ours, checked.
pub struct CsrfForm<T>(T);

impl<T> CsrfForm<T> {
    /// What was entered.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T: DeserializeOwned> FromRequest<Arc<App>> for CsrfForm<T> {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, PageError> {
        let (parts, body) = request.into_parts();
        if !is_from_here(&parts, &app.config.public_url) {
            return Err(PageError::Foreign);
        }
        let head = Parts::clone(&parts);
        let RawForm(bytes) = RawForm::from_request(Request::from_parts(parts, body), app).await.map_err(PageError::form)?;
        let sent = url::form_urlencoded::parse(&bytes).find(|(name, _)| name == FIELD).map(|(_, value)| value);
        check_token(app, &head.headers, sent.as_deref())?;
        open(Request::from_parts(head, Body::from(bytes)), app).await
    }
}

/// A form of ours with a file, checked.
pub struct CsrfUpload(Upload);

impl CsrfUpload {
    /// What was entered and chosen.
    pub fn into_inner(self) -> Upload {
        self.0
    }
}

impl FromRequest<Arc<App>> for CsrfUpload {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, PageError> {
        let (parts, body) = request.into_parts();
        if !is_from_here(&parts, &app.config.public_url) {
            return Err(PageError::Foreign);
        }
        let head = Parts::clone(&parts);
        let bytes = Bytes::from_request(Request::from_parts(parts, body), app).await.map_err(PageError::form)?;
        let kind = head.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let upload = Upload::read(kind, &bytes).ok_or(PageError::Form(StatusCode::BAD_REQUEST))?;
        check_token(app, &head.headers, upload.field(FIELD))?;
        Ok(Self(upload))
    }
}

/// Whether the hidden field is of this visitor's page.
fn check_token(app: &App, headers: &HeaderMap, sent: Option<&str>) -> Result<(), PageError> {
    let cookies = [cookie::SESSION, cookie::VISIT].map(|name| cookie::read(app, headers, name));
    let fits = |seed: &&str| sent.is_some_and(|sent| is_token(&app.keys.csrf, seed, sent));
    if cookies.iter().flatten().any(fits) { Ok(()) } else { Err(PageError::Foreign) }
}

#[expect(clippy::disallowed_types, reason = "this is the check that everybody else must go through")]
async fn open<T: DeserializeOwned>(request: Request, app: &Arc<App>) -> Result<CsrfForm<T>, PageError> {
    let axum::Form(form) = axum::Form::from_request(request, app).await.map_err(PageError::form)?;
    Ok(CsrfForm(form))
}

/// The hidden field's value for a visitor with this cookie.
pub fn token(key: &Key, seed: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(key.sign(message(seed).as_bytes()))
}

/// The hidden field's value for somebody who is not logged in, and the cookie it belongs to if the browser has none yet.
pub fn before_login(app: &App, headers: &HeaderMap) -> (String, Option<HeaderValue>) {
    let found = cookie::read(app, headers, cookie::VISIT);
    let seed = found.map_or_else(|| secret(16), str::to_owned);
    let cookie = found.is_none().then(|| cookie::write(app, cookie::VISIT, &seed));
    (token(&app.keys.csrf, &seed), cookie)
}

fn is_token(key: &Key, seed: &str, sent: &str) -> bool {
    BASE64_URL_SAFE_NO_PAD.decode(sent).is_ok_and(|tag| tag.len() == 32 && key.verify(message(seed).as_bytes(), &tag))
}

fn message(seed: &str) -> String {
    format!("form {seed}")
}

/// Whether the browser says that the form stood on a page of ours. One that says nothing still needs the token.
fn is_from_here(parts: &Parts, public: &url::Url) -> bool {
    let text = |name| parts.headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let host = host(&parts.headers).or(parts.uri.authority().map(|authority| authority.as_str()));
    let fetched_here = text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    fetched_here && text(header::ORIGIN.as_str()).is_none_or(|origin| is_own(origin, host, public))
}

/// A proxy may have put another name into `Host`; then the configured address counts.
fn is_own(origin: &str, host: Option<&str>, public: &url::Url) -> bool {
    let named = origin.split_once("://").map(|(_, rest)| rest);
    origin == public.origin().ascii_serialization() || named.is_some_and(|name| Some(name) == host)
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_holds_for_one_cookie() {
        let (key, other) = (Key::derive(b"master", "csrf"), Key::derive(b"master", "offer"));
        let sent = token(&key, "seed");
        assert!(is_token(&key, "seed", &sent));
        assert!(!is_token(&key, "Seed", &sent));
        assert!(!is_token(&other, "seed", &sent));
        assert!(!is_token(&key, "seed", &sent[..22]), "a part of it is not enough");
        assert!(!is_token(&key, "seed", ""));
    }

    #[test]
    fn the_browser_says_where_a_form_comes_from() {
        let public = url::Url::parse("https://polls.example").unwrap();
        let from = |headers: &[(&'static str, &'static str)]| {
            let mut request = Request::post("/login");
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            is_from_here(&request.body(()).unwrap().into_parts().0, &public)
        };
        let host = ("host", "127.0.0.1:8080");
        assert!(from(&[host]), "an old browser: the token decides");
        assert!(from(&[host, ("origin", "http://127.0.0.1:8080"), ("sec-fetch-site", "same-origin")]));
        assert!(from(&[host, ("origin", "https://polls.example")]), "a proxy changed the host");
        assert!(!from(&[host, ("origin", "https://evil.example")]));
        assert!(!from(&[host, ("origin", "null")]));
        assert!(!from(&[host, ("sec-fetch-site", "cross-site")]));
        assert!(!from(&[host, ("sec-fetch-site", "same-site")]), "a neighbouring subdomain");
    }
}
