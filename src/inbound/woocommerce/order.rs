//! `order.*`: the whole order as it is now. An order begins as a draft while its buyer types, so one that is not placed yet is a
//! cart in checkout.

use serde_json::Value;

use super::{account, at, name, told};
use crate::commerce::{CartReport, OrderEnd, OrderReport, Person, Refund, Refunds, Report, What, YesOrNo};
use crate::domain::money::Currency;
use crate::inbound::fields::Fields;
use crate::inbound::items::{self, Item};
use crate::inbound::{Meaning, NEWS, Reading, Unreadable, Why};

/// The field in which a shop's own checkout notes a yes to marketing mail: `yes`, `1` or `true`. An empty box says nothing.
const CONSENT: &str = "_exitpoll_marketing";

/// What an order's status says.
enum Stage {
    /// Being written, or not paid yet: it may come to nothing.
    Checkout,
    Placed,
    Cancelled,
    /// All of it was paid back.
    Refunded,
}

/// A status that a plugin added belongs to an order on its way: then nobody is reminded of it, which is the safe side.
fn stage(status: &str) -> Stage {
    match status.strip_prefix("wc-").unwrap_or(status) {
        "checkout-draft" | "auto-draft" | "pending" | "failed" => Stage::Checkout,
        "cancelled" | "trash" => Stage::Cancelled,
        "refunded" => Stage::Refunded,
        _ => Stage::Placed,
    }
}

pub(super) fn read(fields: &Fields<'_>, reading: &Reading<'_>) -> Result<Meaning, Unreadable> {
    let id = fields.required_id("id")?;
    let currency = fields.currency("currency")?.ok_or_else(|| fields.missing("currency"))?;
    let value = fields.required_money("total", currency)?;
    let stage = stage(&fields.text("status", 64).ok_or_else(|| fields.missing("status"))?);
    let person = person(fields)?;
    let at = at(fields, reading);
    let items = lines(fields, currency)?;
    // No token of WooCommerce's leads from a cart to its order; the draft and the order are one by their id.
    let checkout = format!("order:{id}");
    if matches!(stage, Stage::Checkout) {
        if person.email.is_none() {
            return Ok(Meaning::Nothing(Why::Unfinished));
        }
        let filled = items.as_array().is_some_and(|items| !items.is_empty());
        let cart = CartReport {
            token: checkout.clone(),
            checkout_token: Some(checkout),
            value,
            currency: currency.code().to_owned(),
            items,
            filled,
            checkout_url: fields.address("payment_url"),
            checkout: true,
            person,
        };
        return Ok(Meaning::Reports(vec![told(reading, fields, at, What::Cart(cart))]));
    }
    let end = |cancelled, refunded| told(reading, fields, at, What::OrderEnd(OrderEnd { id: id.clone(), cancelled, refunded }));
    // One that was never placed has nothing to be cancelled, and is no order.
    if matches!(stage, Stage::Cancelled) {
        return Ok(Meaning::Reports(vec![end(true, None)]));
    }
    let placed_at = fields.time("date_created_gmt").unwrap_or(at);
    let order = OrderReport {
        id: id.clone(),
        number: fields.text("number", 64),
        value,
        currency: currency.code().to_owned(),
        items,
        checkout_token: Some(checkout),
        coupon: fields.list("coupon_lines").iter().find_map(|line| line.text("code", 128)),
        person: person.clone(),
        placed_at: Some(placed_at),
        past: reading.now.saturating_sub(placed_at) > NEWS,
        ..OrderReport::default()
    };
    let mut reports = vec![told(reading, fields, at, What::Order(order))];
    let refunds = refunds(fields, currency)?;
    if !refunds.is_empty() {
        reports.push(told(reading, fields, at, What::Refunds(Refunds { order: id.clone(), refunds })));
    }
    if matches!(stage, Stage::Refunded) {
        reports.push(end(false, Some(value)));
    }
    reports.extend(consent(fields, &person, placed_at, reading));
    Ok(Meaning::Reports(reports))
}

/// The body has nothing but the id.
pub(super) fn deleted(fields: &Fields<'_>, reading: &Reading<'_>) -> Result<Meaning, Unreadable> {
    let end = OrderEnd { id: fields.required_id("id")?, cancelled: true, refunded: None };
    Ok(Meaning::Reports(vec![told(reading, fields, reading.at, What::OrderEnd(end))]))
}

fn person(fields: &Fields<'_>) -> Result<Person, Unreadable> {
    let billing = fields.object("billing");
    Ok(Person {
        external_id: account(fields, "customer_id")?,
        email: billing.as_ref().and_then(|billing| billing.email("email")),
        name: billing.as_ref().and_then(name).or_else(|| name(&fields.object("shipping")?)),
        ..Person::default()
    })
}

/// Lines with their tax, as the buyer saw them.
fn lines(fields: &Fields<'_>, currency: Currency) -> Result<Value, Unreadable> {
    let line = |line: &Fields<'_>| {
        let net = line.rounded_money("total", currency)?.unwrap_or(0);
        let tax = line.rounded_money("total_tax", currency)?.unwrap_or(0);
        Ok(Item {
            id: account(line, "product_id")?,
            name: line.text("name", 300),
            quantity: line.integer("quantity").unwrap_or(1).clamp(0, 1_000_000),
            total: net.saturating_add(tax),
        })
    };
    let kept = fields.list("line_items");
    let read: Result<Vec<_>, _> = kept.iter().take(items::MOST).map(line).collect();
    Ok(items::list(read?))
}

/// Written with a minus.
fn refunds(fields: &Fields<'_>, currency: Currency) -> Result<Vec<Refund>, Unreadable> {
    let one = |refund: &Fields<'_>| {
        let amount = refund.paid_back("total", currency)?.unwrap_or(0);
        Ok(Refund { id: refund.required_id("id")?, amount, currency: currency.code().to_owned() })
    };
    fields.list("refunds").iter().map(one).collect()
}

fn consent(fields: &Fields<'_>, person: &Person, at: i64, reading: &Reading<'_>) -> Option<Report> {
    let said = fields.noted("meta_data", "key", CONSENT)?;
    if !matches!(said.as_str(), "yes" | "1" | "true") || person.email.is_none() {
        return None;
    }
    let marketing = Some(YesOrNo { granted: true, wording: Some("checkout".into()), page: None });
    let (external_id, email) = (person.external_id.clone(), person.email.clone());
    let person = Person { external_id, email, marketing, ..Person::default() };
    Some(told(reading, fields, at, What::Person { person, signed: true }))
}
