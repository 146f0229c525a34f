//! Carts: the newest content wins, whatever order the reports arrive in; what the cart is follows from all of them.

use serde_json::Value;
use uuid::Uuid;

use super::abandonment::Abandonment;
use super::{Person, Report, bare_token, order, person};
use crate::clock::Millis;
use crate::domain::cart::{Cart as Life, CartEvent, CartStatus};
use crate::flows::{self, Happening};
use crate::outbound::{self, Event, What};
use crate::store::carts::{self, Cart};
use crate::store::sites::Site;
use crate::store::{StoreError, Tx, orders};

/// A cart as it was at the moment of the report. Money in minor units.
#[derive(Clone, Debug, Default)]
pub struct CartReport {
    /// The shop's token.
    pub token: String,
    pub checkout_token: Option<String>,
    pub value: i64,
    pub currency: String,
    /// A list of `{id, name, quantity, price}`.
    pub items: Value,
    /// Whether anything is in it; where a shop does not list the items, its value says so.
    pub filled: bool,
    pub checkout_url: Option<String>,
    /// Checkout was begun, or went on.
    pub checkout: bool,
    /// Whose it is, as far as the report says.
    pub person: Person,
}

pub(super) async fn apply(tx: &mut Tx, site: &Site, report: &Report, said: &CartReport, now: Millis) -> Result<(), StoreError> {
    let tokens = (Some(said.token.as_str()), said.checkout_token.as_deref());
    let report = &Report { visitor: filled_in(tx, site, report, tokens).await?, ..report.clone() };
    let customer = person::of(tx, site, report, &said.person, now).await?;
    let mut cart = carts::claim(tx, &new(site, report, said, now)).await?;
    cart.visitor = cart.visitor.or(report.visitor);
    cart.customer = customer.or(cart.customer);
    cart.checkout_token = cart.checkout_token.take().or_else(|| said.checkout_token.clone());
    cart.email = said.person.email.clone().or(cart.email.take());
    if report.at >= cart.updated_at {
        cart.updated_at = report.at;
        (cart.value, cart.currency, cart.items) = (said.value, said.currency.clone(), said.items.clone());
        cart.checkout_url = said.checkout_url.clone().or(cart.checkout_url.take());
    } else {
        cart.checkout_url = cart.checkout_url.take().or_else(|| said.checkout_url.clone());
    }
    let rules = &site.settings.carts;
    let event = match (said.checkout, said.filled) {
        (true, true) => CartEvent::CheckoutStarted { at: report.at },
        (_, filled) => CartEvent::Updated { at: report.at, filled },
    };
    cart.life.apply(&event, rules);
    // Its order may have come before it.
    if cart.life.ending().is_none()
        && let Some(order) = orders::of_cart(&mut *tx, site.id, &cart.token, cart.checkout_token.as_deref()).await?
    {
        cart.life.apply(&CartEvent::Ordered { at: order.at, order: order.id }, rules);
    }
    if let (Some(ending), Some(visitor)) = (cart.life.ending(), cart.visitor) {
        order::place_in(tx, site, &ending.order, visitor, report.at).await?;
    }
    settle(tx, site, cart, now).await
}

/// In whose browser a cart was filled: a shop's server does not know it, but its page has told of the same cart.
pub(super) async fn filled_in(
    tx: &mut Tx,
    site: &Site,
    report: &Report,
    (cart, checkout): (Option<&str>, Option<&str>),
) -> Result<Option<Uuid>, StoreError> {
    if report.visitor.is_some() || !report.source.is_store() {
        return Ok(report.visitor);
    }
    let by_token = match cart {
        Some(token) => carts::by_token(&mut *tx, site.id, bare_token(token)).await?,
        None => None,
    };
    let found = match (by_token, checkout) {
        (None, Some(token)) => carts::by_checkout(&mut *tx, site.id, token).await?,
        (found, _) => found,
    };
    Ok(found.and_then(|cart| cart.visitor))
}

/// Stores a cart whose life changed, sets its one job, and announces what it became.
pub(super) async fn settle(tx: &mut Tx, site: &Site, mut cart: Cart, now: Millis) -> Result<(), StoreError> {
    let rules = &site.settings.carts;
    let before = std::mem::replace(&mut cart.status, cart.life.status(rules));
    carts::update(tx, &cart).await?;
    if let Some(deadline) = cart.life.rearm(None, rules) {
        Abandonment::arm(tx, site.id, &cart.token, deadline, now).await?;
    }
    if cart.status == CartStatus::Recovered && before != CartStatus::Recovered {
        flows::announce(tx, site.id, Happening::CartRecovered { cart: cart.token.clone() }, now).await?;
        let at = cart.life.recovered_from(rules).map(|left| left.at);
        let what = What::CartRecovered { cart: cart.token, at };
        outbound::emit(tx, site.id, Event { what, customer: cart.customer, visitor: cart.visitor }, now).await?;
    }
    Ok(())
}

fn new(site: &Site, report: &Report, said: &CartReport, now: Millis) -> Cart {
    Cart {
        site: site.id,
        token: bare_token(&said.token).to_owned(),
        visitor: report.visitor,
        customer: None,
        checkout_token: said.checkout_token.clone(),
        value: said.value,
        currency: said.currency.clone(),
        items: said.items.clone(),
        checkout_url: said.checkout_url.clone(),
        email: None,
        source: report.source.as_str().to_owned(),
        status: CartStatus::Active,
        life: Life::default(),
        created_at: now,
        updated_at: report.at,
    }
}
