//! `carts/*`: lines and a token, nobody's name and no currency. The page knows whose the same token is.

use super::{at, order::lines, told};
use crate::commerce::{CartReport, What};
use crate::domain::money::{Currency, MAX_MINOR};
use crate::inbound::fields::Fields;
use crate::inbound::{Meaning, Reading, Unreadable};

pub(super) fn read(fields: &Fields<'_>, reading: &Reading<'_>) -> Result<Meaning, Unreadable> {
    let token = fields.id("token")?.map_or_else(|| fields.required_id("id"), Ok)?;
    let currency = currency(fields, reading)?;
    let mut value = 0i64;
    for line in fields.list("line_items") {
        let sum = line.money("line_price", currency)?.unwrap_or(0);
        value = value.saturating_add(sum).min(MAX_MINOR);
    }
    let items = lines(fields, currency)?;
    let cart = CartReport {
        token,
        value,
        currency: currency.code().to_owned(),
        filled: items.as_array().is_some_and(|items| !items.is_empty()),
        items,
        ..CartReport::default()
    };
    let at = at(fields, &["updated_at", "created_at"], reading);
    Ok(Meaning::Reports(vec![told(reading, fields, at, What::Cart(cart))]))
}

/// Only the sets of amounts within the lines name one; else it is the site's.
fn currency(fields: &Fields<'_>, reading: &Reading<'_>) -> Result<Currency, Unreadable> {
    let sets = ["line_price_set", "price_set", "original_line_price_set"];
    for line in fields.list("line_items") {
        for set in sets.iter().filter_map(|set| line.object(set)?.object("shop_money")) {
            if let Some(currency) = set.currency("currency_code")? {
                return Ok(currency);
            }
        }
    }
    reading.currency()
}
