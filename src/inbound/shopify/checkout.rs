//! `checkouts/*`: a cart whose owner has begun to say who they are.

use super::{at, order::lines, person, told};
use crate::commerce::{CartReport, What};
use crate::inbound::fields::Fields;
use crate::inbound::{Meaning, Reading, Unreadable, Why};

pub(super) fn read(fields: &Fields<'_>, reading: &Reading<'_>) -> Result<Meaning, Unreadable> {
    let token = fields.required_id("token")?;
    let currency = fields.currency("currency")?.ok_or_else(|| fields.missing("currency"))?;
    let items = lines(fields, currency)?;
    let completed = fields.time("completed_at");
    let at = completed.unwrap_or_else(|| at(fields, &["updated_at", "created_at"], reading));
    let person = person::of(fields)?;
    let cart = CartReport {
        // The page knows the cart by its own token, where there is one.
        token: fields.id("cart_token")?.unwrap_or_else(|| token.clone()),
        checkout_token: Some(token),
        value: fields.required_money("total_price", currency)?,
        currency: currency.code().to_owned(),
        // Its order ends it; until that is told, it must not be taken for one left behind.
        filled: completed.is_none() && items.as_array().is_some_and(|items| !items.is_empty()),
        items,
        checkout_url: fields.address("abandoned_checkout_url"),
        checkout: true,
        person: person.clone(),
    };
    let said = fields.object("customer").and_then(|customer| person::consent(&customer, &person, reading));
    let said = said.or_else(|| person::ticked(fields, &person, at, reading));
    let cart = told(reading, fields, at, What::Cart(cart));
    Ok(Meaning::Reports([Some(cart), said].into_iter().flatten().collect()))
}

/// The body has totals and the cart's token, not the checkout's: the cart is empty until more is heard of it.
pub(super) fn deleted(fields: &Fields<'_>, reading: &Reading<'_>) -> Result<Meaning, Unreadable> {
    let Some(token) = fields.id("cart_token")?.or(fields.id("token")?) else { return Ok(Meaning::Nothing(Why::Nameless)) };
    let currency = fields.currency("currency")?.map_or_else(|| reading.site.currency.clone(), |code| code.code().to_owned());
    let cart = CartReport { token, currency, items: serde_json::json!([]), ..CartReport::default() };
    // What the body says of times is of the checkout's life, not of its end.
    Ok(Meaning::Reports(vec![told(reading, fields, reading.at, What::Cart(cart))]))
}
