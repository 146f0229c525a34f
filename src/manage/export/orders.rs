//! Orders, in the order of their ids.

use serde_json::{Value, json};

use super::{Format, Line, PORTION, Span, line, moment, object};
use crate::store::orders::{self, Order};
use crate::store::sites::Site;
use crate::store::{Db, StoreError};

pub const COLUMNS: [&str; 15] = [
    "id",
    "number",
    "at",
    "value",
    "currency",
    "status",
    "refunded",
    "email",
    "customer_id",
    "new_customer",
    "cart_token",
    "coupon",
    "items",
    "source",
    "updated_at",
];

pub async fn portion(db: &Db, site: &Site, span: Span, after: &str, format: Format) -> Result<Vec<Line>, StoreError> {
    let found = orders::after(db, site.id, after, (span.since, span.until), PORTION).await?;
    let buyers = match (found.first(), found.last()) {
        (Some(first), Some(last)) => orders::buyers(db, site.id, &first.id, &last.id).await?,
        _ => Vec::new(),
    };
    let row = |order: Order| {
        let buyer = buyers.iter().find(|(id, _)| *id == order.id).map(|(_, external_id)| external_id.as_str());
        line(order.id.clone(), &COLUMNS, object(COLUMNS, values(order, buyer)), format)
    };
    Ok(found.into_iter().map(row).collect())
}

fn values(order: Order, buyer: Option<&str>) -> [Value; COLUMNS.len()] {
    [
        json!(order.id),
        json!(order.number),
        moment(order.at),
        json!(order.value),
        json!(order.currency),
        json!(order.status.as_str()),
        json!(order.refunded),
        json!(order.email),
        json!(buyer),
        json!(order.new_customer),
        json!(order.cart_token),
        json!(order.coupon),
        order.items,
        json!(order.source),
        moment(order.updated_at),
    ]
}
