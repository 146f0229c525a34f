//! Who is asking, and for which store.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::Method;
use axum::http::request::Parts;
use jiff::tz::TimeZone;

use super::error::PageError;
use super::page::{Nav, Page, Tab};
use super::{csrf, session};
use crate::boot::App;
use crate::id::SurveyId;
use crate::store::sites::{self, Site};
use crate::store::surveys::{self, Entry};
use crate::store::users::User;
use crate::store::{On, StoreError, alerts};

/// A person who is logged in; anybody else is sent to the login.
pub struct CurrentUser {
    pub user: User,
    /// For the forms on the page.
    pub csrf: String,
}

impl FromRequestParts<Arc<App>> for CurrentUser {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, PageError> {
        match session::find(app, &parts.headers).await? {
            Some((user, token)) => Ok(Self { user, csrf: csrf::token(&app.keys.csrf, &token) }),
            // What was sent with a form is gone; the page that held it is not where its address leads.
            None if parts.method != Method::GET => Err(PageError::LoggedOut(super::next::HOME.to_owned())),
            None => Err(PageError::LoggedOut(parts.uri.path_and_query().map_or_else(String::new, |path| path.to_string()))),
        }
    }
}

impl CurrentUser {
    /// A page outside of any store.
    pub fn page(&self) -> Page {
        Page { user: Some(self.user.name.clone()), operator: self.user.admin, csrf: self.csrf.clone(), site: None }
    }

    /// Every store this person may see.
    pub async fn sites(&self, on: impl Into<On<'_>>) -> Result<Vec<Site>, StoreError> {
        sites::visible_to(on, (!self.user.admin).then_some(self.user.id)).await
    }
}

/// A store that this person may see. Any other is not found, so that nobody learns which ones exist.
pub struct SiteAccess {
    pub current: CurrentUser,
    pub site: Site,
    /// Alerts that are open, for the navigation.
    alerts: i64,
}

impl FromRequestParts<Arc<App>> for SiteAccess {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, PageError> {
        let current = CurrentUser::from_request_parts(parts, app).await?;
        let key = param(parts, app, "site").await?;
        let site = match current.user.admin {
            true => sites::by_key(&app.db, &key).await?,
            false => current.sites(&app.db).await?.into_iter().find(|site| site.key == key),
        };
        let site = site.ok_or(PageError::NotFound)?;
        let alerts = alerts::count_open(&app.db, site.id, app.clock.now()).await?;
        Ok(Self { current, site, alerts })
    }
}

impl SiteAccess {
    /// A page of this store.
    pub fn page(&self, tab: Tab) -> Page {
        let nav = Nav { key: self.site.key.clone(), name: self.site.name.clone(), tab, alerts: self.alerts };
        Page { site: Some(nav), ..self.current.page() }
    }

    /// The store's time zone.
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.site.time_zone).unwrap_or(TimeZone::UTC)
    }

    /// Who is noted in the log.
    pub fn actor(&self) -> &str {
        &self.current.user.email
    }
}

/// A survey of a store that this person may see.
pub struct SurveyAccess {
    pub site: SiteAccess,
    pub entry: Entry,
}

impl FromRequestParts<Arc<App>> for SurveyAccess {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, PageError> {
        let site = SiteAccess::from_request_parts(parts, app).await?;
        let id: SurveyId = param(parts, app, "id").await?.parse().map_err(|_| PageError::NotFound)?;
        let entry = surveys::find(&app.db, site.site.id, id).await?.ok_or(PageError::NotFound)?;
        Ok(Self { site, entry })
    }
}

/// A part of the address, by its name in the route.
pub async fn param(parts: &mut Parts, app: &Arc<App>, name: &str) -> Result<String, PageError> {
    let params = RawPathParams::from_request_parts(parts, app).await.map_err(|_| PageError::NotFound)?;
    let found = params.iter().find(|(found, _)| *found == name).map(|(_, value)| value.to_owned());
    found.ok_or(PageError::NotFound)
}
