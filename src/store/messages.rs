//! Mail. A row exists before its mail is handed over, so that a crash in between is seen.

use std::ops::Range;

use uuid::Uuid;

use super::{On, StoreError, Tx, exactly_one, q};
use crate::clock::Millis;
use crate::domain::words::words;
use crate::id::{CustomerId, SiteId};
use crate::sql;

words! {
    /// What became of a mail.
    pub enum MessageStatus {
        /// About to be handed over, or lost in the midst of it.
        Sending = "sending",
        Sent = "sent",
        /// There is no mail server: it is kept.
        Captured = "captured",
        /// Not taken. It may be tried again as long as its step is not recorded.
        Failed = "failed",
        /// It may have been sent: never tried again.
        Uncertain = "uncertain",
        Bounced = "bounced",
        Complained = "complained",
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub site: SiteId,
    /// Its digits are the Message-ID's local part.
    pub id: Uuid,
    pub customer: Option<CustomerId>,
    pub enrollment: Option<Uuid>,
    pub step: Option<i64>,
    /// The template's key.
    pub template: String,
    pub recipient: String,
    pub subject: String,
    pub status: MessageStatus,
    /// In the mail server's words.
    pub detail: Option<String>,
    /// The whole mail, where it was captured.
    pub raw: Option<String>,
    /// Begun so far.
    pub tries: i64,
    pub created_at: Millis,
    pub sent_at: Option<Millis>,
    /// When a link in it was first followed.
    pub clicked_at: Option<Millis>,
}

#[derive(sqlx::FromRow)]
struct MessageRow {
    site_id: SiteId,
    id: Uuid,
    customer_id: Option<CustomerId>,
    enrollment_id: Option<Uuid>,
    step: Option<i64>,
    template: String,
    recipient: String,
    subject: String,
    status: String,
    detail: Option<String>,
    raw: Option<String>,
    tries: i64,
    created_at: Millis,
    sent_at: Option<Millis>,
    clicked_at: Option<Millis>,
}

impl TryFrom<MessageRow> for Message {
    type Error = StoreError;
    fn try_from(row: MessageRow) -> Result<Self, StoreError> {
        let status = MessageStatus::parse(&row.status).ok_or_else(|| StoreError::Corrupt {
            table: "messages",
            column: "status",
            row: row.id.to_string(),
            cause: row.status.clone(),
        })?;
        Ok(Self {
            site: row.site_id,
            id: row.id,
            customer: row.customer_id,
            enrollment: row.enrollment_id,
            step: row.step,
            template: row.template,
            recipient: row.recipient,
            subject: row.subject,
            status,
            detail: row.detail,
            raw: row.raw,
            tries: row.tries,
            created_at: row.created_at,
            sent_at: row.sent_at,
            clicked_at: row.clicked_at,
        })
    }
}

/// Stores a mail, or, where it is tried once more, what is new about it.
pub async fn put(tx: &mut Tx, m: &Message) -> Result<(), StoreError> {
    let query = q(sql!(
        "insert into messages (site_id, id, customer_id, enrollment_id, step, template, recipient, subject, status, detail, raw,
                               tries, created_at, sent_at, clicked_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         on conflict (site_id, id) do update set
             recipient = excluded.recipient, subject = excluded.subject, status = excluded.status, detail = excluded.detail,
             raw = excluded.raw, tries = excluded.tries, sent_at = excluded.sent_at"
    ));
    let query = query
        .bind(m.site)
        .bind(m.id)
        .bind(m.customer)
        .bind(m.enrollment)
        .bind(m.step)
        .bind(&*m.template)
        .bind(&*m.recipient)
        .bind(&*m.subject)
        .bind(m.status.as_str())
        .bind(m.detail.as_deref())
        .bind(m.raw.as_deref())
        .bind(m.tries)
        .bind(m.created_at)
        .bind(m.sent_at)
        .bind(m.clicked_at);
    exactly_one(query.execute(tx).await?)
}

macro_rules! select {
    ($rest:literal) => {
        q(sql!(concat!(
            "select site_id, id, customer_id, enrollment_id, step, template, recipient, subject, status, detail, raw, tries,
                    created_at, sent_at, clicked_at
             from messages ",
            $rest
        )))
    };
}

pub async fn by_id(on: impl Into<On<'_>>, site: SiteId, id: Uuid) -> Result<Option<Message>, StoreError> {
    let query = select!("where site_id = $1 and id = $2").bind(site).bind(id);
    query.optional::<MessageRow>(on).await?.map(Message::try_from).transpose()
}

/// The newest first.
pub async fn recent(on: impl Into<On<'_>>, site: SiteId, limit: i64) -> Result<Vec<Message>, StoreError> {
    let query = select!("where site_id = $1 order by created_at desc, id limit $2").bind(site).bind(limit);
    query.all::<MessageRow>(on).await?.into_iter().map(Message::try_from).collect()
}

/// A person's, newest first.
pub async fn of_customer(
    on: impl Into<On<'_>>,
    site: SiteId,
    customer: CustomerId,
    limit: i64,
) -> Result<Vec<Message>, StoreError> {
    let query = select!(
        "{by_index:messages_by_customer} where site_id = $1 and customer_id = $2 order by created_at desc, id desc limit $3"
    );
    let query = query.bind(site).bind(customer).bind(limit);
    query.all::<MessageRow>(on).await?.into_iter().map(Message::try_from).collect()
}

/// All of a person's, oldest first.
pub async fn every_of_customer(on: impl Into<On<'_>>, site: SiteId, customer: CustomerId) -> Result<Vec<Message>, StoreError> {
    let query = select!("where site_id = $1 and customer_id = $2 order by created_at, id").bind(site).bind(customer);
    query.all::<MessageRow>(on).await?.into_iter().map(Message::try_from).collect()
}

/// A place in the outbox: a mail's moment and its id.
pub type Place = (Millis, Uuid);

/// After the last of all mails: the newest come first.
pub const TOP: Place = (Millis::MAX, Uuid::max());

/// From the newest to the oldest, those behind `before` only.
pub async fn page(on: impl Into<On<'_>>, site: SiteId, before: Place, limit: i64) -> Result<Vec<Message>, StoreError> {
    let query = select!("where site_id = $1 and (created_at, id) < ($2, $3) order by created_at desc, id desc limit $4");
    let query = query.bind(site).bind(before.0).bind(before.1).bind(limit);
    query.all::<MessageRow>(on).await?.into_iter().map(Message::try_from).collect()
}

/// The same of one status.
pub async fn page_of(
    on: impl Into<On<'_>>,
    site: SiteId,
    status: MessageStatus,
    before: Place,
    limit: i64,
) -> Result<Vec<Message>, StoreError> {
    let query = select!(
        "{by_index:messages_by_status} where site_id = $1 and status = $2 and (created_at, id) < ($3, $4)
         order by created_at desc, id desc limit $5"
    );
    let query = query.bind(site).bind(status.as_str()).bind(before.0).bind(before.1).bind(limit);
    query.all::<MessageRow>(on).await?.into_iter().map(Message::try_from).collect()
}

/// The same of which a link was followed.
pub async fn page_clicked(on: impl Into<On<'_>>, site: SiteId, before: Place, limit: i64) -> Result<Vec<Message>, StoreError> {
    let query = select!(
        "{by_index:messages_clicked} where site_id = $1 and clicked_at is not null and (created_at, id) < ($2, $3)
         order by created_at desc, id desc limit $4"
    );
    let query = query.bind(site).bind(before.0).bind(before.1).bind(limit);
    query.all::<MessageRow>(on).await?.into_iter().map(Message::try_from).collect()
}

/// Mails of follow-ups since a moment.
pub async fn count(on: impl Into<On<'_>>, site: SiteId, from: Millis) -> Result<i64, StoreError> {
    let query = q(sql!(
        "select count(*) as n from messages {by_index:messages_by_time}
         where site_id = $1 and created_at >= $2 and enrollment_id is not null"
    ));
    let (n,): (i64,) = query.bind(site).bind(from).one(on).await?;
    Ok(n)
}

/// Mails of follow-ups that were written in a span of time and sent.
pub async fn sent(on: impl Into<On<'_>>, site: SiteId, written: Range<Millis>) -> Result<i64, StoreError> {
    let query = q(sql!(
        "select count(*) as n from messages {by_index:messages_by_time}
         where site_id = $1 and created_at >= $2 and created_at < $3 and enrollment_id is not null and sent_at is not null"
    ));
    let (n,): (i64,) = query.bind(site).bind(written.start).bind(written.end).one(on).await?;
    Ok(n)
}

/// What became of the latest mails since a moment, the newest first.
pub async fn latest(on: impl Into<On<'_>>, site: SiteId, from: Millis, limit: i64) -> Result<Vec<MessageStatus>, StoreError> {
    let query = q(sql!(
        "select status from messages {by_index:messages_by_time}
         where site_id = $1 and created_at >= $2 order by created_at desc limit $3"
    ));
    let rows: Vec<(String,)> = query.bind(site).bind(from).bind(limit).all(on).await?;
    Ok(rows.into_iter().filter_map(|(word,)| MessageStatus::parse(&word)).collect())
}

/// How many mails since a moment became what.
pub async fn outcomes(on: impl Into<On<'_>>, site: SiteId, from: Millis) -> Result<Vec<(MessageStatus, i64)>, StoreError> {
    let query = q(sql!(
        "select status, count(*) from messages {by_index:messages_by_time}
         where site_id = $1 and created_at >= $2 group by status"
    ));
    let rows: Vec<(String, i64)> = query.bind(site).bind(from).all(on).await?;
    Ok(rows.into_iter().filter_map(|(word, n)| Some((MessageStatus::parse(&word)?, n))).collect())
}

/// Takes note that a mail came back, unless it is still on its way out; of several the complaint is kept.
pub async fn returned(tx: &mut Tx, site: SiteId, id: Uuid, status: MessageStatus, detail: &str) -> Result<(), StoreError> {
    let query = q(sql!(
        "update messages set status = $3, detail = $4 where site_id = $1 and id = $2 and status not in ('sending', 'complained')"
    ));
    query.bind(site).bind(id).bind(status.as_str()).bind(detail).execute(tx).await?;
    Ok(())
}

/// When a person was sent mails from a moment on; those that may have been sent count.
pub async fn times(on: impl Into<On<'_>>, site: SiteId, customer: CustomerId, from: Millis) -> Result<Vec<Millis>, StoreError> {
    let query = q(sql!(
        "select coalesce(sent_at, created_at) as at from messages {by_index:messages_by_customer}
         where site_id = $1 and customer_id = $2 and created_at >= $3 and status <> 'failed'"
    ));
    let rows: Vec<(Millis,)> = query.bind(site).bind(customer).bind(from).all(on).await?;
    Ok(rows.into_iter().map(|(at,)| at).collect())
}

/// Takes note that a link in a mail was followed.
pub async fn clicked(tx: &mut Tx, site: SiteId, id: Uuid, at: Millis) -> Result<(), StoreError> {
    let query = q(sql!("update messages set clicked_at = $3 where site_id = $1 and id = $2 and clicked_at is null"));
    query.bind(site).bind(id).bind(at).execute(tx).await?;
    Ok(())
}
