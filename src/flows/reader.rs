//! Whom a mail was for and what it was about, for the page that a link in it leads to.

use url::Url;
use uuid::Uuid;

use super::back::checkout_of;
use super::known::{Subject, lines};
use crate::clock::Millis;
use crate::domain::facts::Facts;
use crate::domain::flow::{CustomerFacts, Known, OrderFacts};
use crate::store::customers::{self, Customer};
use crate::store::orders::{self, Order};
use crate::store::sites::Site;
use crate::store::{Db, StoreError, enrollments, messages};

/// A mail's reader.
pub struct Reader {
    pub customer: Customer,
    /// The order that the mail is about.
    pub order: Option<Order>,
    /// The cart that the mail is about, on the site's own origins.
    pub cart: Option<Url>,
    /// When the mail was written.
    pub written_at: Millis,
}

impl Reader {
    /// `None`: the mail or its reader is forgotten.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn of(db: &Db, site: &Site, message: Uuid) -> Result<Option<Self>, StoreError> {
        let Some(message) = messages::by_id(db, site.id, message).await? else { return Ok(None) };
        let Some(customer) = message.customer else { return Ok(None) };
        let Some(customer) = customers::by_id(db, site.id, customer).await? else { return Ok(None) };
        let enrollment = match message.enrollment {
            Some(enrollment) => enrollments::by_id(db, site.id, enrollment).await?,
            None => None,
        };
        let subject: Subject = enrollment.map(|e| serde_json::from_value(e.subject).unwrap_or_default()).unwrap_or_default();
        let order = match &subject.order {
            Some(id) => orders::by_id(db, site.id, id).await?,
            None => None,
        };
        let cart = match &subject.cart {
            Some(token) => checkout_of(db, site, token).await?,
            None => None,
        };
        Ok(Some(Self { customer, order, cart, written_at: message.created_at }))
    }

    /// What rules are asked about.
    pub fn facts(&self) -> Facts {
        let order = self.order.as_ref().map(|order| OrderFacts {
            value: order.value,
            number: u32::try_from(self.customer.orders).ok(),
            product_ids: lines(&order.items).filter_map(|line| line["id"].as_str()).collect(),
            new_customer: order.new_customer,
        });
        Known { order, customer: of(&self.customer), ..Known::default() }.facts()
    }
}

/// `customer.*` of a known person.
pub fn customer_facts(customer: &Customer) -> Facts {
    let all = Known { customer: of(customer), ..Known::default() }.facts();
    all.only("customer")
}

fn of(customer: &Customer) -> CustomerFacts<'_> {
    let attributes = customer.attributes.as_object().into_iter().flatten();
    CustomerFacts {
        orders: u32::try_from(customer.orders).unwrap_or(0),
        lifetime_value: customer.spent,
        attributes: attributes.map(|(name, value)| (name.as_str(), value.clone())).collect(),
    }
}
