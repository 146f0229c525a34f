//! What an event tells, read from what is stored when it is first sent. Who a person is goes out only if they agreed to marketing; the
//! body is kept, so that every try says the same.

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::emit::What;
use crate::clock::{DAY, Millis};
use crate::domain::answer::{Answer as Given, from_stored};
use crate::domain::survey::{Question, Survey};
use crate::domain::webhook::payload::{self, time};
use crate::id::{CustomerId, SurveyId};
use crate::store::carts::Cart;
use crate::store::customers::Customer;
use crate::store::orders::Order;
use crate::store::outbound_events::OutboundEvent;
use crate::store::responses::{AnswerItem, Response};
use crate::store::sites::Site;
use crate::store::{StoreError, Tx, carts, customers, enrollments, flows, impressions, orders, responses, surveys};

/// Answers that are told with a cart or an order are not older than this.
const ANSWERS_FOR: Millis = 30 * DAY;
/// and of so many surveys at most.
const SURVEYS: usize = 5;
/// Shows that are looked through for them.
const SHOWS: usize = 200;

/// The body of an event's calls; `None`: what it tells of is gone.
pub(super) async fn body(tx: &mut Tx, site: &Site, event: &OutboundEvent) -> Result<Option<String>, StoreError> {
    let what: What = serde_json::from_str(&event.subject).map_err(|e| StoreError::Corrupt {
        table: "outbound_events",
        column: "subject",
        row: event.id.to_string(),
        cause: e.to_string(),
    })?;
    let mut reader = Reader { tx, site, event };
    let data = match what {
        What::ResponseCreated { response } | What::ResponseCompleted { response } => data(reader.response(response).await?),
        What::CartAbandoned { cart, at } => data(reader.cart(&cart, Some(at)).await?),
        What::CartRecovered { cart, at } => data(reader.cart(&cart, at).await?),
        What::OrderAttributed { order, impression } => data(reader.order(&order, impression).await?),
        What::CustomerIdentified => data(reader.customer(false).await?),
        What::CustomerUnsubscribed => data(reader.customer(true).await?),
        What::AlertRaised { code, title, detail, subject, severity, path } => data(Some(payload::AlertData {
            site: site.key.clone(),
            alert: payload::Alert { code, title, detail, subject, severity, path: format!("/admin/{}/{path}", site.key) },
        })),
        What::FlowStep { enrollment, step } => data(reader.flow_step(enrollment, step).await?),
        What::Ping => data(Some(payload::PingData {
            site: site.key.clone(),
            message: format!("A test from {}: your webhook works.", site.name),
        })),
    };
    Ok(data.map(|data| payload::envelope(event.kind, event.at, &data)))
}

fn data(found: Option<impl Serialize>) -> Option<Value> {
    // Texts and numbers.
    found.map(|found| serde_json::to_value(found).expect("plain values"))
}

struct Reader<'a> {
    tx: &'a mut Tx,
    site: &'a Site,
    event: &'a OutboundEvent,
}

impl Reader<'_> {
    async fn response(&mut self, id: Uuid) -> Result<Option<payload::ResponseData>, StoreError> {
        let Some((response, survey, answers)) = self.said(vec![id]).await?.pop() else { return Ok(None) };
        let customer = match self.event.visitor {
            Some(visitor) => customers::of_visitor(&mut *self.tx, self.site.id, visitor).await?,
            None => None,
        };
        Ok(Some(payload::ResponseData {
            site: self.site.key.clone(),
            response: payload::Response {
                id: response.id.to_string(),
                started_at: time(response.started_at),
                completed_at: response.completed_at.map(time),
                page: response.page.clone(),
                device: response.device.clone(),
                locale: response.locale.clone(),
                order_id: response.order_id.clone(),
            },
            survey: described(response.survey_id, response.revision, response.variant, &survey),
            answers,
            customer: customer.filter(agreed).map(|customer| person(&customer)),
        }))
    }

    async fn cart(&mut self, token: &str, abandoned_at: Option<Millis>) -> Result<Option<payload::CartData>, StoreError> {
        let Some(cart) = carts::by_token(&mut *self.tx, self.site.id, token).await? else { return Ok(None) };
        let order = match cart.life.ending().map(|ending| ending.order.clone()) {
            Some(id) => orders::by_id(&mut *self.tx, self.site.id, &id).await?,
            None => None,
        };
        let customer = self.known(cart.customer).await?;
        let answers = self.answers(cart.visitor, cart.customer).await?;
        Ok(Some(payload::CartData {
            site: self.site.key.clone(),
            cart: self.basket(&cart, abandoned_at),
            order: order.map(|order| bought(&order)),
            customer,
            answers,
        }))
    }

    async fn order(&mut self, id: &str, impression: Uuid) -> Result<Option<payload::OrderData>, StoreError> {
        let Some(order) = orders::by_id(&mut *self.tx, self.site.id, id).await? else { return Ok(None) };
        let Some(seen) = impressions::lock(self.tx, self.site.id, vec![impression]).await?.pop() else { return Ok(None) };
        let Some(revision) = surveys::revision(&mut *self.tx, self.site.id, seen.survey_id, seen.revision).await? else {
            return Ok(None);
        };
        let answered_at = seen.answered_at.or(seen.completed_at);
        let customer = self.known(order.customer).await?;
        let answers = self.said(vec![impression]).await?.pop().map_or_else(Vec::new, |(_, _, answers)| answers);
        Ok(Some(payload::OrderData {
            site: self.site.key.clone(),
            order: bought(&order),
            survey: described(seen.survey_id, seen.revision, seen.variant, &revision.document),
            attribution: payload::Attribution {
                by: if answered_at.is_some() { "answered" } else { "shown" }.to_owned(),
                shown_at: time(seen.shown_at),
                answered_at: answered_at.map(time),
                window_days: self.site.settings.attribution_days,
            },
            customer,
            answers,
        }))
    }

    async fn customer(&mut self, unsubscribed: bool) -> Result<Option<payload::CustomerData>, StoreError> {
        let Some(id) = self.event.customer else { return Ok(None) };
        let Some(customer) = customers::by_id(&mut *self.tx, self.site.id, id).await? else { return Ok(None) };
        let mut told = person(&customer);
        if !agreed(&customer) {
            told = payload::Person { email: None, name: None, attributes: json!({}), ..told };
        }
        if unsubscribed {
            told.email = customer.address.map(|address| address.email);
        }
        Ok(Some(payload::CustomerData { site: self.site.key.clone(), customer: told }))
    }

    async fn flow_step(&mut self, enrollment: Uuid, step: i64) -> Result<Option<payload::FlowStepData>, StoreError> {
        let site = self.site.id;
        let Some(walk) = enrollments::by_id(&mut *self.tx, site, enrollment).await? else { return Ok(None) };
        let Some(flow) = flows::revision(&mut *self.tx, site, walk.flow, walk.revision).await? else { return Ok(None) };
        let cart = match walk.subject["cart"].as_str() {
            Some(token) => carts::by_token(&mut *self.tx, site, token).await?,
            None => None,
        };
        let order = match walk.subject["order"].as_str() {
            Some(id) => orders::by_id(&mut *self.tx, site, id).await?,
            None => None,
        };
        let answers = self.answers(cart.as_ref().and_then(|cart| cart.visitor), Some(walk.customer)).await?;
        let abandoned_at = walk.since.saturating_add(self.site.settings.carts.abandon_after_ms);
        Ok(Some(payload::FlowStepData {
            site: self.site.key.clone(),
            flow: payload::FlowStep {
                key: flow.document.key.clone(),
                name: flow.document.title().to_owned(),
                on: flow.document.on.to_string(),
                step,
                enrollment: enrollment.to_string(),
            },
            customer: self.known(Some(walk.customer)).await?,
            cart: cart.map(|cart| self.basket(&cart, Some(abandoned_at))),
            order: order.map(|order| bought(&order)),
            answers,
        }))
    }

    /// A person who agreed to be known.
    async fn known(&mut self, customer: Option<CustomerId>) -> Result<Option<payload::Person>, StoreError> {
        let Some(id) = customer else { return Ok(None) };
        let customer = customers::by_id(&mut *self.tx, self.site.id, id).await?;
        Ok(customer.filter(agreed).map(|customer| person(&customer)))
    }

    fn basket(&self, cart: &Cart, abandoned_at: Option<Millis>) -> payload::Cart {
        payload::Cart {
            token: cart.token.clone(),
            status: cart.life.status(&self.site.settings.carts).to_string(),
            value: cart.value,
            currency: cart.currency.clone(),
            items: list(&cart.items),
            checkout_url: cart.checkout_url.clone(),
            last_activity_at: cart.life.last_activity().map(time),
            abandoned_at: abandoned_at.map(time),
        }
    }

    /// What was answered lately from a browser, and from all browsers of a person.
    async fn answers(&mut self, visitor: Option<Uuid>, customer: Option<CustomerId>) -> Result<Vec<payload::Answer>, StoreError> {
        let mut visitors = match customer {
            Some(customer) => customers::visitors_of(&mut *self.tx, self.site.id, customer).await?,
            None => Vec::new(),
        };
        visitors.extend(visitor.filter(|visitor| !visitors.contains(visitor)));
        if visitors.is_empty() {
            return Ok(Vec::new());
        }
        let mut past = impressions::histories(&mut *self.tx, self.site.id, visitors, SHOWS).await?;
        past.sort_unstable_by_key(|past| std::cmp::Reverse(past.id));
        let oldest = self.event.at.saturating_sub(ANSWERS_FOR);
        let answered = past.iter().filter(|past| past.answered_at.or(past.completed_at).is_some_and(|at| at >= oldest));
        let ids: Vec<Uuid> = answered.map(|past| past.id).take(SURVEYS).collect();
        let said = if ids.is_empty() { Vec::new() } else { self.said(ids).await? };
        Ok(said.into_iter().flat_map(|(_, _, answers)| answers).collect())
    }

    /// Responses with the survey they are of and what was answered, newest first. What is answered of a survey that is gone is gone
    /// with it.
    async fn said(&mut self, ids: Vec<Uuid>) -> Result<Vec<(Response, Survey, Vec<payload::Answer>)>, StoreError> {
        let items = responses::answers(&mut *self.tx, self.site.id, ids.clone()).await?;
        let mut found = responses::by_ids(&mut *self.tx, self.site.id, ids).await?;
        found.sort_unstable_by_key(|response| std::cmp::Reverse(response.id));
        let mut all = Vec::with_capacity(found.len());
        for response in found {
            let revision = surveys::revision(&mut *self.tx, self.site.id, response.survey_id, response.revision).await?;
            let Some(survey) = revision.map(|revision| revision.document) else { continue };
            let own: Vec<&AnswerItem> = items.iter().filter(|item| item.response_id == response.id).collect();
            let answers = survey.questions.iter().filter_map(|question| told(&survey.key, question, &own)).collect();
            all.push((response, survey, answers));
        }
        Ok(all)
    }
}

/// One question's answer; `None` where there is none, or it was taken back.
fn told(survey: &str, question: &Question, items: &[&AnswerItem]) -> Option<payload::Answer> {
    let rows: Vec<(&str, Option<&str>)> =
        items.iter().filter(|item| item.question == question.key).map(|item| (&*item.item, item.body.as_deref())).collect();
    let given = if rows.is_empty() { None } else { from_stored(question, &rows) }?;
    let mut answer = given.to_value();
    match &given {
        Given::Withdrawn => return None,
        // An address is passed on only by whoever agreed to be written to.
        Given::Email { consent: false, .. } => answer = json!({"consent": false}),
        _ => {}
    }
    Some(payload::Answer {
        survey: survey.to_owned(),
        question: question.key.clone(),
        kind: question.kind.to_string(),
        prompt: question.prompt.clone(),
        answer,
        text: words(question, &given),
    })
}

fn words(question: &Question, given: &Given) -> String {
    let label = |key: &String| {
        let known = question.choices.iter().chain(&question.rows).find(|choice| choice.key == *key);
        known.map_or_else(|| key.clone(), |choice| choice.label.clone())
    };
    let with_other = |mut labels: Vec<String>, other: &Option<String>| {
        if let (Some(last), Some(other)) = (labels.last_mut(), other) {
            *last = other.clone();
        }
        labels.join(", ")
    };
    match given {
        Given::Choice { key, other } => with_other(vec![label(key)], other),
        Given::Choices { keys, other } => {
            // What was written beside "other" stands for it, wherever it is among the choices.
            let (others, known): (Vec<&String>, Vec<&String>) = keys.iter().partition(|key| other.is_some() && *key == "other");
            with_other(known.into_iter().chain(others).map(label).collect(), other)
        }
        Given::Number(number) => number.to_string(),
        Given::Text(text) => text.clone(),
        Given::Email { email, consent: true } => email.clone(),
        Given::Email { consent: false, .. } | Given::Withdrawn => String::new(),
        Given::Ranking(keys) => keys.iter().map(label).collect::<Vec<_>>().join(" > "),
        Given::Matrix(cells) => {
            cells.iter().map(|(row, choice)| format!("{}: {}", label(row), label(choice))).collect::<Vec<_>>().join(", ")
        }
    }
}

fn described(id: SurveyId, revision: i64, variant: Option<String>, survey: &Survey) -> payload::Survey {
    payload::Survey {
        id: id.to_string(),
        key: survey.key.clone(),
        name: survey.name.clone(),
        kind: survey.kind.to_string(),
        revision,
        variant,
    }
}

fn agreed(customer: &Customer) -> bool {
    customer.consent.is_some_and(|said| said.granted)
}

fn person(customer: &Customer) -> payload::Person {
    payload::Person {
        id: customer.id.to_string(),
        external_id: customer.external_id.clone(),
        // What a page merely claims is nobody's address.
        email: customer.address.as_ref().filter(|address| address.may_be_mailed()).map(|address| address.email.clone()),
        name: customer.name.clone(),
        locale: customer.locale.clone(),
        marketing: agreed(customer),
        orders: customer.orders,
        spent: customer.spent,
        attributes: customer.attributes.clone(),
    }
}

fn bought(order: &Order) -> payload::Order {
    payload::Order {
        id: order.id.clone(),
        number: order.number.clone(),
        value: order.value,
        currency: order.currency.clone(),
        items: list(&order.items),
        coupon: order.coupon.clone(),
        cart_token: order.cart_token.clone(),
        new_customer: order.new_customer,
        placed_at: time(order.at),
    }
}

/// Shops that list no items have none.
fn list(items: &Value) -> Value {
    if items.is_array() { items.clone() } else { json!([]) }
}
