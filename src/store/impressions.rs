//! Offers that were shown or withheld.

use uuid::Uuid;

use super::{Each, On, Rows, StoreError, Tx, hex, q};
use crate::clock::Millis;
use crate::id::{SiteId, SurveyId};
use crate::sql;

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Impression {
    pub site_id: SiteId,
    /// The offer's id.
    pub id: Uuid,
    /// A hash of the browser's random id.
    pub visitor: Uuid,
    pub survey_id: SurveyId,
    pub revision: i64,
    pub variant: Option<String>,
    /// A hash of the visitor's session.
    pub session: i64,
    pub shown_at: Millis,
    /// The first answer.
    pub answered_at: Option<Millis>,
    pub completed_at: Option<Millis>,
    pub dismissed_at: Option<Millis>,
    pub dismissed_by: Option<String>,
    pub fired_by: Option<String>,
    pub order_id: Option<String>,
    pub withheld: bool,
    pub manual: bool,
}

/// What the frequency rules look at, newest first. A hundred offers span the longest rule, a year, many times over.
pub async fn history(on: impl Into<On<'_>>, site: SiteId, visitor: Uuid) -> Result<Vec<Impression>, StoreError> {
    let query = q(sql!(
        "select site_id, id, visitor, survey_id, revision, variant, session, shown_at, answered_at, completed_at,
                dismissed_at, dismissed_by, fired_by, order_id, withheld, manual
         from impressions {by_index:impressions_by_visitor} where site_id = $1 and visitor = $2
         order by id desc limit 100"
    ));
    query.bind(site).bind(visitor).all(on).await
}

/// Stores impressions that are new. `false`: one of them was there after all, stored by another node in between; nothing may be
/// committed then.
pub async fn insert(tx: &mut Tx, impressions: &[&Impression]) -> Result<bool, StoreError> {
    let mut rows = Rows::default();
    for i in impressions {
        rows.push([
            i.site_id.into(),
            i.id.into(),
            i.visitor.into(),
            i.survey_id.into(),
            i.revision.into(),
            i.variant.as_deref().into(),
            i.session.into(),
            i.shown_at.into(),
            i.answered_at.into(),
            i.completed_at.into(),
            i.dismissed_at.into(),
            i.dismissed_by.as_deref().into(),
            i.fired_by.as_deref().into(),
            i.order_id.as_deref().into(),
            i.withheld.into(),
            i.manual.into(),
        ]);
    }
    let query = q(sql!(
        "insert into impressions (site_id, id, visitor, survey_id, revision, variant, session, shown_at, answered_at,
                                  completed_at, dismissed_at, dismissed_by, fired_by, order_id, withheld, manual)
         {rows:int uuid uuid int int text int int int int int text text text bool bool}
         on conflict (site_id, id) do nothing"
    ));
    Ok(query.execute_rows(tx, rows).await? == impressions.len() as u64)
}

/// Reads impressions by key and keeps other writers away from them until the transaction ends.
pub async fn lock(tx: &mut Tx, keys: &[(SiteId, Uuid)]) -> Result<Vec<Impression>, StoreError> {
    let mut keys_in = Each::default();
    for (site, id) in keys {
        keys_in.push(&(site.0, hex(*id)));
    }
    let query = q(sql!(
        "select i.site_id, i.id, i.visitor, i.survey_id, i.revision, i.variant, i.session, i.shown_at, i.answered_at,
                i.completed_at, i.dismissed_at, i.dismissed_by, i.fired_by, i.order_id, i.withheld, i.manual
         from {each:1} join impressions i on i.site_id = cast(j.value ->> 0 as bigint) and i.id = {uuid:j.value ->> 1}
         order by i.id {for_update:i}"
    ));
    query.bind(keys_in).all(tx).await
}

/// Stores what can change about impressions that exist.
pub async fn update(tx: &mut Tx, impressions: &[Impression]) -> Result<(), StoreError> {
    let mut rows = Each::default();
    for i in impressions {
        rows.push(&(
            i.site_id.0,
            hex(i.id),
            i.shown_at,
            i.answered_at,
            i.completed_at,
            i.dismissed_at,
            &i.dismissed_by,
            &i.fired_by,
            &i.order_id,
        ));
    }
    let query = q(sql!(
        "update impressions set shown_at = n.shown_at, answered_at = n.answered_at, completed_at = n.completed_at,
                dismissed_at = n.dismissed_at, dismissed_by = n.dismissed_by, fired_by = n.fired_by, order_id = n.order_id
         from (select cast(j.value ->> 0 as bigint) as site_id, {uuid:j.value ->> 1} as id,
                      cast(j.value ->> 2 as bigint) as shown_at, cast(j.value ->> 3 as bigint) as answered_at,
                      cast(j.value ->> 4 as bigint) as completed_at, cast(j.value ->> 5 as bigint) as dismissed_at,
                      cast(j.value ->> 6 as text) as dismissed_by, cast(j.value ->> 7 as text) as fired_by,
                      cast(j.value ->> 8 as text) as order_id
               from {each:1}) as n
         where impressions.site_id = n.site_id and impressions.id = n.id"
    ));
    query.bind(rows).execute(tx).await?;
    Ok(())
}
