//! Events that are not about a survey: what the page says of carts, orders and persons.

use serde_json::Value;
use uuid::Uuid;

use super::clean;
use super::identity;
use super::reject::Reason;
use super::submission::{Fault, What};
use super::wire::{self, Event};
use crate::commerce::{CartReport, OrderReport, Person, Source, What as Told, bare_token};
use crate::domain::customer::normalize_email;
use crate::keys::Key;
use crate::store::sites::Site;

pub(super) type Refusal = (Reason, String);

pub fn read(event: &Event<'_>, id: Uuid, site: &Site, key: &Key, day: i32) -> Result<What, Refusal> {
    match &*event.kind {
        "cart.updated" | "checkout.started" => {
            let sent = event.cart.clone().ok_or_else(|| missing("cart"))?;
            cart(*sent, &site.currency, event.kind == "checkout.started").map(|cart| What::Told(Source::Page, Told::Cart(cart)))
        }
        "order.completed" => {
            let sent = event.order.clone().ok_or_else(|| missing("order"))?;
            order(*sent, &site.currency).map(|order| What::Told(Source::Page, Told::Order(order)))
        }
        "customer.identified" => {
            let sent = event.customer.clone().ok_or_else(|| missing("customer"))?;
            let page = event.page.as_ref().map(|page| &*page.url);
            identity::read(sent, site, key, page).map(|who| What::Told(Source::Page, who))
        }
        "custom" => {
            let name = event.name.as_deref().and_then(|name| clean::text(name, 100)).ok_or_else(|| missing("name"))?;
            let mut properties = event.properties.clone().unwrap_or(Value::Object(Default::default()));
            clean::json(&mut properties);
            Ok(What::Custom { id, name, properties })
        }
        "widget.error" => {
            let message = event.message.as_deref().and_then(|m| clean::line(m, 300)).ok_or_else(|| missing("message"))?;
            let place = event.place.as_deref().and_then(|place| clean::text(place, 16));
            let page = event.page.as_ref().and_then(|page| clean::page(&page.url));
            Ok(What::Fault(Fault { day, message, place, page }))
        }
        other => Err((Reason::UnknownType, format!("type: {other:?}"))),
    }
}

fn cart(sent: wire::Cart, currency: &str, checkout: bool) -> Result<CartReport, Refusal> {
    let value = amount(sent.value, "cart.value")?;
    let filled = sent.items.as_ref().map_or(value > 0, |items| items.count() > 0);
    Ok(CartReport {
        token: sent
            .token
            .as_deref()
            .map(bare_token)
            .and_then(|token| clean::text(token, 128))
            .ok_or_else(|| missing("cart.token"))?,
        checkout_token: None,
        value,
        currency: code(sent.currency, currency, "cart.currency")?,
        items: items(sent.items),
        filled,
        checkout_url: address(sent.checkout_url, "cart.checkout_url")?,
        checkout,
        person: Person { email: mail(sent.email, "cart.email")?, ..Person::default() },
    })
}

fn order(sent: wire::Order, currency: &str) -> Result<OrderReport, Refusal> {
    Ok(OrderReport {
        id: clean::text(&sent.id, 128).ok_or_else(|| missing("order.id"))?,
        value: amount(sent.value, "order.value")?,
        currency: code(sent.currency, currency, "order.currency")?,
        items: items(sent.items),
        new_customer: sent.new_customer,
        cart_token: sent.cart_token.as_deref().and_then(|token| clean::text(token, 128)),
        coupon: sent.coupon.as_deref().and_then(|coupon| clean::text(coupon, 128)),
        person: Person { email: mail(sent.email, "order.email")?, ..Person::default() },
        ..OrderReport::default()
    })
}

fn missing(field: &str) -> Refusal {
    bad(format!("{field}: is missing"))
}

pub(super) fn bad(detail: impl Into<String>) -> Refusal {
    (Reason::BadPayload, detail.into())
}

/// The largest number that every page's JavaScript counts right.
const MOST: i64 = (1 << 53) - 1;

fn amount(value: Option<i64>, field: &str) -> Result<i64, Refusal> {
    match value {
        Some(value) if value > MOST => Err(bad(format!("{field}: {value} is more than {MOST}"))),
        Some(value) if value >= 0 => Ok(value),
        Some(value) => Err(bad(format!("{field}: {value} is negative"))),
        None => Err(missing(field)),
    }
}

/// Three capital letters; the site's own currency where the page names none.
fn code(sent: Option<String>, site: &str, field: &str) -> Result<String, Refusal> {
    match sent {
        None => Ok(site.to_owned()),
        Some(code) if code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase()) => Ok(code),
        Some(code) => Err(bad(format!("{field}: {code:?} is not an ISO 4217 code such as EUR"))),
    }
}

fn items(sent: Option<wire::Items>) -> Value {
    let mut items = sent.map_or(Value::Array(Vec::new()), wire::Items::list);
    clean::json(&mut items);
    items
}

pub(super) fn mail(sent: Option<String>, field: &str) -> Result<Option<String>, Refusal> {
    match sent {
        Some(mail) if mail.is_empty() => Ok(None),
        Some(mail) => normalize_email(&mail).map(Some).ok_or_else(|| bad(format!("{field}: not a mail address"))),
        None => Ok(None),
    }
}

/// Only http and https: it becomes a link.
fn address(sent: Option<String>, field: &str) -> Result<Option<String>, Refusal> {
    let Some(sent) = sent.filter(|s| !s.is_empty()) else { return Ok(None) };
    match url::Url::parse(&sent) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && sent.len() <= 2000 => Ok(Some(url.into())),
        _ => Err(bad(format!("{field}: not an http or https address"))),
    }
}
