//! `/admin/{site}/mail/returns`: the addresses that bounces and complaints are sent to, the keys that prove who sends them, and
//! what came lately.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use crate::boot::App;
use crate::clock::DAY;
use crate::mail::feedback::{Source, sendgrid};
use crate::mail::secrets;
use crate::store::feedback::{self, Returned};
use crate::store::mail_secrets::{self, MailSecret};
use crate::store::{audit, sites};
use crate::web::admin::access::SiteAccess;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::{self, Faults, sentence};
use crate::web::admin::format;
use crate::web::admin::page::{Page, Tab, render};

/// Pieces on the page.
const SHOWN: i64 = 50;
/// How long a link by Amazon holds.
const CONFIRMATION: i64 = 3 * DAY;

#[derive(Template)]
#[template(path = "admin/mail/returns.html")]
struct ReturnsPage {
    page: Page,
    key: String,
    sources: Vec<Line>,
    /// A topic of Amazon's that waits for the owner's word.
    confirm: Option<String>,
    came: Vec<Came>,
    notice: Option<&'static str>,
    faults: Faults,
}

/// Somebody who can tell.
struct Line {
    word: &'static str,
    name: &'static str,
    how: &'static str,
    address: String,
    /// The key that its calls are checked with: what it is called, and whether it is there.
    secret: Option<(&'static str, bool)>,
}

struct Came {
    at: String,
    datetime: String,
    what: &'static str,
    from: String,
    message: Option<Uuid>,
    told: String,
    detail: String,
}

#[derive(Deserialize)]
pub struct After {
    done: Option<String>,
}

pub async fn form(State(app): State<Arc<App>>, access: SiteAccess, Query(after): Query<After>) -> Result<Response, PageError> {
    let notice = match after.done.as_deref() {
        Some("key") => Some("Saved. Only calls signed with it are believed from now on."),
        Some("nokey") => Some("The key is gone. The secret in the address alone is checked."),
        Some("round") => Some("The addresses are new. Enter them at your mail service; the old ones no longer work."),
        _ => None,
    };
    show(&app, &access, notice, Faults::default()).await
}

async fn show(app: &App, access: &SiteAccess, notice: Option<&'static str>, faults: Faults) -> Result<Response, PageError> {
    let (site, zone, now) = (&access.site, access.zone(), app.clock.now());
    let mut sources = Vec::new();
    for source in Source::ALL {
        let (name, how) = words(source);
        let token = app.sender.keys.feedback_token(site.id, source, site.settings.sending.round);
        let mut url = app.config.public_url.clone();
        url.set_path(&format!("/hooks/{}/mail/{source}/{token}", site.key));
        let secret = match source {
            Source::Mailgun => Some(("HTTP webhook signing key", MailSecret::Mailgun)),
            Source::Sendgrid => Some(("Verification key", MailSecret::Sendgrid)),
            _ => None,
        };
        let secret = match secret {
            Some((label, kind)) => Some((label, mail_secrets::find(&app.db, site.id, kind).await?.is_some())),
            None => None,
        };
        sources.push(Line { word: source.as_str(), name, how, address: url.into(), secret });
    }
    let recent = feedback::recent(&app.db, site.id, now - feedback::KEPT, SHOWN).await?;
    let confirm = recent.iter().find(|one| one.kind == "confirm" && now - one.at < CONFIRMATION).map(|one| one.detail.clone());
    let came = |one: Returned| Came {
        at: format::moment(one.at, &zone),
        datetime: format::machine(one.at),
        what: kind_label(&one.kind),
        from: source_label(&one.source).to_owned(),
        message: one.message_id,
        told: one.told.unwrap_or_else(|| "nobody it names".to_owned()),
        detail: one.detail,
    };
    let status = faults.status();
    let page = render(ReturnsPage {
        page: access.page(Tab::Mail),
        key: site.key.clone(),
        sources,
        confirm,
        came: recent.into_iter().filter(|one| one.kind != "confirm").map(came).collect(),
        notice,
        faults,
    })?;
    Ok((status, page).into_response())
}

#[derive(Deserialize)]
pub struct Entered {
    /// `mailgun`, `sendgrid`, or `round` for other addresses.
    what: String,
    #[serde(default)]
    secret: String,
}

pub async fn submit(State(app): State<Arc<App>>, access: SiteAccess, form: CsrfForm<Entered>) -> Result<Response, PageError> {
    let (entered, now) = (form.into_inner(), app.clock.now());
    let mut site = access.site.clone();
    let mut tx = app.db.begin().await?;
    let (done, action) = match (entered.what.as_str(), entered.secret.trim()) {
        ("round", _) => {
            site.settings.sending.round = site.settings.sending.round.wrapping_add(1);
            sites::update(&mut tx, &site).await?;
            ("round", "mail.feedback_addresses")
        }
        (what @ ("mailgun" | "sendgrid"), secret) => {
            let (kind, field) =
                if what == "mailgun" { (MailSecret::Mailgun, "mailgun") } else { (MailSecret::Sendgrid, "sendgrid") };
            if secret.is_empty() {
                mail_secrets::delete(&mut tx, site.id, kind).await?;
                ("nokey", "mail.feedback_key_removed")
            } else {
                let mut faults = Faults::default();
                let read = fields::text(secret, "the key", 500).and_then(|text| match kind {
                    MailSecret::Sendgrid => sendgrid::point(&text).map(|_| text).map_err(|why| sentence(&why.to_string())),
                    MailSecret::Mailgun | MailSecret::Dkim => Ok(text),
                });
                let Some(secret) = faults.take(field, read) else {
                    tx.rollback().await?;
                    return show(&app, &access, None, faults).await;
                };
                secrets::put(&mut tx, &app.keys.vault, site.id, kind, &secret, now).await?;
                ("key", "mail.feedback_key")
            }
        }
        _ => return Err(PageError::NotFound),
    };
    audit::record(&mut tx, site.id, access.actor(), action, &entered.what, now).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/admin/{}/mail/returns?done={done}", site.key)).into_response())
}

fn words(source: Source) -> (&'static str, &'static str) {
    match source {
        Source::Ses => (
            "Amazon SES",
            "Make an SNS topic for bounces and complaints, “Include original headers” on, and subscribe this address by HTTPS. The link to confirm it then shows here.",
        ),
        Source::Postmark => {
            ("Postmark", "Add a webhook to the message stream, for bounces, spam complaints and subscription changes.")
        }
        Source::Mailgun => {
            ("Mailgun", "Add it under Webhooks, for permanent and temporary failures, complaints and unsubscribes.")
        }
        Source::Sendgrid => ("SendGrid", "Add it under Event Webhooks, for bounces, drops, spam reports and unsubscribes."),
        Source::Mail => {
            ("A mailbox", "Have your mail server post each mail that comes to the sender’s address here, raw, as message/rfc822.")
        }
    }
}

fn source_label(word: &str) -> &str {
    match Source::parse(word) {
        Some(source) => words(source).0,
        None => "The mail server",
    }
}

fn kind_label(kind: &str) -> &'static str {
    match kind {
        "hard_bounce" => "Mailbox gone",
        "soft_bounce" => "Came back for now",
        "blocked" => "Sender refused",
        "complaint" => "Called spam",
        _ => "Wants no more",
    }
}
