//! Offers that were shown or withheld.

use uuid::Uuid;

use super::{On, Rows, StoreError, Tx, Writes, q};
use crate::clock::Millis;
use crate::domain::frequency::Exposure;
use crate::id::{CustomerId, SiteId, SurveyId};
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
    /// The page's address without its query.
    pub page: Option<String>,
    pub device: Option<String>,
    pub locale: Option<String>,
    pub order_id: Option<String>,
    pub withheld: bool,
    pub manual: bool,
    /// When it became a response: the first answer, or the end.
    pub started_at: Option<Millis>,
    /// What was said, as `responses::encode` writes it.
    pub answers: Option<String>,
    /// The one that was asked, in a question stream.
    pub question: Option<String>,
}

/// What the frequency rules look at.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Past {
    pub id: Uuid,
    pub visitor: Uuid,
    pub survey_id: SurveyId,
    pub session: i64,
    pub shown_at: Millis,
    pub answered_at: Option<Millis>,
    pub completed_at: Option<Millis>,
    pub dismissed_at: Option<Millis>,
    pub order_id: Option<String>,
    pub withheld: bool,
    pub manual: bool,
}

impl From<Past> for Exposure {
    fn from(past: Past) -> Self {
        Self {
            survey: past.survey_id.0,
            session: past.session,
            shown_at: past.shown_at,
            answered_at: past.answered_at.or(past.completed_at),
            dismissed_at: past.dismissed_at,
            order: past.order_id,
            withheld: past.withheld,
            manual: past.manual,
        }
    }
}

impl From<&Impression> for Exposure {
    fn from(i: &Impression) -> Self {
        Self {
            survey: i.survey_id.0,
            session: i.session,
            shown_at: i.shown_at,
            answered_at: i.answered_at.or(i.completed_at),
            dismissed_at: i.dismissed_at,
            order: i.order_id.clone(),
            withheld: i.withheld,
            manual: i.manual,
        }
    }
}

/// Everything about one visitor's, newest first.
pub async fn of_visitor(on: impl Into<On<'_>>, site: SiteId, visitor: Uuid, limit: usize) -> Result<Vec<Impression>, StoreError> {
    let query = q(sql!(
        "select site_id, id, visitor, survey_id, revision, variant, session, shown_at, answered_at, completed_at,
                dismissed_at, dismissed_by, fired_by, page, device, locale, order_id, withheld, manual, started_at, answers,
                question
         from impressions {by_index:impressions_by_visitor} where site_id = $1 and visitor = $2
         order by id desc limit $3"
    ));
    query.bind(site).bind(visitor).bind(limit as i64).all(on).await
}

/// The newest of a site: its time is when somebody last saw a survey, or was kept from it.
pub async fn newest(on: impl Into<On<'_>>, site: SiteId) -> Result<Option<Uuid>, StoreError> {
    let query = q(sql!("select id from impressions where site_id = $1 and id <= $2 order by id desc limit 1"));
    let row: Option<(Uuid,)> = query.bind(site).bind(Uuid::max()).optional(on).await?;
    Ok(row.map(|(id,)| id))
}

/// One, by its id.
pub async fn by_id(on: impl Into<On<'_>>, site: SiteId, id: Uuid) -> Result<Option<Impression>, StoreError> {
    let query = q(sql!(
        "select site_id, id, visitor, survey_id, revision, variant, session, shown_at, answered_at, completed_at,
                dismissed_at, dismissed_by, fired_by, page, device, locale, order_id, withheld, manual, started_at, answers,
                question
         from impressions where site_id = $1 and id = $2"
    ));
    query.bind(site).bind(id).optional(on).await
}

/// One visitor's, newest first.
pub async fn history(on: impl Into<On<'_>>, site: SiteId, visitor: Uuid, limit: usize) -> Result<Vec<Past>, StoreError> {
    let query = q(sql!(
        "select id, visitor, survey_id, session, shown_at, answered_at, completed_at, dismissed_at, order_id, withheld, manual
         from impressions {by_index:impressions_by_visitor} where site_id = $1 and visitor = $2
         order by id desc limit $3"
    ));
    query.bind(site).bind(visitor).bind(limit as i64).all(on).await
}

/// Several visitors', in no order.
pub async fn histories(on: impl Into<On<'_>>, site: SiteId, visitors: Vec<Uuid>, limit: usize) -> Result<Vec<Past>, StoreError> {
    let query = q(sql!(
        "select i.id, i.visitor, i.survey_id, i.session, i.shown_at, i.answered_at, i.completed_at, i.dismissed_at, i.order_id,
                i.withheld, i.manual
         from {look_up:impressions visitor 2} i {by_index:impressions_by_visitor}
         where i.site_id = $1 and i.visitor = sought.visitor limit $3"
    ));
    query.bind(site).bind(visitors).bind(limit as i64).all(on).await
}

/// A show, or whose browser a visitor is.
pub enum Known {
    Show(Past),
    Person { visitor: Uuid, customer: CustomerId },
}

#[derive(sqlx::FromRow)]
struct KnownRow {
    customer_id: Option<CustomerId>,
    #[sqlx(flatten)]
    past: Past,
}

/// Several visitors' shows and the people behind them, in no order and by one statement: most visitors are nobody yet, and need
/// not wait to learn it.
pub async fn known(on: impl Into<On<'_>>, site: SiteId, visitors: Vec<Uuid>, limit: usize) -> Result<Vec<Known>, StoreError> {
    // A tie fills the columns of a show with what comes first.
    let query = q(sql!(
        "select * from (
             select null as customer_id, i.id, i.visitor, i.survey_id, i.session, i.shown_at, i.answered_at, i.completed_at,
                    i.dismissed_at, i.order_id, i.withheld, i.manual
             from {look_up:impressions visitor 2} i {by_index:impressions_by_visitor}
             where i.site_id = $1 and i.visitor = sought.visitor
             union all
             select v.customer_id, v.visitor, v.visitor, v.customer_id, 0, v.at, null, null, null, null, 1 = 0, 1 = 0
             from {look_up:visitors visitor 2} v where v.site_id = $1 and v.visitor = sought.visitor
         ) known limit $3"
    ));
    let rows: Vec<KnownRow> = query.bind(site).bind(visitors).bind(limit as i64).all(on).await?;
    let known = |KnownRow { customer_id, past }| match customer_id {
        Some(customer) => Known::Person { visitor: past.visitor, customer },
        None => Known::Show(past),
    };
    Ok(rows.into_iter().map(known).collect())
}

/// Browsers of one person that are looked at. Nobody has more; a page that calls all its visitors by one address does.
const BROWSERS: i64 = 50;

/// What was shown on all browsers of a person, newest first.
pub async fn of_person(on: impl Into<On<'_>>, site: SiteId, customer: CustomerId, limit: usize) -> Result<Vec<Past>, StoreError> {
    // SQLite takes a cross join in the order in which it is written.
    let query = q(sql!(
        "select i.id, i.visitor, i.survey_id, i.session, i.shown_at, i.answered_at, i.completed_at, i.dismissed_at, i.order_id,
                i.withheld, i.manual
         from (select visitor from visitors where site_id = $1 and customer_id = $2 limit $3) own
         cross join impressions i {by_index:impressions_by_visitor}
         where i.site_id = $1 and i.visitor = own.visitor
         order by i.id desc limit $4"
    ));
    query.bind(site).bind(customer).bind(BROWSERS).bind(limit as i64).all(on).await
}

fn rows_of<'a>(impressions: impl IntoIterator<Item = &'a Impression>) -> Rows {
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
            i.page.as_deref().into(),
            i.device.as_deref().into(),
            i.locale.as_deref().into(),
            i.order_id.as_deref().into(),
            i.withheld.into(),
            i.manual.into(),
            i.started_at.into(),
            i.answers.as_deref().into(),
            i.question.as_deref().into(),
        ]);
    }
    rows
}

macro_rules! insertion {
    ($conflict:literal) => {
        sql!(concat!(
            "insert into impressions (site_id, id, visitor, survey_id, revision, variant, session, shown_at, answered_at,
                                      completed_at, dismissed_at, dismissed_by, fired_by, page, device, locale, order_id,
                                      withheld, manual, started_at, answers, question)
             {rows:int uuid uuid int int text int int int int int text text text text text text bool bool int text text} ",
            $conflict
        ))
    };
}

/// Stores impressions that are new. If one of them was there after all, all of the work is a [`StoreError::Duplicate`].
pub fn insert<'a>(writes: &mut Writes, impressions: impl IntoIterator<Item = &'a Impression>) {
    writes.add(insertion!(""), rows_of(impressions));
}

/// Stores what can change about impressions that are there: an insert that always conflicts finds its rows by their key.
pub fn update<'a>(writes: &mut Writes, impressions: impl IntoIterator<Item = &'a Impression>) {
    let sql = insertion!(
        "on conflict (site_id, id) do update set
             shown_at = excluded.shown_at, answered_at = excluded.answered_at, completed_at = excluded.completed_at,
             dismissed_at = excluded.dismissed_at, dismissed_by = excluded.dismissed_by, fired_by = excluded.fired_by,
             page = excluded.page, device = excluded.device, locale = excluded.locale, order_id = excluded.order_id,
             started_at = excluded.started_at, answers = excluded.answers"
    );
    writes.add(sql, rows_of(impressions));
}

/// Reads impressions by id, in no order, and keeps other writers away from them until the transaction ends.
pub async fn lock(tx: &mut Tx, site: SiteId, ids: Vec<Uuid>) -> Result<Vec<Impression>, StoreError> {
    let query = q(sql!(
        "select i.site_id, i.id, i.visitor, i.survey_id, i.revision, i.variant, i.session, i.shown_at, i.answered_at,
                i.completed_at, i.dismissed_at, i.dismissed_by, i.fired_by, i.page, i.device, i.locale, i.order_id, i.withheld,
                i.manual, i.started_at, i.answers, i.question
         from {look_up:impressions id 2} i where i.site_id = $1 and i.id = sought.id {for_update:i}"
    ));
    query.bind(site).bind(ids).all(tx).await
}
