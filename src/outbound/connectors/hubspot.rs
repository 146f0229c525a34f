//! HubSpot: contacts with mapped answers, and a note on their timeline. The prefix of the interface is a setting, since HubSpot moves
//! from `/crm/v3` to dated ones. <https://developers.hubspot.com/docs/api-reference>

use serde_json::{Map, Value, json};

use super::{About, Call, Field, Given, Next, Told, Vendor, line_by_line};
use crate::domain::connector::{Kind, Mapped, properties};
use crate::domain::webhook::EventType;

pub struct HubSpot;

const TOKEN: Field = Field::line("token", "Access token", "Of a private app; begins with pat-.").required().secret();
const NOTES: Field = Field::line("notes", "Notes", "What happened, on the contact’s timeline.")
    .choice(&[("yes", "Write a note for each event"), ("no", "Write properties only")])
    .or("yes");
const BASE: Field = Field::line("base_url", "Address", "Of HubSpot’s interface.").or("https://api.hubapi.com").advanced();
const PREFIX: Field =
    Field::line("prefix", "Path of objects", "HubSpot’s newer one is /crm/objects/2026-09.").or("/crm/v3/objects").advanced();

static FIELDS: [Field; 4] = [TOKEN, NOTES, BASE, PREFIX];

static ABOUT: About = About {
    kind: Kind::HubSpot,
    label: "HubSpot",
    sentence: "Creates and updates contacts, writes answers to their properties and a note of what happened.",
    help: "In HubSpot, open Settings → Integrations → Private apps and create one that may read and write contacts. The properties \
           that answers go to must exist there.",
    fields: &FIELDS,
    events: &[
        EventType::ResponseCompleted,
        EventType::CartAbandoned,
        EventType::CartRecovered,
        EventType::OrderAttributed,
        EventType::CustomerIdentified,
        EventType::ResponseCreated,
    ],
    chosen: 2,
    property: Some("contact property"),
    // 100 calls in ten seconds on the smallest plan.
    pace: 110,
};

/// The association of a note with a contact, as HubSpot numbers it.
const NOTE_TO_CONTACT: u32 = 202;

impl Vendor for HubSpot {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn base(&self, given: &Given) -> String {
        given.get(&BASE).trim_end_matches('/').to_owned()
    }

    fn probe(&self, given: &Given) -> Call {
        signed(given, Call::new("contacts", "GET", format!("{}?limit=1", self.objects(given, "contacts"))))
    }

    fn next(&self, given: &Given, mapping: &[Mapped], told: &Told, before: &[String]) -> Next {
        let Some(email) = told.email() else { return Next::Nothing };
        let note = given.get(&NOTES) == "yes" && told.kind != EventType::CustomerIdentified;
        match before {
            [] => Next::Call(self.contact(given, mapping, told, email)),
            [contact] if note && !contact.is_empty() => Next::Call(self.note(given, told, contact)),
            _ => Next::Done,
        }
    }
}

impl HubSpot {
    fn objects(&self, given: &Given, kind: &str) -> String {
        format!("{}/{}/{kind}", self.base(given), given.get(&PREFIX).trim_matches('/'))
    }

    fn contact(&self, given: &Given, mapping: &[Mapped], told: &Told, email: &str) -> Call {
        // HubSpot takes every value as text.
        let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut all: Map<String, Value> =
            properties(mapping, told.answers()).into_iter().map(|(name, value)| (name, json!(text(value)))).collect();
        all.insert("email".to_owned(), json!(email));
        if let Some(name) = told.person().and_then(|person| person.name.as_deref()) {
            all.insert("firstname".to_owned(), json!(name));
        }
        let body = json!({"inputs": [{"idProperty": "email", "id": email, "properties": all}]});
        let url = format!("{}/batch/upsert", self.objects(given, "contacts"));
        signed(given, Call::json("contact", "POST", url, &body)).keeping(contact_id, "the contact’s id")
    }

    fn note(&self, given: &Given, told: &Told, contact: &str) -> Call {
        let heading = told.name().unwrap_or_default();
        let lines = line_by_line(told).into_iter().map(|(name, value)| format!("<br>{}: {}", escape(&name), escape(&value)));
        let text = format!("<strong>{}</strong>{}", escape(&heading), lines.collect::<String>());
        let body = json!({
            "properties": {"hs_timestamp": told.second(), "hs_note_body": text},
            "associations": [{
                "to": {"id": contact},
                "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": NOTE_TO_CONTACT}],
            }],
        });
        signed(given, Call::json("note", "POST", self.objects(given, "notes"), &body))
    }
}

fn signed(given: &Given, call: Call) -> Call {
    call.header("authorization", format!("Bearer {}", given.get(&TOKEN)))
}

/// Of the first result.
fn contact_id(answer: &str) -> String {
    let answer: Value = serde_json::from_str(answer).unwrap_or_default();
    answer["results"][0]["id"].as_str().unwrap_or_default().to_owned()
}

/// Notes are HTML, and answers come from strangers.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::calls;
    use super::*;

    fn given() -> Given {
        Given::join(Given::default(), [("token".to_owned(), "pat-secret".to_owned())].into_iter().collect())
    }

    #[test]
    fn a_contact_first_and_then_its_note() {
        let mapping = [Mapped { survey: "why-leaving".into(), question: "reason".into(), property: "left_because".into() }];
        let made = calls(&HubSpot, &given(), &mapping, &Told::example(EventType::CartAbandoned));
        let [contact, note] = &made[..] else { panic!("{made:?}") };
        assert_eq!(contact.url, "https://api.hubapi.com/crm/v3/objects/contacts/batch/upsert");
        assert_eq!(
            serde_json::from_str::<Value>(contact.body.as_deref().unwrap()).unwrap(),
            json!({"inputs": [{"idProperty": "email", "id": "anna@example.com", "properties": {
                "email": "anna@example.com", "firstname": "Anna", "left_because": "Shipping cost"}}]})
        );
        let body: Value = serde_json::from_str(note.body.as_deref().unwrap()).unwrap();
        assert_eq!(body["associations"][0]["to"]["id"], "the contact’s id");
        assert!(body["properties"]["hs_note_body"].as_str().unwrap().starts_with("<strong>Cart Abandoned</strong>"));
        assert_eq!(contact_id(r#"{"results": [{"id": "51"}]}"#), "51");
        assert_eq!(contact_id("<html>"), "");
    }

    #[test]
    fn what_strangers_write_is_no_markup() {
        assert_eq!(escape("<b>&"), "&lt;b&gt;&amp;");
    }
}
