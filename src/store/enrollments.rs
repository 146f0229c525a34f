//! People on their way through flows, and what became of each step.

use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::{On, StoreError, Tx, exactly_one, q};
use crate::clock::Millis;
use crate::domain::flow::{EnrollmentStatus, Past};
use crate::domain::words::words;
use crate::id::{CustomerId, FlowId, SiteId};
use crate::sql;

#[derive(Clone, Debug, PartialEq)]
pub struct Enrollment {
    pub site: SiteId,
    pub id: Uuid,
    pub flow: FlowId,
    /// The flow as it was when the person entered: steps are counted in it.
    pub revision: i64,
    pub customer: CustomerId,
    /// Names the event; the same one enrols a person once.
    pub cause: String,
    /// What the steps speak of.
    pub subject: Value,
    /// The moment that the cause is about.
    pub since: Millis,
    pub status: EnrollmentStatus,
    /// The next step, from 0.
    pub step: usize,
    /// When it falls due.
    pub due_at: Option<Millis>,
    pub enrolled_at: Millis,
    pub ended_at: Option<Millis>,
    /// A code of [`crate::domain::flow::StopReason`].
    pub ended_by: Option<String>,
}

#[derive(sqlx::FromRow)]
struct EnrollmentRow {
    site_id: SiteId,
    id: Uuid,
    flow_id: FlowId,
    revision: i64,
    customer_id: CustomerId,
    cause: String,
    subject: Json<Value>,
    since: Millis,
    status: String,
    step: i64,
    due_at: Option<Millis>,
    enrolled_at: Millis,
    ended_at: Option<Millis>,
    ended_by: Option<String>,
}

impl TryFrom<EnrollmentRow> for Enrollment {
    type Error = StoreError;
    fn try_from(row: EnrollmentRow) -> Result<Self, StoreError> {
        let corrupt = |column, cause| StoreError::Corrupt { table: "enrollments", column, row: row.id.to_string(), cause };
        let status = EnrollmentStatus::parse(&row.status).ok_or_else(|| corrupt("status", row.status.clone()))?;
        let step = usize::try_from(row.step).map_err(|e| corrupt("step", e.to_string()))?;
        Ok(Self {
            site: row.site_id,
            id: row.id,
            flow: row.flow_id,
            revision: row.revision,
            customer: row.customer_id,
            cause: row.cause,
            subject: row.subject.0,
            since: row.since,
            status,
            step,
            due_at: row.due_at,
            enrolled_at: row.enrolled_at,
            ended_at: row.ended_at,
            ended_by: row.ended_by,
        })
    }
}

fn number(step: usize) -> i64 {
    // A flow has twenty steps at most.
    i64::try_from(step).unwrap_or(i64::MAX)
}

/// Stores an enrollment; `false` if this cause has enrolled the person before.
pub async fn insert(tx: &mut Tx, e: &Enrollment) -> Result<bool, StoreError> {
    let query = q(sql!(
        "insert into enrollments (site_id, id, flow_id, revision, customer_id, cause, subject, since, status, step, due_at,
                                  enrolled_at, ended_at, ended_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         on conflict (site_id, flow_id, customer_id, cause) do nothing"
    ));
    let query = query
        .bind(e.site)
        .bind(e.id)
        .bind(e.flow)
        .bind(e.revision)
        .bind(e.customer)
        .bind(&*e.cause)
        .bind(e.subject.clone())
        .bind(e.since)
        .bind(e.status.as_str())
        .bind(number(e.step))
        .bind(e.due_at)
        .bind(e.enrolled_at)
        .bind(e.ended_at)
        .bind(e.ended_by.as_deref());
    Ok(query.execute(tx).await? == 1)
}

/// Stores how far an enrollment has come.
pub async fn update(tx: &mut Tx, e: &Enrollment) -> Result<(), StoreError> {
    let query = q(sql!(
        "update enrollments set status = $3, step = $4, due_at = $5, ended_at = $6, ended_by = $7 where site_id = $1 and id = $2"
    ));
    let query = query.bind(e.site).bind(e.id).bind(e.status.as_str()).bind(number(e.step)).bind(e.due_at);
    exactly_one(query.bind(e.ended_at).bind(e.ended_by.as_deref()).execute(tx).await?)
}

macro_rules! select {
    ($rest:literal) => {
        q(sql!(concat!(
            "select site_id, id, flow_id, revision, customer_id, cause, subject, since, status, step, due_at, enrolled_at,
                    ended_at, ended_by
             from enrollments ",
            $rest
        )))
    };
}

pub async fn by_id(on: impl Into<On<'_>>, site: SiteId, id: Uuid) -> Result<Option<Enrollment>, StoreError> {
    let query = select!("where site_id = $1 and id = $2").bind(site).bind(id);
    query.optional::<EnrollmentRow>(on).await?.map(Enrollment::try_from).transpose()
}

/// A person's, newest first.
pub async fn of_customer(on: impl Into<On<'_>>, site: SiteId, customer: CustomerId) -> Result<Vec<Enrollment>, StoreError> {
    let query = select!("where site_id = $1 and customer_id = $2 order by id desc limit 200").bind(site).bind(customer);
    query.all::<EnrollmentRow>(on).await?.into_iter().map(Enrollment::try_from).collect()
}

/// All of a person's, oldest first.
pub async fn every_of_customer(on: impl Into<On<'_>>, site: SiteId, customer: CustomerId) -> Result<Vec<Enrollment>, StoreError> {
    let query = select!("where site_id = $1 and customer_id = $2 order by id").bind(site).bind(customer);
    query.all::<EnrollmentRow>(on).await?.into_iter().map(Enrollment::try_from).collect()
}

/// A person's in one flow, as the rules of entering look at them.
pub async fn past(on: impl Into<On<'_>>, site: SiteId, flow: FlowId, customer: CustomerId) -> Result<Vec<Past>, StoreError> {
    let query =
        q(sql!("select cause, enrolled_at, status from enrollments where site_id = $1 and flow_id = $2 and customer_id = $3"));
    let rows: Vec<(String, Millis, String)> = query.bind(site).bind(flow).bind(customer).all(on).await?;
    let running = EnrollmentStatus::Running.as_str();
    Ok(rows.into_iter().map(|(cause, entered_at, status)| Past { cause, entered_at, running: status == running }).collect())
}

words! {
    /// What became of a step.
    pub enum StepResult {
        Done = "done",
        Skipped = "skipped",
        Failed = "failed",
        /// Carried out, or not: nobody knows.
        Uncertain = "uncertain",
    }
}

/// A step that is behind somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepRecord {
    pub step: usize,
    pub at: Millis,
    pub result: StepResult,
    /// Why it was skipped, or failed: a stable code.
    pub reason: Option<String>,
    pub message: Option<Uuid>,
}

#[derive(sqlx::FromRow)]
struct StepRow {
    step: i64,
    at: Millis,
    result: String,
    reason: Option<String>,
    message_id: Option<Uuid>,
}

/// Records a step. One that is recorded already is [`StoreError::Duplicate`].
pub async fn record(tx: &mut Tx, site: SiteId, enrollment: Uuid, record: &StepRecord) -> Result<(), StoreError> {
    let query = q(sql!(
        "insert into enrollment_steps (site_id, enrollment_id, step, at, result, reason, message_id)
         values ($1, $2, $3, $4, $5, $6, $7)"
    ));
    let query = query.bind(site).bind(enrollment).bind(number(record.step)).bind(record.at).bind(record.result.as_str());
    exactly_one(query.bind(record.reason.as_deref()).bind(record.message).execute(tx).await?)
}

/// The steps behind an enrollment, in order.
pub async fn steps(on: impl Into<On<'_>>, site: SiteId, enrollment: Uuid) -> Result<Vec<StepRecord>, StoreError> {
    let query = q(sql!(
        "select step, at, result, reason, message_id from enrollment_steps where site_id = $1 and enrollment_id = $2 order by step"
    ));
    let rows: Vec<StepRow> = query.bind(site).bind(enrollment).all(on).await?;
    rows.into_iter()
        .map(|row| {
            let corrupt =
                |column, cause| StoreError::Corrupt { table: "enrollment_steps", column, row: enrollment.to_string(), cause };
            let result = StepResult::parse(&row.result).ok_or_else(|| corrupt("result", row.result.clone()))?;
            let step = usize::try_from(row.step).map_err(|e| corrupt("step", e.to_string()))?;
            Ok(StepRecord { step, at: row.at, result, reason: row.reason, message: row.message_id })
        })
        .collect()
}
