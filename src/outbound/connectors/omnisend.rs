//! Omnisend: events of contacts, and whoever agreed in a survey as a subscriber. <https://api-docs.omnisend.com>

use serde_json::{Value, json};

use super::{About, Call, Field, Given, Next, Told, Vendor};
use crate::domain::connector::{Kind, Mapped, properties};
use crate::domain::webhook::EventType;

pub struct Omnisend;

const KEY: Field = Field::line("api_key", "API key", "").required().secret();
const BASE: Field = Field::line("base_url", "Address", "Of Omnisend’s interface.").or("https://api.omnisend.com/api").advanced();
const VERSION: Field = Field::line("version", "Version", "The date of the interface’s version.").or("2026-03-15").advanced();

static FIELDS: [Field; 3] = [KEY, BASE, VERSION];

static ABOUT: About = About {
    kind: Kind::Omnisend,
    label: "Omnisend",
    sentence: "Sends events that automations can start from, and adds whoever agreed in a survey as a subscriber.",
    help: "In Omnisend, open Store settings → API keys and create a key that may write contacts and events.",
    fields: &FIELDS,
    events: &[
        EventType::ResponseCompleted,
        EventType::CartAbandoned,
        EventType::CartRecovered,
        EventType::OrderAttributed,
        EventType::ResponseCreated,
    ],
    chosen: 2,
    property: Some("event property"),
    // 400 calls a minute.
    pace: 150,
};

impl Vendor for Omnisend {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn base(&self, given: &Given) -> String {
        given.get(&BASE).trim_end_matches('/').to_owned()
    }

    fn probe(&self, given: &Given) -> Call {
        signed(given, Call::new("contacts", "GET", format!("{}/contacts?limit=1", self.base(given))))
    }

    fn next(&self, given: &Given, mapping: &[Mapped], told: &Told, before: &[String]) -> Next {
        let Some(email) = told.email() else { return Next::Nothing };
        let opted_in = told.opted_in().filter(|_| told.kind == EventType::ResponseCompleted);
        match (before.len(), opted_in) {
            (0, _) => Next::Call(self.post(given, "event", "events", &event(mapping, told, email))),
            (1, Some(email)) => Next::Call(self.post(given, "contact", "contacts", &contact(told, email))),
            _ => Next::Done,
        }
    }
}

impl Omnisend {
    fn post(&self, given: &Given, name: &'static str, path: &str, body: &Value) -> Call {
        signed(given, Call::json(name, "POST", format!("{}/{path}", self.base(given)), body))
    }
}

fn signed(given: &Given, call: Call) -> Call {
    call.header("authorization", format!("Omnisend-API-Key {}", given.get(&KEY))).header("omnisend-version", given.get(&VERSION))
}

fn event(mapping: &[Mapped], told: &Told, email: &str) -> Value {
    let mut all = told.properties();
    all.extend(properties(mapping, told.answers()));
    json!({
        "eventName": told.name().unwrap_or_default().to_lowercase(),
        "origin": "api",
        "eventID": told.id.to_string(),
        "eventTime": told.second(),
        "contact": {"email": email},
        "properties": all,
    })
}

fn contact(told: &Told, email: &str) -> Value {
    let channel = json!({"email": {"status": "subscribed", "statusDate": told.second()}});
    let mut body = json!({"identifiers": [{"type": "email", "id": email, "channels": channel}]});
    if let Some(name) = told.person().and_then(|person| person.name.as_deref()) {
        body["firstName"] = json!(name);
    }
    body
}

#[cfg(test)]
mod tests {
    use super::super::calls;
    use super::*;

    #[test]
    fn a_cart_is_an_event() {
        let given: Given = [("api_key".to_owned(), "k".to_owned())].into_iter().collect();
        let made = calls(&Omnisend, &given, &[], &Told::example(EventType::CartAbandoned));
        assert_eq!((made.len(), &*made[0].url), (1, "https://api.omnisend.com/api/events"));
        let body: Value = serde_json::from_str(made[0].body.as_deref().unwrap()).unwrap();
        assert_eq!((&body["eventName"], &body["contact"]["email"]), (&json!("cart abandoned"), &json!("anna@example.com")));
    }
}
