//! `/admin/{site}/surveys/{id}/why`: every rule between one visitor and this survey, with its verdict. A look: nothing is changed.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::documents::Documents;
use crate::boot::App;
use crate::collect::trace::{Why, why};
use crate::collect::wire::{Ask, Cart, Items, MAX_ID, Order, Page as Viewed};
use crate::domain::gates::{Explained, Gate};
use crate::domain::targeting::{Leaf, Verdict};
use crate::id::SurveyId;
use crate::store::impressions::Impression;
use crate::store::surveys::{self, Entry, Revision, Status};
use crate::web::admin::access::SurveyAccess;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::Faults;
use crate::web::admin::format;
use crate::web::admin::page::{Page, Tab, render};

/// Shows of all surveys that are listed.
const LISTED: usize = 20;

#[derive(Template)]
#[template(path = "admin/surveys/why.html")]
struct WhyPage {
    page: Page,
    key: String,
    entry: Entry,
    now: String,
    entered: Entered,
    faults: Faults,
    /// `yes`, `no` or `maybe`, and the sentence that sums it up.
    outcome: (&'static str, String),
    gates: Vec<Line>,
    history: Vec<Shown>,
    /// Where the debug panel can be opened: a page of the store.
    debug: Option<String>,
}

struct Line {
    mark: &'static str,
    label: &'static str,
    text: String,
    until: Option<String>,
    rules: Vec<(&'static str, String)>,
}

struct Shown {
    survey: String,
    at: String,
    datetime: String,
    trigger: String,
    page: String,
    outcome: String,
}

/// What is known of the visitor. All of it may be left out.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct Entered {
    visitor: String,
    session: String,
    url: String,
    device: String,
    locale: String,
    cart_value: String,
    cart_items: String,
    order: String,
}

impl Entered {
    fn number(faults: &mut Faults, field: &'static str, entered: &str) -> Option<i64> {
        let entered = entered.trim();
        if entered.is_empty() {
            return None;
        }
        let read = entered.parse::<i64>().ok().filter(|n| *n >= 0);
        faults.take(field, read.ok_or_else(|| "Please enter a whole number.".to_owned()))
    }

    /// The question a page would ask.
    fn ask(&self, faults: &mut Faults) -> Ask<'_> {
        let some = |text: &'_ str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        for (field, id) in [("visitor", &self.visitor), ("session", &self.session)] {
            if id.trim().len() > MAX_ID {
                faults.add(field, format!("An id has {MAX_ID} characters at most."));
            }
        }
        let url = some(&self.url);
        if url.as_deref().is_some_and(|url| url::Url::parse(url).is_err()) {
            faults.add("url", "Please enter a whole address, such as https://shop.example/cart.");
        }
        let value = Self::number(faults, "cart_value", &self.cart_value);
        let items = Self::number(faults, "cart_items", &self.cart_items);
        let cart = Cart { value, items: items.and_then(|n| u64::try_from(n).ok()).map(Items::Count), ..Cart::default() };
        Ask {
            visitor: self.visitor.trim().into(),
            session: self.session.trim().into(),
            page: url.map(|url| Viewed { url: url.into(), ..Viewed::default() }),
            device: some(&self.device).map(Into::into),
            locale: some(&self.locale).map(Into::into),
            cart: (value.is_some() || items.is_some()).then_some(cart),
            order: some(&self.order).map(|id| Order { id, ..Order::default() }),
            ..Ask::default()
        }
    }
}

pub async fn show(
    State(app): State<Arc<App>>,
    SurveyAccess { site: access, entry }: SurveyAccess,
    Query(entered): Query<Entered>,
) -> Result<Response, PageError> {
    let (site, zone, now) = (&access.site, access.zone(), app.clock.now());
    let documents = Documents::load(&app.db, site.id, &entry).await?;
    let revision = Revision { survey: entry.id, number: entry.revision, document: documents.shown()?.clone() };
    let shares = [(Gate::Sample, revision.document.sample), (Gate::Holdout, revision.document.holdout)];
    let not_live = match entry.status {
        Status::Live => None,
        Status::Draft => Some("this survey is a draft: publish it, and shoppers may see it"),
        Status::Paused => Some("this survey is paused: resume it, and shoppers see it again"),
    };
    let live = app.catalog.site(&site.key).await?.ok_or(PageError::NotFound)?;
    let mut faults = Faults::default();
    let ask = entered.ask(&mut faults);
    let Why { gates, history } = why(&app.db, &live, revision, not_live, &ask, now).await?;
    // Of nobody in particular the shares of visitors say nothing yet.
    let unsettled =
        |gate: Gate| ask.visitor.is_empty() && shares.iter().any(|(of, share)| *of == gate && *share > 0.0 && *share < 1.0);
    let gates: Vec<Line> = gates
        .into_iter()
        .map(|gate| {
            let until = gate.until.map(|until| format::moment(until, &zone));
            let unsettled = unsettled(gate.gate);
            Line::new(gate, until, unsettled)
        })
        .collect();
    let names: HashMap<SurveyId, String> =
        surveys::list(&app.db, site.id).await?.into_iter().map(|entry| (entry.id, entry.name)).collect();
    let history = history.into_iter().take(LISTED);
    let history = history.map(|i| Shown::new(&i, names.get(&i.survey_id), |at| format::moment(at, &zone))).collect();
    drop(ask);
    render(WhyPage {
        page: access.page(Tab::Surveys),
        key: site.key.clone(),
        now: format::moment(now, &zone),
        outcome: outcome(&gates),
        debug: super::preview::first_address(&site.origins).map(|origin| format!("{origin}/?exitpoll_debug=1")),
        entered,
        faults,
        gates,
        history,
        entry,
    })
}

fn outcome(gates: &[Line]) -> (&'static str, String) {
    let noes: Vec<_> = gates.iter().filter(|line| line.mark == "no").collect();
    match noes.as_slice() {
        [] if gates.iter().any(|line| line.mark == "maybe") => (
            "maybe",
            "The server would let it show. What is marked “depends” is settled for each visitor, or on the page.".into(),
        ),
        [] => ("yes", "The server would let it show, once its moment comes on the page.".into()),
        [only] => ("no", format!("It would not show. {}: {}.", only.label, only.text)),
        [first, rest @ ..] => {
            let more = if rest.len() == 1 { "one more rule says".into() } else { format!("{} more rules say", rest.len()) };
            ("no", format!("It would not show. {}: {}; {more} no, too.", first.label, first.text))
        }
    }
}

impl Line {
    /// `unsettled`: it depends on who the visitor is, and nobody was named.
    fn new(gate: Explained, until: Option<String>, unsettled: bool) -> Self {
        let unknown = gate.passed && gate.rules.iter().any(|rule| rule.verdict == Verdict::Maybe);
        let mark = if unsettled || unknown { "maybe" } else { mark(gate.passed) };
        let text = if unsettled { "settled by the visitor’s id: enter one to see it".into() } else { gate.text };
        Self {
            mark,
            label: label(gate.gate),
            text,
            until,
            rules: gate.rules.iter().map(|leaf| (leaf_mark(leaf), leaf.text())).collect(),
        }
    }
}

fn mark(passed: bool) -> &'static str {
    if passed { "yes" } else { "no" }
}

fn leaf_mark(leaf: &Leaf) -> &'static str {
    match leaf.verdict {
        Verdict::Maybe => "maybe",
        verdict => mark((verdict == Verdict::Yes) != leaf.negated),
    }
}

/// A rule as a store owner says it.
fn label(gate: Gate) -> &'static str {
    match gate {
        Gate::Live => "Live",
        Gate::Schedule => "Schedule",
        Gate::Quota => "Responses wanted",
        Gate::Privacy => "Privacy signal",
        Gate::Bot => "Crawler",
        Gate::Targeting => "Targeting",
        Gate::Sample => "Sample",
        Gate::Session => "One survey a visit",
        Gate::Gap => "Time between surveys",
        Gate::RecentlyAnswered => "Rest after an answer",
        Gate::RecentlyDismissed => "Rest after a dismissal",
        Gate::MaxShows => "Most shows",
        Gate::AlreadyShown => "Shown before",
        Gate::AttentionBudget => "Attention budget",
        Gate::OrderAsked => "This order",
        Gate::Outranked => "Other surveys",
        Gate::Stream => "Question stream",
        Gate::Holdout => "Holdout",
    }
}

impl Shown {
    fn new(i: &Impression, name: Option<&String>, moment: impl Fn(i64) -> String) -> Self {
        let dismissed = || i.dismissed_by.as_deref().map_or("Dismissed".into(), |by| format!("Dismissed ({by})"));
        let outcome = match (i.completed_at, i.answered_at, i.dismissed_at) {
            _ if i.withheld => "Withheld: in the holdout".into(),
            (Some(at), ..) => format!("Completed {}", moment(at)),
            (_, Some(at), _) => format!("Answered {}", moment(at)),
            (_, _, Some(_)) => dismissed(),
            _ => "No reaction".into(),
        };
        Self {
            survey: name.cloned().unwrap_or_else(|| i.survey_id.to_string()),
            at: moment(i.shown_at),
            datetime: format::machine(i.shown_at),
            trigger: if i.manual {
                "by the page itself".into()
            } else {
                i.fired_by.clone().unwrap_or_default().replace('_', " ")
            },
            page: i.page.clone().unwrap_or_default(),
            outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(mark: &'static str, label: &'static str) -> Line {
        Line { mark, label, text: "because".into(), until: None, rules: Vec::new() }
    }

    #[test]
    fn the_first_no_is_named_and_the_others_counted() {
        assert_eq!(outcome(&[line("yes", "Live")]).0, "yes");
        assert_eq!(outcome(&[line("yes", "Live"), line("maybe", "Targeting")]).0, "maybe");
        let (mark, text) = outcome(&[line("yes", "Live"), line("no", "Sample"), line("no", "Holdout")]);
        assert_eq!((mark, text.as_str()), ("no", "It would not show. Sample: because; one more rule says no, too."));
    }
}
