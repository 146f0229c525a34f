//! Saving, publishing and pausing surveys.

use crate::clock::Millis;
use crate::domain::survey::Survey;
use crate::id::{SiteId, SurveyId};
use crate::store::surveys::{self, Status};
use crate::store::{StoreError, Tx, audit, sites};

/// Saves a document as the draft of the survey with its key, which is made if there is none. Says whether it was made.
pub async fn save(tx: &mut Tx, site: SiteId, document: &Survey, by: &str, now: Millis) -> Result<(SurveyId, bool), StoreError> {
    match surveys::by_key(&mut *tx, site, &document.key).await? {
        Some(known) => {
            surveys::update_draft(tx, site, known.id, document, now).await?;
            audit::record(tx, site, by, "survey.save", &document.key, now).await?;
            Ok((known.id, false))
        }
        None => {
            let id = SurveyId::new(now);
            surveys::insert(tx, site, id, document, now).await?;
            audit::record(tx, site, by, "survey.create", &document.key, now).await?;
            Ok((id, true))
        }
    }
}

/// Makes a document the live revision. Call `catalog.refresh` after the commit; other nodes see it within a second.
pub async fn publish(
    tx: &mut Tx,
    site: SiteId,
    id: SurveyId,
    document: &Survey,
    by: &str,
    now: Millis,
) -> Result<i64, StoreError> {
    let revision = surveys::publish(tx, site, id, document, by, now).await?;
    sites::touch(tx, site).await?;
    audit::record(tx, site, by, "survey.publish", &format!("{} revision {revision}", document.key), now).await?;
    Ok(revision)
}

/// Takes a survey off the pages, or lets its newest revision run again.
pub async fn set_status(
    tx: &mut Tx,
    site: SiteId,
    survey: &surveys::Entry,
    status: Status,
    by: &str,
    now: Millis,
) -> Result<(), StoreError> {
    surveys::set_status(tx, site, survey.id, status, now).await?;
    sites::touch(tx, site).await?;
    let action = if status == Status::Live { "survey.resume" } else { "survey.pause" };
    audit::record(tx, site, by, action, &survey.key, now).await
}
