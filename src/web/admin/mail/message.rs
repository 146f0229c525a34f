//! `/admin/{site}/mail/messages/{id}`: one mail, what became of it, and what it said as far as it was kept.

use std::sync::Arc;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use mail_parser::MessageParser;

use super::{framed, status_label};
use crate::boot::App;
use crate::store::messages::{self, Message, MessageStatus};
use crate::web::admin::access::{SiteAccess, param};
use crate::web::admin::error::PageError;
use crate::web::admin::format;
use crate::web::admin::page::{Page, Tab, render};

/// A mail of a store that this person may see.
pub struct MessageAccess {
    site: SiteAccess,
    message: Message,
}

impl FromRequestParts<Arc<App>> for MessageAccess {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, PageError> {
        let site = SiteAccess::from_request_parts(parts, app).await?;
        let id = param(parts, app, "id").await?.parse().map_err(|_| PageError::NotFound)?;
        let message = messages::by_id(&app.db, site.site.id, id).await?.ok_or(PageError::NotFound)?;
        Ok(Self { site, message })
    }
}

#[derive(Template)]
#[template(path = "admin/mail/message.html")]
struct MessagePage {
    page: Page,
    key: String,
    message: Message,
    label: &'static str,
    badge: &'static str,
    /// What the status means where its label does not say it all.
    meaning: &'static str,
    written: String,
    sent: Option<String>,
    clicked: Option<String>,
    /// Its plain text, where it was kept.
    text: Option<String>,
}

pub async fn show(MessageAccess { site: access, message }: MessageAccess) -> Result<Response, PageError> {
    let zone = access.zone();
    let (label, badge) = status_label(message.status);
    let moment = |at| format::moment(at, &zone);
    let text = message.raw.as_deref().and_then(|raw| Some(MessageParser::default().parse(raw)?.body_text(0)?.into_owned()));
    render(MessagePage {
        page: access.page(Tab::Mail),
        key: access.site.key.clone(),
        label,
        badge,
        meaning: meaning(message.status),
        written: moment(message.created_at),
        sent: message.sent_at.filter(|_| message.status != MessageStatus::Captured).map(moment),
        clicked: message.clicked_at.map(moment),
        text,
        message,
    })
}

pub async fn html(access: MessageAccess) -> Result<Response, PageError> {
    let raw = access.message.raw.ok_or(PageError::NotFound)?;
    let mail = MessageParser::default().parse(&raw).ok_or(PageError::NotFound)?;
    Ok(framed(mail.body_html(0).ok_or(PageError::NotFound)?.into_owned()))
}

fn meaning(status: MessageStatus) -> &'static str {
    match status {
        MessageStatus::Sending => "It waits for its turn, or is being handed to the mail server.",
        MessageStatus::Sent => "The mail server took it. Whether it was read is not followed.",
        MessageStatus::Captured => "There is no mail server, so it went nowhere.",
        MessageStatus::Failed => "It was not taken. Where a later try could help, one is made.",
        MessageStatus::Uncertain => {
            "The connection was lost after the mail began: it may have arrived, or not. It is not sent again, since nobody should get the same mail twice."
        }
        MessageStatus::Bounced => "It was sent and came back.",
        MessageStatus::Complained => "Its reader called it spam. The address gets no more mail.",
    }
}
