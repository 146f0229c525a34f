//! Forgetting one person: each table that knew them, and what stays of its rows. What reports count stays; who it was does not.

use uuid::Uuid;

use super::{Sql, StoreError, Tx, exactly_one, q, responses};
use crate::clock::Millis;
use crate::domain::coupon::Purpose;
use crate::id::{CustomerId, SiteId, uuid7};
use crate::sql;

/// Cuts all browsers of a person loose, each as a stranger of its own.
pub async fn visitors(tx: &mut Tx, site: SiteId, customer: CustomerId, now: Millis) -> Result<(), StoreError> {
    loop {
        let query = q(sql!("select visitor from visitors where site_id = $1 and customer_id = $2 limit 100"));
        let portion: Vec<(Uuid,)> = query.bind(site).bind(customer).all(&mut *tx).await?;
        if portion.is_empty() {
            return Ok(());
        }
        for (found,) in portion {
            visitor(tx, site, found, uuid7(now)).await?;
        }
    }
}

/// Cuts a browser loose. Its shows and answers become those of `stranger`, without texts and without what could lead back: order,
/// session and page. Its carts, orders and coupons become nobody's, its events are gone.
async fn visitor(tx: &mut Tx, site: SiteId, visitor: Uuid, stranger: Uuid) -> Result<(), StoreError> {
    // Impressions first, in order: writers of answers take these locks the same way.
    let query = q(sql!(
        "select id, answers from impressions {by_index:impressions_by_visitor} where site_id = $1 and visitor = $2
         order by id {for_update:impressions}"
    ));
    let shows: Vec<(Uuid, Option<String>)> = query.bind(site).bind(visitor).all(&mut *tx).await?;
    for (id, stored) in shows {
        if let Some(left) = responses::without_texts(site, id, stored.as_deref())? {
            let query = q(sql!("update impressions set answers = $3 where site_id = $1 and id = $2"));
            query.bind(site).bind(id).bind(left).execute(&mut *tx).await?;
        }
    }
    let query = q(sql!(
        "update impressions {by_index:impressions_by_visitor} set visitor = $3, session = 0, order_id = null, page = null where site_id = $1 and visitor = $2"
    ));
    query.bind(site).bind(visitor).bind(stranger).execute(&mut *tx).await?;
    let every: [&'static Sql; 5] = [
        sql!("update carts set visitor = null where site_id = $1 and visitor = $2"),
        sql!("update orders set visitor = null where site_id = $1 and visitor = $2"),
        sql!("delete from custom_events where site_id = $1 and visitor = $2"),
        // What was or would be told other services of it, with what they answered.
        sql!("delete from outbound_events where site_id = $1 and visitor = $2"),
        sql!("delete from visitors where site_id = $1 and visitor = $2"),
    ];
    for statement in every {
        q(statement).bind(site).bind(visitor).execute(&mut *tx).await?;
    }
    forget_claimant(tx, site, Purpose::Survey, visitor).await
}

/// A code stays given; to whom is forgotten.
async fn forget_claimant(tx: &mut Tx, site: SiteId, purpose: Purpose, claimant: Uuid) -> Result<(), StoreError> {
    // As claimants are named by those who give: a visitor without dashes, an enrollment with them.
    let name = match purpose {
        Purpose::Survey => claimant.simple().to_string(),
        Purpose::Mail => claimant.to_string(),
    };
    let query = q(sql!(
        "update coupon_claims {by_index:coupon_claims_by_person} set claimant = null
         where site_id = $1 and purpose = $2 and claimant = $3"
    ));
    query.bind(site).bind(purpose.as_str()).bind(name).execute(tx).await.map(drop)
}

/// Every address that a person's mails went to.
pub async fn recipients(tx: &mut Tx, site: SiteId, customer: CustomerId) -> Result<Vec<String>, StoreError> {
    let query = q(sql!("select distinct recipient from messages where site_id = $1 and customer_id = $2"));
    let rows: Vec<(String,)> = query.bind(site).bind(customer).all(tx).await?;
    Ok(rows.into_iter().map(|(recipient,)| recipient).collect())
}

/// Takes an address out of carts and orders, whosever they are, and deletes the mails sent to it.
pub async fn address(tx: &mut Tx, site: SiteId, email: &str) -> Result<(), StoreError> {
    let every: [&'static Sql; 3] = [
        sql!("update carts set email = null, checkout_url = null where site_id = $1 and email = $2"),
        sql!("update orders set email = null where site_id = $1 and email = $2"),
        sql!("delete from messages where site_id = $1 and recipient = $2"),
    ];
    for statement in every {
        q(statement).bind(site).bind(email).execute(&mut *tx).await?;
    }
    Ok(())
}

/// Deletes a person, with their consents, their ties to browsers, their way through flows, and the mails sent to them. Their carts
/// and orders stay as the store's books, as nobody's.
pub async fn customer(tx: &mut Tx, site: SiteId, customer: CustomerId) -> Result<(), StoreError> {
    let enrollments = q(sql!("select id from enrollments where site_id = $1 and customer_id = $2"));
    for (enrollment,) in enrollments.bind(site).bind(customer).all::<(Uuid,)>(&mut *tx).await? {
        forget_claimant(tx, site, Purpose::Mail, enrollment).await?;
    }
    let every: [&'static Sql; 4] = [
        sql!(
            "update carts set visitor = null, customer_id = null, email = null, checkout_url = null
             where site_id = $1 and customer_id = $2"
        ),
        sql!("update orders set visitor = null, customer_id = null, email = null where site_id = $1 and customer_id = $2"),
        sql!("delete from messages where site_id = $1 and customer_id = $2"),
        sql!("delete from outbound_events where site_id = $1 and customer_id = $2"),
    ];
    for statement in every {
        q(statement).bind(site).bind(customer).execute(&mut *tx).await?;
    }
    exactly_one(q(sql!("delete from customers where site_id = $1 and id = $2")).bind(site).bind(customer).execute(tx).await?)
}
