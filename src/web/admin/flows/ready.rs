//! Follow-ups to begin with. Each is fitted to the store: it names the store's own surveys, questions and coupon pools.

use serde_json::{Value, json};

use super::parts::Parts;
use crate::domain::flow::Flow;
use crate::domain::report::Problem;
use crate::domain::survey::{Kind, QuestionType, Survey};
use crate::store::flows::Entry;

pub struct Ready {
    /// In addresses, and the key of the copy.
    pub name: &'static str,
    pub when: &'static str,
    pub title: &'static str,
    pub about: &'static str,
    text: &'static str,
}

pub const READY: [Ready; 4] = [
    Ready {
        name: "cart-recovery",
        when: "A cart is left behind",
        title: "Cart recovery",
        about: "A reminder that speaks to the reason given. A day later a code, for those whom shipping or the price held back. \
                Whoever was only looking is left alone.",
        text: include_str!("../../../../templates/flows/cart-recovery.json"),
    },
    Ready {
        name: "detractor-rescue",
        when: "A low score is given",
        title: "Make it right",
        about: "An hour after a poor score, a short personal mail asks what would make it right. Replies reach you.",
        text: include_str!("../../../../templates/flows/detractor-rescue.json"),
    },
    Ready {
        name: "thank-you",
        when: "An order is placed",
        title: "Thanks, and one question",
        about: "A week after the order, when it has arrived: a thank-you with a survey that is answered with one click.",
        text: include_str!("../../../../templates/flows/thank-you.json"),
    },
    Ready {
        name: "win-back",
        when: "No order for a while",
        title: "Win back",
        about: "60 days after the last order a friendly mail, with a code if you like. A new order starts the count anew.",
        text: include_str!("../../../../templates/flows/win-back.json"),
    },
];

/// Answers that a code can help with, and one that says there is nothing to help.
const HELPED: [&str; 2] = ["shipping", "price"];
const LOOKING: &str = "browsing";

impl Ready {
    pub fn find(name: &str) -> Option<&'static Self> {
        READY.iter().find(|ready| ready.name == name)
    }

    /// The flow, as this store can use it, with a key that none of its flows has.
    pub fn flow(&self, parts: &Parts, existing: &[Entry]) -> Result<Flow, Vec<Problem>> {
        // The files are in the binary, and a test reads them all.
        let mut document: Value = serde_json::from_str(self.text).expect("a ready flow is JSON");
        document["key"] = json!(free_key(self.name, existing));
        if self.name == "cart-recovery" {
            let reason = parts.surveys.iter().find_map(|survey| reason(survey, parts));
            document["when"] = reason.as_ref().map_or(Value::Null, |reason| reason.rule("not_in", &[LOOKING]));
            document["steps"][1]["when"] = reason.as_ref().map_or(Value::Null, |reason| reason.rule("in", &HELPED));
        }
        for step in document["steps"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
            if step.contains_key("survey") {
                step.insert("survey".into(), asked(parts).map_or(Value::Null, |survey| json!(survey.key)));
            }
            if let Some(wanted) = step.get("coupon").and_then(|coupon| coupon["pool"].as_str()) {
                // Another pool might give what the mail does not speak of.
                let pool = parts.pools.iter().find(|pool| pool.key == wanted);
                step.insert("coupon".into(), pool.map_or(Value::Null, |pool| json!({"pool": pool.key})));
            }
            step.retain(|_, value| !value.is_null());
        }
        if let Some(fields) = document.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
        }
        Flow::parse(&document)
    }
}

/// A name as a key that no flow has yet: `cart-recovery`, `cart-recovery-2`.
pub fn free_key(name: &str, existing: &[Entry]) -> String {
    let plain: String = name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let words: Vec<&str> = plain.split('-').filter(|word| !word.is_empty()).collect();
    let mut key = words.join("-");
    // Room for a number.
    key.truncate(58);
    if key.is_empty() {
        key = "follow-up".into();
    }
    let numbered = (2..).map(|n| format!("{key}-{n}"));
    let is_free = |key: &String| !existing.iter().any(|entry| entry.key == *key);
    std::iter::once(key.clone()).chain(numbered).find(is_free).unwrap_or_default()
}

/// The question that asks why somebody leaves.
struct Reason {
    field: String,
    choices: Vec<String>,
}

fn reason(survey: &Survey, parts: &Parts) -> Option<Reason> {
    if survey.kind != Kind::ExitIntent || !parts.live.contains(&survey.key) {
        return None;
    }
    let question = survey.questions.iter().find(|question| question.choices.iter().any(|c| HELPED.contains(&c.key.as_str())))?;
    let choices = question.choices.iter().map(|choice| choice.key.clone()).collect();
    Some(Reason { field: format!("answer.{}.{}", survey.key, question.key), choices })
}

impl Reason {
    /// Nothing, where the question has none of these choices.
    fn rule(&self, op: &str, wanted: &[&str]) -> Value {
        let known: Vec<_> = wanted.iter().filter(|key| self.choices.iter().any(|choice| choice == *key)).collect();
        if known.is_empty() { Value::Null } else { json!({"field": self.field, "op": op, "value": known}) }
    }
}

/// The survey that a thank-you leads to: one that asks how likely they are to recommend the store, or else any for buyers.
fn asked(parts: &Parts) -> Option<&Survey> {
    let recommends = |survey: &&Survey| survey.questions.iter().any(|question| question.kind == QuestionType::Nps);
    let mut fitting: Vec<&Survey> =
        parts.surveys.iter().filter(|survey| matches!(survey.kind, Kind::Link | Kind::PostPurchase)).collect();
    fitting.sort_by_key(|survey| (!recommends(survey), !parts.live.contains(&survey.key), survey.kind != Kind::Link));
    fitting.into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::FlowId;
    use crate::mail::ready;
    use crate::store::surveys::Status;

    #[test]
    fn each_suits_a_store_that_has_nothing_and_names_mails_there_are() {
        let parts = Parts::new("EUR", Vec::new());
        for ready in &READY {
            let flow = ready.flow(&parts, &[]).unwrap_or_else(|problems| panic!("{}: {problems:?}", ready.name));
            assert_eq!(flow.key, ready.name);
            assert!(ready::templates().iter().any(|template| template.key == ready.name));
            assert!(flow.to_value()["steps"].to_string().contains(ready.name), "its first mail is its own");
            assert!(!flow.to_value().to_string().contains("pool"));
        }
    }

    #[test]
    fn keys_are_made_of_names() {
        let entry = |key: &str| Entry {
            id: FlowId(1),
            key: key.into(),
            name: String::new(),
            status: Status::Draft,
            revision: 0,
            updated_at: 0,
        };
        let long = "x".repeat(99);
        for (name, taken, key) in [
            ("Cart recovery!", vec![], "cart-recovery"),
            ("  Grüße  ", vec!["gr-e"], "gr-e-2"),
            ("再会", vec!["follow-up", "follow-up-2"], "follow-up-3"),
            ("", vec![], "follow-up"),
            (&long, vec![], &long[..58]),
        ] {
            let taken: Vec<_> = taken.into_iter().map(entry).collect();
            assert_eq!(free_key(name, &taken), key, "{name}");
        }
    }
}
