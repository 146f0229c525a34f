//! ActiveCampaign: contacts with answers in their custom fields, and tags. <https://developers.activecampaign.com/reference>

use serde_json::{Value, json};

use super::{About, Call, Field, Given, Next, Told, Vendor};
use crate::domain::connector::{Kind, Mapped, properties};
use crate::domain::webhook::EventType;

pub struct ActiveCampaign;

const BASE: Field = Field::line("base_url", "API URL", "Such as https://youraccount.api-us1.com.").required();
const TOKEN: Field = Field::line("api_token", "API key", "").required().secret();

static FIELDS: [Field; 2] = [BASE, TOKEN];

static ABOUT: About = About {
    kind: Kind::ActiveCampaign,
    label: "ActiveCampaign",
    sentence: "Creates and updates contacts with answers in their custom fields, where automations can see them.",
    help: "In ActiveCampaign, open Settings → Developer: both the URL and the key stand there. Answers go to custom fields, named by \
           their number (Contacts → Fields).",
    fields: &FIELDS,
    events: &[EventType::ResponseCompleted, EventType::CartAbandoned, EventType::OrderAttributed, EventType::CustomerIdentified],
    chosen: 2,
    property: Some("custom field’s number"),
    // Five calls a second.
    pace: 200,
};

impl Vendor for ActiveCampaign {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn base(&self, given: &Given) -> String {
        given.get(&BASE).trim_end_matches('/').trim_end_matches("/api/3").to_owned()
    }

    fn probe(&self, given: &Given) -> Call {
        signed(given, Call::new("account", "GET", format!("{}/api/3/users/me", self.base(given))))
    }

    fn next(&self, given: &Given, mapping: &[Mapped], told: &Told, before: &[String]) -> Next {
        let Some(email) = told.email() else { return Next::Nothing };
        if !before.is_empty() {
            return Next::Done;
        }
        let url = format!("{}/api/3/contact/sync", self.base(given));
        Next::Call(signed(given, Call::json("contact", "POST", url, &contact(mapping, told, email))))
    }
}

fn signed(given: &Given, call: Call) -> Call {
    call.header("api-token", given.get(&TOKEN))
}

fn contact(mapping: &[Mapped], told: &Told, email: &str) -> Value {
    let mut contact = json!({"email": email});
    if let Some(name) = told.person().and_then(|person| person.name.as_deref()) {
        contact["firstName"] = json!(name);
    }
    let values: Vec<Value> =
        properties(mapping, told.answers()).into_iter().map(|(field, value)| json!({"field": field, "value": value})).collect();
    if !values.is_empty() {
        contact["fieldValues"] = json!(values);
    }
    json!({"contact": contact})
}

#[cfg(test)]
mod tests {
    use super::super::calls;
    use super::*;

    #[test]
    fn a_contact_with_its_fields() {
        let given = [("base_url", "https://a.api-us1.com/api/3/"), ("api_token", "t")];
        let given: Given = given.map(|(key, value)| (key.to_owned(), value.to_owned())).into_iter().collect();
        let mapping = [Mapped { survey: "why-leaving".into(), question: "reason".into(), property: "3".into() }];
        let made = calls(&ActiveCampaign, &given, &mapping, &Told::example(EventType::CartAbandoned));
        assert_eq!((made.len(), &*made[0].url), (1, "https://a.api-us1.com/api/3/contact/sync"));
        let body: Value = serde_json::from_str(made[0].body.as_deref().unwrap()).unwrap();
        assert_eq!(body["contact"]["fieldValues"], json!([{"field": "3", "value": "Shipping cost"}]));
    }
}
