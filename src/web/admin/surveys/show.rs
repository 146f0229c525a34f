//! `/admin/{site}/surveys/{id}`: what was answered.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::chart::Chart;
use super::documents::Documents;
use super::question::QuestionView;
use super::status_label;
use super::summary::SummaryView;
use crate::boot::App;
use crate::domain::schedule::local_day;
use crate::insight::results::{Period, Results, results};
use crate::insight::summary::Share;
use crate::manage::coupons::{Shortage, shortages};
use crate::store::surveys::{Entry, Status};
use crate::web::admin::access::SurveyAccess;
use crate::web::admin::error::PageError;
use crate::web::admin::format;
use crate::web::admin::page::{Page, Tab, render};

/// Ready-made periods, in days.
const PRESETS: [i32; 3] = [7, 30, 90];

#[derive(Template)]
#[template(path = "admin/surveys/show.html")]
struct ShowPage {
    page: Page,
    key: String,
    entry: Entry,
    kind: String,
    label: &'static str,
    is_ahead: bool,
    /// Coupon pools that do not give, or soon no more.
    shortages: Vec<Shortage>,
    /// Colours that the page will have to mend.
    mended: Vec<String>,
    /// What was just done.
    notice: Option<&'static str>,
    period: PeriodView,
    has_data: bool,
    figures: Vec<Figure>,
    withheld: Option<String>,
    chart: Chart,
    questions: Vec<QuestionView>,
}

struct PeriodView {
    from: String,
    until: String,
    today: String,
    zone: String,
    /// Days, and whether it is the one that is shown.
    presets: [(i32, bool); 3],
}

struct Figure {
    label: &'static str,
    value: String,
    note: String,
}

#[derive(Deserialize)]
pub struct Wanted {
    days: Option<String>,
    from: Option<String>,
    until: Option<String>,
    done: Option<String>,
}

pub async fn show(
    State(app): State<Arc<App>>,
    SurveyAccess { site: access, entry }: SurveyAccess,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let (site, zone) = (&access.site, access.zone());
    let documents = Documents::load(&app.db, site.id, &entry).await?;
    let today = local_day(app.clock.now(), &zone);
    let period = match wanted.days.as_deref().and_then(|days| days.parse().ok()).filter(|days| PRESETS.contains(days)) {
        Some(days) => Period::last(days, today),
        None => Period::parse(wanted.from.as_deref(), wanted.until.as_deref(), today),
    };
    let found = results(&app.db, site, &entry, documents.shown()?, period).await?;
    let shortages = shortages(&app.db, site.id, documents.shown()?, app.clock.now()).await?;
    render(ShowPage {
        page: access.page(Tab::Surveys),
        key: site.key.clone(),
        kind: format::kind(&entry.kind).to_owned(),
        label: status_label(entry.status),
        is_ahead: documents.is_ahead(),
        shortages,
        mended: documents.mended(&site.settings.theme).into_iter().map(|problem| problem.message).collect(),
        notice: wanted.done.as_deref().and_then(notice),
        period: PeriodView {
            from: period.first(),
            until: period.last_day(),
            today: Period::last(1, today).first(),
            zone: site.time_zone.clone(),
            presets: PRESETS.map(|days| (days, period == Period::last(days, today))),
        },
        has_data: found.shown > 0 || found.answered > 0 || found.withheld > 0,
        figures: figures(&found),
        withheld: (found.withheld > 0).then(|| format::count(found.withheld)),
        chart: Chart::new(&found.days),
        questions: found.questions.into_iter().map(|question| QuestionView::new(question, &zone)).collect(),
        entry,
    })
}

fn figures(found: &Results) -> Vec<Figure> {
    let figure = |label, n, note| Figure { label, value: format::count(n), note };
    let of = |share: Option<Share>, of: &str| share.map_or_else(String::new, |s| format!("{} of {of}", format::percent(s.value)));
    let dismissed = (found.shown > 0).then(|| found.dismissed as f64 / found.shown as f64);
    vec![
        figure("Shown", found.shown, String::new()),
        figure("Answered", found.answered, String::new()),
        Figure {
            label: "Answer rate",
            value: found.answer_rate.map_or_else(|| "–".into(), |share| format::percent(share.value)),
            note: found.answer_rate.map_or_else(String::new, |s| format!("95% interval {}", format::percent_range(s.interval))),
        },
        figure("Completed", found.completed, of(found.completion_rate, "those who began")),
        figure("Dismissed", found.dismissed, dismissed.map_or_else(String::new, |s| format!("{} of shown", format::percent(s)))),
    ]
}

fn notice(done: &str) -> Option<&'static str> {
    Some(match done {
        "saved" => "Draft saved. Shoppers do not see it before you publish it.",
        "published" => "Published. Shoppers see it from now on.",
        "paused" => "Paused. Nobody is asked until you resume it.",
        "resumed" => "Resumed. Shoppers are asked again.",
        "conflict" => "Somebody changed this survey a moment ago. Look at it again before you publish it.",
        _ => return None,
    })
}

impl ShowPage {
    fn is(&self, status: &str) -> bool {
        self.entry.status.as_str() == status
    }

    fn was_published(&self) -> bool {
        self.entry.status != Status::Draft
    }
}
