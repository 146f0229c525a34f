//! Webhooks that fail, and those that work again.

use super::{Found, words, zone_of};
use crate::clock::{DAY, MINUTE, Millis};
use crate::domain::connector::Kind;
use crate::domain::webhook::EndpointStatus;
use crate::outbound::alert::{Alert, resolve};
use crate::store::endpoints::Endpoint;
use crate::store::sites::Site;
use crate::store::{Db, StoreError, alerts};

pub const FAILING: &str = "endpoint.failing";
const DISABLED: &str = "endpoint.disabled";
const CREDENTIALS: &str = "endpoint.credentials";

/// Those that have failed for as long as the store puts up with, and once more when it is a day.
pub fn failing(site: &Site, all: &[Endpoint], now: Millis) -> Vec<Found> {
    let patience = i64::from(site.settings.alerts.failing_minutes) * MINUTE;
    let zone = zone_of(site);
    let found = |endpoint: &Endpoint| {
        let since = endpoint.failing_since?;
        let failed = now - since;
        (endpoint.status == EndpointStatus::Active && failed >= patience).then(|| Found {
            alert: Alert {
                cause: FAILING,
                subject: endpoint.key.clone(),
                title: match endpoint.kind {
                    Kind::Webhook => format!("The webhook “{}” fails", endpoint.name),
                    _ => format!("The connection “{}” fails", endpoint.name),
                },
                detail: format!(
                    "No call has worked since {}, for {}. Each is tried again for three days; after five days of nothing but failures it \
                     is switched off. Its page shows what the receiver answered.",
                    words::moment(since, &zone),
                    words::span(failed)
                ),
                path: match endpoint.kind {
                    Kind::Webhook => format!("connections/webhooks/{}", endpoint.id),
                    _ => format!("connections/services/{}", endpoint.id),
                },
            },
            level: if failed >= DAY { 2 } else { 1 },
        })
    };
    all.iter().filter_map(found).collect()
}

/// What others raised about webhooks is over when the webhook is switched on again, works, or is gone.
pub async fn forget_what_is_over(db: &Db, site: &Site, all: &[Endpoint], now: Millis) -> Result<(), StoreError> {
    let is_over = |alert: &alerts::Alert| {
        let Some(endpoint) = all.iter().find(|endpoint| endpoint.key == alert.subject) else { return true };
        match &*alert.cause {
            DISABLED => endpoint.status != EndpointStatus::Disabled,
            CREDENTIALS => endpoint.trouble.is_none(),
            _ => endpoint.delivered_at.is_some_and(|at| at > alert.last_seen_at),
        }
    };
    for alert in alerts::open(db, site.id).await? {
        if alert.cause.starts_with("endpoint.") && alert.cause != FAILING && is_over(&alert) {
            let mut tx = db.begin().await?;
            resolve(&mut tx, site.id, &alert.cause, &alert.subject, now).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}
