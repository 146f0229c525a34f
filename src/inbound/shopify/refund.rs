//! What was paid back: `refunds/create` tells of one refund, `orders/updated` of all of an order.

use super::{at, told};
use crate::commerce::{Refund, Refunds, What};
use crate::domain::money::{Currency, MAX_MINOR};
use crate::inbound::fields::Fields;
use crate::inbound::{Meaning, Reading, Unreadable};

pub(super) fn read(fields: &Fields<'_>, reading: &Reading<'_>) -> Result<Meaning, Unreadable> {
    let order = fields.required_id("order_id")?;
    let refunds = one(fields, reading.currency()?)?;
    let at = at(fields, &["processed_at", "created_at"], reading);
    Ok(Meaning::Reports(vec![told(reading, fields, at, What::Refunds(Refunds { order, refunds }))]))
}

/// All refunds of an order.
pub(super) fn of_order(order: &Fields<'_>, currency: Currency) -> Result<Vec<Refund>, Unreadable> {
    let refunds: Result<Vec<_>, _> = order.list("refunds").iter().map(|refund| one(refund, currency)).collect();
    Ok(refunds?.concat())
}

/// One refund; of more than one currency where it was paid back in several. Only money that went back counts: goods may come back
/// without any, and a refund may wait for its bank.
fn one(fields: &Fields<'_>, otherwise: Currency) -> Result<Vec<Refund>, Unreadable> {
    let id = fields.required_id("id")?;
    let mut refunds: Vec<Refund> = Vec::new();
    for paid in fields.list("transactions") {
        let kind = paid.text("kind", 40);
        let failed = paid.text("status", 40).is_some_and(|status| status != "success");
        if failed || kind.is_some_and(|kind| kind != "refund") {
            continue;
        }
        let currency = paid.currency("currency")?.unwrap_or(otherwise);
        let amount = paid.paid_back("amount", currency)?.unwrap_or(0);
        match refunds.iter_mut().find(|known| known.currency == currency.code()) {
            Some(known) => known.amount = known.amount.saturating_add(amount).min(MAX_MINOR),
            None => refunds.push(Refund { id: id.clone(), amount, currency: currency.code().to_owned() }),
        }
    }
    // The table knows one amount a refund; a second currency gets a name of its own.
    for (at, refund) in refunds.iter_mut().enumerate().skip(1) {
        refund.id = format!("{id}:{at}");
    }
    Ok(refunds)
}
