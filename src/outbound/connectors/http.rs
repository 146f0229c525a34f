//! Anybody who takes a request of the owner's own making: Zapier, Make, n8n, scripts of a spreadsheet. The body is a template.

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value as Shown};
use serde_json::{Map, Value, json};

use super::{About, Call, Field, Given, Next, Told, Vendor};
use crate::domain::connector::{Kind, Mapped, properties};
use crate::domain::webhook::{EventType, parse_headers};

pub struct Http;

const URL: Field = Field {
    most: 2000,
    ..Field::line("url", "Address", "What it is called by may be a secret: it is kept sealed.").required().secret()
};
const METHOD: Field =
    Field::line("method", "Method", "").choice(&[("POST", "POST"), ("PUT", "PUT"), ("PATCH", "PATCH")]).or("POST");
const HEADERS: Field = Field::line("headers", "Headers", "One a line, such as Authorization: Bearer ….").text(8_000).secret();
const BODY: Field = Field::line(
    "body",
    "Body",
    "JSON with places to be filled in: {{ type }}, {{ id }}, {{ time }}, {{ email }}, {{ answers.reason }}, {{ properties }}, \
     {{ mapped }}, {{ data }}. Each is written as JSON, texts with their quotes.",
)
.text(16_000)
.or("{\"event\": {{ type }}, \"id\": {{ id }}, \"time\": {{ time }}, \"email\": {{ email }}, \"answers\": {{ answers }}, \"mapped\": {{ mapped }}}");

static FIELDS: [Field; 4] = [URL, METHOD, BODY, HEADERS];

static ABOUT: About = About {
    kind: Kind::Http,
    label: "Any other service",
    sentence: "Calls Zapier, Make, n8n, a script or anything else with JSON of your own making.",
    help: "Paste the address that the other service gave you. The body says what it gets; what you see below works for most.",
    fields: &FIELDS,
    events: &[
        EventType::ResponseCompleted,
        EventType::CartAbandoned,
        EventType::CartRecovered,
        EventType::OrderAttributed,
        EventType::ResponseCreated,
        EventType::CustomerIdentified,
        EventType::CustomerUnsubscribed,
        EventType::AlertRaised,
    ],
    chosen: 2,
    property: Some("field of “mapped”"),
    pace: 0,
};

/// Instructions a body may take, and bytes it may have.
const FUEL: u64 = 100_000;
const MOST: usize = 256 * 1024;

impl Vendor for Http {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn problems(&self, given: &Given) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        if let Err(why) = parse_headers(given.get(&HEADERS)) {
            problems.push((HEADERS.key, format!("{why}")));
        }
        // What works for the examples of every event works for all.
        let broken = EventType::CHOICE.into_iter().find_map(|kind| render(given, &[], &Told::example(kind)).err());
        if let Some(why) = broken {
            problems.push((BODY.key, why));
        }
        problems
    }

    fn address_field(&self) -> &'static str {
        URL.key
    }

    fn base(&self, given: &Given) -> String {
        // The rest of it may be a secret.
        url::Url::parse(given.get(&URL)).map_or_else(|_| given.get(&URL).to_owned(), |url| url.origin().ascii_serialization())
    }

    fn probe(&self, given: &Given) -> Call {
        let told = Told::example(EventType::Ping);
        let body = render(given, &[], &told).unwrap_or_else(|_| json!({"event": "ping"}).to_string());
        call(given, "test", body)
    }

    fn next(&self, given: &Given, mapping: &[Mapped], told: &Told, before: &[String]) -> Next {
        if !before.is_empty() {
            return Next::Done;
        }
        match render(given, mapping, told) {
            Ok(body) => Next::Call(call(given, "call", body)),
            Err(why) => Next::Impossible(why),
        }
    }
}

fn call(given: &Given, name: &'static str, body: String) -> Call {
    let method = match given.get(&METHOD) {
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        _ => "POST",
    };
    // They were read when they were entered.
    let own_headers = parse_headers(given.get(&HEADERS)).unwrap_or_default();
    let call = Call::new(name, method, given.get(&URL).to_owned()).header("content-type", "application/json");
    Call { body: Some(body), own_headers, ..call }
}

/// The body, or what is wrong with its template.
fn render(given: &Given, mapping: &[Mapped], told: &Told) -> Result<String, String> {
    let mut env = Environment::new();
    env.set_auto_escape_callback(|_| AutoEscape::Json);
    env.set_undefined_behavior(UndefinedBehavior::Chainable);
    env.set_fuel(Some(FUEL));
    env.set_recursion_limit(16);
    env.remove_filter("safe");
    let answers: Map<String, Value> = told
        .answers()
        .iter()
        .rev()
        .filter(|answer| !answer.text.is_empty())
        .map(|answer| (answer.question.clone(), answer.value()))
        .collect();
    let all = json!({
        "type": told.kind.as_str(),
        "id": told.id.to_string(),
        "time": told.second(),
        "email": told.email(),
        "answers": answers,
        "mapped": properties(mapping, told.answers()),
        "properties": told.properties(),
        "data": told.plain(),
    });
    let made = env.render_str(given.get(&BODY), Shown::from(minijinja::value::Serde(&all))).map_err(|error| {
        let line = error.line().map_or_else(String::new, |line| format!(" in line {line}"));
        format!("The body has a mistake{line}: {}.", error.detail().unwrap_or("it cannot be read"))
    })?;
    if made.len() > MOST {
        return Err(format!("The body comes to more than {} KiB.", MOST / 1024));
    }
    match serde_json::from_str::<Value>(&made) {
        Ok(_) => Ok(made),
        Err(error) => Err(format!("Filled in with an example of {}, the body is no JSON: {error}.", told.kind)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::calls;
    use super::*;

    fn given(more: &[(&str, &str)]) -> Given {
        let values = [("url", "https://hooks.example/catch/123")].iter().chain(more);
        values.map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_body_is_filled_in_as_json() {
        let own = given(&[("body", r#"{"who": {{ email }}, "why": {{ answers.reason }}, "none": {{ answers.other }}}"#)]);
        let made = calls(&Http, &own, &[], &Told::example(EventType::CartAbandoned));
        let body: Value = serde_json::from_str(made[0].body.as_deref().unwrap()).unwrap();
        assert_eq!(body, json!({"who": "anna@example.com", "why": "Shipping cost", "none": null}));
    }

    #[test]
    fn the_ready_body_works_for_every_event() {
        assert_eq!(Http.problems(&given(&[])), []);
    }

    #[test]
    fn mistakes_are_found_before_anything_happens() {
        for (body, part) in [
            ("{{ type", "line 1"),
            (r#"{"a": {{ type }}"#, "no JSON"),
            ("{% for i in range(100000) %}{{ i }}{% endfor %}", "mistake"),
            (r#"{"a": "{{ type }}"}"#, "no JSON"),
        ] {
            let problems = Http.problems(&given(&[("body", body)]));
            assert!(problems[0].0 == "body" && problems[0].1.contains(part), "{body}: {problems:?}");
        }
        assert_eq!(Http.problems(&given(&[("headers", "no colon")]))[0].0, "headers");
    }
}
