//! A follow-up as its form has it: texts, as they were entered, which a document is made of and which are made of a document.

use serde_json::{Map, Value, json};

use super::conditions::Conditions;
use super::pairs::Pairs;
use super::parts::Parts;
use super::press::Press;
use crate::domain::duration::{Span, parse_ms};
use crate::domain::flow::{Action, Flow, ReEntry, Step, StopEvent, Trigger};
use crate::web::admin::fields::{Faults, sentence};

/// Most steps of a flow.
const MOST_STEPS: usize = 20;

/// A span of time in two fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Length {
    pub n: String,
    /// `s`, `m`, `h` or `d`.
    pub unit: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct StepDraft {
    /// What the document writes as `do`.
    pub does: String,
    pub after: Length,
    pub template: String,
    pub pool: String,
    pub survey: String,
    pub to: String,
    pub when: Conditions,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub name: String,
    pub on: String,
    pub survey: String,
    pub when: Conditions,
    pub steps: Vec<StepDraft>,
    pub stop_on: Vec<String>,
    /// Whether the same person never enters again.
    pub once: bool,
    pub re_entry: Length,
    /// Per cent.
    pub holdout: String,
}

impl Length {
    fn of(span: Span) -> Self {
        let text = span.to_string();
        let (n, unit) = text.split_at(text.len() - 1);
        // At once is no number of days.
        Self { n: n.to_owned(), unit: if n == "0" { "h".into() } else { unit.to_owned() } }
    }

    fn sent(pairs: &Pairs, name: &str) -> Self {
        Self { n: pairs.get(name).trim().to_owned(), unit: pairs.get(&format!("{name}.unit")).to_owned() }
    }

    fn read(&self, field: &str, faults: &mut Faults) -> String {
        let unit = if ["s", "m", "h", "d"].contains(&self.unit.as_str()) { &self.unit } else { "d" };
        let text = format!("{}{unit}", self.n);
        match parse_ms(&text) {
            Ok(_) => text,
            Err(_) => {
                faults.add(field.to_owned(), "Please enter a whole number, such as 0 or 3, of at most ten years.");
                "0s".to_owned()
            }
        }
    }
}

impl StepDraft {
    fn new(does: &str) -> Self {
        Self {
            does: does.to_owned(),
            after: Length { n: "1".into(), unit: "d".into() },
            template: String::new(),
            pool: String::new(),
            survey: String::new(),
            to: String::new(),
            when: Conditions::default(),
        }
    }

    fn of(step: &Step, parts: &Parts) -> Self {
        let mut draft = Self { after: Length::of(step.after), when: Conditions::of(step.when.as_ref(), parts), ..Self::new("") };
        match &step.action {
            Action::Email { template, coupon, survey } => {
                draft.does = "email".into();
                draft.template = template.clone();
                draft.pool = coupon.as_ref().map_or_else(String::new, |coupon| coupon.pool.clone());
                draft.survey = survey.clone().unwrap_or_default();
            }
            Action::Wait => draft.does = "wait".into(),
            Action::Webhook { to } => (draft.does, draft.to) = ("webhook".into(), to.clone()),
            Action::Notify { to } => (draft.does, draft.to) = ("notify".into(), to.clone()),
        }
        draft
    }

    fn sent(pairs: &Pairs, at: usize, faults: &mut Faults) -> Self {
        let of = |name: &str| pairs.get(&format!("steps.{at}.{name}")).trim().to_owned();
        Self {
            does: of("do"),
            after: Length::sent(pairs, &format!("steps.{at}.after")),
            template: of("template"),
            pool: of("pool"),
            survey: of("survey"),
            to: of("to"),
            when: Conditions::sent(pairs, &format!("steps.{at}.when"), faults),
        }
    }

    fn document(&self, at: usize, parts: &Parts, faults: &mut Faults) -> Value {
        let id = |name: &str| format!("steps.{at}.{name}");
        let mut step = Map::new();
        step.insert("after".into(), json!(self.after.read(&id("after"), faults)));
        step.insert("do".into(), json!(self.does));
        match self.does.as_str() {
            "email" => {
                if self.template.is_empty() {
                    faults.add(id("template"), "Please choose a mail.");
                }
                step.insert("template".into(), json!(self.template));
                if !self.pool.is_empty() {
                    step.insert("coupon".into(), json!({"pool": self.pool}));
                }
                if !self.survey.is_empty() {
                    step.insert("survey".into(), json!(self.survey));
                }
            }
            "webhook" | "notify" => _ = step.insert("to".into(), json!(self.to)),
            _ => {}
        }
        if let Some(when) = self.when.to_value(&id("when"), parts, faults) {
            step.insert("when".into(), when);
        }
        Value::Object(step)
    }
}

impl Draft {
    /// Nothing but what nearly everybody wants.
    pub fn blank() -> Self {
        let on = Trigger::CartAbandoned;
        Self {
            name: String::new(),
            on: on.as_str().to_owned(),
            survey: String::new(),
            when: Conditions::default(),
            steps: vec![StepDraft { after: Length { n: "0".into(), unit: "h".into() }, ..StepDraft::new("email") }],
            stop_on: StopEvent::defaults(on).into_iter().map(|event| event.as_str().to_owned()).collect(),
            once: false,
            re_entry: Length { n: "30".into(), unit: "d".into() },
            holdout: "10".into(),
        }
    }

    pub fn of(flow: &Flow, parts: &Parts) -> Self {
        let (once, re_entry) = match flow.re_entry {
            ReEntry::Never => (true, Span::days(30)),
            ReEntry::After(span) => (false, span),
        };
        Self {
            name: flow.title().to_owned(),
            on: flow.on.as_str().to_owned(),
            survey: flow.survey.clone().unwrap_or_default(),
            when: Conditions::of(flow.when.as_ref(), parts),
            steps: flow.steps.iter().map(|step| StepDraft::of(step, parts)).collect(),
            stop_on: flow.stop_on.iter().map(|event| event.as_str().to_owned()).collect(),
            once,
            re_entry: Length::of(re_entry),
            // A share of 0.07 is 7 per cent, not 7.000000000000001.
            holdout: ((flow.holdout * 1e8).round() / 1e6).to_string(),
        }
    }

    pub fn sent(pairs: &Pairs, faults: &mut Faults) -> Self {
        Self {
            name: pairs.get("name").trim().to_owned(),
            on: pairs.get("on").to_owned(),
            survey: pairs.get("survey").to_owned(),
            when: Conditions::sent(pairs, "when", faults),
            steps: pairs.indexes("steps").into_iter().take(MOST_STEPS).map(|at| StepDraft::sent(pairs, at, faults)).collect(),
            stop_on: pairs.all("stop_on"),
            once: pairs.get("once") == "on",
            re_entry: Length::sent(pairs, "re_entry"),
            holdout: pairs.get("holdout").trim().to_owned(),
        }
    }

    /// Does what a button says, short of saving; the field to go on with.
    pub fn press(&mut self, press: &Press, pairs: &Pairs, parts: &Parts) -> Option<String> {
        match press {
            Press::Save | Press::Publish => None,
            Press::AddStep(does) => {
                if self.steps.len() < MOST_STEPS {
                    self.steps.push(StepDraft::new(does));
                }
                Some(format!("steps.{}.after", self.steps.len().saturating_sub(1)))
            }
            Press::MoveStep(from, to) => {
                if *from < self.steps.len() && *to < self.steps.len() {
                    self.steps.swap(*from, *to);
                }
                Some(format!("steps.{to}.after"))
            }
            Press::RemoveStep(at) => {
                if *at < self.steps.len() {
                    self.steps.remove(*at);
                }
                let last = self.steps.len().checked_sub(1)?;
                Some(format!("steps.{}.after", (*at).min(last)))
            }
            Press::AddCondition(list) => {
                let field = pairs.get(&format!("{list}.new")).to_owned();
                let conditions = self.conditions(list)?;
                conditions.add(&field, parts);
                Some(format!("{list}.{}.op", conditions.rows.len().checked_sub(1)?))
            }
            Press::RemoveCondition(list, at) => {
                self.conditions(list)?.remove(*at);
                Some(format!("{list}.new"))
            }
            Press::DropKept(list) => {
                self.conditions(list)?.kept.clear();
                Some(format!("{list}.new"))
            }
        }
    }

    /// `when`, or `steps.1.when`.
    fn conditions(&mut self, list: &str) -> Option<&mut Conditions> {
        if list == "when" {
            return Some(&mut self.when);
        }
        let at = list.strip_prefix("steps.")?.strip_suffix(".when")?.parse::<usize>().ok()?;
        self.steps.get_mut(at).map(|step| &mut step.when)
    }

    fn begins_with_answers(&self) -> bool {
        matches!(Trigger::parse(&self.on), Some(Trigger::ResponseCompleted | Trigger::ScoreLow))
    }

    /// The whole document, or every fault at its field.
    pub fn read(&self, key: &str, parts: &Parts, faults: &mut Faults) -> Option<Flow> {
        let document = self.document(key, parts, faults);
        let problems = match Flow::parse(&document) {
            Ok(flow) if faults.is_empty() => return Some(flow),
            Ok(_) => return None,
            Err(problems) => problems,
        };
        for problem in problems {
            let field = self.field(&problem.path);
            // What was said of a field already is said more plainly.
            if faults.of(&field).is_empty() {
                faults.add(field, sentence(&problem.message));
            }
        }
        None
    }

    fn document(&self, key: &str, parts: &Parts, faults: &mut Faults) -> Value {
        if self.name.is_empty() {
            faults.add("name", "Please enter a name.");
        }
        if Trigger::parse(&self.on).is_none() {
            faults.add("on", "Please choose what it begins with.");
        }
        let mut flow = Map::new();
        flow.insert("key".into(), json!(key));
        flow.insert("name".into(), json!(self.name));
        flow.insert("on".into(), json!(self.on));
        // The field is hidden where a survey makes no sense; what it held is left out.
        if !self.survey.is_empty() && self.begins_with_answers() {
            flow.insert("survey".into(), json!(self.survey));
        }
        if let Some(when) = self.when.to_value("when", parts, faults) {
            flow.insert("when".into(), when);
        }
        if self.steps.is_empty() {
            faults.add("steps", "Please add at least one step.");
        }
        let steps = self.steps.iter().enumerate().map(|(at, step)| step.document(at, parts, faults)).collect::<Vec<_>>();
        flow.insert("steps".into(), json!(steps));
        flow.insert("stop_on".into(), json!(self.stop_on));
        let re_entry = if self.once { ReEntry::NEVER.to_owned() } else { self.re_entry.read("re_entry", faults) };
        flow.insert("re_entry".into(), json!(re_entry));
        let percent = self.holdout.replace(',', ".").parse::<f64>().ok().filter(|percent| (0.0..=100.0).contains(percent));
        match percent {
            Some(percent) => _ = flow.insert("holdout".into(), json!(percent / 100.0)),
            None => faults.add("holdout", "Please enter a number from 0 to 100."),
        }
        Value::Object(flow)
    }

    /// The field of the form that a path of the document is about.
    pub fn field(&self, path: &str) -> String {
        if let Some(rest) = path.strip_prefix("when") {
            return self.when.field("when", rest);
        }
        let Some((at, rest)) = path.strip_prefix("steps[").and_then(|rest| rest.split_once(']')) else {
            return path.split(['.', '[']).next().unwrap_or_default().to_owned();
        };
        let (step, rest) = (at.parse::<usize>().ok().and_then(|at| self.steps.get(at)), rest.trim_start_matches('.'));
        match (step, rest.strip_prefix("when")) {
            (Some(step), Some(rest)) => step.when.field(&format!("steps.{at}.when"), rest),
            _ if rest.starts_with("coupon") => format!("steps.{at}.pool"),
            _ if matches!(rest, "template" | "survey" | "to") => format!("steps.{at}.{rest}"),
            _ => format!("steps.{at}.after"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_survive_their_two_fields() {
        for (text, n, unit) in [("0s", "0", "h"), ("90m", "90", "m"), ("24h", "1", "d"), ("30s", "30", "s"), ("36h", "36", "h")] {
            let span: Span = serde_json::from_value(json!(text)).unwrap();
            let length = Length::of(span);
            assert_eq!(length, Length { n: n.into(), unit: unit.into() });
            let mut faults = Faults::default();
            let again: Span = serde_json::from_value(json!(length.read("f", &mut faults))).unwrap();
            assert!(again == span && faults.is_empty(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_button_breaks_the_form(thens in proptest::collection::vec("(steps|when|kept|0|1|7|add|remove|up|down|email|\\.){1,6}", 1..12)) {
            let parts = Parts::new("EUR", Vec::new());
            let mut draft = Draft::blank();
            for press in thens.iter().filter_map(|then| Press::read(then)) {
                draft.press(&press, &serde_json::from_value(json!([["when.new", "cart.value"]])).unwrap(), &parts);
            }
            let _ = draft.read("k", &parts, &mut Faults::default());
        }
    }
}
