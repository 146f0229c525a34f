//! Mailchimp: members of an audience, events and tags. Whoever left an audience stays out of it.
//! <https://mailchimp.com/developer/marketing/api/>

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::{About, Call, Field, Given, Next, Told, Vendor};
use crate::domain::connector::{Kind, Mapped, properties};
use crate::domain::webhook::EventType;

pub struct Mailchimp;

const KEY: Field = Field::line("api_key", "API key", "Ends with the data centre, such as -us21.").required().secret();
const LIST: Field = Field::line("list", "Audience", "Its id, such as 1a2b3c4d5e.").required();
const STATUS: Field =
    Field::line("status", "New members", "Only people who agreed to marketing are added. Existing members stay as they are.")
        .choice(&[
            ("pending", "are asked by Mailchimp to confirm (double opt-in)"),
            ("subscribed", "are subscribed at once"),
            ("transactional", "are added without marketing"),
        ])
        .or("pending");
const TAGS: Field =
    Field::line("tags", "Tags", "A tag such as “why-leaving: Shipping cost” for each choice, and nps-promoter or nps-detractor.")
        .choice(&[("no", "None"), ("yes", "Tag members with their answers")])
        .or("no");
const BASE: Field = Field::line("base_url", "Address", "Made of the key when empty.").advanced();

static FIELDS: [Field; 5] = [KEY, LIST, STATUS, TAGS, BASE];

static ABOUT: About = About {
    kind: Kind::Mailchimp,
    label: "Mailchimp",
    sentence: "Adds people who agreed to an audience, writes answers to merge fields, and sends events and tags.",
    help: "In Mailchimp, open Profile → Extras → API keys for the key, and Audience → Settings for the audience’s id. The merge \
           fields that answers go to must exist there.",
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
    property: Some("merge field"),
    // Ten connections at once; an endpoint is called by four at most.
    pace: 0,
};

/// Longest name of an event, in characters.
const NAME: usize = 30;

impl Vendor for Mailchimp {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn problems(&self, given: &Given) -> Vec<(&'static str, String)> {
        match given.has(BASE.key) || data_centre(given).is_some() {
            true => Vec::new(),
            false => vec![(KEY.key, "This key has no data centre at its end, such as -us21.".to_owned())],
        }
    }

    fn address_field(&self) -> &'static str {
        BASE.key
    }

    fn base(&self, given: &Given) -> String {
        match given.get(&BASE) {
            "" => format!("https://{}.api.mailchimp.com/3.0", data_centre(given).unwrap_or("us1")),
            own => own.trim_end_matches('/').to_owned(),
        }
    }

    fn probe(&self, given: &Given) -> Call {
        signed(given, Call::new("audience", "GET", self.list(given)))
    }

    fn next(&self, given: &Given, mapping: &[Mapped], told: &Told, before: &[String]) -> Next {
        let Some(email) = told.email() else { return Next::Nothing };
        let mut calls = self.plan(given, mapping, told, email);
        match before.len() < calls.len() {
            true => Next::Call(signed(given, calls.swap_remove(before.len()))),
            false if calls.is_empty() => Next::Nothing,
            false => Next::Done,
        }
    }
}

impl Mailchimp {
    fn list(&self, given: &Given) -> String {
        format!("{}/lists/{}", self.base(given), given.get(&LIST))
    }

    fn plan(&self, given: &Given, mapping: &[Mapped], told: &Told, email: &str) -> Vec<Call> {
        let member = format!("{}/members/{}", self.list(given), hash(email));
        if told.kind == EventType::CustomerUnsubscribed {
            // Nobody of that address there is as good.
            let call = Call::json("unsubscribe", "PATCH", member, &json!({"status": "unsubscribed"})).or_status(404);
            return vec![call];
        }
        let mut body = json!({"email_address": email, "status_if_new": given.get(&STATUS)});
        let mut fields = properties(mapping, told.answers());
        if let Some(name) = told.person().and_then(|person| person.name.as_deref()) {
            fields.entry("FNAME").or_insert_with(|| json!(name));
        }
        if !fields.is_empty() {
            body["merge_fields"] = Value::Object(fields);
        }
        if let Some(locale) = told.person().and_then(|person| person.locale.as_deref()) {
            body["language"] = json!(locale.split(['-', '_']).next().unwrap_or(locale));
        }
        let mut calls = vec![Call::json("member", "PUT", format!("{member}?skip_merge_validation=true"), &body)];
        if told.kind != EventType::CustomerIdentified {
            calls.push(Call::json("event", "POST", format!("{member}/events"), &event(told)));
        }
        let tags = if given.get(&TAGS) == "yes" { tags(told) } else { Vec::new() };
        if !tags.is_empty() {
            calls.push(Call::json("tags", "POST", format!("{member}/tags"), &json!({"tags": tags})));
        }
        calls
    }
}

fn signed(given: &Given, call: Call) -> Call {
    let pair = BASE64_STANDARD.encode(format!("exitpoll:{}", given.get(&KEY)));
    call.header("authorization", format!("Basic {pair}"))
}

/// `us21` of `…-us21`.
fn data_centre(given: &Given) -> Option<&str> {
    let (_, centre) = given.get(&KEY).rsplit_once('-')?;
    (!centre.is_empty() && centre.bytes().all(|b| b.is_ascii_alphanumeric())).then_some(centre)
}

/// How Mailchimp addresses a member: MD5 of the address in lower case. An address, not a secret.
fn hash(email: &str) -> String {
    Md5::digest(email.trim().to_lowercase()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Names are letters and underscores, values are texts.
fn event(told: &Told) -> Value {
    let name: String = told
        .name()
        .unwrap_or_default()
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .take(NAME)
        .collect();
    let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let all: serde_json::Map<String, Value> =
        told.properties().into_iter().map(|(name, value)| (name, json!(text(value)))).collect();
    json!({"name": name, "properties": all, "occurred_at": told.second(), "is_syncing": false})
}

fn tags(told: &Told) -> Vec<Value> {
    let mut tags = Vec::new();
    for answer in told.answers() {
        let is = |name: &str, active: bool| json!({"name": name, "status": if active { "active" } else { "inactive" }});
        match (&*answer.kind, answer.answer["number"].as_i64()) {
            ("nps", Some(score)) => tags.extend([is("nps-promoter", score >= 9), is("nps-detractor", score <= 6)]),
            ("single_choice" | "dropdown" | "image_choice", _) => {
                tags.push(is(&format!("{}: {}", answer.survey, answer.text).chars().take(100).collect::<String>(), true));
            }
            _ => {}
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::super::calls;
    use super::*;

    fn given(more: &[(&str, &str)]) -> Given {
        let values = [("api_key", "secret-us21"), ("list", "L1")].iter().chain(more);
        values.map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_member_an_event_and_tags() {
        let made = calls(&Mailchimp, &given(&[("tags", "yes")]), &[], &Told::example(EventType::CartAbandoned));
        // md5 of anna@example.com, by another program.
        let member = format!("https://us21.api.mailchimp.com/3.0/lists/L1/members/{}", hash("Anna@example.com "));
        assert_eq!(hash(""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(
            made.iter().map(|call| (call.method, &*call.url)).collect::<Vec<_>>(),
            [
                ("PUT", &*format!("{member}?skip_merge_validation=true")),
                ("POST", &*format!("{member}/events")),
                ("POST", &*format!("{member}/tags")),
            ]
        );
        let body = |n: usize| serde_json::from_str::<Value>(made[n].body.as_deref().unwrap()).unwrap();
        assert_eq!(body(0)["status_if_new"], "pending");
        assert_eq!((&body(1)["name"], &body(1)["properties"]["cart_value"]), (&json!("cart_abandoned"), &json!("49.9")));
        assert_eq!(body(2), json!({"tags": [{"name": "why-leaving: Shipping cost", "status": "active"}]}));
    }

    #[test]
    fn whoever_unsubscribed_is_unsubscribed_there() {
        let made = calls(&Mailchimp, &given(&[]), &[], &Told::example(EventType::CustomerUnsubscribed));
        assert_eq!((made.len(), made[0].method, made[0].also), (1, "PATCH", Some(404)));
    }

    #[test]
    fn a_key_without_a_data_centre_is_none() {
        assert_eq!(Mailchimp.problems(&given(&[("api_key", "secret")])).len(), 1);
        assert!(Mailchimp.problems(&given(&[])).is_empty());
    }
}
