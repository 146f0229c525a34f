//! All that is known of a person at a decision: read in its transaction, for the rules and for the mail alike.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::clock::Millis;
use crate::domain::answer::{Answer, from_stored};
use crate::domain::customer;
use crate::domain::facts::Facts;
use crate::domain::flow::{CartFacts, CustomerFacts, Happened, Known, OrderFacts, StopEvent, low_scores};
use crate::domain::frequency::Exposure;
use crate::domain::survey::Survey;
use crate::id::SiteId;
use crate::mail::sender::Keys;
use crate::store::carts::{self, Cart};
use crate::store::customers::{self, Customer};
use crate::store::impressions;
use crate::store::orders::{self, Order};
use crate::store::responses::{self, Response};
use crate::store::{StoreError, Tx, suppressions, surveys};

/// Shows that are looked at; more than any cap counts.
const SHOWS: usize = 200;
/// Responses whose answers are looked at, the newest.
const RESPONSES: usize = 20;

/// What an enrollment is about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Subject {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cart: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<Uuid>,
}

/// One response, with the survey as it was answered.
pub(super) struct Said {
    pub response: Response,
    pub survey: Survey,
    /// Question → answer.
    pub answers: Vec<(String, Answer)>,
}

pub(super) struct Dossier {
    pub customer: Customer,
    /// The same, as the rules see it.
    pub person: customer::Customer,
    pub cart: Option<Cart>,
    pub order: Option<Order>,
    /// Oldest first.
    pub said: Vec<Said>,
    pub shows: Vec<Exposure>,
    pub happened: Vec<Happened>,
}

impl Dossier {
    /// `customer` is to be locked, so that nothing about the person is decided meanwhile.
    pub async fn read(tx: &mut Tx, keys: &Keys, customer: Customer, subject: &Subject) -> Result<Self, StoreError> {
        let site = customer.site;
        let suppressed = match &customer.address {
            Some(address) => suppressions::find(&mut *tx, site, &keys.hash(&address.email)).await?,
            None => None,
        };
        let person = customer::Customer {
            id: customer.id.to_string(),
            address: customer.address.clone(),
            consent: customer.consent,
            preference: customer.preference,
            suppressed,
            ordered_at: customer.last_order_at,
        };
        let cart = match &subject.cart {
            Some(token) => carts::by_token(&mut *tx, site, token).await?,
            None => None,
        };
        let orders = orders::of_customer(&mut *tx, site, customer.id).await?;
        let order = subject.order.as_ref().and_then(|id| orders.iter().find(|order| order.id == *id)).cloned();
        let visitors = customers::visitors_of(&mut *tx, site, customer.id).await?;
        let mut past = match visitors.is_empty() {
            true => Vec::new(),
            false => impressions::histories(&mut *tx, site, visitors, SHOWS).await?,
        };
        past.sort_unstable_by_key(|past| past.id);
        let happened = orders
            .iter()
            .map(|order| Happened { what: StopEvent::OrderCompleted, at: order.at })
            .chain(past.iter().filter_map(|past| past.completed_at.map(|at| Happened { what: StopEvent::ResponseCompleted, at })))
            .collect();
        let answered = past.iter().rev().filter(|past| past.answered_at.or(past.completed_at).is_some());
        let ids: Vec<Uuid> = answered.map(|past| past.id).take(RESPONSES).collect();
        let said = if ids.is_empty() { Vec::new() } else { said(tx, site, ids).await? };
        let shows = past.into_iter().map(Exposure::from).collect();
        Ok(Self { customer, person, cart, order, said, shows, happened })
    }

    /// What conditions are asked about.
    pub fn facts(&self) -> Facts {
        let answers = self
            .said
            .iter()
            .flat_map(|said| said.answers.iter().map(|(question, answer)| (said.survey.key.as_str(), question.as_str(), answer)));
        let attributes = self.customer.attributes.as_object().into_iter().flatten();
        Known {
            answers: answers.collect(),
            cart: self.cart.as_ref().map(|cart| CartFacts {
                value: cart.value,
                items: lines(&cart.items).map(quantity).sum(),
                product_ids: lines(&cart.items).filter_map(|line| line["id"].as_str()).collect(),
            }),
            order: self.order.as_ref().map(|order| OrderFacts {
                value: order.value,
                number: u32::try_from(self.customer.orders).ok(),
                product_ids: lines(&order.items).filter_map(|line| line["id"].as_str()).collect(),
                new_customer: order.new_customer,
            }),
            customer: CustomerFacts {
                orders: u32::try_from(self.customer.orders).unwrap_or(0),
                lifetime_value: self.customer.spent,
                attributes: attributes.map(|(name, value)| (name.as_str(), value.clone())).collect(),
            },
        }
        .facts()
    }
}

impl Said {
    /// Whether an answer in it is a low score.
    pub fn is_low(&self) -> bool {
        let answer = |key: &str| self.answers.iter().find(|(question, _)| question == key).map(|(_, answer)| answer);
        !low_scores(&self.survey.questions, answer).is_empty()
    }
}

/// The lines of a cart or an order.
pub(super) fn lines(items: &Value) -> impl Iterator<Item = &Value> {
    items.as_array().into_iter().flatten()
}

/// Pieces of a line; shops that say none mean one.
pub(super) fn quantity(line: &Value) -> u32 {
    line["quantity"].as_u64().map_or(1, |n| u32::try_from(n).unwrap_or(u32::MAX))
}

/// Responses with their answers, oldest first. What is answered of a survey that is gone is gone with it.
async fn said(tx: &mut Tx, site: SiteId, ids: Vec<Uuid>) -> Result<Vec<Said>, StoreError> {
    let items = responses::answers(&mut *tx, site, ids.clone()).await?;
    let mut found = responses::by_ids(&mut *tx, site, ids).await?;
    found.sort_unstable_by_key(|response| response.id);
    let mut all = Vec::with_capacity(found.len());
    for response in found {
        let Some(revision) = surveys::revision(&mut *tx, site, response.survey_id, response.revision).await? else { continue };
        let survey = revision.document;
        let answers = survey.questions.iter().filter_map(|question| {
            let own = items.iter().filter(|item| item.response_id == response.id && item.question == question.key);
            let rows: Vec<(&str, Option<&str>)> = own.map(|item| (item.item.as_str(), item.body.as_deref())).collect();
            if rows.is_empty() { None } else { Some((question.key.clone(), from_stored(question, &rows)?)) }
        });
        let answers = answers.collect();
        all.push(Said { response, survey, answers });
    }
    Ok(all)
}

/// When one response was completed and by whose browser, for entering.
pub(super) async fn completed(tx: &mut Tx, site: SiteId, response: Uuid) -> Result<Option<(Millis, Uuid)>, StoreError> {
    let found = impressions::lock(tx, site, vec![response]).await?;
    Ok(found.into_iter().next().and_then(|i| Some((i.completed_at?, i.visitor))))
}
