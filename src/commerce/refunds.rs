//! What a shop paid back. Some of its hooks tell of one refund, others of all of an order, and any may come before the order: each
//! refund is kept under the shop's id, and the order's sum follows from them.

use super::{OrderEnd, order};
use crate::clock::Millis;
use crate::store::sites::Site;
use crate::store::{StoreError, Tx, orders, refunds};

/// Refunds of one order.
#[derive(Clone, Debug, Default)]
pub struct Refunds {
    /// The shop's id of the order.
    pub order: String,
    pub refunds: Vec<Refund>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// The shop's id.
    pub id: String,
    /// Minor units of `currency`.
    pub amount: i64,
    pub currency: String,
}

pub(super) async fn apply(tx: &mut Tx, site: &Site, said: &Refunds, at: Millis) -> Result<(), StoreError> {
    for refund in &said.refunds {
        refunds::put(tx, site.id, &said.order, &refund.id, refund.amount, &refund.currency).await?;
    }
    let Some(order) = orders::by_id(&mut *tx, site.id, &said.order).await? else { return Ok(()) };
    recall(tx, site, &order, at).await
}

/// Counts what was said of an order's refunds so far, also before it was known.
pub(super) async fn recall(tx: &mut Tx, site: &Site, order: &orders::Order, at: Millis) -> Result<(), StoreError> {
    let total = refunds::total(&mut *tx, site.id, &order.id, &order.currency).await?;
    if total <= order.refunded {
        return Ok(());
    }
    let end = OrderEnd { id: order.id.clone(), cancelled: false, refunded: Some(total) };
    order::end(tx, site, &end, at).await
}
