//! What pages send: the shapes of `docs/protocol.md`, read but not yet believed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// A body may hold this many bytes
pub const MAX_BODY: usize = 64 * 1024;
/// and this many events.
pub const MAX_EVENTS: usize = 100;
/// Visitor and session ids are opaque, and no longer than this.
pub const MAX_ID: usize = 64;

/// A batch of events.
pub struct Batch<'a> {
    pub visitor: Cow<'a, str>,
    pub session: Cow<'a, str>,
    /// The sender's clock at the moment of sending.
    pub sent_at: Option<i64>,
    pub events: Vec<Result<Event<'a>, Unreadable>>,
}

/// An event that is none. It does not spoil the others.
pub struct Unreadable {
    /// Empty, if it has none that can be read.
    pub id: String,
    pub cause: String,
}

impl<'a> Batch<'a> {
    /// # Errors
    /// The text is not a batch.
    pub fn read(text: &'a str) -> serde_json::Result<Self> {
        if let Ok(form) = serde_json::from_str::<Form<Event>>(text) {
            return Ok(form.map(Ok));
        }
        Ok(serde_json::from_str::<Form<&RawValue>>(text)?.map(|raw| Event::read(raw.get())))
    }
}

#[derive(Deserialize)]
struct Form<'a, E> {
    #[serde(borrow)]
    visitor: Cow<'a, str>,
    #[serde(borrow)]
    session: Cow<'a, str>,
    sent_at: Option<i64>,
    events: Vec<E>,
}

impl<'a, E> Form<'a, E> {
    fn map(self, event: impl FnMut(E) -> Result<Event<'a>, Unreadable>) -> Batch<'a> {
        let Self { visitor, session, sent_at, events } = self;
        Batch { visitor, session, sent_at, events: events.into_iter().map(event).collect() }
    }
}

#[derive(Default, Deserialize)]
pub struct Event<'a> {
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    #[serde(rename = "type", borrow)]
    pub kind: Cow<'a, str>,
    /// The sender's clock.
    pub at: Option<i64>,
    #[serde(borrow)]
    pub offer: Option<Cow<'a, str>>,
    pub answers: Option<BTreeMap<String, Value>>,
    #[serde(borrow)]
    pub page: Option<Page<'a>>,
    #[serde(borrow)]
    pub trigger: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub device: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub locale: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub by: Option<Cow<'a, str>>,
    pub cart: Option<Box<Cart>>,
    pub order: Option<Box<Order>>,
    pub customer: Option<Value>,
    pub name: Option<String>,
    pub properties: Option<Value>,
    /// What went wrong in the script.
    #[serde(borrow)]
    pub message: Option<Cow<'a, str>>,
    /// Which script.
    #[serde(rename = "where", borrow)]
    pub place: Option<Cow<'a, str>>,
}

impl<'a> Event<'a> {
    fn read(text: &'a str) -> Result<Self, Unreadable> {
        #[derive(Deserialize)]
        struct Id<'a> {
            #[serde(borrow)]
            id: Option<Cow<'a, str>>,
        }
        serde_json::from_str(text).map_err(|e| {
            let id = serde_json::from_str::<Id>(text).ok().and_then(|it| it.id);
            Unreadable { id: id.unwrap_or_default().into_owned(), cause: e.to_string() }
        })
    }
}

#[derive(Default, Deserialize)]
pub struct Page<'a> {
    #[serde(borrow, default)]
    pub url: Cow<'a, str>,
    #[serde(borrow, default)]
    pub referrer: Cow<'a, str>,
}

/// Money in minor units.
#[derive(Clone, Default, Deserialize)]
pub struct Cart {
    pub token: Option<String>,
    pub value: Option<i64>,
    pub currency: Option<String>,
    pub items: Option<Items>,
    pub checkout_url: Option<String>,
    pub email: Option<String>,
}

#[derive(Clone, Default, Deserialize)]
pub struct Order {
    #[serde(deserialize_with = "text_or_number")]
    pub id: String,
    pub value: Option<i64>,
    pub currency: Option<String>,
    pub items: Option<Items>,
    pub email: Option<String>,
    pub new_customer: Option<bool>,
    /// How many orders this person has placed, this one included.
    pub number: Option<i64>,
    pub cart_token: Option<String>,
    pub coupon: Option<String>,
}

/// A list of items, or their number where that is all the page knows.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub enum Items {
    List(Vec<Value>),
    Count(u64),
}

impl Items {
    pub fn count(&self) -> u64 {
        match self {
            Self::Count(n) => *n,
            Self::List(items) => items.iter().map(|item| item.get("quantity").and_then(Value::as_u64).unwrap_or(1)).sum(),
        }
    }

    pub fn ids(&self) -> Option<Vec<String>> {
        match self {
            Self::Count(_) => None,
            Self::List(items) => Some(
                items
                    .iter()
                    .filter_map(|item| match item.get("id") {
                        Some(Value::String(id)) => Some(id.clone()),
                        Some(Value::Number(id)) => Some(id.to_string()),
                        _ => None,
                    })
                    .collect(),
            ),
        }
    }

    pub fn list(self) -> Value {
        match self {
            Self::List(items) => Value::Array(items),
            Self::Count(_) => Value::Array(Vec::new()),
        }
    }
}

/// The question which surveys a visitor may see.
#[derive(Default, Deserialize)]
pub struct Ask<'a> {
    #[serde(borrow)]
    pub visitor: Cow<'a, str>,
    #[serde(borrow)]
    pub session: Cow<'a, str>,
    #[serde(borrow)]
    pub candidates: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    pub page: Option<Page<'a>>,
    #[serde(borrow)]
    pub device: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub locale: Option<Cow<'a, str>>,
    #[serde(default)]
    pub gpc: bool,
    /// Asked by `exitpoll('show')`: the caps do not apply.
    #[serde(default)]
    pub manual: bool,
    /// Asked by the debug panel: every rule's verdict comes along.
    #[serde(default)]
    pub debug: bool,
    pub visits: Option<i64>,
    pub pages: Option<i64>,
    pub first_seen: Option<i64>,
    pub cart: Option<Cart>,
    pub order: Option<Order>,
    /// Who the page says the visitor is: as in `customer.identified`.
    pub customer: Option<Value>,
}

/// Shops write order ids as `1001` and as `"#1001"`.
fn text_or_number<'de, D: serde::Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    match Value::deserialize(d)? {
        Value::String(s) if !s.is_empty() => Ok(s),
        Value::Number(n) => Ok(n.to_string()),
        _ => Err(serde::de::Error::custom("an order's id is a text or a number")),
    }
}

/// The same, or nothing.
pub(super) fn maybe_text_or_number<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(d)? {
        Value::Null => Ok(None),
        Value::String(s) => Ok(Some(s).filter(|s| !s.is_empty())),
        Value::Number(n) => Ok(Some(n.to_string())),
        _ => Err(serde::de::Error::custom("id: is a text or a number")),
    }
}
