//! `POST …/mail/dkim` keeps a key that the store's mail is signed with, or takes it away. Once kept it is never shown again.

use std::sync::Arc;

use axum::extract::State as Axum;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::settings;
use crate::boot::App;
use crate::domain::sending::is_selector;
use crate::mail::dkim::{read_key, record};
use crate::mail::secrets;
use crate::store::mail_secrets::{self, MailSecret};
use crate::store::{audit, sites};
use crate::web::admin::access::SiteAccess;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::{Faults, sentence};

/// What the key's form holds. The key is not given back to whoever mistyped the rest.
#[derive(Default, Deserialize)]
pub struct Entered {
    #[serde(default)]
    selector: String,
    #[serde(default)]
    private_key: String,
    /// Which button: `keep` or `remove`.
    #[serde(default)]
    then: String,
}

/// Whether mail is signed.
pub struct State {
    pub selector: String,
    /// Where the record belongs, and what it says.
    pub record: Option<(String, String)>,
    /// There is a key, and it cannot be read.
    pub damaged: bool,
}

impl State {
    pub async fn load(app: &App, access: &SiteAccess, entered: Entered) -> Result<Self, PageError> {
        let site = &access.site;
        let kept = site.settings.sending.dkim_selector.as_deref();
        let key = match kept {
            Some(_) => secrets::open(&app.db, &app.keys.vault, site.id, MailSecret::Dkim).await?,
            None => None,
        };
        let damaged = matches!(key, Some(Err(_)));
        let text = key.and_then(Result::ok).and_then(|key| record(&key));
        let place = |selector: &str| format!("{selector}._domainkey.{}", app.sender.from.domain());
        let record = kept.zip(text).map(|(selector, text)| (place(selector), text));
        let selector = if entered.selector.is_empty() { kept.unwrap_or("exitpoll").to_owned() } else { entered.selector };
        Ok(Self { selector, record, damaged })
    }
}

pub async fn submit(Axum(app): Axum<Arc<App>>, access: SiteAccess, form: CsrfForm<Entered>) -> Result<Response, PageError> {
    let (entered, mut site, now) = (form.into_inner(), access.site.clone(), app.clock.now());
    let done = match entered.then.as_str() {
        "remove" => {
            site.settings.sending.dkim_selector = None;
            let mut tx = app.db.begin().await?;
            mail_secrets::delete(&mut tx, site.id, MailSecret::Dkim).await?;
            sites::update(&mut tx, &site).await?;
            audit::record(&mut tx, site.id, access.actor(), "mail.dkim_removed", &site.name, now).await?;
            tx.commit().await?;
            "unsigned"
        }
        _ => {
            let mut faults = Faults::default();
            let selector = entered.selector.trim().to_ascii_lowercase();
            if !is_selector(&selector) {
                faults.add("selector", "Please use letters, digits and dashes, such as exitpoll.");
            }
            let key = faults.take("private_key", read_key(&entered.private_key).map_err(|why| sentence(&why.to_string())));
            let Some(key) = key.filter(|_| faults.is_empty()) else {
                let before = (&access.site.settings).into();
                let entered = Entered { selector: entered.selector, ..Entered::default() };
                return settings::show(&app, &access, before, faults, None, entered).await;
            };
            site.settings.sending.dkim_selector = Some(selector);
            let mut tx = app.db.begin().await?;
            secrets::put(&mut tx, &app.keys.vault, site.id, MailSecret::Dkim, &key, now).await?;
            sites::update(&mut tx, &site).await?;
            audit::record(&mut tx, site.id, access.actor(), "mail.dkim_kept", &site.name, now).await?;
            tx.commit().await?;
            "dkim"
        }
    };
    Ok(Redirect::to(&format!("/admin/{}/mail/settings?done={done}#dkim", site.key)).into_response())
}
