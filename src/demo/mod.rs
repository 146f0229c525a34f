//! What `exitpoll demo` starts with: a store, a login, live surveys, and 90 days of plausible history. The same every time.

mod history;

use anyhow::anyhow;

use crate::boot::App;
use crate::domain::survey::{Scheme, Survey, Theme};
use crate::manage::sites::NewSite;
use crate::manage::users::new_user;
use crate::manage::{sites, surveys};
use crate::store::surveys::Revision;
use crate::store::users;

pub const SITE_KEY: &str = "st_demo";
pub const EMAIL: &str = "owner@example.com";
pub const PASSWORD: &str = "exitpoll-demo";

const SURVEYS: [&str; 2] = [include_str!("surveys/why-leaving.json"), include_str!("surveys/first-heard.json")];
const HISTORY_DAYS: i32 = 90;

/// Fills an empty database.
pub async fn seed(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    let origin = app.config.public_url.origin().ascii_serialization();
    let new = NewSite { name: "Hazelmouse", origins: vec![&origin], time_zone: "Europe/Berlin", currency: "EUR" };
    let mut site = new.check(Some(SITE_KEY), now)?;
    // The store's own red, corners and letters.
    site.settings.theme = Theme {
        accent: Some("#b1432c".into()),
        radius: Some(16),
        font: Some("inherit".into()),
        scheme: Some(Scheme::Light),
        ..Theme::default()
    };
    let owner = new_user(EMAIL, "Demo owner", PASSWORD, true, now).await??;
    let mut tx = app.db.begin().await?;
    sites::create(&mut tx, &site, "demo", now).await?;
    users::insert(&mut tx, &owner, now).await?;
    let mut live = Vec::new();
    for text in SURVEYS {
        let document = Survey::parse(&serde_json::from_str(text)?).map_err(|problems| anyhow!("{problems:?}"))?;
        let (id, _) = surveys::save(&mut tx, site.id, &document, EMAIL, now).await?;
        let number = surveys::publish(&mut tx, site.id, id, &document, EMAIL, now).await?;
        live.push(Revision { survey: id, number, document });
    }
    tx.commit().await?;
    history::write(&app.db, &site, &live, HISTORY_DAYS, now).await
}
