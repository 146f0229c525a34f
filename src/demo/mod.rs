//! What `exitpoll demo` starts with: a store, a login, live surveys, flows, and 90 days of plausible history. The same every time.

mod alerts;
mod answers;
mod followups;
mod history;
mod people;

use anyhow::anyhow;

use crate::boot::App;
use crate::clock::DAY;
use crate::domain::alert::{Kind, Telling};
use crate::domain::coupon::read_list;
use crate::domain::flow::{Flow, QuietHours};
use crate::domain::scope::Scope;
use crate::domain::survey::{Scheme, Survey, Theme};
use crate::domain::webhook::EventType;
use crate::manage::coupons::new_pool;
use crate::manage::endpoints::Wanted;
use crate::manage::sites::NewSite;
use crate::manage::users::new_user;
use crate::manage::{api_keys, coupons, endpoints, flows, sites, surveys};
use crate::store::surveys::Revision;
use crate::store::users;

pub const SITE_KEY: &str = "st_demo";
pub const EMAIL: &str = "owner@example.com";
pub const PASSWORD: &str = "exitpoll-demo";
/// May do everything.
pub const API_KEY: &str = "ep_demo_key";
/// Key of the endpoint that stands for a CRM.
pub const CRM_KEY: &str = "crm";

const COUPONS: u32 = 500;
const SURVEYS: [&str; 3] =
    [include_str!("surveys/why-leaving.json"), include_str!("surveys/first-heard.json"), include_str!("surveys/toy-talk.json")];
const RECOVER: &str = include_str!("flows/recover.json");
const THANKS: &str = include_str!("flows/thanks.json");
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
    // Whoever tries it out at night wants to see the mail, too.
    site.settings.mail.quiet = QuietHours::none();
    // Whoever moves the clock sees to it that nobody sees a survey meanwhile.
    site.settings.alerts.tell.insert(Kind::Shows, Telling::Off);
    let owner = new_user(EMAIL, "Demo owner", PASSWORD, true, now).await??;
    let mut tx = app.db.begin().await?;
    sites::create(&mut tx, &site, "demo", now).await?;
    users::insert(&mut tx, &owner, now).await?;
    let key = api_keys::new_key(site.id, "Demo", Scope::all().collect(), API_KEY, now)?;
    api_keys::create(&mut tx, &key, API_KEY, EMAIL, now).await?;
    let mut live = Vec::new();
    for text in SURVEYS {
        let document = Survey::parse(&serde_json::from_str(text)?).map_err(|problems| anyhow!("{problems:?}"))?;
        let (id, _) = surveys::save(&mut tx, site.id, &document, EMAIL, now).await?;
        let number = surveys::publish(&mut tx, site.id, id, &document, EMAIL, now).await?;
        live.push(Revision { survey: id, number, document });
    }
    let pool = new_pool("free-shipping", "Free shipping", None, None, now)?;
    coupons::create(&mut tx, site.id, &pool, EMAIL, now).await?;
    let list = read_list(&codes(COUPONS)).map_err(|flaws| anyhow!("{flaws:?}"))?;
    coupons::add(&mut tx, site.id, &pool, &list, EMAIL, now).await?;
    let flow = |text| Flow::parse(&serde_json::from_str(text)?).map_err(|problems| anyhow!("{problems:?}"));
    let recover = flow(RECOVER)?;
    // The store has measured for three months, and knows enough: whoever tries it out wants to see the mail, and gets it.
    let (measured, since) = (Flow { holdout: followups::HOLDOUT, ..recover.clone() }, now - i64::from(HISTORY_DAYS) * DAY);
    let id = flows::create(&mut tx, site.id, &measured, EMAIL, since).await?;
    flows::publish(&mut tx, site.id, id, &measured, EMAIL, since).await?;
    flows::update(&mut tx, site.id, id, &recover, EMAIL, now).await?;
    flows::publish(&mut tx, site.id, id, &recover, EMAIL, now).await?;
    let thanks = flow(THANKS)?;
    let (thanked, _) = flows::save(&mut tx, site.id, &thanks, EMAIL, now).await?;
    flows::publish(&mut tx, site.id, thanked, &thanks, EMAIL, now).await?;
    tx.commit().await?;
    history::write(&app.db, &site, &live, HISTORY_DAYS, now).await?;
    followups::write(&app.db, &site, id, HISTORY_DAYS, now).await?;
    alerts::write(app, &site, now).await?;
    // After them, or the CRM would be told of ninety days at once.
    let mut tx = app.db.begin().await?;
    let crm = format!("{origin}/demo/crm");
    let wanted = Wanted { name: "CRM", key: CRM_KEY, url: &crm, events: EventType::CHOICE.into(), headers: None };
    endpoints::create(&mut tx, &app.keys.vault, app.dispatcher.client().guard(), site.id, &wanted, EMAIL, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Codes for single use, one a line, without letters that are read for one another.
fn codes(n: u32) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    // A multiplication by an odd number is one to one in 20 bits: every code is another.
    let mixed = |i: u32| i.wrapping_add(1).wrapping_mul(0x9e377) & 0xf_ffff;
    let letters = |bits: u32| [15, 10, 5, 0].map(|shift| char::from(LETTERS[(bits >> shift) as usize & 31]));
    (0..n).map(|i| format!("SHIP-{}\n", String::from_iter(letters(mixed(i))))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_another() {
        assert_eq!(read_list(&codes(COUPONS)).unwrap().codes.len(), COUPONS as usize);
    }
}
