//! What follow-ups did, counted over the people who entered in a span of time.

use std::ops::Range;

use uuid::Uuid;

use super::{On, StoreError, q};
use crate::clock::Millis;
use crate::id::{CustomerId, FlowId, SiteId};
use crate::sql;

/// How many stand where, and why those who were stopped were.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Standing {
    /// A word of [`crate::domain::flow::EnrollmentStatus`].
    pub status: String,
    /// A code of [`crate::domain::flow::StopReason`].
    pub ended_by: Option<String>,
    pub n: i64,
}

pub async fn standings(
    on: impl Into<On<'_>>,
    site: SiteId,
    flow: FlowId,
    entered: Range<Millis>,
) -> Result<Vec<Standing>, StoreError> {
    let query = q(sql!(
        "select status, ended_by, count(*) as n from enrollments {by_index:enrollments_by_flow}
         where site_id = $1 and flow_id = $2 and enrolled_at >= $3 and enrolled_at < $4
         group by status, ended_by"
    ));
    query.bind(site).bind(flow).bind(entered.start).bind(entered.end).all(on).await
}

/// What became of one step of one revision.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct StepCount {
    pub revision: i64,
    pub step: i64,
    /// A word of [`super::enrollments::StepResult`].
    pub result: String,
    /// Why it was skipped or failed: a stable code.
    pub reason: Option<String>,
    pub n: i64,
}

pub async fn steps(
    on: impl Into<On<'_>>,
    site: SiteId,
    flow: FlowId,
    entered: Range<Millis>,
) -> Result<Vec<StepCount>, StoreError> {
    // A cross join is carried out in the order it is written in.
    let query = q(sql!(
        "select e.revision, s.step, s.result, s.reason, count(*) as n
         from enrollments e {by_index:enrollments_by_flow} cross join enrollment_steps s
         where e.site_id = $1 and e.flow_id = $2 and e.enrolled_at >= $3 and e.enrolled_at < $4
           and s.site_id = $1 and s.enrollment_id = e.id
         group by e.revision, s.step, s.result, s.reason"
    ));
    query.bind(site).bind(flow).bind(entered.start).bind(entered.end).all(on).await
}

/// The mails of one step of one revision.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct MailCount {
    pub revision: i64,
    pub step: i64,
    /// A word of [`super::messages::MessageStatus`].
    pub status: String,
    /// Whether a mail server took it, or it was captured.
    pub sent: bool,
    pub n: i64,
    /// Those of which a link was followed.
    pub clicked: i64,
}

pub async fn mails(
    on: impl Into<On<'_>>,
    site: SiteId,
    flow: FlowId,
    entered: Range<Millis>,
) -> Result<Vec<MailCount>, StoreError> {
    let query = q(sql!(
        "select e.revision, coalesce(m.step, 0) as step, m.status, m.sent_at is not null as sent, count(*) as n,
                count(m.clicked_at) as clicked
         from enrollments e {by_index:enrollments_by_flow} cross join messages m
         where e.site_id = $1 and e.flow_id = $2 and e.enrolled_at >= $3 and e.enrolled_at < $4
           and m.site_id = $1 and m.enrollment_id = e.id
         group by e.revision, m.step, m.status, m.sent_at is not null"
    ));
    query.bind(site).bind(flow).bind(entered.start).bind(entered.end).all(on).await
}

/// What people ordered after they had entered, each person counted once.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct ArmCount {
    /// In which they first entered.
    pub revision: i64,
    /// Nothing was sent to them: they are who the others are compared with.
    pub withheld: bool,
    pub people: i64,
    /// Those who ordered.
    pub ordered: i64,
    /// What they ordered, minor units, less what was paid back.
    pub value: i64,
    /// The sum of the squares of each person's value.
    pub squares: f64,
}

/// `window`: how long after entering an order counts. Values in other currencies than `currency` are left out.
pub async fn arms(
    on: impl Into<On<'_>>,
    site: SiteId,
    flow: FlowId,
    entered: Range<Millis>,
    window: Millis,
    currency: &str,
) -> Result<Vec<ArmCount>, StoreError> {
    let query = q(sql!(
        "select p.revision, p.sent = 0 as withheld, count(*) as people, count(case when p.orders > 0 then 1 end) as ordered,
                cast(sum(p.value) as bigint) as value, sum(cast(p.value as double precision) * p.value) as squares
         from (
             select e.revision, e.sent,
                    (select count(*) from orders o {by_index:orders_by_customer}
                     where o.site_id = $1 and o.customer_id = e.customer_id and o.at > e.entered_at and o.at <= e.entered_at + $5
                       and o.status = 'placed') as orders,
                    (select cast(coalesce(sum(o.value - o.refunded), 0) as bigint) from orders o {by_index:orders_by_customer}
                     where o.site_id = $1 and o.customer_id = e.customer_id and o.at > e.entered_at and o.at <= e.entered_at + $5
                       and o.status = 'placed' and o.currency = $6) as value
             from (
                 select customer_id, min(revision) as revision, min(enrolled_at) as entered_at,
                        count(case when status <> 'withheld' then 1 end) as sent
                 from enrollments {by_index:enrollments_by_flow}
                 where site_id = $1 and flow_id = $2 and enrolled_at >= $3 and enrolled_at < $4
                 group by customer_id
             ) e
         ) p
         group by p.revision, p.sent = 0"
    ));
    query.bind(site).bind(flow).bind(entered.start).bind(entered.end).bind(window).bind(currency).all(on).await
}

/// One person in a flow.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Walker {
    pub id: Uuid,
    pub customer_id: CustomerId,
    pub email: Option<String>,
    pub name: Option<String>,
    pub revision: i64,
    pub status: String,
    /// The next step, from 0.
    pub step: i64,
    pub due_at: Option<Millis>,
    pub enrolled_at: Millis,
    pub ended_at: Option<Millis>,
    pub ended_by: Option<String>,
}

/// Who entered last.
pub async fn latest(on: impl Into<On<'_>>, site: SiteId, flow: FlowId, limit: i64) -> Result<Vec<Walker>, StoreError> {
    let query = q(sql!(
        "select e.id, e.customer_id, c.email, c.name, e.revision, e.status, e.step, e.due_at, e.enrolled_at, e.ended_at, e.ended_by
         from enrollments e {by_index:enrollments_by_flow} join customers c on c.site_id = e.site_id and c.id = e.customer_id
         where e.site_id = $1 and e.flow_id = $2
         order by e.enrolled_at desc, e.id desc limit $3"
    ));
    query.bind(site).bind(flow).bind(limit).all(on).await
}

/// How many are on the way now, by flow.
pub async fn running(on: impl Into<On<'_>>, site: SiteId) -> Result<Vec<(FlowId, i64)>, StoreError> {
    let query = q(sql!(
        "select flow_id, count(*) from enrollments {by_index:enrollments_running}
         where site_id = $1 and status = 'running' group by flow_id"
    ));
    query.bind(site).all(on).await
}
