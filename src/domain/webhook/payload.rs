//! The shape of each event: what its `data` holds, as JSON Schema and as an example. Times are RFC 3339 in UTC, money is minor units.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{PartialSchema, ToSchema};

use super::EventType;

/// The version of every shape below. A change that a receiver could notice makes a new type, never a new version of an old one.
pub const VERSION: u32 = 1;

/// What is sent.
pub fn envelope(kind: EventType, at: i64, data: &Value) -> String {
    json!({"type": kind.as_str(), "timestamp": time(at), "data": data}).to_string()
}

/// A moment as receivers read it.
pub fn time(ms: i64) -> String {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// `response.created`, `response.completed`
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ResponseData {
    /// The store's key
    pub site: String,
    #[schema(inline)]
    pub response: Response,
    #[schema(inline)]
    pub survey: Survey,
    /// In the order of the survey's questions, those given so far
    #[schema(inline)]
    pub answers: Vec<Answer>,
    /// Who answered, if they agreed to marketing mail
    #[schema(inline)]
    pub customer: Option<Person>,
}

/// `cart.abandoned`, `cart.recovered`
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CartData {
    pub site: String,
    #[schema(inline)]
    pub cart: Cart,
    /// The order that recovered it
    #[schema(inline)]
    pub order: Option<Order>,
    /// Whose cart it is, if they agreed to marketing mail
    #[schema(inline)]
    pub customer: Option<Person>,
    /// What the shopper answered in the last 30 days, newest survey first
    #[schema(inline)]
    pub answers: Vec<Answer>,
}

/// `order.attributed`
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrderData {
    pub site: String,
    #[schema(inline)]
    pub order: Order,
    #[schema(inline)]
    pub survey: Survey,
    #[schema(inline)]
    pub attribution: Attribution,
    #[schema(inline)]
    pub customer: Option<Person>,
    #[schema(inline)]
    pub answers: Vec<Answer>,
}

/// `customer.identified`, `customer.unsubscribed`
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CustomerData {
    pub site: String,
    #[schema(inline)]
    pub customer: Person,
}

/// `alert.raised`
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AlertData {
    pub site: String,
    #[schema(inline)]
    pub alert: Alert,
}

/// `flow.step`
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FlowStepData {
    pub site: String,
    #[schema(inline)]
    pub flow: FlowStep,
    #[schema(inline)]
    pub customer: Option<Person>,
    /// Of a flow that began with a cart
    #[schema(inline)]
    pub cart: Option<Cart>,
    /// Of a flow that began with an order
    #[schema(inline)]
    pub order: Option<Order>,
    #[schema(inline)]
    pub answers: Vec<Answer>,
}

/// `ping`
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PingData {
    pub site: String,
    pub message: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Response {
    pub id: String,
    pub started_at: String,
    pub completed_at: Option<String>,
    /// The page's address without its query
    pub page: Option<String>,
    pub device: Option<String>,
    pub locale: Option<String>,
    /// The order that the survey was about
    pub order_id: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Survey {
    pub id: String,
    pub key: String,
    pub name: String,
    pub kind: String,
    pub revision: i64,
    /// The arm of an experiment
    pub variant: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Answer {
    /// Key of the survey
    pub survey: String,
    /// Key of the question
    pub question: String,
    /// Type of the question
    #[serde(rename = "type")]
    pub kind: String,
    pub prompt: String,
    /// As the page sends it: `{"choice": "price"}`, `{"number": 9}`, `{"text": "…"}`
    #[schema(value_type = Object)]
    pub answer: Value,
    /// The answer in words; choices by their labels
    pub text: String,
}

impl Answer {
    /// The answer as one plain value: a number, or words.
    pub fn value(&self) -> Value {
        match &self.answer["number"] {
            number @ Value::Number(_) => number.clone(),
            _ => Value::String(self.text.clone()),
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Person {
    pub id: String,
    /// The shop's own id
    pub external_id: Option<String>,
    /// Only with consent; always when somebody unsubscribed, so that others can stop writing, too
    pub email: Option<String>,
    /// Only with consent
    pub name: Option<String>,
    pub locale: Option<String>,
    /// Agreed to marketing mail
    pub marketing: bool,
    pub orders: i64,
    /// Minor units of the site's currency
    pub spent: i64,
    /// What the shop says of them; only with consent
    #[schema(value_type = Object)]
    pub attributes: Value,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Cart {
    /// The shop's token
    pub token: String,
    pub status: String,
    /// Minor units
    pub value: i64,
    /// ISO 4217
    pub currency: String,
    /// `{id, name, quantity, price}` each
    #[schema(value_type = Vec<Object>)]
    pub items: Value,
    /// Leads back to it
    pub checkout_url: Option<String>,
    pub last_activity_at: Option<String>,
    pub abandoned_at: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Order {
    /// The shop's id
    pub id: String,
    /// What the shopper reads
    pub number: Option<String>,
    /// Minor units
    pub value: i64,
    pub currency: String,
    #[schema(value_type = Vec<Object>)]
    pub items: Value,
    pub coupon: Option<String>,
    pub cart_token: Option<String>,
    pub new_customer: Option<bool>,
    pub placed_at: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Attribution {
    /// `answered` or `shown`
    pub by: String,
    pub shown_at: String,
    pub answered_at: Option<String>,
    /// Days that the store counts an order for a survey
    pub window_days: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Alert {
    /// Stable; for programs
    pub code: String,
    pub title: String,
    pub detail: String,
    /// What it is about, such as a survey's key; with the code it names the alert
    pub subject: String,
    /// `urgent` or `digest`
    pub severity: String,
    /// Where to look, below this server's address
    pub path: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FlowStep {
    pub key: String,
    pub name: String,
    /// What it began with
    pub on: String,
    /// From 0
    pub step: i64,
    pub enrollment: String,
}

fn schema_of(kind: EventType) -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    match kind {
        EventType::ResponseCreated | EventType::ResponseCompleted => ResponseData::schema(),
        EventType::CartAbandoned | EventType::CartRecovered => CartData::schema(),
        EventType::OrderAttributed => OrderData::schema(),
        EventType::CustomerIdentified | EventType::CustomerUnsubscribed => CustomerData::schema(),
        EventType::AlertRaised => AlertData::schema(),
        EventType::FlowStep => FlowStepData::schema(),
        EventType::Ping => PingData::schema(),
    }
}

/// JSON Schema (2020-12) of a whole call's body.
pub fn schema(kind: EventType) -> Value {
    let text = json!({"type": "string"});
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": kind.as_str()},
            "timestamp": {"type": "string", "format": "date-time", "description": "When it happened"},
            // A schema is plain values.
            "data": serde_json::to_value(schema_of(kind)).unwrap_or(text),
        },
    })
}

/// A whole call's body, of a shop that sells toys.
pub fn example(kind: EventType) -> Value {
    const AT: i64 = 1_795_521_600_000;
    let data = example_data(kind, AT);
    json!({"type": kind.as_str(), "timestamp": time(AT), "data": data})
}

fn example_data(kind: EventType, at: i64) -> Value {
    let site = || "st_0c9k2m4n6p8qr".to_owned();
    let data = match kind {
        EventType::ResponseCreated | EventType::ResponseCompleted => serde_json::to_value(ResponseData {
            site: site(),
            response: Response {
                id: "019ab5d2-6c00-7a31-9d43-0c6f3b1f4e52".into(),
                started_at: time(at - 9_000),
                completed_at: (kind == EventType::ResponseCompleted).then(|| time(at)),
                page: Some("https://shop.example/cart".into()),
                device: Some("mobile".into()),
                locale: Some("en-GB".into()),
                order_id: None,
            },
            survey: example_survey(),
            answers: vec![example_answer()],
            customer: None,
        }),
        EventType::CartAbandoned | EventType::CartRecovered => {
            let recovered = kind == EventType::CartRecovered;
            serde_json::to_value(CartData {
                site: site(),
                cart: Cart { status: if recovered { "recovered" } else { "abandoned" }.into(), ..example_cart(at) },
                order: recovered.then(|| example_order(at)),
                customer: Some(example_person(true)),
                answers: vec![example_answer()],
            })
        }
        EventType::OrderAttributed => serde_json::to_value(OrderData {
            site: site(),
            order: example_order(at),
            survey: example_survey(),
            attribution: Attribution {
                by: "answered".into(),
                shown_at: time(at - 86_400_000),
                answered_at: Some(time(at - 86_395_000)),
                window_days: 7,
            },
            customer: Some(example_person(true)),
            answers: vec![example_answer()],
        }),
        EventType::CustomerIdentified => serde_json::to_value(CustomerData { site: site(), customer: example_person(true) }),
        EventType::CustomerUnsubscribed => serde_json::to_value(CustomerData {
            site: site(),
            customer: Person { name: None, attributes: json!({}), ..example_person(false) },
        }),
        EventType::AlertRaised => serde_json::to_value(AlertData {
            site: site(),
            alert: Alert {
                code: "endpoint.disabled".into(),
                title: "The webhook “CRM” was switched off".into(),
                detail: "It answered that it is gone for good (410).".into(),
                subject: "crm".into(),
                severity: "urgent".into(),
                path: "/admin/st_0c9k2m4n6p8qr/connections/webhooks/end_0c9k2m4n6p8qr".into(),
            },
        }),
        EventType::FlowStep => serde_json::to_value(FlowStepData {
            site: site(),
            flow: FlowStep {
                key: "recover".into(),
                name: "Carts left behind".into(),
                on: "cart.abandoned".into(),
                step: 1,
                enrollment: "019ab5d2-9a10-7c11-8e55-5a1c8f0a7b21".into(),
            },
            customer: Some(example_person(true)),
            cart: Some(example_cart(at)),
            order: None,
            answers: vec![example_answer()],
        }),
        EventType::Ping => serde_json::to_value(PingData { site: site(), message: "Your webhook works.".into() }),
    };
    // Texts and numbers.
    data.unwrap_or_default()
}

fn example_survey() -> Survey {
    Survey {
        id: "srv_0c9k2m4n6p8qr".into(),
        key: "why-leaving".into(),
        name: "Why are you leaving?".into(),
        kind: "exit_intent".into(),
        revision: 3,
        variant: None,
    }
}

fn example_answer() -> Answer {
    Answer {
        survey: "why-leaving".into(),
        question: "reason".into(),
        kind: "single_choice".into(),
        prompt: "What stopped you today?".into(),
        answer: json!({"choice": "shipping"}),
        text: "Shipping cost".into(),
    }
}

/// Somebody of the shop that sells toys.
pub fn example_person(marketing: bool) -> Person {
    Person {
        id: "cus_0c9k2m4n6p8qr".into(),
        external_id: Some("6543".into()),
        email: Some("anna@example.com".into()),
        name: Some("Anna".into()),
        locale: Some("en".into()),
        marketing,
        orders: 2,
        spent: 12_480,
        attributes: json!({"plan": "gold"}),
    }
}

fn example_cart(at: i64) -> Cart {
    Cart {
        token: "c1-b7d2".into(),
        status: "abandoned".into(),
        value: 4_990,
        currency: "EUR".into(),
        items: json!([{"id": "birch-express", "name": "Birch Express", "quantity": 1, "price": 4_990}]),
        checkout_url: Some("https://shop.example/cart?token=c1-b7d2".into()),
        last_activity_at: Some(time(at - 3_600_000)),
        abandoned_at: Some(time(at)),
    }
}

fn example_order(at: i64) -> Order {
    Order {
        id: "1001".into(),
        number: Some("#1001".into()),
        value: 4_990,
        currency: "EUR".into(),
        items: json!([{"id": "birch-express", "name": "Birch Express", "quantity": 1, "price": 4_990}]),
        coupon: None,
        cart_token: Some("c1-b7d2".into()),
        new_customer: Some(true),
        placed_at: time(at),
    }
}
