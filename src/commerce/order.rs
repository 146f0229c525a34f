//! Orders: stored once, completed by whoever knows more, counted for their customer, and matched to the cart they were made of.

use serde_json::Value;
use uuid::Uuid;

use super::{Person, Report, attribution, bare_token, cart, person, refunds};
use crate::clock::Millis;
use crate::domain::cart::{CartEvent, CartRef, OrderRef, match_order};
use crate::domain::customer::Proof;
use crate::flows::{self, Happening};
use crate::id::CustomerId;
use crate::store::carts::{self, Cart};
use crate::store::orders::{self, Order, OrderStatus};
use crate::store::sites::Site;
use crate::store::{StoreError, Tx, customers};

/// An order that was placed. Money in minor units.
#[derive(Clone, Debug, Default)]
pub struct OrderReport {
    /// The shop's id.
    pub id: String,
    /// What the shopper reads: `#1001`.
    pub number: Option<String>,
    pub value: i64,
    pub currency: String,
    /// A list of `{id, name, quantity, price}`.
    pub items: Value,
    pub new_customer: Option<bool>,
    pub cart_token: Option<String>,
    pub checkout_token: Option<String>,
    pub coupon: Option<String>,
    /// Who ordered, as far as the report says.
    pub person: Person,
    /// When it was placed, where the report is of a later moment.
    pub placed_at: Option<Millis>,
    /// From a file of old orders: nothing follows from it.
    pub past: bool,
}

/// An order that came to nothing, in whole or in part.
#[derive(Clone, Debug)]
pub struct OrderEnd {
    /// The shop's id.
    pub id: String,
    pub cancelled: bool,
    /// Minor units paid back so far; `None` where the report does not say.
    pub refunded: Option<i64>,
}

pub(super) async fn apply(tx: &mut Tx, site: &Site, report: &Report, said: &OrderReport, now: Millis) -> Result<(), StoreError> {
    let tokens = (said.cart_token.as_deref(), said.checkout_token.as_deref());
    let report = &Report { visitor: cart::filled_in(tx, site, report, tokens).await?, ..report.clone() };
    let customer = person::of(tx, site, report, &said.person, now).await?;
    let (mut order, fresh) = orders::claim(tx, &new(site, report, said, now)).await?;
    let first_teller_was_a_page = !fresh && order.source == "page";
    let before = person::spent(&order, site);
    complete(&mut order, said, report, first_teller_was_a_page);
    if let Some(buyer) = order.customer {
        recount(tx, site, buyer, before, &order).await?;
    } else if let Some(id) = customer {
        order.customer = Some(id);
        let mut buyer = person::again(tx, site, id).await?;
        person::count(&mut buyer, site, &order);
        customers::update(tx, &buyer).await?;
        if let Some(visitor) = order.visitor {
            let proof = if report.source.is_store() { Proof::Ordered } else { Proof::Answered };
            orders::update(tx, &order).await?;
            person::tie(tx, site, visitor, &mut buyer, proof, report.at).await?;
        }
    }
    order.updated_at = now;
    orders::update(tx, &order).await?;
    if fresh {
        refunds::recall(tx, site, &order, report.at).await?;
    }
    if said.past {
        return Ok(());
    }
    end_cart(tx, site, &order, now).await?;
    if fresh {
        attribution::announce(tx, site, &order, now).await?;
        flows::announce(tx, site.id, Happening::OrderCompleted { order: order.id }, now).await?;
    }
    Ok(())
}

/// A store's word on what was paid replaces a page's; everything else only fills gaps.
fn complete(order: &mut Order, said: &OrderReport, report: &Report, first_teller_was_a_page: bool) {
    let fill = |known: &mut Option<String>, said: &Option<String>| {
        if known.is_none() {
            known.clone_from(said);
        }
    };
    fill(&mut order.number, &said.number);
    fill(&mut order.email, &said.person.email);
    fill(&mut order.cart_token, &said.cart_token.as_deref().map(|token| bare_token(token).to_owned()));
    fill(&mut order.checkout_token, &said.checkout_token);
    fill(&mut order.coupon, &said.coupon);
    order.visitor = order.visitor.or(report.visitor);
    order.new_customer = order.new_customer.or(said.new_customer);
    if first_teller_was_a_page && report.source.is_store() {
        (order.value, order.currency, order.items) = (said.value, said.currency.clone(), said.items.clone());
    }
}

/// The cart of an order turned out to be filled in a browser that the shop's server did not know of.
pub(super) async fn place_in(tx: &mut Tx, site: &Site, id: &str, visitor: Uuid, at: Millis) -> Result<(), StoreError> {
    let Some(mut order) = orders::lock(tx, site.id, id).await?.filter(|order| order.visitor.is_none()) else { return Ok(()) };
    order.visitor = Some(visitor);
    orders::update(tx, &order).await?;
    if let Some(buyer) = order.customer {
        let mut buyer = person::again(tx, site, buyer).await?;
        person::tie(tx, site, visitor, &mut buyer, Proof::Ordered, at).await?;
    }
    Ok(())
}

/// Finds the cart that the order was made of, and ends it.
async fn end_cart(tx: &mut Tx, site: &Site, order: &Order, now: Millis) -> Result<(), StoreError> {
    let rules = &site.settings.carts;
    let mut known: Vec<Cart> = Vec::new();
    if let Some(token) = &order.cart_token {
        known.extend(carts::by_token(&mut *tx, site.id, token).await?);
    }
    if let Some(token) = &order.checkout_token {
        known.extend(carts::by_checkout(&mut *tx, site.id, token).await?);
    }
    if let Some(customer) = order.customer {
        known.extend(carts::of_customer(&mut *tx, site.id, customer).await?);
    }
    let names: Vec<Option<String>> = known.iter().map(|cart| cart.customer.map(|id| id.to_string())).collect();
    let buyer = order.customer.map(|id| id.to_string());
    let candidates: Vec<CartRef<'_>> = known
        .iter()
        .zip(&names)
        .map(|(cart, customer)| CartRef {
            token: &cart.token,
            checkout_token: cart.checkout_token.as_deref(),
            customer: customer.as_deref(),
            status: cart.status,
            last_activity: cart.life.last_activity().unwrap_or(cart.updated_at),
        })
        .collect();
    let wanted = OrderRef {
        at: order.at,
        cart_token: order.cart_token.as_deref(),
        checkout_token: order.checkout_token.as_deref(),
        customer: buyer.as_deref(),
    };
    let Some((at, _)) = match_order(&wanted, &candidates, rules) else { return Ok(()) };
    let Some(mut cart) = carts::lock(tx, site.id, &known[at].token).await? else { return Ok(()) };
    cart.life.apply(&CartEvent::Ordered { at: order.at, order: order.id.clone() }, rules);
    cart::settle(tx, site, cart, now).await
}

/// Takes note that an order came to nothing. One that is not known (yet) is left: its own report will say so.
pub(super) async fn end(tx: &mut Tx, site: &Site, end: &OrderEnd, at: Millis) -> Result<(), StoreError> {
    let Some(mut order) = orders::lock(tx, site.id, &end.id).await? else { return Ok(()) };
    let before = person::spent(&order, site);
    if end.cancelled {
        order.status = OrderStatus::Cancelled;
        order.refunded = order.value;
    } else if let Some(refunded) = end.refunded {
        order.refunded = order.refunded.max(refunded);
        if order.refunded >= order.value && order.status == OrderStatus::Placed {
            order.status = OrderStatus::Refunded;
        }
    }
    order.updated_at = order.updated_at.max(at);
    orders::update(tx, &order).await?;
    match order.customer {
        Some(buyer) => recount(tx, site, buyer, before, &order).await,
        None => Ok(()),
    }
}

/// The order is worth something else now than when it was counted for its buyer.
async fn recount(tx: &mut Tx, site: &Site, buyer: CustomerId, before: i64, order: &Order) -> Result<(), StoreError> {
    let now = person::spent(order, site);
    if now == before {
        return Ok(());
    }
    let mut buyer = person::again(tx, site, buyer).await?;
    buyer.spent = buyer.spent.saturating_add(now - before);
    customers::update(tx, &buyer).await
}

fn new(site: &Site, report: &Report, said: &OrderReport, now: Millis) -> Order {
    Order {
        site: site.id,
        id: said.id.clone(),
        visitor: report.visitor,
        customer: None,
        number: said.number.clone(),
        value: said.value,
        refunded: 0,
        currency: said.currency.clone(),
        items: said.items.clone(),
        email: said.person.email.clone(),
        new_customer: said.new_customer,
        cart_token: said.cart_token.as_deref().map(|token| bare_token(token).to_owned()),
        checkout_token: said.checkout_token.clone(),
        coupon: said.coupon.clone(),
        source: report.source.as_str().to_owned(),
        status: OrderStatus::Placed,
        at: said.placed_at.unwrap_or(report.at).min(now),
        updated_at: now,
    }
}
