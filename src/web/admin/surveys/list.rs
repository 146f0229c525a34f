//! `/admin/{site}`: the surveys and how they did in the last 30 days.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::status_label;
use crate::boot::App;
use crate::domain::schedule::local_day;
use crate::id::SurveyId;
use crate::insight::results::Period;
use crate::store::{reports, surveys};
use crate::web::admin::access::SiteAccess;
use crate::web::admin::error::PageError;
use crate::web::admin::format;
use crate::web::admin::page::{Page, Tab, render};

/// What "lately" means on this page.
const DAYS: i32 = 30;

#[derive(Template)]
#[template(path = "admin/surveys/list.html")]
struct ListPage {
    page: Page,
    key: String,
    days: i32,
    lines: Vec<Line>,
}

struct Line {
    id: SurveyId,
    name: String,
    kind: String,
    status: &'static str,
    label: &'static str,
    shown: String,
    answered: String,
    rate: String,
    changed: String,
    datetime: String,
}

pub async fn show(State(app): State<Arc<App>>, access: SiteAccess) -> Result<Response, PageError> {
    let (site, zone) = (&access.site, access.zone());
    let period = Period::last(DAYS, local_day(app.clock.now(), &zone));
    let mut counts: HashMap<(SurveyId, String), i64> = HashMap::new();
    for (survey, item, n) in reports::by_survey(&app.db, site.id, period.from, period.until).await? {
        counts.insert((survey, item), n);
    }
    let line = |entry: surveys::Entry| {
        let of = |item: &str| counts.get(&(entry.id, item.to_owned())).copied().unwrap_or(0);
        let (shown, answered) = (of("shown"), of("answered"));
        Line {
            id: entry.id,
            kind: format::kind(&entry.kind).to_owned(),
            status: entry.status.as_str(),
            label: status_label(entry.status),
            shown: format::count(shown),
            answered: format::count(answered),
            rate: if shown > 0 { format::percent(answered as f64 / shown as f64) } else { "–".into() },
            changed: format::date(entry.updated_at, &zone),
            datetime: format::machine(entry.updated_at),
            name: entry.name,
        }
    };
    let lines = surveys::list(&app.db, site.id).await?.into_iter().map(line).collect();
    render(ListPage { page: access.page(Tab::Surveys), key: site.key.clone(), days: DAYS, lines })
}
