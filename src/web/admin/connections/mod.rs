//! What a store is connected to. The landing page is made from one list of cards.

pub mod list;
pub mod privacy;
mod request;
pub mod services;
pub mod shop;
pub mod webhooks;

use super::format;
use crate::clock::{DAY, HOUR, MINUTE, Millis};
use crate::domain::connector::Kind;
use crate::domain::webhook::EndpointStatus;
use crate::inbound::System;
use crate::store::sites::Site;
use crate::store::{Db, StoreError, api_keys, endpoints, privacy_requests, shops};

/// One thing that a store can be connected to.
pub struct Card {
    pub label: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// Below `/connections/`.
    pub path: &'static str,
    pub state: State,
}

/// How a thing stands: its words and the colour of its badge.
pub struct State {
    pub badge: &'static str,
    pub words: String,
}

impl State {
    fn new(badge: &'static str, words: impl Into<String>) -> Self {
        Self { badge, words: words.into() }
    }
}

/// Every card of the landing page, in its order.
async fn cards(db: &Db, site: &Site, now: Millis) -> Result<Vec<Card>, StoreError> {
    Ok(vec![
        Card {
            label: "Shopify",
            about: "Carts, checkouts, orders and refunds, as your shop tells them.",
            path: "shopify",
            state: shop_state(db, site, System::Shopify, now).await?,
        },
        Card {
            label: "WooCommerce",
            about: "Checkouts, orders, refunds and customers, as your shop tells them.",
            path: "woocommerce",
            state: shop_state(db, site, System::WooCommerce, now).await?,
        },
        Card {
            label: "Webhooks",
            about: "Tell other services of answers, carts and orders, signed and sent again until they arrive.",
            path: "webhooks",
            state: told_state(db, site, |kind| kind == Kind::Webhook).await?,
        },
        Card {
            label: "Services",
            about: "Klaviyo, HubSpot, Mailchimp, Slack and others: answers and carts, in their own words.",
            path: "services",
            state: told_state(db, site, |kind| kind != Kind::Webhook).await?,
        },
        Card {
            label: "API keys",
            about: "Let your own servers and scripts read and write what is kept here.",
            path: "keys",
            state: keys_state(db, site).await?,
        },
        Card {
            label: "Privacy requests",
            about: "Shoppers who asked your shop what is known about them.",
            path: "privacy",
            state: privacy_state(db, site, now).await?,
        },
    ])
}

async fn shop_state(db: &Db, site: &Site, system: System, now: Millis) -> Result<State, StoreError> {
    let shop = shops::find(db, site.id, system.as_str()).await?;
    Ok(shop.map_or_else(|| State::new("", "Not connected"), |shop| connected(&shop, now)))
}

/// How a connection stands, by what was last heard.
fn connected(shop: &shops::Shop, now: Millis) -> State {
    match (shop.last_at, shop.refused_at) {
        (last, Some(refused)) if last.is_none_or(|last| refused > last) => {
            State::new("bad", format!("Wrong signature {}", ago(refused, now)))
        }
        (Some(last), _) => State::new("live", format!("Connected, last delivery {}", ago(last, now))),
        (None, _) => State::new("paused", "Waiting for the first delivery"),
    }
}

/// How those are that are told what happens, of some kinds.
async fn told_state(db: &Db, site: &Site, of: fn(Kind) -> bool) -> Result<State, StoreError> {
    let mut endpoints = endpoints::list(db, site.id).await?;
    endpoints.retain(|endpoint| of(endpoint.kind));
    if endpoints.iter().any(|endpoint| endpoint.trouble.is_some()) {
        return Ok(State::new("bad", "Needs new credentials"));
    }
    let failing = endpoints.iter().filter(|endpoint| endpoint.failing_since.is_some()).count() as i64;
    let active = endpoints.iter().filter(|endpoint| endpoint.status == EndpointStatus::Active).count() as i64;
    Ok(match (active, failing) {
        (_, 1..) => State::new("bad", format!("{} failing", format::count(failing))),
        (0, _) if endpoints.is_empty() => State::new("", "None yet"),
        (0, _) => State::new("paused", "Paused"),
        _ => State::new("live", format!("{} active", format::count(active))),
    })
}

async fn keys_state(db: &Db, site: &Site) -> Result<State, StoreError> {
    let keys = api_keys::list(db, site.id).await?;
    Ok(match keys.iter().filter(|key| key.revoked_at.is_none()).count() {
        0 => State::new("", "None yet"),
        1 => State::new("live", "1 key"),
        n => State::new("live", format!("{} keys", format::count(n as i64))),
    })
}

async fn privacy_state(db: &Db, site: &Site, now: Millis) -> Result<State, StoreError> {
    Ok(match privacy_requests::open(db, site.id).await? {
        (0, _) => State::new("", "Nothing to do"),
        (n, Some(due)) if due < now => State::new("bad", format!("{} to answer, one is overdue", format::count(n))),
        (n, _) => State::new("paused", format!("{} to answer", format::count(n))),
    })
}

/// `3 minutes ago`.
fn ago(then: Millis, now: Millis) -> String {
    let units = [(DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")];
    let passed = now - then;
    match units.into_iter().find(|(unit, _)| passed >= *unit) {
        None => "just now".to_owned(),
        Some((unit, name)) => match passed / unit {
            1 => format!("1 {name} ago"),
            n => format!("{} {name}s ago", format::count(n)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_ago() {
        let cases = [
            (0, "just now"),
            (-5, "just now"),
            (MINUTE - 1, "just now"),
            (MINUTE, "1 minute ago"),
            (3 * MINUTE + 59_000, "3 minutes ago"),
            (HOUR, "1 hour ago"),
            (47 * HOUR, "1 day ago"),
            (1234 * DAY, "1,234 days ago"),
        ];
        for (passed, words) in cases {
            assert_eq!(ago(1_000_000 - passed, 1_000_000), words);
        }
    }
}
