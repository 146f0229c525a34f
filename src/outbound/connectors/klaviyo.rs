//! Klaviyo: events with the profile they belong to, consent given in a survey, and stopping whoever unsubscribed.
//! <https://developers.klaviyo.com/en/reference/api_overview>, revision 2026-07-15.

use serde_json::{Map, Value, json};

use super::told::decimal;
use super::{About, Call, Field, Given, Next, Told, Vendor};
use crate::domain::connector::{Kind, Mapped, properties};
use crate::domain::webhook::EventType;

pub struct Klaviyo;

const KEY: Field = Field::line("api_key", "Private API key", "Begins with pk_.").required().secret();
const LIST: Field = Field::line(
    "list",
    "List for new subscribers",
    "Its id, such as Y6nRLr. Empty: nobody is subscribed, events are sent all the same.",
);
const METRIC: Field = Field::line(
    "cart_metric",
    "Name of the event of an abandoned cart",
    "“Started Checkout” feeds Klaviyo’s own flow for abandoned carts. Leave it as it is if the mails are sent from here.",
)
.or("Cart Abandoned");
const BASE: Field = Field::line("base_url", "Address", "Of Klaviyo’s interface.").or("https://a.klaviyo.com").advanced();
const REVISION: Field = Field::line("revision", "Revision", "The date of the interface’s version.").or("2026-07-15").advanced();

static FIELDS: [Field; 5] = [KEY, LIST, METRIC, BASE, REVISION];

static ABOUT: About = About {
    kind: Kind::Klaviyo,
    label: "Klaviyo",
    sentence: "Adds answers to profiles, sends events that flows can start from, and subscribes whoever agreed in a survey.",
    help: "In Klaviyo, open Settings → API keys and create a private key with full access to events, profiles, lists and \
           subscriptions.",
    fields: &FIELDS,
    events: &[
        EventType::ResponseCompleted,
        EventType::CartAbandoned,
        EventType::CustomerUnsubscribed,
        EventType::CartRecovered,
        EventType::OrderAttributed,
        EventType::CustomerIdentified,
        EventType::ResponseCreated,
    ],
    chosen: 3,
    property: Some("profile property"),
    // 3,500 events a minute; profiles fewer, but they are rare.
    pace: 20,
};

impl Vendor for Klaviyo {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn problems(&self, given: &Given) -> Vec<(&'static str, String)> {
        let key = given.get(&KEY);
        match key.is_empty() || key.starts_with("pk_") {
            true => Vec::new(),
            false => vec![(KEY.key, "This is not a private key: those begin with pk_.".to_owned())],
        }
    }

    fn base(&self, given: &Given) -> String {
        given.get(&BASE).trim_end_matches('/').to_owned()
    }

    fn probe(&self, given: &Given) -> Call {
        self.signed(given, Call::new("account", "GET", format!("{}/api/accounts", self.base(given))))
    }

    fn next(&self, given: &Given, mapping: &[Mapped], told: &Told, before: &[String]) -> Next {
        let Some(email) = told.email() else { return Next::Nothing };
        let mut calls = self.plan(given, mapping, told, email);
        if calls.is_empty() {
            return Next::Nothing;
        }
        match before.len() < calls.len() {
            true => Next::Call(self.signed(given, calls.swap_remove(before.len()))),
            false => Next::Done,
        }
    }
}

impl Klaviyo {
    fn signed(&self, given: &Given, call: Call) -> Call {
        call.header("authorization", format!("Klaviyo-API-Key {}", given.get(&KEY)))
            .header("revision", given.get(&REVISION))
            .header("accept", "application/vnd.api+json")
    }

    fn post(&self, given: &Given, name: &'static str, path: &str, body: &Value) -> Call {
        let url = format!("{}/api/{path}", self.base(given));
        Call::json(name, "POST", url, body).header("content-type", "application/vnd.api+json")
    }

    /// All calls that an event comes to; none depends on another's answer, and each may be repeated.
    fn plan(&self, given: &Given, mapping: &[Mapped], told: &Told, email: &str) -> Vec<Call> {
        let mut calls = match told.kind {
            EventType::CustomerUnsubscribed => {
                vec![self.post(given, "suppression", "profile-suppression-bulk-create-jobs", &suppression(email))]
            }
            EventType::CustomerIdentified => vec![self.post(given, "profile", "profile-import", &profile(mapping, told, email))],
            EventType::AlertRaised | EventType::Ping => Vec::new(),
            _ => vec![self.post(given, "event", "events", &self.event(given, mapping, told, email))],
        };
        // Subscribing lifts an earlier unsubscription: only on consent given just now.
        if let Some(email) = told.opted_in().filter(|_| given.has(LIST.key) && told.kind == EventType::ResponseCompleted) {
            let body = subscription(given.get(&LIST), told, email);
            calls.push(self.post(given, "subscription", "profile-subscription-bulk-create-jobs", &body));
        }
        calls
    }

    fn event(&self, given: &Given, mapping: &[Mapped], told: &Told, email: &str) -> Value {
        let name = match told.kind {
            EventType::CartAbandoned => given.get(&METRIC).to_owned(),
            _ => told.name().unwrap_or_default(),
        };
        let mut all = told.properties();
        if let Some(cart) = told.cart() {
            all.extend(items(cart.items.as_array().map_or(&[][..], Vec::as_slice), &cart.currency));
            if let Some(url) = &cart.checkout_url {
                all.insert("CheckoutURL".to_owned(), json!(url));
            }
        }
        let mut attributes = json!({
            "metric": {"data": {"type": "metric", "attributes": {"name": name}}},
            "profile": {"data": {"type": "profile", "attributes": person(mapping, told, email)}},
            "properties": all,
            "time": told.second(),
            // Klaviyo knows a repetition by it.
            "unique_id": told.id.to_string(),
        });
        if let Some((value, currency)) = told.value() {
            attributes["value"] = json!(value);
            attributes["value_currency"] = json!(currency);
        }
        json!({"data": {"type": "event", "attributes": attributes}})
    }
}

/// What is known of somebody, and their mapped answers. What is absent stays as it is there.
fn person(mapping: &[Mapped], told: &Told, email: &str) -> Value {
    let mut attributes = json!({"email": email});
    if let Some(person) = told.person() {
        for (name, value) in [("external_id", &person.external_id), ("first_name", &person.name), ("locale", &person.locale)] {
            if let Some(value) = value {
                attributes[name] = json!(value);
            }
        }
    }
    let mapped = properties(mapping, told.answers());
    if !mapped.is_empty() {
        attributes["properties"] = Value::Object(mapped);
    }
    attributes
}

fn profile(mapping: &[Mapped], told: &Told, email: &str) -> Value {
    json!({"data": {"type": "profile", "attributes": person(mapping, told, email)}})
}

fn suppression(email: &str) -> Value {
    let profiles = json!({"data": [{"type": "profile", "attributes": {"email": email}}]});
    json!({"data": {"type": "profile-suppression-bulk-create-job", "attributes": {"profiles": profiles}}})
}

fn subscription(list: &str, told: &Told, email: &str) -> Value {
    let source = told.survey().map_or_else(|| "Survey".to_owned(), |survey| format!("Survey: {}", survey.name));
    let consent = json!({"email": {"marketing": {"consent": "SUBSCRIBED"}}});
    let profiles = json!({"data": [{"type": "profile", "attributes": {"email": email, "subscriptions": consent}}]});
    json!({"data": {
        "type": "profile-subscription-bulk-create-job",
        "attributes": {"custom_source": source, "profiles": profiles},
        "relationships": {"list": {"data": {"type": "list", "id": list}}},
    }})
}

/// A cart's items by Klaviyo's own names.
fn items(items: &[Value], currency: &str) -> Map<String, Value> {
    let price = |item: &Value| item["price"].as_i64().and_then(|minor| decimal(minor, currency));
    let lines: Vec<Value> = items
        .iter()
        .map(|item| {
            let quantity = item["quantity"].as_i64().unwrap_or(1);
            let mut line = json!({"ProductID": item["id"], "ProductName": item["name"], "Quantity": quantity});
            if let Some(price) = price(item) {
                line["ItemPrice"] = json!(price);
                line["RowTotal"] = json!((price * quantity as f64 * 100.0).round() / 100.0);
            }
            line
        })
        .collect();
    let names: Vec<&Value> = items.iter().map(|item| &item["name"]).filter(|name| !name.is_null()).collect();
    Map::from_iter([("ItemNames".to_owned(), json!(names)), ("Items".to_owned(), json!(lines))])
}

#[cfg(test)]
mod tests {
    use super::super::calls;
    use super::*;

    fn given(more: &[(&str, &str)]) -> Given {
        let values = [("api_key", "pk_secret")].iter().chain(more);
        values.map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn body(call: &Call) -> Value {
        serde_json::from_str(call.body.as_deref().unwrap()).unwrap()
    }

    #[test]
    fn an_abandoned_cart_is_an_event_of_a_profile() {
        let mapping = [Mapped { survey: "why-leaving".into(), question: "reason".into(), property: "left_because".into() }];
        let made = calls(&Klaviyo, &given(&[]), &mapping, &Told::example(EventType::CartAbandoned));
        let [call] = &made[..] else { panic!("{made:?}") };
        assert_eq!((call.method, &*call.url), ("POST", "https://a.klaviyo.com/api/events"));
        assert!(call.headers.contains(&("authorization", "Klaviyo-API-Key pk_secret".to_owned())));
        assert!(call.headers.contains(&("revision", "2026-07-15".to_owned())));
        let attributes = &body(call)["data"]["attributes"];
        assert_eq!(attributes["metric"]["data"]["attributes"]["name"], "Cart Abandoned");
        assert_eq!(attributes["profile"]["data"]["attributes"]["email"], "anna@example.com");
        assert_eq!(attributes["profile"]["data"]["attributes"]["properties"], json!({"left_because": "Shipping cost"}));
        assert_eq!((&attributes["value"], &attributes["value_currency"]), (&json!(49.9), &json!("EUR")));
        assert_eq!(attributes["time"], "2026-11-24T12:00:00Z");
        assert_eq!(attributes["properties"]["Items"][0]["RowTotal"], 49.9);
    }

    #[test]
    fn strangers_are_not_told_of() {
        let told = Told::example(EventType::ResponseCompleted);
        assert!(matches!(Klaviyo.next(&given(&[]), &[], &told, &[]), Next::Nothing));
    }

    #[test]
    fn whoever_unsubscribed_is_suppressed() {
        let made = calls(&Klaviyo, &given(&[]), &[], &Told::example(EventType::CustomerUnsubscribed));
        assert_eq!(made[0].url, "https://a.klaviyo.com/api/profile-suppression-bulk-create-jobs");
        assert_eq!(made.len(), 1);
    }
}
