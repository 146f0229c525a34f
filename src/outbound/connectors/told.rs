//! What happened, as every connector reads it: of the body that a webhook would carry, so that all tell the same.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::clock::Millis;
use crate::domain::money::Money;
use crate::domain::webhook::EventType;
use crate::domain::webhook::payload::{
    AlertData, Answer, Cart, CartData, CustomerData, FlowStepData, Order, OrderData, Person, PingData, ResponseData, Survey,
    example_person, time,
};

#[derive(Debug)]
pub struct Told {
    /// The event's: services that know doublets by an id get this one.
    pub id: Uuid,
    pub kind: EventType,
    pub at: Millis,
    data: Data,
}

#[derive(Debug)]
enum Data {
    Response(Box<ResponseData>),
    Cart(Box<CartData>),
    Order(Box<OrderData>),
    Customer(Box<CustomerData>),
    Alert(Box<AlertData>),
    Flow(Box<FlowStepData>),
    Ping(Box<PingData>),
}

/// A body that no version of ours wrote.
#[derive(Debug, thiserror::Error)]
#[error("an event's body cannot be read: {0}")]
pub struct Unreadable(#[from] serde_json::Error);

impl Told {
    /// Of the body that is kept for an event.
    pub fn read(id: Uuid, kind: EventType, at: Millis, body: &str) -> Result<Self, Unreadable> {
        let mut body: Value = serde_json::from_str(body)?;
        let data = body["data"].take();
        let data = match kind {
            EventType::ResponseCreated | EventType::ResponseCompleted => Data::Response(serde_json::from_value(data)?),
            EventType::CartAbandoned | EventType::CartRecovered => Data::Cart(serde_json::from_value(data)?),
            EventType::OrderAttributed => Data::Order(serde_json::from_value(data)?),
            EventType::CustomerIdentified | EventType::CustomerUnsubscribed => Data::Customer(serde_json::from_value(data)?),
            EventType::AlertRaised => Data::Alert(serde_json::from_value(data)?),
            EventType::FlowStep => Data::Flow(serde_json::from_value(data)?),
            EventType::Ping => Data::Ping(serde_json::from_value(data)?),
        };
        Ok(Self { id, kind, at, data })
    }

    /// An example of a type: what a preview shows where nothing has happened yet.
    pub fn example(kind: EventType) -> Self {
        const AT: Millis = 1_795_521_600_000;
        let body = crate::domain::webhook::payload::example(kind).to_string();
        // A test reads all of them.
        Self::read(Uuid::from_u128(0x019a_b5d2_6c00_7a31_9d43_0c6f_3b1f_4e52), kind, AT, &body).expect("examples fit")
    }

    /// An example with answers of the store's own questions and somebody who agreed to be known.
    pub fn sample(kind: EventType, answers: Vec<Answer>) -> Self {
        let mut told = Self::example(kind);
        let slot = match &mut told.data {
            Data::Response(data) => {
                data.customer = Some(example_person(true));
                if let Some(first) = answers.first() {
                    data.survey.key.clone_from(&first.survey);
                }
                Some(&mut data.answers)
            }
            Data::Cart(data) => Some(&mut data.answers),
            Data::Order(data) => Some(&mut data.answers),
            Data::Flow(data) => Some(&mut data.answers),
            Data::Customer(_) | Data::Alert(_) | Data::Ping(_) => None,
        };
        if let Some(slot) = slot.filter(|_| !answers.is_empty()) {
            *slot = answers;
        }
        told
    }

    /// Who it is about, as far as they agreed to be known.
    pub fn person(&self) -> Option<&Person> {
        match &self.data {
            Data::Response(data) => data.customer.as_ref(),
            Data::Cart(data) => data.customer.as_ref(),
            Data::Order(data) => data.customer.as_ref(),
            Data::Customer(data) => Some(&data.customer),
            Data::Flow(data) => data.customer.as_ref(),
            Data::Alert(_) | Data::Ping(_) => None,
        }
    }

    /// An address to know somebody by: of the customer, or given in a survey with consent.
    pub fn email(&self) -> Option<&str> {
        self.person().and_then(|person| person.email.as_deref()).or_else(|| self.opted_in())
    }

    /// The address that was given with fresh consent to marketing mail, in the very response this is about, unless its owner has
    /// unsubscribed since.
    pub fn opted_in(&self) -> Option<&str> {
        let Data::Response(data) = &self.data else { return None };
        data.customer.as_ref().filter(|customer| customer.marketing)?;
        data.answers.iter().find(|answer| answer.answer["consent"] == true).and_then(|answer| answer.answer["email"].as_str())
    }

    /// Newest survey first, in the order of its questions.
    pub fn answers(&self) -> &[Answer] {
        match &self.data {
            Data::Response(data) => &data.answers,
            Data::Cart(data) => &data.answers,
            Data::Order(data) => &data.answers,
            Data::Flow(data) => &data.answers,
            Data::Customer(_) | Data::Alert(_) | Data::Ping(_) => &[],
        }
    }

    pub fn survey(&self) -> Option<&Survey> {
        match &self.data {
            Data::Response(data) => Some(&data.survey),
            Data::Order(data) => Some(&data.survey),
            _ => None,
        }
    }

    pub fn cart(&self) -> Option<&Cart> {
        match &self.data {
            Data::Cart(data) => Some(&data.cart),
            Data::Flow(data) => data.cart.as_ref(),
            _ => None,
        }
    }

    pub fn order(&self) -> Option<&Order> {
        match &self.data {
            Data::Cart(data) => data.order.as_ref(),
            Data::Order(data) => Some(&data.order),
            Data::Flow(data) => data.order.as_ref(),
            _ => None,
        }
    }

    /// The shop's id of the order it is about, even where the order itself is not told.
    pub fn order_id(&self) -> Option<&str> {
        match &self.data {
            Data::Response(data) => data.response.order_id.as_deref(),
            _ => self.order().map(|order| &*order.id),
        }
    }

    /// Whether a score in it is a low one: NPS up to 6, stars and CSAT up to 2, CES up to 3.
    pub fn has_low_score(&self) -> bool {
        self.answers().iter().any(|answer| {
            let highest = match &*answer.kind {
                "nps" => 6,
                "csat" | "rating" => 2,
                "ces" => 3,
                _ => return false,
            };
            answer.answer["number"].as_i64().is_some_and(|score| score <= highest)
        })
    }

    /// Everything that a webhook would carry.
    pub fn plain(&self) -> Value {
        let made = match &self.data {
            Data::Response(data) => serde_json::to_value(data),
            Data::Cart(data) => serde_json::to_value(data),
            Data::Order(data) => serde_json::to_value(data),
            Data::Customer(data) => serde_json::to_value(data),
            Data::Alert(data) => serde_json::to_value(data),
            Data::Flow(data) => serde_json::to_value(data),
            Data::Ping(data) => serde_json::to_value(data),
        };
        // Texts and numbers.
        made.unwrap_or_default()
    }

    /// Title and detail of an alert.
    pub fn alert(&self) -> Option<(&str, &str)> {
        match &self.data {
            Data::Alert(data) => Some((&data.alert.title, &data.alert.detail)),
            _ => None,
        }
    }

    /// The message of a test.
    pub fn ping(&self) -> Option<&str> {
        match &self.data {
            Data::Ping(data) => Some(&data.message),
            _ => None,
        }
    }

    /// What marketing tools call the event; `None`: it is nothing that a person did.
    pub fn name(&self) -> Option<String> {
        Some(match &self.data {
            Data::Response(data) if data.response.completed_at.is_none() => "Survey Started".to_owned(),
            Data::Response(_) => "Survey Answered".to_owned(),
            Data::Cart(_) if self.kind == EventType::CartRecovered => "Cart Recovered".to_owned(),
            Data::Cart(_) => "Cart Abandoned".to_owned(),
            Data::Order(_) => "Order Attributed".to_owned(),
            Data::Flow(data) => format!("Follow-up: {}", data.flow.name),
            Data::Customer(_) if self.kind == EventType::CustomerUnsubscribed => "Unsubscribed".to_owned(),
            Data::Customer(_) => "Identified".to_owned(),
            Data::Alert(_) | Data::Ping(_) => return None,
        })
    }

    /// What the event is worth, as a decimal number in its currency.
    pub fn value(&self) -> Option<(f64, &str)> {
        let (minor, currency) = match (self.order(), self.cart()) {
            (Some(order), _) => (order.value, &*order.currency),
            (None, Some(cart)) => (cart.value, &*cart.currency),
            _ => return None,
        };
        Some((decimal(minor, currency)?, currency))
    }

    /// The event as flat properties, which is all that most services can filter by: texts and numbers, `snake_case`.
    /// Each answer is `answer_<question>`; where only one question was answered it is `question` and `answer`, too.
    pub fn properties(&self) -> Map<String, Value> {
        let mut all = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                all.insert(name.to_owned(), value);
            }
        };
        if let Some(survey) = self.survey() {
            put("survey", Some(json!(survey.key)));
            put("survey_name", Some(json!(survey.name)));
        }
        if let Data::Response(data) = &self.data {
            put("response_id", Some(json!(data.response.id)));
            put("page", data.response.page.as_ref().map(|page| json!(page)));
            put("device", data.response.device.as_ref().map(|device| json!(device)));
        }
        if let Data::Flow(data) = &self.data {
            put("flow", Some(json!(data.flow.key)));
            put("step", Some(json!(data.flow.step)));
        }
        if let [only] = self.answers() {
            put("question", Some(json!(only.prompt)));
            put("answer", Some(only.value()));
        }
        // The newest answer to a question comes last here, and stays.
        for answer in self.answers().iter().rev().filter(|answer| !answer.text.is_empty()) {
            put(&format!("answer_{}", answer.question), Some(answer.value()));
        }
        if let Some(cart) = self.cart() {
            put("cart_token", Some(json!(cart.token)));
            put("cart_value", decimal(cart.value, &cart.currency).map(|value| json!(value)));
            put("currency", Some(json!(cart.currency)));
            put("checkout_url", cart.checkout_url.as_ref().map(|url| json!(url)));
        }
        put("order_id", self.order_id().map(|id| json!(id)));
        if let Some(order) = self.order() {
            put("order_value", decimal(order.value, &order.currency).map(|value| json!(value)));
            put("currency", Some(json!(order.currency)));
            put("coupon", order.coupon.as_ref().map(|code| json!(code)));
        }
        if let Data::Order(data) = &self.data {
            put("attributed_by", Some(json!(data.attribution.by)));
        }
        all
    }

    /// When it happened, RFC 3339 in UTC, to the second.
    pub fn second(&self) -> String {
        Timestamp::from_millisecond(self.at).map_or_else(|_| time(self.at), |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }
}

/// Minor units as a number of whole ones; `None` of a currency that is none.
pub fn decimal(minor: i64, currency: &str) -> Option<f64> {
    let money = Money { minor, currency: currency.parse().ok()? };
    money.decimal().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_read_back_from_what_is_sent() {
        for kind in EventType::ALL {
            assert_eq!(Told::example(kind).kind, kind);
        }
        Told::read(Uuid::nil(), EventType::Ping, 0, r#"{"data": {"site": 5}}"#).unwrap_err();
    }

    #[test]
    fn what_a_response_comes_to() {
        let told = Told::example(EventType::ResponseCompleted);
        assert_eq!((told.name().unwrap(), told.second()), ("Survey Answered".to_owned(), "2026-11-24T12:00:00Z".to_owned()));
        assert_eq!(
            Value::Object(told.properties()),
            json!({
                "survey": "why-leaving", "survey_name": "Why are you leaving?", "response_id": "019ab5d2-6c00-7a31-9d43-0c6f3b1f4e52",
                "page": "https://shop.example/cart", "device": "mobile", "question": "What stopped you today?",
                "answer": "Shipping cost", "answer_reason": "Shipping cost",
            })
        );
        assert_eq!((told.email(), told.opted_in(), told.value()), (None, None, None));
    }

    #[test]
    fn what_a_cart_and_an_order_come_to() {
        let cart = Told::example(EventType::CartAbandoned);
        assert_eq!((cart.email(), cart.value()), (Some("anna@example.com"), Some((49.9, "EUR"))));
        assert_eq!(cart.properties()["checkout_url"], "https://shop.example/cart?token=c1-b7d2");
        let order = Told::example(EventType::OrderAttributed);
        assert_eq!((order.properties()["order_value"].as_f64(), order.order_id()), (Some(49.9), Some("1001")));
        assert_eq!(decimal(500, "JPY"), Some(500.0));
        assert_eq!(decimal(500, "nonsense"), None);
    }
}
