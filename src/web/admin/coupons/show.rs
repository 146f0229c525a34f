//! `/admin/{site}/coupons/{id}`: one pool.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::{PoolAccess, last_day, left, state_label, uses};
use crate::boot::App;
use crate::domain::coupon::State as Supply;
use crate::id::{SurveyId, uuid7_millis};
use crate::manage::coupons::Added;
use crate::store::coupon_claims::{self, Given};
use crate::store::coupons::Pool;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::Faults;
use crate::web::admin::format;
use crate::web::admin::page::{Page, Tab, render};

/// Given codes on the page.
const SHOWN: i64 = 20;

#[derive(Template)]
#[template(path = "admin/coupons/show.html")]
struct ShowPage {
    page: Page,
    key: String,
    pool: Pool,
    label: &'static str,
    badge: &'static str,
    notice: Option<String>,
    /// What the owner should do something about.
    warning: Option<&'static str>,
    left: String,
    given: String,
    dropped: Option<String>,
    until: Option<String>,
    surveys: Vec<(SurveyId, String)>,
    lines: Vec<Line>,
    entered: Entered,
    faults: Faults,
}

struct Line {
    code: String,
    at: String,
    datetime: String,
    to: String,
}

/// What the page's forms hold.
#[derive(Default)]
pub struct Entered {
    pub name: String,
    pub code: String,
    pub last_day: String,
    pub codes: String,
    pub dropped: String,
}

#[derive(Deserialize)]
pub struct After {
    done: Option<String>,
    added: Option<usize>,
    known: Option<usize>,
    repeated: Option<usize>,
    blank: Option<usize>,
}

/// What leads to the page that tells what a list changed.
pub fn added_query(report: &Added) -> String {
    let Added { added, known, repeated, blank } = report;
    format!("done=added&added={added}&known={known}&repeated={repeated}&blank={blank}")
}

impl After {
    fn notice(&self) -> Option<String> {
        Some(match self.done.as_deref()? {
            "added" => {
                let n = |n: Option<usize>| n.unwrap_or(0);
                let (added, known, repeated, blank) = (n(self.added), n(self.known), n(self.repeated), n(self.blank));
                format!("{}.", Added { added, known, repeated, blank })
            }
            "created" => "Created. Name its key in an ending’s coupon, and shoppers get the code there.".into(),
            "saved" => "Saved.".into(),
            "retired" => "Retired. Nobody new gets a code; whoever has one may see it again.".into(),
            "restored" => "Brought back. It gives again.".into(),
            "dropped" => "Taken out. Nobody will get this code.".into(),
            _ => return None,
        })
    }
}

pub async fn show(State(app): State<Arc<App>>, access: PoolAccess, Query(after): Query<After>) -> Result<Response, PageError> {
    let entered = Entered::of(&access);
    page(&app, access, entered, Faults::default(), after.notice()).await
}

impl Entered {
    /// The pool as it is.
    pub fn of(access: &PoolAccess) -> Self {
        let (pool, zone) = (&access.stocked.pool, access.site.zone());
        Self {
            name: pool.name.clone(),
            code: pool.shared_code.clone().unwrap_or_default(),
            last_day: pool.expires_at.map_or_else(String::new, |at| last_day(at, &zone)),
            ..Self::default()
        }
    }
}

/// The page with what was entered and what is wrong with it.
pub async fn page(
    app: &App,
    access: PoolAccess,
    entered: Entered,
    faults: Faults,
    notice: Option<String>,
) -> Result<Response, PageError> {
    let PoolAccess { site: access, stocked } = access;
    let (site, zone) = (access.site.id, access.zone());
    let state = stocked.supply().state(app.clock.now());
    let surveys = uses(&app.db, site).await?.remove(&stocked.pool.key).unwrap_or_default();
    let line = |given: Given| {
        let at = uuid7_millis(given.id).unwrap_or(0);
        let to = given.survey.unwrap_or_else(|| if given.purpose == "mail" { "A mail".into() } else { "A survey".into() });
        Line { code: given.code, at: format::moment(at, &zone), datetime: format::machine(at), to }
    };
    let lines = coupon_claims::page(&app.db, site, stocked.pool.id, Uuid::max(), SHOWN).await?.into_iter().map(line).collect();
    let (label, badge) = state_label(state);
    let status = faults.status();
    let shown = render(ShowPage {
        page: access.page(Tab::Coupons),
        key: access.site.key.clone(),
        label,
        badge,
        notice,
        warning: warning(state, !surveys.is_empty()),
        left: left(&stocked),
        given: format::count(stocked.given),
        dropped: (stocked.pool.dropped > 0).then(|| format::count(stocked.pool.dropped)),
        until: stocked.pool.expires_at.map(|at| format::date(at - 1, &zone)),
        pool: stocked.pool,
        surveys,
        lines,
        entered,
        faults,
    })?;
    Ok((status, shown).into_response())
}

/// Nobody misses the codes of a pool that no survey names.
fn warning(state: Supply, used: bool) -> Option<&'static str> {
    match state {
        _ if !used => None,
        Supply::Giving => None,
        Supply::Low => Some("A tenth of the codes or less is left. Add some before they run out."),
        Supply::Empty => Some("Every code is given. Shoppers see the ending without one until you add more."),
        Supply::Expired => Some("The last day is over. Shoppers see the ending without a code."),
        Supply::Retired => Some("Nobody new gets a code, though a survey names this pool. Shoppers see its ending without one."),
    }
}
