//! The lines of a cart or an order, as they are kept: `{id, name, quantity, price}`, the price of one piece in minor units.

use serde_json::{Value, json};

/// Lines that are kept; no report shows more.
pub(super) const MOST: usize = 100;

/// One line.
pub(super) struct Item {
    pub id: Option<String>,
    pub name: Option<String>,
    pub quantity: i64,
    /// Minor units of all pieces together.
    pub total: i64,
}

pub(super) fn list(items: impl IntoIterator<Item = Item>) -> Value {
    let line = |item: Item| {
        let quantity = item.quantity.max(1);
        json!({"id": item.id, "name": item.name, "quantity": quantity, "price": (item.total + quantity / 2) / quantity})
    };
    items.into_iter().take(MOST).map(line).collect()
}
