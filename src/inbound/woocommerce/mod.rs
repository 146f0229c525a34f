//! WooCommerce's webhooks: the bodies are those of its REST interface. Money is written as decimal text, times without an offset.

mod customer;
mod order;

use serde_json::Value;

use super::fields::Fields;
use super::{Meaning, Reading, System, Unreadable, Why, report};
use crate::commerce::{Report, What};

#[cfg(test)]
mod tests;

/// Topics that a store makes a webhook for, in the words of its admin.
pub const TOPICS: [(&str, &str); 5] = [
    ("order.created", "Order created"),
    ("order.updated", "Order updated"),
    ("order.deleted", "Order deleted"),
    ("customer.created", "Customer created"),
    ("customer.updated", "Customer updated"),
];

/// Reads a body whose signature was found good.
pub fn read(topic: &str, body: &[u8], reading: &Reading<'_>) -> Result<Meaning, Unreadable> {
    let body: Value = serde_json::from_slice(body).map_err(|e| Unreadable::NotJson(e.to_string()))?;
    match topic {
        "order.created" | "order.updated" | "order.restored" => order::read(&Fields::body(&body)?, reading),
        "order.deleted" => order::deleted(&Fields::body(&body)?, reading),
        "customer.created" | "customer.updated" => customer::read(&Fields::body(&body)?, reading),
        _ => Ok(Meaning::Nothing(Why::UnknownTopic)),
    }
}

/// Whether a body is what WooCommerce sends, unsigned, when a webhook is made: `webhook_id=12`. It must be answered 200, or the
/// webhook cannot be saved.
pub fn is_ping(body: &[u8]) -> bool {
    body.strip_prefix(b"webhook_id=").is_some_and(|id| (1..=20).contains(&id.len()) && id.iter().all(u8::is_ascii_digit))
}

fn at(fields: &Fields<'_>, reading: &Reading<'_>) -> i64 {
    ["date_modified_gmt", "date_created_gmt"].iter().find_map(|name| fields.time(name)).unwrap_or(reading.at)
}

fn told(reading: &Reading<'_>, fields: &Fields<'_>, at: i64, what: What) -> Report {
    let mark = fields.noted("meta_data", "key", super::VISITOR_MARK);
    report(System::WooCommerce, reading.mark(mark), at, what)
}

/// The shop's id of somebody with an account; 0 is a guest.
fn account(fields: &Fields<'_>, name: &str) -> Result<Option<String>, Unreadable> {
    Ok(fields.id(name)?.filter(|id| id != "0"))
}

/// First and last name.
fn name(fields: &Fields<'_>) -> Option<String> {
    let parts = [fields.text("first_name", 200), fields.text("last_name", 200)];
    let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    (!name.is_empty()).then_some(name)
}
