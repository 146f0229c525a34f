//! `POST …/replay` sends a range of events again, to the endpoint or to another one; `POST …/deliveries/{event}/replay` one.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::EndpointAccess;
use super::actions::Nothing;
use super::delivery::DeliveryAccess;
use super::show::{self, Asked};
use crate::boot::App;
use crate::clock::{DAY, MINUTE, Millis};
use crate::id::EndpointId;
use crate::manage::endpoints::{Replay, replay, replay_one};
use crate::store::endpoints;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::Faults;

#[derive(Default, Deserialize)]
pub struct Entered {
    /// In the store's time zone, as a browser's field has them.
    pub from: String,
    pub until: String,
    /// `dead` or `all`.
    pub which: String,
    /// The id of another endpoint; empty for this one.
    #[serde(default)]
    pub to: String,
}

impl Entered {
    pub fn last_day(access: &EndpointAccess, now: Millis) -> Self {
        let zone = access.site.zone();
        Self {
            from: field(now - DAY, &zone),
            // The minute that has begun is in it.
            until: field(now + MINUTE, &zone),
            which: "dead".into(),
            to: String::new(),
        }
    }

    fn read(&self, zone: &TimeZone, faults: &mut Faults) -> Option<Replay> {
        let from = faults.take("from", moment(&self.from, zone));
        let until = faults.take("until", moment(&self.until, zone));
        let (from, until) = (from?, until?);
        if until <= from {
            faults.add("until", "The end should be after the beginning.");
            return None;
        }
        Some(Replay { when: from..until, delivered: self.which == "all", to: self.to.parse().ok() })
    }
}

fn field(at: Millis, zone: &TimeZone) -> String {
    let at = Timestamp::from_millisecond(at).map(|at| zone.to_datetime(at).strftime("%Y-%m-%dT%H:%M").to_string());
    at.unwrap_or_default()
}

fn moment(entered: &str, zone: &TimeZone) -> Result<Millis, String> {
    let read = entered.trim().parse::<DateTime>().and_then(|at| zone.to_timestamp(at));
    read.map(|at| at.as_millisecond()).map_err(|_| "Please enter a date and time such as 2027-04-30 10:15.".into())
}

pub async fn range(State(app): State<Arc<App>>, access: EndpointAccess, form: CsrfForm<Entered>) -> Result<Response, PageError> {
    let (entered, mut faults, site) = (form.into_inner(), Faults::default(), access.site.site.id);
    let Some(wanted) = entered.read(&access.site.zone(), &mut faults) else {
        return show::page(&app, access, Asked::default(), entered, faults).await;
    };
    if let Some(to) = wanted.to {
        // An endpoint of this store.
        endpoints::find(&app.db, site, to).await?.ok_or(PageError::NotFound)?;
    }
    let mut tx = app.db.begin().await?;
    let n = replay(&mut tx, &access.endpoint, &wanted, access.site.actor(), app.clock.now()).await?;
    tx.commit().await?;
    app.dispatcher.ring();
    let shown: EndpointId = wanted.to.unwrap_or(access.endpoint.id);
    let path = format!("/admin/{}/connections/webhooks/{shown}?done=replayed&n={n}", access.site.site.key);
    Ok(Redirect::to(&path).into_response())
}

pub async fn one(
    State(app): State<Arc<App>>,
    access: DeliveryAccess,
    _checked: CsrfForm<Nothing>,
) -> Result<Response, PageError> {
    let mut tx = app.db.begin().await?;
    let DeliveryAccess { of: EndpointAccess { site, endpoint }, delivery } = &access;
    replay_one(&mut tx, endpoint, delivery.event, site.actor(), app.clock.now()).await?;
    tx.commit().await?;
    app.dispatcher.ring();
    Ok(Redirect::to(&format!("{}/deliveries/{}", access.of.path(), delivery.event)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_survive_their_field() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let at = 1_795_521_600_000;
        assert_eq!(field(at, &zone), "2026-11-24T13:00");
        assert_eq!(moment("2026-11-24T13:00", &zone), Ok(at));
        assert_eq!(moment(" 2026-11-24 13:00 ", &zone), Ok(at));
        assert!(["", "yesterday", "2026-02-30T10:00"].iter().all(|bad| moment(bad, &zone).is_err()));
        let (mut faults, entered) = (
            Faults::default(),
            Entered { from: "2026-11-24T13:00".into(), until: "2026-11-24T13:00".into(), ..Entered::default() },
        );
        assert!(entered.read(&zone, &mut faults).is_none() && !faults.of("until").is_empty());
    }
}
