//! `/admin/{site}`: the surveys and how they did in the last 30 days.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::tz::TimeZone;

use super::status_label;
use crate::boot::App;
use crate::domain::schedule::local_day;
use crate::id::SurveyId;
use crate::insight::results::Period;
use crate::store::widget_errors::{self, Total};
use crate::store::{reports, surveys};
use crate::web::admin::access::SiteAccess;
use crate::web::admin::error::PageError;
use crate::web::admin::format;
use crate::web::admin::page::{Page, Tab, render};

/// What "lately" means on this page.
const DAYS: i32 = 30;
/// Trouble that is older was seen to.
const FAULT_DAYS: i32 = 7;

#[derive(Template)]
#[template(path = "admin/surveys/list.html")]
struct ListPage {
    page: Page,
    key: String,
    days: i32,
    lines: Vec<Line>,
    /// What went wrong inside the script on the store's pages.
    faults: Vec<Fault>,
    fault_days: i32,
    fault_views: String,
}

struct Fault {
    message: String,
    times: String,
    last: String,
    datetime: String,
    place: Option<String>,
    page: Option<String>,
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
    let totals = widget_errors::totals(&app.db, site.id, period.until - FAULT_DAYS).await?;
    let fault_views = views(totals.iter().map(|total| total.n).sum());
    let faults = totals.into_iter().map(|total| fault(total, &zone)).collect();
    let (page, key) = (access.page(Tab::Surveys), site.key.clone());
    render(ListPage { page, key, days: DAYS, lines, faults, fault_days: FAULT_DAYS, fault_views })
}

fn fault(total: Total, zone: &TimeZone) -> Fault {
    let message = match total.message.as_str() {
        widget_errors::OTHER => "Many different messages".to_owned(),
        _ => total.message,
    };
    Fault {
        message,
        times: if total.n == 1 { "once".into() } else { format!("{} times", format::count(total.n)) },
        last: format::moment(total.last_at, zone),
        datetime: format::machine(total.last_at),
        place: total.place,
        page: total.page,
    }
}

fn views(n: i64) -> String {
    if n == 1 { "one page view".into() } else { format!("{} page views", format::count(n)) }
}
