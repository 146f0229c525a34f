//! `/api/openapi.json`: the interface as OpenAPI 3.1. Routes and document are made together; what all calls have in common, and the
//! bodies, are added here.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::IntoResponse;
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

use super::shape::Shape;
use super::{batch, carts, coupons, customers, endpoints, idempotency, orders, suppressions, told};

const ABOUT: &str = "Tell Exitpoll of carts, orders and customers, and read what people answered.

**Keys.** Make one under *Connections → API keys*, or with `exitpoll key create`, and send it with every call: the header \
`Authorization` holds `Bearer`, a blank and the key. A key is of one store and may do what its scopes say. Never put it into a page: whoever has it is the store.

**Money** is whole minor units with an ISO 4217 code: 4990 in EUR is 49.90, in JPY 4990.

**Times** are RFC 3339; bodies may use milliseconds since 1970, too.

**Sending twice** changes nothing. A `PUT` says how things are; order and repetition do not matter. For whoever wants the very same \
answer, a call may carry an `Idempotency-Key`: the first success is answered again for 24 hours.

**Lists** come in pages, newest first: pass a page's `next` as `after`. Nothing is left out or doubled when rows are added meanwhile.

**Refusals** are problems (RFC 9457) with a stable `code` and a `detail` for people. A body is refused with everything that is wrong in \
it, each with its place: `items[2].price`. `429` and `503` say in `Retry-After` how many seconds to wait.";

const TAGS: [(&str, &str); 11] = [
    ("Store", "The store that the key is of."),
    ("Carts", "What shoppers are about to buy."),
    ("Orders", "What they bought."),
    ("Customers", "Who they are."),
    ("Surveys", "Documents, as `docs/survey.md` describes them."),
    ("Responses", "What people answered."),
    ("Reports", "What the answers say."),
    ("Flows", "Follow-ups."),
    ("Suppressions", "Addresses that get no mail."),
    ("Coupons", "Pools of codes."),
    ("Endpoints", "Webhooks and services, and what became of what they were told."),
];

const BODIES: [&Shape; 9] = [
    &carts::BODY,
    &orders::BODY,
    &customers::BODY,
    &suppressions::BODY,
    &coupons::BODY,
    &endpoints::BODY,
    &endpoints::REPLAY,
    &told::ITEM,
    &told::BUYER,
];

/// The document, as it is served.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(|| complete(super::documented().1));

pub async fn json() -> impl IntoResponse {
    static TEXT: LazyLock<String> = LazyLock::new(|| DOCUMENT.to_string());
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "public, max-age=300")], TEXT.as_str())
}

fn complete(made: OpenApi) -> Value {
    // Texts, numbers and lists become JSON without fail.
    let mut document = serde_json::to_value(made).expect("plain values");
    document["openapi"] = json!("3.1.0");
    document["info"] = json!({
        "title": "Exitpoll", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT,
        "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
    });
    document["servers"] = json!([{"url": "/", "description": "This server"}]);
    document["tags"] = TAGS.iter().map(|(name, description)| json!({"name": name, "description": description})).collect();
    let components = &mut document["components"];
    components["securitySchemes"] =
        json!({"key": {"type": "http", "scheme": "bearer", "description": "A key of the store, `ep_…`."}});
    for (name, schema) in schemas() {
        components["schemas"][name] = schema;
    }
    components["responses"] = refusals();
    if let Some(paths) = document["paths"].as_object_mut() {
        for (path, item) in paths {
            for (method, operation) in item.as_object_mut().into_iter().flatten() {
                add_common(path, method, operation);
            }
        }
    }
    document
}

fn schemas() -> Vec<(&'static str, Value)> {
    let mut schemas: Vec<_> = BODIES.iter().map(|shape| (shape.name, shape.schema())).collect();
    for (name, of) in [("CartBatch", &carts::BODY), ("OrderBatch", &orders::BODY), ("CustomerBatch", &customers::BODY)] {
        let items = json!({"$ref": format!("#/components/schemas/{}", of.name)});
        let list = json!({"type": "array", "minItems": 1, "maxItems": batch::MAX_BATCH, "items": items});
        schemas.push((name, json!({"type": "object", "required": ["data"], "properties": {"data": list}})));
    }
    schemas.push((
        "SurveyDocument",
        json!({"type": "object", "description": "A survey document; every field is described in docs/survey.md.",
               "examples": [{"kind": "exit_intent", "name": "Why are you leaving?", "trigger": {"type": "exit_intent"},
                   "questions": [{"key": "reason", "type": "single_choice", "prompt": "What stopped you today?",
                       "choices": [{"key": "shipping", "label": "Shipping cost"}, {"key": "price", "label": "Price"}]}]}]}),
    ));
    schemas.push((
        "FlowDocument",
        json!({"type": "object", "description": "A flow document.",
               "examples": [{"on": "cart.abandoned", "steps": [{"after": "1h", "do": "email", "template": "cart-recovery"}]}]}),
    ));
    schemas.push((
        "Problem",
        json!({
            "type": "object", "required": ["title", "status", "code", "detail"], "description": "A refusal, as RFC 9457 has it.",
            "properties": {
                "title": {"type": "string", "description": "The status in words."},
                "status": {"type": "integer"},
                "code": {"type": "string", "description": "Stable, for programs."},
                "detail": {"type": "string", "description": "For people."},
                "request_id": {"type": "string", "description": "Of a fault of ours: where it is in the server's log."},
                "problems": {
                    "type": "array", "description": "Everything that is wrong in the body.",
                    "items": {
                        "type": "object", "required": ["path", "message"],
                        "properties": {
                            "path": {"type": "string", "description": "Where, `items[2].price`; empty for the body itself."},
                            "message": {"type": "string", "description": "What is wrong, and what is allowed."},
                        },
                    },
                },
            },
            "examples": [{
                "title": "Unprocessable Entity", "status": 422, "code": "invalid", "detail": "value: \"value\" is missing",
                "problems": [{"path": "value", "message": "\"value\" is missing"}],
            }],
        }),
    ));
    schemas
}

/// Refusals by status, which operations refer to.
const REFUSALS: [(&str, &str, &str); 10] = [
    ("400", "BadRequest", "The body is not JSON, or the query cannot be read"),
    ("401", "Unauthorized", "No key was shown, or one that is none"),
    ("403", "Forbidden", "The key lacks the scope, which is named"),
    ("404", "NotFound", "The store has no such thing"),
    ("409", "Conflict", "It is not in a state for this, or the first request is still being worked"),
    ("413", "TooLarge", "The body is over 4 MiB"),
    ("415", "UnsupportedMediaType", "The body is not sent as `application/json`"),
    ("422", "Invalid", "The body cannot be taken; every problem is listed with its place"),
    ("429", "TooMany", "Too many calls; `Retry-After` says how many seconds to wait"),
    ("503", "Unavailable", "Nothing can be stored right now; `Retry-After` says when to try again"),
];

fn refusals() -> Value {
    let mut responses = serde_json::Map::new();
    for (status, name, description) in REFUSALS {
        let mut response = json!({
            "description": description,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        });
        if matches!(status, "429" | "503") {
            response["headers"] = json!({"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}});
        }
        responses.insert(name.to_owned(), response);
    }
    responses.into()
}

/// What all calls have in common: a name of their own, refusals, and the header that every writing call takes.
fn add_common(path: &str, method: &str, operation: &mut Value) {
    // Generators make functions of these names: `put_carts_token`.
    let place = path.trim_start_matches("/api/v1/").replace('/', "_").replace(['{', '}'], "");
    operation["operationId"] = json!(format!("{method}_{place}"));
    let body = operation.get("requestBody").is_some();
    let named = path.contains('{');
    let writes = method != "get";
    for (status, name, _) in REFUSALS {
        let can_happen = match status {
            "400" => true,
            "404" => named || path.starts_with("/api/v1/responses") || path.starts_with("/api/v1/reports"),
            "409" => writes,
            "413" | "415" => body,
            "422" => writes,
            _ => true,
        };
        if can_happen {
            operation["responses"][status] = json!({"$ref": format!("#/components/responses/{name}")});
        }
    }
    if writes {
        let header = json!({
            "name": idempotency::HEADER, "in": "header", "required": false, "schema": {"type": "string", "maxLength": 255},
            "description": "The first success under this name is answered again for 24 hours.",
        });
        match operation["parameters"].as_array_mut() {
            Some(parameters) => parameters.push(header),
            None => operation["parameters"] = json!([header]),
        }
    }
    if body && let Some(request) = operation["requestBody"].as_object_mut() {
        request.insert("required".into(), true.into());
    }
}
