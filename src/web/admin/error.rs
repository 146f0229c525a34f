//! Refusals and faults as pages: the twin of `web::error` for people. A fault is logged once, here, and tells the visitor nothing.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::next;
use super::page::Page;
use crate::store::StoreError;
use crate::web::request;

/// Why a page is not shown.
pub enum PageError {
    /// There is no such page, or not for this person.
    NotFound,
    /// The login is missing or over; the path leads back.
    LoggedOut(String),
    /// A form that does not come from a page of ours, or from one that is too old.
    Foreign,
    /// A form that cannot be read.
    Form(StatusCode),
    /// Too many attempts; seconds to wait.
    TooMany(u64),
    /// The database cannot be reached.
    Unavailable,
    /// Our fault.
    Internal,
}

/// An address without a page.
pub async fn not_found() -> PageError {
    PageError::NotFound
}

impl PageError {
    /// A body that is too large, or no form at all.
    pub fn form(rejection: impl IntoResponse) -> Self {
        Self::Form(rejection.into_response().status())
    }

    fn fault(error: impl std::fmt::Display + std::fmt::Debug) -> Self {
        tracing::error!(error = %error, cause = ?error, "a page could not be shown");
        Self::Internal
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::LoggedOut(_) => StatusCode::SEE_OTHER,
            Self::Foreign => StatusCode::FORBIDDEN,
            Self::Form(status) => *status,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn words(&self) -> (&'static str, String) {
        match self {
            Self::NotFound => ("This page does not exist", "The address may be mistyped, or what it showed is gone.".into()),
            Self::Foreign => (
                "This form can no longer be used",
                "It was opened before your last login, or on another site. Go back, reload the page, and send it again. \
                 Nothing was changed."
                    .into(),
            ),
            Self::Form(StatusCode::PAYLOAD_TOO_LARGE) => {
                ("That is too much", "The form holds more than this page accepts. Go back and shorten it.".into())
            }
            Self::Form(_) => ("This form could not be read", "Go back, reload the page, and try again.".into()),
            Self::TooMany(seconds) => (
                "Too many attempts",
                format!("To keep out whoever guesses passwords, please wait {} and try again.", wait(*seconds)),
            ),
            Self::Unavailable => ("Back in a moment", "The database does not answer right now. Please try again shortly.".into()),
            Self::LoggedOut(_) | Self::Internal => {
                ("Something went wrong on our side", "It was noted in the server’s log. Please try again.".into())
            }
        }
    }
}

fn wait(seconds: u64) -> String {
    match seconds {
        0 | 1 => "a second".into(),
        2..120 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

impl From<StoreError> for PageError {
    fn from(e: StoreError) -> Self {
        match e {
            StoreError::Unavailable(e) => {
                tracing::warn!(error = %e, "database unavailable");
                Self::Unavailable
            }
            e => Self::fault(e),
        }
    }
}

impl From<anyhow::Error> for PageError {
    fn from(e: anyhow::Error) -> Self {
        Self::fault(e)
    }
}

impl From<askama::Error> for PageError {
    fn from(e: askama::Error) -> Self {
        Self::fault(e)
    }
}

#[derive(Template)]
#[template(path = "admin/error.html")]
struct ErrorPage {
    page: Page,
    status: u16,
    title: &'static str,
    text: String,
    /// Where a fault is in the log.
    request: Option<String>,
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        if let Self::LoggedOut(path) = &self {
            return Redirect::to(&next::login_for(next::own_path(Some(path)))).into_response();
        }
        let (status, (title, text)) = (self.status(), self.words());
        let request = if matches!(self, Self::Internal) { request::id() } else { None };
        let html = ErrorPage { page: Page::default(), status: status.as_u16(), title, text, request }.render();
        let mut response = (status, Html(html.unwrap_or_else(|_| title.to_owned()))).into_response();
        let retry_after = match self {
            Self::TooMany(seconds) => Some(seconds),
            Self::Unavailable => Some(2),
            _ => None,
        };
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_times_are_said_in_words() {
        assert_eq!([1, 16, 119, 900].map(wait), ["a second", "16 seconds", "119 seconds", "15 minutes"]);
    }

    #[test]
    fn whoever_must_wait_is_told_how_long() {
        let response = PageError::TooMany(64).into_response();
        assert_eq!(
            (response.status(), &response.headers()[header::RETRY_AFTER]),
            (StatusCode::TOO_MANY_REQUESTS, &HeaderValue::from(64))
        );
    }
}
