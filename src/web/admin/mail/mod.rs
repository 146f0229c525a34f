//! A store's mail: what went out, what it says, and how it is sent.

pub mod dkim;
pub mod message;
pub mod outbox;
pub mod returns;
pub mod settings;
pub mod templates;

use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse as _, Response};

use crate::store::messages::MessageStatus;

/// A page of the mail tab.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Outbox,
    Templates,
    Settings,
    Suppressions,
}

/// The tab's own navigation: label, address, and whether it is the page one is on.
pub struct Parts(pub Vec<(&'static str, String, bool)>);

impl Parts {
    pub fn new(key: &str, current: Part) -> Self {
        let parts = [
            (Part::Outbox, "Outbox", ""),
            (Part::Templates, "Templates", "/templates"),
            (Part::Settings, "Settings", "/settings"),
            (Part::Suppressions, "Do not mail", "/suppressions"),
        ];
        let part = |(part, label, path): (Part, _, _)| (label, format!("/admin/{key}/mail{path}"), part == current);
        Self(parts.map(part).into())
    }
}

/// What became of a mail, as a store owner says it, and the colour of its badge.
fn status_label(status: MessageStatus) -> (&'static str, &'static str) {
    match status {
        MessageStatus::Sending => ("On its way", ""),
        MessageStatus::Sent => ("Sent", "live"),
        MessageStatus::Captured => ("Kept here", "paused"),
        MessageStatus::Failed => ("Failed", "bad"),
        MessageStatus::Uncertain => ("Uncertain", "paused"),
        MessageStatus::Bounced => ("Came back", "bad"),
        MessageStatus::Complained => ("Called spam", "bad"),
    }
}

/// A mail runs no script, asks nothing of this server, and is framed by our pages only.
const POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:; form-action 'none'; frame-ancestors 'self'";

/// A mail's HTML, for a frame.
pub fn framed(html: String) -> Response {
    let mut response = Html(html).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}
