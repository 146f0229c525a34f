//! Shopify: tags and metafields of customers and orders, by the Admin GraphQL interface. <https://shopify.dev/docs/api/admin-graphql>

use serde_json::{Value, json};

use super::{About, Call, Field, Given, Next, Seen, Told, Vendor, Verdict, verdict};
use crate::domain::connector::{Kind, Mapped, properties};
use crate::domain::webhook::EventType;

pub struct Shopify;

const SHOP: Field = Field::line("shop", "Shop", "Its own address, such as your-shop.myshopify.com.").required();
const TOKEN: Field = Field::line("token", "Admin API access token", "Begins with shpat_.").required().secret();
const VERSION: Field =
    Field::line("version", "Version", "Of the Admin API; Shopify keeps each for a year.").or("2026-07").advanced();
const BASE: Field = Field::line("base_url", "Address", "Made of the shop when empty.").advanced();

static FIELDS: [Field; 4] = [SHOP, TOKEN, VERSION, BASE];

static ABOUT: About = About {
    kind: Kind::Shopify,
    label: "Shopify customers and orders",
    sentence: "Writes answers to customers and orders of your shop, as metafields or tags.",
    help: "In Shopify, open Settings → Apps → Develop apps, create one that may write customers and orders, and install it. Name a \
           metafield such as heard_about_us (kept in the namespace exitpoll), or tag:survey to add the tag “survey: the answer”.",
    fields: &FIELDS,
    events: &[EventType::ResponseCompleted, EventType::OrderAttributed, EventType::ResponseCreated],
    chosen: 1,
    property: Some("metafield or tag"),
    pace: 500,
};

const NAMESPACE: &str = "exitpoll";
/// Longest tag, in characters.
const TAG: usize = 40;

const METAFIELDS: &str =
    "mutation($metafields: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $metafields) { userErrors { field message } } }";
const TAGS: &str = "mutation($id: ID!, $tags: [String!]!) { tagsAdd(id: $id, tags: $tags) { userErrors { field message } } }";

impl Vendor for Shopify {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn problems(&self, given: &Given) -> Vec<(&'static str, String)> {
        let shop = given.get(&SHOP);
        let name = shop.strip_suffix(".myshopify.com").unwrap_or_default();
        match !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            true => Vec::new(),
            false => vec![(SHOP.key, "Please enter the address that ends with .myshopify.com, without https://.".to_owned())],
        }
    }

    fn base(&self, given: &Given) -> String {
        match given.get(&BASE) {
            "" => format!("https://{}", given.get(&SHOP)),
            own => own.trim_end_matches('/').to_owned(),
        }
    }

    fn probe(&self, given: &Given) -> Call {
        self.ask(given, "shop", "query { shop { name } }", &json!({}))
    }

    fn next(&self, given: &Given, mapping: &[Mapped], told: &Told, before: &[String]) -> Next {
        let mut calls = self.plan(given, mapping, told);
        match before.len() < calls.len() {
            true => Next::Call(calls.swap_remove(before.len())),
            false if calls.is_empty() => Next::Nothing,
            false => Next::Done,
        }
    }

    /// GraphQL says 200 to errors, too.
    fn judge(&self, seen: &Seen<'_>) -> Verdict {
        let usual = verdict::usual(seen);
        if usual != Verdict::Delivered {
            return usual;
        }
        let Ok(answer) = serde_json::from_str::<Value>(seen.body) else { return Verdict::Again };
        let codes: Vec<&str> = list(&answer["errors"]).iter().filter_map(|error| error["extensions"]["code"].as_str()).collect();
        let refused =
            answer["data"].as_object().is_some_and(|data| data.values().any(|payload| !list(&payload["userErrors"]).is_empty()));
        match () {
            () if codes.contains(&"THROTTLED") => Verdict::Busy,
            () if codes.contains(&"ACCESS_DENIED") => Verdict::Credentials,
            () if codes.contains(&"INTERNAL_SERVER_ERROR") => Verdict::Again,
            () if refused || !list(&answer["errors"]).is_empty() => Verdict::Refused,
            () => Verdict::Delivered,
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

impl Shopify {
    fn ask(&self, given: &Given, name: &'static str, query: &str, variables: &Value) -> Call {
        let url = format!("{}/admin/api/{}/graphql.json", self.base(given), given.get(&VERSION));
        Call::json(name, "POST", url, &json!({"query": query, "variables": variables}))
            .header("x-shopify-access-token", given.get(&TOKEN))
    }

    /// All mapped answers, for the order that the survey was about and for the customer, as far as each is known by Shopify's number.
    fn plan(&self, given: &Given, mapping: &[Mapped], told: &Told) -> Vec<Call> {
        let customer = told.person().and_then(|person| person.external_id.as_deref());
        let owners = [("Order", told.order_id()), ("Customer", customer)];
        let owners: Vec<String> = owners.into_iter().filter_map(|(kind, id)| global(kind, id?)).collect();
        let (mut fields, mut tags) = (Vec::new(), Vec::new());
        for (name, value) in properties(mapping, told.answers()) {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            match name.strip_prefix("tag:") {
                // A comma would end the tag.
                Some(tag) => tags.push(format!("{}: {text}", tag.trim()).replace(',', " ").chars().take(TAG).collect::<String>()),
                None => fields.push((name, text)),
            }
        }
        let mut calls = Vec::new();
        if !fields.is_empty() && !owners.is_empty() {
            let all = owners.iter().flat_map(|owner| fields.iter().map(move |(name, text)| metafield(owner, name, text)));
            let all: Vec<Value> = all.collect();
            calls.push(self.ask(given, "metafields", METAFIELDS, &json!({"metafields": all})));
        }
        if !tags.is_empty() {
            calls.extend(owners.iter().map(|owner| self.ask(given, "tags", TAGS, &json!({"id": owner, "tags": tags}))));
        }
        calls
    }
}

fn metafield(owner: &str, key: &str, value: &str) -> Value {
    json!({"ownerId": owner, "namespace": NAMESPACE, "key": key, "type": "multi_line_text_field", "value": value})
}

/// `gid://shopify/Order/1001`, of a number that Shopify gave.
fn global(kind: &str, id: &str) -> Option<String> {
    let number = id.rsplit('/').next().filter(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))?;
    Some(format!("gid://shopify/{kind}/{number}"))
}

#[cfg(test)]
mod tests {
    use super::super::calls;
    use super::*;

    fn given() -> Given {
        let values = [("shop", "toys.myshopify.com"), ("token", "shpat_secret")];
        values.map(|(key, value)| (key.to_owned(), value.to_owned())).into_iter().collect()
    }

    fn mapped(property: &str) -> Mapped {
        Mapped { survey: "why-leaving".into(), question: "reason".into(), property: property.into() }
    }

    #[test]
    fn answers_become_metafields_and_tags() {
        let told = Told::example(EventType::OrderAttributed);
        let made = calls(&Shopify, &given(), &[mapped("left_because"), mapped("tag:reason")], &told);
        assert_eq!(made.iter().map(|call| call.name).collect::<Vec<_>>(), ["metafields", "tags", "tags"]);
        assert_eq!(made[0].url, "https://toys.myshopify.com/admin/api/2026-07/graphql.json");
        let body = |n: usize| serde_json::from_str::<Value>(made[n].body.as_deref().unwrap()).unwrap();
        assert_eq!(
            body(0)["variables"]["metafields"][0],
            json!({"ownerId": "gid://shopify/Order/1001", "namespace": "exitpoll", "key": "left_because",
                   "type": "multi_line_text_field", "value": "Shipping cost"})
        );
        assert_eq!(body(2)["variables"], json!({"id": "gid://shopify/Customer/6543", "tags": ["reason: Shipping cost"]}));
        assert!(calls(&Shopify, &given(), &[], &told).is_empty(), "nothing mapped, nothing to say");
    }

    #[test]
    fn errors_in_a_200_are_errors() {
        let judge = |body| Shopify.judge(&Seen { status: 200, body });
        assert_eq!(judge(r#"{"data": {"tagsAdd": {"userErrors": []}}}"#), Verdict::Delivered);
        assert_eq!(judge(r#"{"data": {"tagsAdd": {"userErrors": [{"message": "no"}]}}}"#), Verdict::Refused);
        assert_eq!(judge(r#"{"errors": [{"extensions": {"code": "THROTTLED"}}]}"#), Verdict::Busy);
        assert_eq!(judge(r#"{"errors": [{"extensions": {"code": "ACCESS_DENIED"}}]}"#), Verdict::Credentials);
        assert_eq!(judge(r#"{"errors": [{"message": "syntax"}]}"#), Verdict::Refused);
        assert_eq!(judge("<html>"), Verdict::Again);
        assert_eq!(global("Order", "W-17"), None);
    }
}
