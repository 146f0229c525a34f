//! `/api/docs`: the same document for people, drawn on the server.

use std::sync::{Arc, LazyLock};

use askama::Template;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;

use super::openapi::DOCUMENT;
use crate::boot::App;
use crate::web::assets;

#[derive(Template)]
#[template(path = "api/docs.html")]
struct DocsPage<'a> {
    css: [String; 2],
    icon: String,
    /// Paragraphs: what is bold, and the text behind it.
    about: Vec<(String, String)>,
    groups: &'a [Group],
    public_url: String,
}

/// Calls about one thing.
struct Group {
    name: String,
    anchor: String,
    about: String,
    calls: Vec<Call>,
}

struct Call {
    anchor: String,
    method: String,
    path: String,
    title: String,
    about: String,
    scope: Option<String>,
    parameters: Vec<Line>,
    fields: Vec<Line>,
    /// Of the answer.
    answer: Vec<Line>,
    /// Status and what it means.
    outcomes: Vec<(String, String)>,
    /// The path of the example, and its body.
    example: (String, Option<String>),
}

/// A parameter or a field.
struct Line {
    name: String,
    kind: String,
    required: bool,
    about: String,
}

pub async fn page(State(app): State<Arc<App>>) -> Response {
    static GROUPS: LazyLock<Vec<Group>> = LazyLock::new(|| groups(&DOCUMENT));
    let page = DocsPage {
        css: ["admin/admin.css", "admin/docs.css"].map(assets::url),
        icon: assets::url("admin/mark.svg"),
        about: paragraphs(text(&DOCUMENT["info"]["description"])),
        groups: &GROUPS,
        public_url: app.config.public_url.as_str().trim_end_matches('/').to_owned(),
    };
    match page.render() {
        Ok(html) => Html(html).into_response(),
        Err(e) => {
            tracing::error!(error = %e, "the page of the interface could not be drawn");
            axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

/// `**Bold** and the rest`, by paragraph.
fn paragraphs(about: &str) -> Vec<(String, String)> {
    let plain = |text: &str| text.replace(['`', '*'], "");
    let paragraph = |text: &str| match text.strip_prefix("**").and_then(|text| text.split_once("**")) {
        Some((bold, rest)) => (plain(bold), plain(rest)),
        None => (String::new(), plain(text)),
    };
    about.split("\n\n").map(paragraph).collect()
}

fn groups(document: &Value) -> Vec<Group> {
    let tags = document["tags"].as_array().into_iter().flatten();
    let group = |tag: &Value| {
        let name = text(&tag["name"]).to_owned();
        let calls = document["paths"].as_object().into_iter().flatten().flat_map(|(path, item)| {
            let calls = item.as_object().into_iter().flatten();
            calls
                .filter(|(_, call)| call["tags"][0] == name.as_str())
                .map(|(method, call)| self::call(document, path, method, call))
        });
        let calls = calls.collect();
        Group { anchor: name.to_lowercase(), about: text(&tag["description"]).replace('`', ""), name, calls }
    };
    tags.map(group).collect()
}

fn call(document: &Value, path: &str, method: &str, call: &Value) -> Call {
    let body = call["requestBody"]["content"].as_object().and_then(|content| content.values().next());
    let schema = body.map(|body| resolve(document, &body["schema"]));
    let outcomes = call["responses"].as_object().into_iter().flatten().map(|(status, response)| {
        let response = resolve(document, response);
        (status.clone(), text(&response["description"]).to_owned())
    });
    let good = ["200", "201"].iter().find_map(|status| call["responses"].get(*status));
    let answer = good.map(|response| resolve(document, &response["content"]["application/json"]["schema"]));
    let parameters = call["parameters"].as_array().into_iter().flatten().map(|parameter| Line {
        name: text(&parameter["name"]).to_owned(),
        kind: format!("{}, {}", text(&parameter["in"]), kind(document, &parameter["schema"])),
        required: parameter["required"] == true,
        about: text(&parameter["description"]).to_owned(),
    });
    Call {
        anchor: text(&call["operationId"]).to_owned(),
        method: method.to_uppercase(),
        path: path.to_owned(),
        title: text(&call["summary"]).to_owned(),
        about: text(&call["description"]).replace('`', ""),
        scope: call["security"][0]["key"][0].as_str().map(str::to_owned),
        parameters: parameters.collect(),
        fields: schema.map(|schema| lines(document, schema)).unwrap_or_default(),
        answer: answer.map(|schema| lines(document, schema)).unwrap_or_default(),
        outcomes: outcomes.collect(),
        example: (example_path(path, call), schema.and_then(|schema| example(document, schema))),
    }
}

/// What a reference leads to.
fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value["$ref"].as_str().and_then(|path| document.pointer(path.strip_prefix('#')?));
    target.unwrap_or(value)
}

/// The fields of an object, those of objects within it indented by their path.
fn lines(document: &Value, schema: &Value) -> Vec<Line> {
    let mut lines = Vec::new();
    collect(document, schema, "", &mut lines);
    lines
}

fn collect(document: &Value, schema: &Value, path: &str, lines: &mut Vec<Line>) {
    for part in schema["allOf"].as_array().into_iter().flatten() {
        collect(document, resolve(document, part), path, lines);
    }
    let required = |name: &str| schema["required"].as_array().is_some_and(|names| names.iter().any(|known| known == name));
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let field_path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        lines.push(Line {
            name: field_path.clone(),
            kind: kind(document, field),
            required: required(name),
            about: text(&field["description"]).replace('`', ""),
        });
        let (inner, list) = inner(document, field);
        // Two levels are enough for every body there is; deeper ones are in the document.
        if field_path.matches('.').count() < 2 {
            collect(document, inner, &format!("{field_path}{}", if list { "[]" } else { "" }), lines);
        }
    }
}

/// The object that a field holds, or a list of; whether it is a list.
fn inner<'a>(document: &'a Value, field: &'a Value) -> (&'a Value, bool) {
    let field = resolve(document, field);
    let variants = field["oneOf"].as_array().into_iter().flatten();
    let field = variants
        .map(|variant| resolve(document, variant))
        .find(|variant| variant["type"] != "null" && variant["type"] != "integer")
        .unwrap_or(field);
    match field.get("items") {
        Some(items) => (resolve(document, items), true),
        None => (field, false),
    }
}

fn kind(document: &Value, field: &Value) -> String {
    let words = |value: &Value| match value {
        Value::String(word) => word.clone(),
        Value::Array(words) => {
            words.iter().filter_map(Value::as_str).filter(|word| *word != "null").collect::<Vec<_>>().join(" or ")
        }
        _ => String::new(),
    };
    if let Some(format) = field["format"].as_str().filter(|format| !format.starts_with("int") && *format != "double") {
        return if format == "date-time" { "time".into() } else { format.to_owned() };
    }
    let (inner, list) = inner(document, field);
    match (list, words(&inner["type"])) {
        (true, kind) => format!("list of {}", if kind.is_empty() { "anything".into() } else { format!("{kind}s") }),
        (false, kind) if kind.is_empty() => "JSON".into(),
        (false, kind) => kind,
    }
}

/// The address with names filled in, and the parameters it cannot do without.
fn example_path(path: &str, call: &Value) -> String {
    let names = [
        ("{token}", "c-5f2a"),
        ("{key}", "why-leaving"),
        ("{pool}", "free-shipping"),
        ("{email}", "anna@buyer.example"),
        ("{id}", if path.contains("customers") { "c-17" } else { "1001" }),
    ];
    let path = names.iter().fold(path.to_owned(), |path, (name, with)| path.replace(name, with));
    let needed = call["parameters"].as_array().into_iter().flatten();
    let needed = needed.filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
    let query: Vec<String> = needed.map(|parameter| format!("{}=why-leaving", text(&parameter["name"]))).collect();
    if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
}

fn example(document: &Value, schema: &Value) -> Option<String> {
    if let Some(example) = schema["examples"].get(0) {
        return serde_json::to_string_pretty(example).ok();
    }
    let one = resolve(document, &schema["properties"]["data"]["items"])["examples"].get(0)?;
    let mut one = one.clone();
    one["id"] = "1001".into();
    if schema["properties"]["data"]["items"]["$ref"].as_str().is_some_and(|path| path.ends_with("CartBody"))
        && let Some(fields) = one.as_object_mut()
    {
        fields.remove("id");
        fields.insert("token".into(), "c-5f2a".into());
    }
    serde_json::to_string_pretty(&serde_json::json!({"data": [one]})).ok()
}
