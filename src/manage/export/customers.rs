//! Everything that is known of a person but what they answered and ordered.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{Format, Line, PORTION, Span, line, moment, moments, object};
use crate::domain::consent::Preference;
use crate::id::CustomerId;
use crate::store::customers::{self, Customer};
use crate::store::sites::Site;
use crate::store::{Db, StoreError};

pub const COLUMNS: [&str; 18] = [
    "id",
    "email",
    "email_proof",
    "name",
    "locale",
    "time_zone",
    "consent",
    "consent_at",
    "consent_wording",
    "mail",
    "attributes",
    "orders",
    "spent",
    "first_order_at",
    "last_order_at",
    "created_at",
    "updated_at",
    "customer",
];

pub async fn portion(db: &Db, site: &Site, span: Span, after: &str, format: Format) -> Result<Vec<Line>, StoreError> {
    let after = after.parse().unwrap_or(CustomerId(0));
    let found = customers::after(db, site.id, after, (span.since, span.until), PORTION).await?;
    let wordings: HashMap<CustomerId, String> = match (found.first(), found.last()) {
        (Some(first), Some(last)) => customers::wordings(db, site.id, first.id, last.id).await?.into_iter().collect(),
        _ => HashMap::new(),
    };
    let row = |customer: Customer| {
        let (cursor, wording) = (customer.id.to_string(), wordings.get(&customer.id).map(String::as_str));
        line(cursor, &COLUMNS, object(COLUMNS, values(customer, wording)), format)
    };
    Ok(found.into_iter().map(row).collect())
}

fn values(customer: Customer, wording: Option<&str>) -> [Value; COLUMNS.len()] {
    let mail = match customer.preference {
        Preference::All => json!("all"),
        Preference::OrdersOnly => json!("orders_only"),
        Preference::PausedUntil(until) => moment(until),
    };
    let address = customer.address.as_ref();
    [
        json!(customer.external_id),
        json!(address.map(|address| &address.email)),
        json!(address.map(|address| address.proof.as_str())),
        json!(customer.name),
        json!(customer.locale),
        json!(customer.time_zone),
        json!(customer.consent.map(|said| said.granted)),
        // What was said nobody knows when is kept as said before everything else.
        moments(customer.consent.map(|said| said.at).filter(|at| *at > 0)),
        json!(wording),
        mail,
        customer.attributes,
        json!(customer.orders),
        json!(customer.spent),
        moments(customer.first_order_at),
        moments(customer.last_order_at),
        moment(customer.created_at),
        moment(customer.updated_at),
        json!(customer.id),
    ]
}
