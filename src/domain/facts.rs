//! What is known about a visitor, a page, a cart or an order, as flat fields: `cart.value`, `page.query.ref`.

use std::collections::HashMap;

use serde_json::Value;
use url::Url;

/// Values by field name.
///
/// A missing field is unknown: somebody else may know it. A `null` field is known to be absent. A field `page.query.*`
/// that is `null` says that every other field below `page.query.` is absent, too.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts(HashMap<String, Value>);

impl Facts {
    /// Nothing is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// The fields an address gives: `page.url`, `page.path`, `page.query.*`, `utm.*` and `referrer`.
    ///
    /// No referrer means that there is none. An address that cannot be read leaves its parts unknown.
    pub fn from_page(url: &str, referrer: Option<&str>) -> Self {
        let mut facts = Self::new();
        facts.set("page.url", url);
        facts.set("referrer", referrer.filter(|text| !text.is_empty()));
        if let Ok(url) = Url::parse(url) {
            facts.set("page.path", url.path());
            facts.close("page.query");
            facts.close("utm");
            for (name, value) in url.query_pairs() {
                if let Some(tag) = name.strip_prefix("utm_") {
                    facts.set_first(format!("utm.{tag}"), &value);
                }
                facts.set_first(format!("page.query.{name}"), &value);
            }
        }
        facts
    }

    /// Records a fact; `None` and `null` record that it is absent.
    pub fn set(&mut self, field: impl Into<String>, value: impl Into<Value>) -> &mut Self {
        self.0.insert(field.into(), value.into());
        self
    }

    /// Records that everything below `group.` which is not set is absent.
    pub fn close(&mut self, group: &str) -> &mut Self {
        self.set(format!("{group}.*"), Value::Null)
    }

    /// Adds all facts of another source; where both know a field, the other wins.
    pub fn extend(&mut self, other: Facts) -> &mut Self {
        self.0.extend(other.0);
        self
    }

    /// The facts of one group, such as `customer`.
    pub fn only(mut self, group: &str) -> Self {
        self.0.retain(|field, _| field.strip_prefix(group).is_some_and(|rest| rest.starts_with('.')));
        self
    }

    /// The value of a field: `None` is unknown, `Some(Null)` is absent.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.0.get(field).or_else(|| {
            let dots = field.match_indices('.').map(|(at, _)| at);
            dots.rev().find_map(|at| self.0.get(&format!("{}*", &field[..=at])))
        })
    }

    /// A repeated query parameter means its first value, as in `URLSearchParams.get`.
    fn set_first(&mut self, field: String, value: &str) {
        self.0.entry(field).or_insert_with(|| value.into());
    }
}

impl FromIterator<(String, Value)> for Facts {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(fields: I) -> Self {
        Self(fields.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn takes_an_address_apart() {
        let facts =
            Facts::from_page("https://shop.example/cart/a%20b?utm_source=News&x=1&x=2&empty=#top", Some("https://a.example/"));
        let known = |field| facts.get(field).cloned();
        assert_eq!(known("page.path"), Some(json!("/cart/a%20b")));
        assert_eq!(known("utm.source"), Some(json!("News")));
        assert_eq!(known("page.query.x"), Some(json!("1")));
        assert_eq!(known("page.query.empty"), Some(json!("")));
        assert_eq!(known("page.query.y"), Some(Value::Null));
        assert_eq!(known("utm.medium"), Some(Value::Null));
        assert_eq!(known("referrer"), Some(json!("https://a.example/")));
        assert_eq!(known("cart.value"), None);
    }

    #[test]
    fn an_unreadable_address_leaves_its_parts_unknown() {
        let facts = Facts::from_page("not an address", None);
        assert_eq!(facts.get("page.path"), None);
        assert_eq!(facts.get("page.query.x"), None);
        assert_eq!(facts.get("referrer"), Some(&Value::Null));
    }

    #[test]
    fn later_facts_win() {
        let mut facts = Facts::new();
        facts.set("cart.value", 1).set("country", None::<&str>);
        facts.extend(Facts::from_iter([("cart.value".to_owned(), json!(2))]));
        assert_eq!(facts.get("cart.value"), Some(&json!(2)));
        assert_eq!(facts.get("country"), Some(&Value::Null));
    }
}
