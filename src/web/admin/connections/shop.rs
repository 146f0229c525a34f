//! `/admin/{site}/connections/shopify` and `…/woocommerce`: how to connect the shop, its secret, and what it sent last.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::{State as Standing, connected};
use crate::boot::App;
use crate::id::secret;
use crate::inbound::{self, Connection, NewSecret, System};
use crate::store::hook_deliveries::{self, Delivery, Outcome};
use crate::store::shops;
use crate::web::admin::access::SiteAccess;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::Faults;
use crate::web::admin::format;
use crate::web::admin::page::{Page, Tab, render};

/// Deliveries on the page.
const SHOWN: i64 = 30;

#[derive(Template)]
#[template(path = "admin/connections/shop.html")]
struct ShopPage {
    page: Page,
    key: String,
    system: System,
    /// What is pasted into the shop.
    address: String,
    /// A shop cannot reach this machine alone.
    is_local: bool,
    topics: &'static [(&'static str, &'static str)],
    shop: Option<Connected>,
    /// It is connected, and nothing has come yet.
    waiting: bool,
    lines: Vec<Line>,
    entered: String,
    faults: Faults,
    notice: Option<&'static str>,
}

struct Connected {
    state: Standing,
    domain: Option<String>,
    /// Until when the old secret is accepted, too.
    old_until: Option<String>,
    /// The last delivery had a wrong signature.
    refused: bool,
    /// The stored secret can be opened.
    readable: bool,
}

struct Line {
    topic: String,
    at: String,
    datetime: String,
    badge: &'static str,
    outcome: &'static str,
    detail: String,
}

#[derive(Deserialize)]
pub struct After {
    done: Option<String>,
}

impl After {
    fn notice(&self) -> Option<&'static str> {
        Some(match self.done.as_deref()? {
            "connected" => "Saved. As soon as your shop sends something, it shows here.",
            "changed" => "The secret is changed.",
            "ended" => "The old secret is not accepted any more.",
            "disconnected" => "Disconnected. What your shop sends from now on is refused; remove the webhooks there, too.",
            _ => return None,
        })
    }
}

#[derive(Deserialize)]
pub struct Entered {
    secret: String,
    /// Ticked.
    keep_old: Option<String>,
}

#[derive(Deserialize)]
pub struct Nothing {}

/// Each system has its pages; what differs between them is in the templates.
macro_rules! pages {
    ($name:ident, $system:expr) => {
        pub mod $name {
            use super::*;

            pub async fn show(
                app: State<Arc<App>>,
                access: SiteAccess,
                Query(after): Query<After>,
            ) -> Result<Response, PageError> {
                page(&app, &access, $system, String::new(), Faults::default(), after.notice()).await
            }

            pub async fn save(app: State<Arc<App>>, access: SiteAccess, form: CsrfForm<Entered>) -> Result<Response, PageError> {
                super::save(&app, &access, $system, form.into_inner()).await
            }

            pub async fn end_change_over(
                app: State<Arc<App>>,
                access: SiteAccess,
                _checked: CsrfForm<Nothing>,
            ) -> Result<Response, PageError> {
                let mut tx = app.db.begin().await?;
                inbound::end_change_over(&mut tx, access.site.id, $system, access.actor(), app.clock.now()).await?;
                tx.commit().await?;
                Ok(done(&access, $system, "ended"))
            }

            pub async fn disconnect(
                app: State<Arc<App>>,
                access: SiteAccess,
                _checked: CsrfForm<Nothing>,
            ) -> Result<Response, PageError> {
                let mut tx = app.db.begin().await?;
                inbound::disconnect(&mut tx, access.site.id, $system, access.actor(), app.clock.now()).await?;
                tx.commit().await?;
                Ok(done(&access, $system, "disconnected"))
            }
        }
    };
}

pages!(shopify, System::Shopify);
pages!(woocommerce, System::WooCommerce);

fn done(access: &SiteAccess, system: System, what: &str) -> Response {
    Redirect::to(&format!("/admin/{}/connections/{system}?done={what}", access.site.key)).into_response()
}

async fn save(app: &App, access: &SiteAccess, system: System, entered: Entered) -> Result<Response, PageError> {
    let (site, now) = (access.site.id, app.clock.now());
    let secret = match inbound::check_secret(&entered.secret) {
        Ok(secret) => secret,
        Err(bad) => {
            let mut faults = Faults::default();
            faults.add("secret", bad);
            return page(app, access, system, entered.secret, faults, None).await;
        }
    };
    let mut tx = app.db.begin().await?;
    let known = shops::find(&mut tx, site, system.as_str()).await?.is_some();
    let new = NewSecret { secret, keep_old: entered.keep_old.is_some() };
    inbound::connect(&mut tx, &app.keys.vault, site, system, new, access.actor(), now).await?;
    tx.commit().await?;
    Ok(done(access, system, if known { "changed" } else { "connected" }))
}

async fn page(
    app: &App,
    access: &SiteAccess,
    system: System,
    entered: String,
    faults: Faults,
    notice: Option<&'static str>,
) -> Result<Response, PageError> {
    let (site, zone, now) = (&access.site, access.zone(), app.clock.now());
    let public = &app.config.public_url;
    let stored = shops::find(&app.db, site.id, system.as_str()).await?;
    let waiting = stored.as_ref().is_some_and(|shop| shop.last_at.is_none());
    let shop = stored.map(|shop| {
        let refused = shop.refused_at.is_some_and(|refused| shop.last_at.is_none_or(|last| refused > last));
        Connected {
            state: connected(&shop, now),
            refused,
            readable: Connection::is_readable(&app.keys.vault, site.id, system, &shop, now),
            old_until: shop.old_until.filter(|until| now < *until).map(|until| format::moment(until, &zone)),
            domain: shop.domain,
        }
    });
    let line = |delivery: Delivery| {
        let (outcome, badge) = outcome(delivery.outcome);
        Line {
            at: format::moment(delivery.at, &zone),
            datetime: format::machine(delivery.at),
            topic: if delivery.topic.is_empty() { "none named".into() } else { delivery.topic },
            outcome,
            badge,
            detail: delivery.detail.map_or_else(String::new, |detail| words(&detail)),
        }
    };
    let lines = hook_deliveries::recent(&app.db, site.id, system.as_str(), SHOWN).await?.into_iter().map(line).collect();
    // The owner of a WooCommerce shop chooses the secret: a good one is proposed.
    let proposed = shop.is_none() && system == System::WooCommerce && faults.is_empty();
    let entered = if proposed { secret(24) } else { entered };
    let status = faults.status();
    let shown = render(ShopPage {
        page: access.page(Tab::Connections),
        key: site.key.clone(),
        system,
        address: format!("{}/hooks/{}/{system}", public.as_str().trim_end_matches('/'), site.key),
        is_local: is_local(public),
        topics: match system {
            System::Shopify => &inbound::shopify::TOPICS,
            System::WooCommerce => &inbound::woocommerce::TOPICS,
        },
        waiting,
        shop,
        lines,
        entered,
        faults,
        notice,
    })?;
    Ok((status, shown).into_response())
}

fn outcome(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Taken => ("Taken in", "live"),
        Outcome::Ignored => ("Nothing to do", ""),
        Outcome::Refused => ("Not understood", "bad"),
    }
}

/// Why nothing followed, as a store owner says it; what could not be read names its field.
fn words(detail: &str) -> String {
    let known = match detail {
        "unknown_topic" => "This topic is not used here.",
        "test_order" => "A test order is not counted.",
        "nobody_is_named" => "It names nobody.",
        "unfinished" => "The order is still being written.",
        other => other,
    };
    known.to_owned()
}

/// Whether shops elsewhere can certainly not reach an address.
fn is_local(address: &url::Url) -> bool {
    match address.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost") || name.ends_with(".local"),
        Some(url::Host::Ipv4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shops_reach_public_addresses_only() {
        let local = ["http://localhost:8080", "http://127.0.0.1", "http://192.168.1.5", "http://[::1]", "http://nas.local"];
        let public = ["https://polls.example", "https://203.0.113.9", "https://localhost.example"];
        assert!(local.iter().all(|address| is_local(&address.parse().unwrap())));
        assert!(!public.iter().any(|address| is_local(&address.parse().unwrap())));
    }
}
