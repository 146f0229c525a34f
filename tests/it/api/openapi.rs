//! The document says what the interface does.

use std::collections::BTreeSet;

use exitpoll::domain::scope::Scope;
use reqwest::StatusCode;
use scraper::{Html, Selector};
use serde_json::{Value, json};

use super::{Api, key_of, problem};
use crate::support::{Backend, TestApp, json_of, survey};

async fn document(app: &TestApp) -> Value {
    json_of(app.get("/api/openapi.json").send().await.unwrap(), StatusCode::OK).await
}

/// Every call: method, path, and what the document says of it.
fn calls(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let calls = paths.flat_map(|(path, item)| item.as_object().unwrap().iter().map(move |(method, call)| (method, path, call)));
    calls.map(|(method, path, call)| (method.to_uppercase(), path.clone(), call)).collect()
}

fn filled(path: &str) -> String {
    let names = ["{token}", "{id}", "{key}", "{pool}", "{email}"];
    names.iter().fold(path.to_owned(), |path, name| path.replace(name, "x"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_is_there_and_demands_the_scope_it_names() {
    let app = TestApp::start(Backend::Sqlite).await;
    let document = document(&app).await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let calls = calls(&document);
    assert!(calls.len() >= 33, "{}", calls.len());
    let names: BTreeSet<&str> = calls.iter().filter_map(|(.., call)| call["operationId"].as_str()).collect();
    assert_eq!(names.len(), calls.len(), "every call has a name of its own");
    for (method, path, call) in &calls {
        let scope = call["security"][0]["key"][0].as_str();
        let other = Scope::all().find(|other| Some(other.as_str()) != scope).unwrap();
        let (address, what) = (filled(path), format!("{method} {path}"));
        assert!(call["summary"].is_string() && call["tags"][0].is_string(), "{what}");
        let key = key_of(&app, &app.site, [other]).await;
        let request = |key: Option<&str>| {
            let request = app.request(method.parse().unwrap(), &address);
            if let Some(key) = key { request.bearer_auth(key) } else { request }
        };
        problem(request(None).send().await.unwrap(), 401).await;
        let response = request(Some(&key)).send().await.unwrap();
        match scope {
            None => assert_eq!(response.status(), StatusCode::OK, "{what}"),
            Some(scope) => {
                let refused = problem(response, 403).await;
                assert!(refused["detail"].as_str().unwrap().ends_with(scope), "{what}: {refused}");
            }
        }
        for status in call["responses"].as_object().unwrap().keys() {
            assert!(status.parse::<u16>().is_ok(), "{what}");
        }
        assert!(!address.contains('{'), "{what} has a name that this test does not know");
    }
}

/// Where a value does not fit its schema: types, required fields, fields that are not described.
fn misfits(document: &Value, schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    if let Some(target) = schema["$ref"].as_str() {
        let target = document.pointer(target.trim_start_matches('#')).unwrap_or_else(|| panic!("{target} leads nowhere"));
        return misfits(document, target, value, path, found);
    }
    if let Some(variants) = schema["oneOf"].as_array() {
        let fits = |variant: &&Value| {
            let mut wrong = Vec::new();
            misfits(document, variant, value, path, &mut wrong);
            wrong.is_empty()
        };
        if !variants.iter().any(|variant| fits(&variant)) {
            found.push(format!("{path}: {value} fits none of {schema}"));
        }
        return;
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(word) => vec![word],
        Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let own = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let fits = types.contains(&own) || (own == "integer" && types.contains(&"number"));
    if !types.is_empty() && !fits {
        found.push(format!("{path}: {own} is none of {types:?}"));
    }
    let parts: Vec<&Value> = schema["allOf"].as_array().into_iter().flatten().collect();
    if !parts.is_empty() {
        // Parts of one object: each field must fit the part that has it.
        let merged = parts.iter().fold(json!({"properties": {}, "required": []}), |mut merged, part| {
            let part = part["$ref"].as_str().map_or(*part, |target| document.pointer(target.trim_start_matches('#')).unwrap());
            for (name, field) in part["properties"].as_object().into_iter().flatten() {
                merged["properties"][name] = field.clone();
            }
            merged
        });
        return misfits(document, &merged, value, path, found);
    }
    if let (Some(properties), Some(fields)) = (schema["properties"].as_object(), value.as_object()) {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                found.push(format!("{path}.{name} is missing"));
            }
        }
        for (name, field) in fields {
            match properties.get(name) {
                Some(schema) => misfits(document, schema, field, &format!("{path}.{name}"), found),
                None => found.push(format!("{path}.{name} is not described")),
            }
        }
    }
    if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
        values.iter().enumerate().for_each(|(n, value)| misfits(document, items, value, &format!("{path}[{n}]"), found));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn examples_are_taken_and_answers_fit_their_schema() {
    let app = TestApp::start(Backend::Sqlite).await;
    let document = document(&app).await;
    let api = Api::new(&app).await;
    app.publish(survey("x")).await;
    let flow = json!({"on": "order.completed", "steps": [{"do": "email", "after": "1d", "template": "cart-recovery"}]});
    assert_eq!(api.send("PUT", "flows/x", &flow).await.status(), StatusCode::CREATED);
    let token = app.offer("anna", "x").await;
    let answers = json!({"offer": token, "answers": {"score": {"number": 9}, "reason": {"choice": "price"}}});
    app.send("anna", json!([crate::support::event(app.now(), "survey.answered", answers)])).await;
    let response = api.get("responses").await["data"][0]["id"].as_str().unwrap().to_owned();
    // What is written comes before what is read, and what is taken away, the customer in the end, comes last.
    let mut calls = calls(&document);
    let order = |method: &str| ["PUT", "POST", "GET", "DELETE"].iter().position(|known| *known == method);
    calls.sort_by_key(|(method, path, _)| (order(method), !path.ends_with("/publish"), path.contains("/customers")));
    for (method, path, call) in calls.into_iter().filter(|(_, path, _)| !path.contains("{pool}")) {
        let mut address = filled(&path).replace("/api/v1/", "");
        if path.contains("/responses/{id}") {
            address = format!("responses/{response}");
        } else if path.contains("/customers/{id}") {
            // The one that the examples of carts and orders speak of.
            address = address.replace("customers/x", "customers/c-17");
        } else if path.ends_with("/summary") {
            address.push_str("?survey=x");
        } else if path.contains("{email}") {
            address = "suppressions/anna@buyer.example".into();
        }
        let schema = call["requestBody"]["content"].as_object().map(|content| &content.values().next().unwrap()["schema"]);
        let response = match schema {
            None => api.request(&method, &address).send().await.unwrap(),
            Some(schema) => {
                let target = schema["$ref"].as_str().unwrap().trim_start_matches('#');
                let schema = document.pointer(target).unwrap();
                let body = match schema["examples"].get(0) {
                    Some(example) => example.clone(),
                    None => json!({"data": [{"value": 1, "id": "1"}, {"value": 1, "token": "1"}, {"email": "a@b.example"}]}),
                };
                api.send(&method, &address, &body).await
            }
        };
        let (status, text) = (response.status(), response.text().await.unwrap());
        let what = format!("{method} {path}: {status} {text}");
        assert!(status.is_success(), "{what}");
        let described = &call["responses"][status.as_str()];
        assert!(described.is_object(), "{what} is not described");
        if status != StatusCode::NO_CONTENT {
            let mut found = Vec::new();
            let schema = &described["content"]["application/json"]["schema"];
            assert!(schema.is_object(), "{what}: no schema");
            misfits(&document, schema, &serde_json::from_str(&text).unwrap(), "", &mut found);
            assert!(found.is_empty(), "{what}\n{found:#?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_for_people_has_every_call() {
    let app = TestApp::start(Backend::Sqlite).await;
    let document = document(&app).await;
    let response = app.get("/api/docs").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.headers()["content-security-policy"].to_str().unwrap().contains("script-src 'self'"));
    let html = response.text().await.unwrap();
    let page = Html::parse_document(&html);
    let texts = |selector: &str| -> Vec<String> {
        page.select(&Selector::parse(selector).unwrap()).map(|e| e.text().collect::<String>()).collect()
    };
    let shown = texts(".call");
    for (method, path, _) in calls(&document) {
        assert!(shown.iter().any(|call| call.trim() == format!("{method} {path}")), "{method} {path}: {shown:?}");
    }
    let ids: Vec<&str> = page.select(&Selector::parse("article").unwrap()).filter_map(|e| e.attr("id")).collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), ids.len(), "anchors are single");
    for link in page.select(&Selector::parse(".contents li a").unwrap()).filter_map(|e| e.attr("href")) {
        assert!(ids.contains(&link.trim_start_matches('#')), "{link} leads nowhere");
    }
    assert!(!html.contains("<script"), "works without scripts");
}
