//! What a flow's conditions are asked about: answers, the cart, the order and the customer.

use serde_json::json;

use crate::domain::{answer::Answer, facts::Facts};

/// The families of facts that a flow knows.
pub(super) const FAMILIES: [&str; 4] = ["answer", "cart", "order", "customer"];

/// All that is known of one person. What is absent here is known to be absent: no condition stays open.
#[derive(Debug, Clone, Default)]
pub struct Known<'a> {
    /// (key of the survey, key of the question, answer); of several to one question, the newest comes last.
    pub answers: Vec<(&'a str, &'a str, &'a Answer)>,
    /// The cart that was left.
    pub cart: Option<CartFacts<'a>>,
    /// The order that was placed.
    pub order: Option<OrderFacts<'a>>,
    /// The person.
    pub customer: CustomerFacts<'a>,
}

/// A cart.
#[derive(Debug, Clone, Default)]
pub struct CartFacts<'a> {
    /// In minor units.
    pub value: i64,
    /// How many pieces.
    pub items: u32,
    /// What is in it.
    pub product_ids: Vec<&'a str>,
}

/// An order.
#[derive(Debug, Clone, Default)]
pub struct OrderFacts<'a> {
    /// In minor units.
    pub value: i64,
    /// The customer's how manyth it is.
    pub number: Option<u32>,
    /// What was bought.
    pub product_ids: Vec<&'a str>,
    /// Whether it is the customer's first, where that is known.
    pub new_customer: Option<bool>,
}

/// A person.
#[derive(Debug, Clone, Default)]
pub struct CustomerFacts<'a> {
    /// Orders so far.
    pub orders: u32,
    /// What they came to, in minor units of the site's currency.
    pub lifetime_value: i64,
    /// What the store says about them.
    pub attributes: Vec<(&'a str, serde_json::Value)>,
}

impl Known<'_> {
    /// As facts for [`crate::domain::targeting::evaluate`].
    pub fn facts(&self) -> Facts {
        let mut facts = Facts::new();
        for family in FAMILIES {
            facts.close(family);
        }
        for (survey, question, answer) in &self.answers {
            facts.set(format!("answer.{survey}.{question}"), answer.fact());
        }
        if let Some(cart) = &self.cart {
            facts.set("cart.value", cart.value).set("cart.items", cart.items).set("cart.product_ids", json!(cart.product_ids));
        }
        if let Some(order) = &self.order {
            facts.set("order.value", order.value).set("order.number", order.number);
            facts.set("order.product_ids", json!(order.product_ids)).set("order.new_customer", order.new_customer);
        }
        let customer = &self.customer;
        facts.set("customer.known", true).set("customer.orders", customer.orders);
        facts.set("customer.lifetime_value", customer.lifetime_value);
        for (name, value) in &customer.attributes {
            facts.set(format!("customer.attributes.{name}"), value.clone());
        }
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::targeting::{Targeting, Verdict, evaluate};

    #[test]
    fn every_condition_is_decided() {
        let shipping = Answer::Choice { key: "shipping".into(), other: None };
        let known = Known {
            answers: vec![("why-leaving", "reason", &shipping), ("nps", "score", &Answer::Withdrawn)],
            cart: Some(CartFacts { value: 4990, items: 2, product_ids: vec!["81"] }),
            customer: CustomerFacts { orders: 3, lifetime_value: 9000, attributes: vec![("vip", json!(true))] },
            ..Known::default()
        };
        for (field, op, value, expected) in [
            ("answer.why-leaving.reason", "in", json!(["shipping"]), Verdict::Yes),
            ("answer.why-leaving.more", "exists", json!(false), Verdict::Yes),
            ("answer.nps.score", "exists", json!(true), Verdict::No),
            ("cart.value", "gte", json!(3000), Verdict::Yes),
            ("cart.product_ids", "contains", json!(81), Verdict::Yes),
            ("order.value", "gte", json!(1), Verdict::No),
            ("customer.orders", "eq", json!(3), Verdict::Yes),
            ("customer.attributes.vip", "eq", json!(true), Verdict::Yes),
            ("customer.attributes.city", "exists", json!(false), Verdict::Yes),
        ] {
            let rule: Targeting = serde_json::from_value(json!({"field": field, "op": op, "value": value})).unwrap();
            assert_eq!(evaluate(&rule, &known.facts()), expected, "{field}");
        }
    }
}
