//! The form of a follow-up as its page draws it: every field with its name, what may be chosen, and what was entered.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::FlowAccess;
use super::conditions::{Conditions, Row, comparisons};
use super::draft::{Draft, Length, StepDraft};
use super::parts::{Fact, Kind, Named, Parts};
use super::words::stop_event;
use crate::domain::flow::{StopEvent, Trigger};
use crate::web::admin::access::SiteAccess;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::Faults;
use crate::web::admin::page::{Page, Tab, render};

/// What surrounds the fields.
pub struct FormView {
    pub title: String,
    /// Where it is sent to.
    pub action: String,
    /// When the follow-up had last been changed as the form was opened; a new one, never.
    pub updated_at: i64,
    pub is_ahead: bool,
    /// When somebody else saved in the meantime.
    pub conflict: Option<String>,
    /// The field to go on with.
    pub focus: Option<String>,
    /// Where "Cancel" leads.
    pub back: String,
    /// Where the document is; a new one has none yet.
    pub json: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/flows/form.html")]
struct FormPage<'a> {
    page: Page,
    key: String,
    view: FormView,
    focus: String,
    draft: &'a Draft,
    faults: Faults,
    triggers: Vec<(Choice, &'static str)>,
    surveys: Vec<Choice>,
    when: ConditionsView,
    groups: Vec<(&'a str, Vec<&'a Fact>)>,
    steps: Vec<StepView>,
    stops: Vec<Choice>,
    rest: Vec<Choice>,
}

/// One of several.
pub struct Choice {
    pub value: String,
    pub label: String,
    pub chosen: bool,
}

struct StepView {
    id: String,
    /// As people count.
    number: usize,
    does: String,
    title: &'static str,
    after: String,
    units: Vec<Choice>,
    templates: Vec<Choice>,
    pools: Vec<Choice>,
    surveys: Vec<Choice>,
    to: String,
    when: ConditionsView,
    is_first: bool,
    is_last: bool,
}

struct ConditionsView {
    id: String,
    /// Of what is chosen to be added.
    new_id: String,
    kept_id: String,
    any: bool,
    rows: Vec<RowView>,
    kept: Vec<String>,
    /// The same, to be sent back.
    kept_json: String,
}

struct RowView {
    id: String,
    op_id: String,
    field: String,
    label: String,
    ops: Vec<Choice>,
    /// Choices to tick; without any, a text is entered.
    choices: Vec<Choice>,
    text: String,
    hint: String,
    takes_value: bool,
}

impl FormView {
    pub fn blank(access: &SiteAccess) -> Self {
        let list = format!("/admin/{}/flows", access.site.key);
        Self {
            title: "New follow-up".into(),
            action: format!("{list}/new"),
            updated_at: 0,
            is_ahead: false,
            conflict: None,
            focus: None,
            back: list,
            json: None,
        }
    }

    pub fn of(access: &FlowAccess) -> Self {
        let path = access.path();
        Self {
            title: access.entry.name.clone(),
            action: format!("{path}/edit"),
            updated_at: access.entry.updated_at,
            json: Some(format!("{path}/json")),
            back: path,
            ..Self::blank(&access.site)
        }
    }

    pub fn show(self, access: &SiteAccess, draft: &Draft, parts: &Parts, faults: Faults) -> Result<Response, PageError> {
        let status = if self.conflict.is_some() { StatusCode::CONFLICT } else { faults.status() };
        let triggers = [
            (Trigger::CartAbandoned, "Somebody leaves a cart behind", "Begins once the cart has been left alone for a while."),
            (Trigger::OrderCompleted, "Somebody orders", "Thanks, questions, or a word after a long silence."),
            (Trigger::ScoreLow, "Somebody gives a low score", "NPS 0–6, satisfaction 1–2, ease 1–3, or few stars."),
            (Trigger::ResponseCompleted, "Somebody completes a survey", "Whatever they answered."),
        ];
        let trigger = |(on, label, about): (Trigger, &str, &'static str)| {
            (Choice { value: on.as_str().into(), label: label.into(), chosen: draft.on == on.as_str() }, about)
        };
        let stop = |word: &&str| {
            let label = StopEvent::parse(word).map_or("", stop_event).to_owned();
            Choice { value: (*word).to_owned(), label, chosen: draft.stop_on.iter().any(|stop| stop == word) }
        };
        let last = draft.steps.len().saturating_sub(1);
        let step = |(at, step): (usize, &StepDraft)| StepView::new(at, at == last, step, parts);
        let page = render(FormPage {
            page: access.page(Tab::Flows),
            key: access.site.key.clone(),
            focus: self.focus.clone().unwrap_or_default(),
            view: self,
            draft,
            faults,
            triggers: triggers.into_iter().map(trigger).collect(),
            surveys: surveys(parts, "Any survey", &draft.survey),
            when: ConditionsView::new("when", &draft.when, parts),
            groups: parts.groups(),
            steps: draft.steps.iter().enumerate().map(step).collect(),
            stops: StopEvent::WORDS.iter().map(stop).collect(),
            rest: units(&draft.re_entry),
        })?;
        Ok((status, page).into_response())
    }
}

impl StepView {
    fn new(at: usize, is_last: bool, step: &StepDraft, parts: &Parts) -> Self {
        let id = format!("steps.{at}");
        Self {
            number: at + 1,
            does: step.does.clone(),
            title: match step.does.as_str() {
                "email" => "Mail",
                "wait" => "Wait",
                "webhook" => "Call an endpoint",
                _ => "Tell a connected service",
            },
            after: step.after.n.clone(),
            units: units(&step.after),
            templates: options(named(&parts.templates), "Choose a mail", &step.template),
            pools: options(named(&parts.pools), "No code", &step.pool),
            surveys: surveys(parts, "No survey", &step.survey),
            to: step.to.clone(),
            when: ConditionsView::new(&format!("{id}.when"), &step.when, parts),
            is_first: at == 0,
            is_last,
            id,
        }
    }
}

impl ConditionsView {
    fn new(id: &str, conditions: &Conditions, parts: &Parts) -> Self {
        let row = |(at, row): (usize, &Row)| RowView::new(format!("{id}.{at}"), row, parts);
        Self {
            id: id.to_owned(),
            new_id: format!("{id}.new"),
            kept_id: format!("{id}.kept"),
            any: conditions.any,
            rows: conditions.rows.iter().enumerate().map(row).collect(),
            kept: conditions.kept.iter().map(ToString::to_string).collect(),
            kept_json: match conditions.kept.is_empty() {
                true => String::new(),
                false => serde_json::Value::from(conditions.kept.clone()).to_string(),
            },
        }
    }
}

impl RowView {
    fn new(id: String, row: &Row, parts: &Parts) -> Self {
        let fact = parts.fact(&row.field);
        let ops = fact.as_ref().map(comparisons).unwrap_or_default();
        let op = |(word, label): (&str, &str)| Choice { value: word.into(), label: label.into(), chosen: row.op == word };
        let kind = fact.as_ref().map_or(&Kind::Text, |fact| &fact.kind);
        let choices = match kind {
            Kind::Choice(known) => {
                // A choice that the survey lost stays ticked until somebody takes it off.
                let lost = row.values.iter().filter(|key| !known.iter().any(|(known, _)| known == *key));
                let all = known.iter().cloned().chain(lost.map(|key| (key.clone(), format!("{key} (no longer asked)"))));
                all.map(|(value, label)| Choice { chosen: row.values.contains(&value), value, label }).collect()
            }
            _ => Vec::new(),
        };
        let hint = match kind {
            Kind::Money => format!("In {}", parts.currency),
            Kind::Items => "Ids, with commas between".into(),
            _ => String::new(),
        };
        Self {
            op_id: format!("{id}.op"),
            id,
            field: row.field.clone(),
            label: fact.as_ref().map_or_else(|| row.field.clone(), |fact| fact.label.clone()),
            ops: ops.into_iter().map(op).collect(),
            text: if choices.is_empty() { row.values.join(", ") } else { String::new() },
            choices,
            hint,
            takes_value: *kind != Kind::Flag,
        }
    }
}

fn named(list: &[Named]) -> Vec<(String, String)> {
    list.iter().map(|named| (named.key.clone(), named.name.clone())).collect()
}

fn surveys(parts: &Parts, none: &str, chosen: &str) -> Vec<Choice> {
    options(parts.surveys.iter().map(|survey| (survey.key.clone(), survey.name.clone())).collect(), none, chosen)
}

/// Nothing, then the known ones; what was chosen stays, also where it is not known any more.
fn options(known: Vec<(String, String)>, none: &str, chosen: &str) -> Vec<Choice> {
    let lost = !chosen.is_empty() && !known.iter().any(|(key, _)| key == chosen);
    let lost = lost.then(|| (chosen.to_owned(), format!("{chosen} (does not exist)")));
    let all = std::iter::once((String::new(), none.to_owned())).chain(known).chain(lost);
    all.map(|(value, label)| Choice { chosen: value == chosen, value, label }).collect()
}

/// Seconds are offered only where they are in use.
fn units(length: &Length) -> Vec<Choice> {
    let units = [("s", "seconds"), ("m", "minutes"), ("h", "hours"), ("d", "days")];
    let shown = units.into_iter().filter(|(unit, _)| *unit != "s" || length.unit == "s");
    shown.map(|(unit, label)| Choice { value: unit.into(), label: label.into(), chosen: length.unit == unit }).collect()
}
