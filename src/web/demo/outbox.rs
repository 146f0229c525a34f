//! `/demo/outbox`: the mails that a shopper would have got.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use jiff::Timestamp;
use mail_parser::MessageParser;
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::clock::ClockBar;
use crate::boot::App;
use crate::clock::Millis;
use crate::demo::SITE_KEY;
use crate::store::{StoreError, messages, sites};
use crate::web::error::Problem;

/// As many as anybody looks through.
const MOST: i64 = 200;

/// A mail as its reader's program shows it.
#[derive(Serialize)]
struct Mail {
    #[serde(skip)]
    id: Uuid,
    at: Millis,
    to: String,
    subject: String,
    /// Name → value, unfolded.
    headers: Map<String, Value>,
    text: String,
    html: String,
    raw: String,
}

impl Mail {
    fn when(&self) -> String {
        Timestamp::from_millisecond(self.at)
            .map_or_else(|_| String::new(), |at| at.strftime("%a %-d %b %Y, %H:%M UTC").to_string())
    }

    fn read(message: messages::Message) -> Option<Self> {
        let raw = message.raw?;
        let mail = MessageParser::default().parse(&raw)?;
        let unfold = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(Self {
            id: message.id,
            at: message.sent_at.unwrap_or(message.created_at),
            to: message.recipient,
            subject: mail.subject().unwrap_or_default().to_owned(),
            headers: mail.headers_raw().map(|(name, value)| (name.to_owned(), unfold(value).into())).collect(),
            text: mail.body_text(0).unwrap_or_default().into_owned(),
            html: mail.body_html(0).unwrap_or_default().into_owned(),
            raw,
        })
    }
}

/// Newest first.
async fn captured(app: &App) -> Result<Vec<Mail>, StoreError> {
    let Some(site) = sites::by_key(&app.db, SITE_KEY).await? else { return Ok(Vec::new()) };
    // What goes to the store's own people is in the admin's outbox.
    let mails = messages::recent(&app.db, site.id, MOST).await?.into_iter().filter(|mail| mail.enrollment.is_some());
    Ok(mails.filter_map(Mail::read).collect())
}

pub async fn json(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    // In the order of sending, as a script would read them.
    let mut mails = captured(&app).await?;
    mails.reverse();
    // Texts and numbers.
    let body = serde_json::to_string(&mails).expect("plain values");
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

#[derive(Template)]
#[template(path = "demo/outbox.html")]
struct Outbox {
    mails: Vec<Mail>,
    clock: ClockBar,
}

pub async fn list(State(app): State<Arc<App>>, clock: ClockBar) -> Result<Response, Problem> {
    Ok(match (Outbox { mails: captured(&app).await?, clock }).render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "the outbox could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    })
}

/// A mail runs no script, wherever it is read.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:";

pub async fn show(State(app): State<Arc<App>>, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    let found = captured(&app).await?.into_iter().find(|mail| mail.id == id);
    Ok(match found {
        Some(mail) => ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(mail.html)).into_response(),
        None => Problem::new(StatusCode::NOT_FOUND, "no_mail", "there is no such mail").into_response(),
    })
}
