//! Shopify's webhooks, topic by topic. Money is written as decimal text, ids as 64-bit numbers, times with the shop's offset.

mod cart;
mod checkout;
mod order;
mod person;
mod privacy;
mod refund;

use serde_json::Value;

use super::fields::Fields;
use super::{Meaning, Reading, System, Unreadable, Why, report};
use crate::commerce::{Report, What};

#[cfg(test)]
mod tests;

/// Topics that a store chooses by hand, in the words of its admin.
pub const TOPICS: [(&str, &str); 10] = [
    ("orders/create", "Order creation"),
    ("orders/paid", "Order payment"),
    ("orders/updated", "Order update"),
    ("orders/cancelled", "Order cancellation"),
    ("refunds/create", "Refund create"),
    ("checkouts/create", "Checkout creation"),
    ("checkouts/update", "Checkout update"),
    ("checkouts/delete", "Checkout deletion"),
    ("carts/create", "Cart creation"),
    ("carts/update", "Cart update"),
];

/// Reads a body whose signature was found good.
pub fn read(topic: &str, body: &[u8], reading: &Reading<'_>) -> Result<Meaning, Unreadable> {
    let body: Value = serde_json::from_slice(body).map_err(|e| Unreadable::NotJson(e.to_string()))?;
    let fields = || Fields::body(&body);
    match topic {
        "orders/create"
        | "orders/paid"
        | "orders/updated"
        | "orders/cancelled"
        | "orders/fulfilled"
        | "orders/partially_fulfilled" => order::read(&fields()?, reading),
        "refunds/create" => refund::read(&fields()?, reading),
        "checkouts/create" | "checkouts/update" => checkout::read(&fields()?, reading),
        "checkouts/delete" => checkout::deleted(&fields()?, reading),
        "carts/create" | "carts/update" => cart::read(&fields()?, reading),
        "customers/create" | "customers/update" => person::read(&fields()?, reading),
        "customers/data_request" => privacy::request(&fields()?),
        "customers/redact" => privacy::redact(&fields()?),
        "shop/redact" => Ok(privacy::redact_shop()),
        _ => Ok(Meaning::Nothing(Why::UnknownTopic)),
    }
}

/// A moment that something happened at, or that of the delivery.
fn at(fields: &Fields<'_>, names: &[&str], reading: &Reading<'_>) -> i64 {
    names.iter().find_map(|name| fields.time(name)).unwrap_or(reading.at)
}

fn told(reading: &Reading<'_>, fields: &Fields<'_>, at: i64, what: What) -> Report {
    let mark = fields.noted("note_attributes", "name", super::VISITOR_MARK);
    report(System::Shopify, reading.mark(mark), at, what)
}
