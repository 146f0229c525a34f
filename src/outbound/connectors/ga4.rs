//! Google Analytics 4 by the Measurement Protocol: counts of what was answered, never a word of a shopper or who they are.
//! <https://developers.google.com/analytics/devguides/collection/protocol/ga4>

use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::{About, Call, Field, Given, Next, Seen, Told, Vendor, Verdict};
use crate::domain::connector::{Kind, Mapped};
use crate::domain::webhook::EventType;

pub struct Ga4;

const STREAM: Field = Field::line("measurement_id", "Measurement ID", "Begins with G-.").required();
const SECRET: Field = Field::line("api_secret", "API secret", "").required().secret();
const BASE: Field = Field::line("base_url", "Address", "https://region1.google-analytics.com keeps the data in the EU.")
    .or("https://www.google-analytics.com")
    .advanced();

static FIELDS: [Field; 3] = [STREAM, SECRET, BASE];

static ABOUT: About = About {
    kind: Kind::Ga4,
    label: "Google Analytics 4",
    sentence: "Counts answers, abandoned carts and orders as events, without names, addresses or free texts.",
    help: "In Google Analytics, open Admin → Data streams → your stream → Measurement Protocol API secrets. Google takes events \
           that are up to three days old, and does not say when a secret is wrong: look for the events in its realtime report.",
    fields: &FIELDS,
    events: &[EventType::ResponseCompleted, EventType::CartAbandoned, EventType::CartRecovered, EventType::OrderAttributed],
    chosen: 4,
    property: None,
    pace: 0,
};

/// Longest name and value of a parameter, in characters, and the most of them.
const NAME: usize = 40;
const VALUE: usize = 100;
const PARAMS: usize = 25;

/// Answers that are one of the owner's own words or numbers.
const COUNTED: [&str; 8] = ["single_choice", "multi_choice", "dropdown", "image_choice", "nps", "csat", "ces", "rating"];

impl Vendor for Ga4 {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn problems(&self, given: &Given) -> Vec<(&'static str, String)> {
        match given.get(&STREAM).starts_with("G-") {
            true => Vec::new(),
            false => vec![(STREAM.key, "This is not a measurement ID: those begin with G-.".to_owned())],
        }
    }

    fn base(&self, given: &Given) -> String {
        given.get(&BASE).trim_end_matches('/').to_owned()
    }

    fn probe(&self, given: &Given) -> Call {
        let body = body("exitpoll.test", 0, "exitpoll_test", &Map::new());
        Call::json("test", "POST", self.collect(given, "/debug/mp/collect"), &body)
    }

    /// Its debugging twin lists what it would not take.
    fn passed(&self, seen: &Seen<'_>) -> bool {
        let answer: Value = serde_json::from_str(seen.body).unwrap_or_default();
        self.judge(seen) == Verdict::Delivered && answer["validationMessages"].as_array().is_none_or(Vec::is_empty)
    }

    fn next(&self, given: &Given, _mapping: &[Mapped], told: &Told, before: &[String]) -> Next {
        let name = match told.kind {
            _ if !before.is_empty() => return Next::Done,
            EventType::ResponseCompleted => "survey_answered",
            EventType::CartAbandoned => "cart_abandoned",
            EventType::CartRecovered => "cart_recovered",
            EventType::OrderAttributed => "order_attributed",
            _ => return Next::Nothing,
        };
        // Not Google's own mark of the browser, which we do not read: one event, one client.
        let client = format!("{}.{}", told.id.as_u128() as u32, told.at / 1000);
        let body = body(&client, told.at, name, &params(told));
        Next::Call(Call::json("event", "POST", self.collect(given, "/mp/collect"), &body))
    }
}

impl Ga4 {
    fn collect(&self, given: &Given, path: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("measurement_id", given.get(&STREAM)).append_pair("api_secret", given.get(&SECRET));
        format!("{}{path}?{}", self.base(given), query.finish())
    }
}

fn body(client: &str, at: i64, name: &str, params: &Map<String, Value>) -> Value {
    let mut body = json!({
        "client_id": client,
        "consent": {"ad_user_data": "DENIED", "ad_personalization": "DENIED"},
        "events": [{"name": name, "params": params}],
    });
    if at > 0 {
        body["timestamp_micros"] = json!(at * 1000);
    }
    body
}

fn params(told: &Told) -> Map<String, Value> {
    let mut all = Map::new();
    let mut put = |name: &str, value: Value| {
        let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(NAME).collect();
        let value = match value {
            Value::String(text) => json!(text.chars().take(VALUE).collect::<String>()),
            other => other,
        };
        if all.len() < PARAMS {
            all.insert(name, value);
        }
    };
    if let Some(survey) = told.survey() {
        put("survey", json!(survey.key));
    }
    if let Some((value, currency)) = told.value() {
        put("value", json!(value));
        put("currency", json!(currency));
    }
    for answer in told.answers().iter().rev().filter(|answer| COUNTED.contains(&&*answer.kind)) {
        // What was written beside "other" is a shopper's word.
        let value = if answer.answer["other"].is_null() { answer.value() } else { json!("other") };
        put(&format!("answer_{}", answer.question), value);
    }
    put("engagement_time_msec", json!(1));
    all
}

#[cfg(test)]
mod tests {
    use super::super::calls;
    use super::*;

    fn given() -> Given {
        let values = [("measurement_id", "G-1"), ("api_secret", "s&cret")];
        values.map(|(key, value)| (key.to_owned(), value.to_owned())).into_iter().collect()
    }

    #[test]
    fn an_answer_is_counted_and_nobody_named() {
        let made = calls(&Ga4, &given(), &[], &Told::example(EventType::CartAbandoned));
        assert_eq!(made[0].url, "https://www.google-analytics.com/mp/collect?measurement_id=G-1&api_secret=s%26cret");
        let body: Value = serde_json::from_str(made[0].body.as_deref().unwrap()).unwrap();
        assert_eq!(
            body["events"][0],
            json!({"name": "cart_abandoned", "params": {"value": 49.9, "currency": "EUR", "answer_reason": "Shipping cost", "engagement_time_msec": 1}})
        );
        assert!(!body.to_string().contains("anna"));
    }

    #[test]
    fn its_twin_says_what_is_wrong() {
        let seen = |body| Seen { status: 200, body };
        assert!(Ga4.passed(&seen(r#"{"validationMessages": []}"#)));
        assert!(!Ga4.passed(&seen(r#"{"validationMessages": [{"description": "no"}]}"#)));
    }
}
