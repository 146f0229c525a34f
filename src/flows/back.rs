//! A link followed: back to the cart that the mail was about.

use url::Url;

use super::known::Subject;
use super::link::Link;
use crate::clock::Millis;
use crate::domain::site::origin_allowed;
use crate::store::sites::{self, Site};
use crate::store::{Db, StoreError, carts, enrollments, messages};

/// Takes note of the click; where it leads: to the cart, if that is on the site's own origins, else to the store. `None`: the site
/// is gone, or has no address of its own.
pub async fn back(db: &Db, link: &Link, now: Millis) -> Result<Option<Url>, StoreError> {
    let Some(site) = sites::by_id(db, link.site).await? else { return Ok(None) };
    let mut tx = db.begin().await?;
    messages::clicked(&mut tx, link.site, link.message, now).await?;
    tx.commit().await?;
    Ok(checkout(db, &site, link).await?.or_else(|| home(&site)))
}

async fn checkout(db: &Db, site: &Site, link: &Link) -> Result<Option<Url>, StoreError> {
    let message = messages::by_id(db, link.site, link.message).await?;
    let Some(enrollment) = message.and_then(|message| message.enrollment) else { return Ok(None) };
    let Some(enrollment) = enrollments::by_id(db, link.site, enrollment).await? else { return Ok(None) };
    let subject: Subject = serde_json::from_value(enrollment.subject).unwrap_or_default();
    let Some(token) = subject.cart else { return Ok(None) };
    checkout_of(db, site, &token).await
}

/// Where a cart is, if that is on the site's own origins.
pub(super) async fn checkout_of(db: &Db, site: &Site, token: &str) -> Result<Option<Url>, StoreError> {
    let cart = carts::by_token(db, site.id, token).await?;
    let url = cart.and_then(|cart| cart.checkout_url).and_then(|url| Url::parse(&url).ok());
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
    Ok(url.filter(|url| origin_allowed(&site.origins, &url.origin().ascii_serialization())))
}

/// The store's front page: its first origin.
pub fn home(site: &Site) -> Option<Url> {
    site.origins.iter().find_map(|origin| Url::parse(&origin.replacen("://*.", "://", 1)).ok())
}
