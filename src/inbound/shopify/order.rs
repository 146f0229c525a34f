//! `orders/*`: each tells the whole order as it is now.

use serde_json::Value;

use super::{at, person, refund, told};
use crate::commerce::{OrderEnd, OrderReport, Refunds, What};
use crate::domain::money::Currency;
use crate::inbound::fields::Fields;
use crate::inbound::items::{self, Item};
use crate::inbound::{Meaning, NEWS, Reading, Unreadable, Why};

pub(super) fn read(fields: &Fields<'_>, reading: &Reading<'_>) -> Result<Meaning, Unreadable> {
    let id = fields.required_id("id")?;
    if fields.flag("test") == Some(true) {
        return Ok(Meaning::Nothing(Why::Test));
    }
    let currency = fields.currency("currency")?.ok_or_else(|| fields.missing("currency"))?;
    let at = at(fields, &["updated_at", "processed_at", "created_at"], reading);
    let placed_at = fields.time("processed_at").or_else(|| fields.time("created_at")).unwrap_or(at);
    let person = person::of(fields)?;
    let customer = fields.object("customer");
    let order = OrderReport {
        id: id.clone(),
        number: fields.text("name", 64),
        value: fields.required_money("total_price", currency)?,
        currency: currency.code().to_owned(),
        items: lines(fields, currency)?,
        new_customer: customer.as_ref().and_then(|customer| customer.integer("orders_count")).map(|count| count <= 1),
        cart_token: fields.id("cart_token")?,
        checkout_token: fields.id("checkout_token")?,
        coupon: fields.list("discount_codes").iter().find_map(|code| code.text("code", 128)),
        person: person.clone(),
        placed_at: Some(placed_at),
        past: reading.now.saturating_sub(placed_at) > NEWS,
    };
    let mut reports = vec![told(reading, fields, at, What::Order(order))];
    let refunds = refund::of_order(fields, currency)?;
    if !refunds.is_empty() {
        reports.push(told(reading, fields, at, What::Refunds(Refunds { order: id.clone(), refunds })));
    }
    if let Some(at) = fields.time("cancelled_at") {
        reports.push(told(reading, fields, at, What::OrderEnd(OrderEnd { id, cancelled: true, refunded: None })));
    }
    let said = customer.and_then(|customer| person::consent(&customer, &person, reading));
    reports.extend(said.or_else(|| person::ticked(fields, &person, placed_at, reading)));
    Ok(Meaning::Reports(reports))
}

/// The lines of an order, a checkout or a cart. Reports know products, not variants, so that is the id.
pub(super) fn lines(fields: &Fields<'_>, currency: Currency) -> Result<Value, Unreadable> {
    let line = |line: &Fields<'_>| {
        let quantity = line.integer("quantity").unwrap_or(1).clamp(0, 1_000_000);
        let price = line.rounded_money("price", currency)?.unwrap_or(0);
        Ok(Item {
            id: line.id("product_id")?.or(line.id("variant_id")?),
            name: line.text("title", 300),
            quantity,
            total: price.saturating_mul(quantity.max(1)),
        })
    };
    let kept = fields.list("line_items");
    let read: Result<Vec<_>, _> = kept.iter().take(items::MOST).map(line).collect();
    Ok(items::list(read?))
}
