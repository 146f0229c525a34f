//! `/admin/{site}/settings`.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::identity::IdentityFields;
use crate::boot::App;
use crate::clock::{DAY, MINUTE};
use crate::domain::privacy::Storage;
use crate::domain::site::Settings;
use crate::domain::survey::contrast;
use crate::store::audit;
use crate::store::sites::{self, Site};
use crate::web::admin::access::SiteAccess;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::{Faults, number, path_patterns, time_zones};
use crate::web::admin::page::{Page, Tab, render};

#[derive(Template)]
#[template(path = "admin/sites/settings.html")]
struct SettingsPage {
    page: Page,
    key: String,
    site: IdentityFields,
    entered: RuleFields,
    budget_days: i64,
    faults: Faults,
    zones: Vec<String>,
    /// Colours of the store that the page will have to mend.
    mended: Vec<String>,
    saved: bool,
}

#[derive(Deserialize)]
pub struct After {
    done: Option<String>,
}

pub async fn form(access: SiteAccess, Query(after): Query<After>) -> Result<Response, PageError> {
    let entered = Entered { site: (&access.site).into(), rules: (&access.site.settings).into() };
    show(&access, entered, Faults::default(), after.done.is_some())
}

#[derive(Deserialize)]
pub struct Entered {
    #[serde(flatten)]
    site: IdentityFields,
    #[serde(flatten)]
    rules: RuleFields,
}

/// How the store's surveys behave, as entered. A box that is not ticked is not sent.
#[derive(Deserialize)]
struct RuleFields {
    gap_days: String,
    budget: String,
    one_per_session: Option<String>,
    storage: String,
    respect_gpc: Option<String>,
    retention_days: String,
    /// One a line.
    blocked_paths: String,
    accent: String,
    abandon_minutes: String,
    recovery_days: String,
}

impl From<&Settings> for RuleFields {
    fn from(settings: &Settings) -> Self {
        let ticked = |on: bool| on.then(String::new);
        Self {
            gap_days: (settings.caps.gap_ms / DAY).to_string(),
            budget: settings.caps.budget.to_string(),
            one_per_session: ticked(settings.caps.one_per_session),
            storage: settings.storage.to_string(),
            respect_gpc: ticked(settings.respect_gpc),
            retention_days: settings.retention_days.map_or_else(String::new, |days| days.to_string()),
            blocked_paths: settings.blocked_paths.join("\n"),
            accent: settings.theme.accent.clone().unwrap_or_default(),
            abandon_minutes: (settings.carts.abandon_after_ms / MINUTE).to_string(),
            recovery_days: (settings.carts.recovery_ms / DAY).to_string(),
        }
    }
}

impl RuleFields {
    /// Changes what could be read; what the form does not show stays as it was.
    fn read(&self, settings: &mut Settings, faults: &mut Faults) {
        if let Some(days) = faults.take("gap_days", number(&self.gap_days, 0..=365)) {
            settings.caps.gap_ms = i64::from(days) * DAY;
        }
        if let Some(budget) = faults.take("budget", number(&self.budget, 1..=1000)) {
            settings.caps.budget = budget;
        }
        settings.caps.one_per_session = self.one_per_session.is_some();
        if let Some(paths) = faults.take("blocked_paths", path_patterns(&self.blocked_paths)) {
            settings.blocked_paths = paths;
        }
        if let Some(minutes) = faults.take("abandon_minutes", number(&self.abandon_minutes, 5..=7 * 24 * 60)) {
            settings.carts.abandon_after_ms = i64::from(minutes) * MINUTE;
        }
        if let Some(days) = faults.take("recovery_days", number(&self.recovery_days, 1..=90)) {
            settings.carts.recovery_ms = i64::from(days) * DAY;
        }
        settings.respect_gpc = self.respect_gpc.is_some();
        let storage = Storage::parse(&self.storage).ok_or_else(|| "Please choose one of these.".to_owned());
        if let Some(storage) = faults.take("storage", storage) {
            settings.storage = storage;
        }
        let retention = match self.retention_days.trim() {
            "" => Ok(None),
            days => number(days, 1..=3650).map(Some),
        };
        if let Some(retention) = faults.take("retention_days", retention) {
            settings.retention_days = retention;
        }
        if let Some(accent) = faults.take("accent", colour(&self.accent)) {
            settings.theme.accent = accent;
        }
    }
}

fn colour(entered: &str) -> Result<Option<String>, String> {
    let entered = entered.trim().to_ascii_lowercase();
    let is_hex = |digits: &str| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    match entered.strip_prefix('#') {
        None if entered.is_empty() => Ok(None),
        Some(digits) if is_hex(digits) => Ok(Some(entered)),
        _ => Err("Please enter a colour such as #0b6e4f.".into()),
    }
}

pub async fn submit(State(app): State<Arc<App>>, access: SiteAccess, form: CsrfForm<Entered>) -> Result<Response, PageError> {
    let entered = form.into_inner();
    let mut faults = Faults::default();
    let mut site: Site = access.site.clone();
    let identity = entered.site.read(&mut faults);
    entered.rules.read(&mut site.settings, &mut faults);
    let Some(identity) = identity.filter(|_| faults.is_empty()) else {
        return show(&access, entered, faults, false);
    };
    identity.apply(&mut site);
    let mut tx = app.db.begin().await?;
    sites::update(&mut tx, &site).await?;
    audit::record(&mut tx, site.id, access.actor(), "site.update", &site.name, app.clock.now()).await?;
    tx.commit().await?;
    app.catalog.changed(&site.key).await;
    Ok(Redirect::to(&format!("/admin/{}/settings?done=saved", site.key)).into_response())
}

fn show(access: &SiteAccess, entered: Entered, faults: Faults, saved: bool) -> Result<Response, PageError> {
    let budget_days = access.site.settings.caps.budget_ms / DAY;
    let (page, Entered { site, rules }) = (access.page(Tab::Settings), entered);
    let status = faults.status();
    let mended = contrast::warnings(&access.site.settings.theme).into_iter().map(|problem| problem.message).collect();
    let key = access.site.key.clone();
    let page = render(SettingsPage { page, key, site, entered: rules, budget_days, faults, zones: time_zones(), mended, saved })?;
    Ok((status, page).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_their_own_form() {
        let mut settings = Settings { respect_gpc: true, retention_days: Some(90), ..Settings::default() };
        settings.theme.accent = Some("#0b6e4f".into());
        settings.theme.radius = Some(4);
        let (mut read, mut faults) = (settings.clone(), Faults::default());
        RuleFields::from(&settings).read(&mut read, &mut faults);
        assert!(faults.is_empty());
        assert_eq!(read, settings, "with what the form does not show");
    }

    #[test]
    fn colours() {
        assert_eq!(colour(" #0B6E4F "), Ok(Some("#0b6e4f".into())));
        assert_eq!(colour(""), Ok(None));
        assert!(["0b6e4f", "#0b6", "#0b6e4g", "green"].into_iter().all(|bad| colour(bad).is_err()));
    }
}
