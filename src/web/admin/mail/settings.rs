//! `/admin/{site}/mail/settings`: who mail is from, whom it goes to, when and how often, and the mail server's state.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::{Part, Parts, dkim};
use crate::boot::App;
use crate::clock::DAY;
use crate::domain::consent::Policy;
use crate::domain::flow::{QuietHours, TimeOfDay};
use crate::domain::sending::MAX_PER_MINUTE;
use crate::domain::site::Settings;
use crate::mail::{Mailbox, Transport};
use crate::store::audit;
use crate::store::sites;
use crate::web::admin::access::SiteAccess;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::{self, Faults, number, sentence};
use crate::web::admin::page::{Page, Tab, render};

#[derive(Template)]
#[template(path = "admin/mail/settings.html")]
struct SettingsPage {
    page: Page,
    key: String,
    parts: Parts,
    entered: Entered,
    faults: Faults,
    notice: Option<&'static str>,
    captured: bool,
    /// Who mail is from.
    from: String,
    domain: String,
    dkim: dkim::State,
    time_zone: String,
    most: u32,
}

/// How the store's mail is sent, as entered.
#[derive(Deserialize)]
pub struct Entered {
    sender_name: String,
    reply_to: String,
    postal_address: String,
    policy: String,
    quiet_from: String,
    quiet_until: String,
    cap: String,
    cap_days: String,
    per_minute: String,
}

impl From<&Settings> for Entered {
    fn from(settings: &Settings) -> Self {
        let (mail, sending) = (&settings.mail, &settings.sending);
        let quiet = mail.quiet != QuietHours::none();
        let time = |time: TimeOfDay| if quiet { time.to_string() } else { String::new() };
        Self {
            sender_name: sending.name.clone().unwrap_or_default(),
            reply_to: sending.reply_to.clone().unwrap_or_default(),
            postal_address: sending.address.clone().unwrap_or_default(),
            policy: mail.policy.to_string(),
            quiet_from: time(mail.quiet.from),
            quiet_until: time(mail.quiet.until),
            cap: mail.caps.mails.to_string(),
            cap_days: (mail.caps.window_ms / DAY).to_string(),
            per_minute: sending.per_minute.map_or_else(String::new, |n| n.to_string()),
        }
    }
}

impl Entered {
    /// Changes what could be read; what the form does not show stays as it was.
    fn read(&self, settings: &mut Settings, faults: &mut Faults) {
        let line =
            |text: &str, longest| if text.trim().is_empty() { Ok(None) } else { fields::text(text, "", longest).map(Some) };
        if let Some(name) = faults.take("sender_name", line(&self.sender_name, 100)) {
            settings.sending.name = name;
        }
        let reply_to = match self.reply_to.trim() {
            "" => Ok(None),
            address => Mailbox::new(address).map(|to| Some(to.address().to_owned())).map_err(|why| sentence(&why.to_string())),
        };
        if let Some(reply_to) = faults.take("reply_to", reply_to) {
            settings.sending.reply_to = reply_to;
        }
        if let Some(address) = faults.take("postal_address", line(&self.postal_address, 200)) {
            settings.sending.address = address;
        }
        let policy = Policy::parse(&self.policy).ok_or_else(|| "Please choose one of these.".to_owned());
        if let Some(policy) = faults.take("policy", policy) {
            settings.mail.policy = policy;
        }
        let (from, until) = (self.quiet_from.trim(), self.quiet_until.trim());
        if from.is_empty() && until.is_empty() {
            settings.mail.quiet = QuietHours::none();
        } else {
            let time = |text: &str| {
                text.parse::<TimeOfDay>().map_err(|_| "Please enter a time such as 21:00, or leave both empty.".to_owned())
            };
            let from = faults.take("quiet_from", time(from));
            let until = faults.take("quiet_until", time(until));
            if let Some((from, until)) = from.zip(until) {
                settings.mail.quiet = QuietHours { from, until };
            }
        }
        if let Some(mails) = faults.take("cap", number(&self.cap, 1..=100)) {
            settings.mail.caps.mails = mails;
        }
        if let Some(days) = faults.take("cap_days", number(&self.cap_days, 1..=365)) {
            settings.mail.caps.window_ms = i64::from(days) * DAY;
        }
        let per_minute = match self.per_minute.trim() {
            "" => Ok(None),
            n => number(n, 1..=MAX_PER_MINUTE).map(Some),
        };
        if let Some(per_minute) = faults.take("per_minute", per_minute) {
            settings.sending.per_minute = per_minute;
        }
    }
}

#[derive(Deserialize)]
pub struct After {
    done: Option<String>,
}

pub async fn form(State(app): State<Arc<App>>, access: SiteAccess, Query(after): Query<After>) -> Result<Response, PageError> {
    let notice = match after.done.as_deref() {
        Some("saved") => Some("Saved. It holds for every mail from now on."),
        Some("dkim") => Some("The key is kept. Publish the record below; every mail from now on is signed."),
        Some("unsigned") => Some("The key is gone. Mails are no longer signed here."),
        _ => None,
    };
    show(&app, &access, (&access.site.settings).into(), Faults::default(), notice, dkim::Entered::default()).await
}

pub async fn submit(State(app): State<Arc<App>>, access: SiteAccess, form: CsrfForm<Entered>) -> Result<Response, PageError> {
    let (entered, mut faults, mut site) = (form.into_inner(), Faults::default(), access.site.clone());
    entered.read(&mut site.settings, &mut faults);
    if !faults.is_empty() {
        return show(&app, &access, entered, faults, None, dkim::Entered::default()).await;
    }
    let mut tx = app.db.begin().await?;
    sites::update(&mut tx, &site).await?;
    audit::record(&mut tx, site.id, access.actor(), "mail.settings", &site.name, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/admin/{}/mail/settings?done=saved", site.key)).into_response())
}

/// The page with what was entered into its two forms, and what is wrong with it.
pub async fn show(
    app: &App,
    access: &SiteAccess,
    entered: Entered,
    faults: Faults,
    notice: Option<&'static str>,
    key: dkim::Entered,
) -> Result<Response, PageError> {
    let status = faults.status();
    let sender = &app.sender;
    let page = render(SettingsPage {
        page: access.page(Tab::Mail),
        key: access.site.key.clone(),
        parts: Parts::new(&access.site.key, Part::Settings),
        entered,
        faults,
        notice,
        captured: matches!(sender.transport, Transport::Captured),
        from: sender.from.to_string(),
        domain: sender.from.domain().to_owned(),
        dkim: dkim::State::load(app, access, key).await?,
        time_zone: access.site.time_zone.clone(),
        most: MAX_PER_MINUTE,
    })?;
    Ok((status, page).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_their_own_form() {
        let mut settings = Settings::default();
        settings.mail.policy = Policy::SoftOptIn;
        settings.sending.name = Some("Anna’s".into());
        settings.sending.per_minute = Some(30);
        settings.sending.dkim_selector = Some("s1".into());
        for quiet in [QuietHours::default(), QuietHours::none()] {
            settings.mail.quiet = quiet;
            let (mut read, mut faults) = (settings.clone(), Faults::default());
            Entered::from(&settings).read(&mut read, &mut faults);
            assert!(faults.is_empty());
            assert_eq!(read, settings, "with what the form does not show");
        }
    }
}
