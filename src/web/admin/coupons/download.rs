//! `GET …/given.csv`: which codes were given, when, and by which survey. Not to whom: the shop's orders know that.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use http_body_util::channel::{Channel, Sender};
use uuid::Uuid;

use super::PoolAccess;
use crate::boot::App;
use crate::domain::table;
use crate::id::{PoolId, SiteId, uuid7_millis};
use crate::store::coupon_claims::{self, Given};
use crate::store::{Db, StoreError, audit};
use crate::web::admin::error::PageError;
use crate::web::admin::format;

/// Rows read at a time.
const PORTION: i64 = 1000;

pub async fn csv(State(app): State<Arc<App>>, access: PoolAccess) -> Result<Response, PageError> {
    let (site, pool) = (access.site.site.id, &access.stocked.pool);
    let mut tx = app.db.begin().await?;
    audit::record(&mut tx, site, access.site.actor(), "coupon.export", &pool.key, app.clock.now()).await?;
    tx.commit().await?;
    let (mut sender, body) = Channel::<bytes::Bytes, StoreError>::new(2);
    let (db, id) = (app.db.clone(), pool.id);
    tokio::spawn(async move {
        if let Err(e) = write(&db, site, id, &mut sender).await {
            tracing::error!(error = %e, "a download of coupons was cut");
            // The connection breaks, so that half a file is not taken for a whole one.
            sender.abort(e);
        }
    });
    let name = format!("attachment; filename=\"{}-given.csv\"", pool.key);
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, &*name)];
    Ok((headers, Body::new(body)).into_response())
}

/// Newest first, in portions. Ends early when nobody reads any more.
async fn write(db: &Db, site: SiteId, pool: PoolId, to: &mut Sender<bytes::Bytes, StoreError>) -> Result<(), StoreError> {
    let (mut before, mut text) = (Uuid::max(), "code,given_at,purpose,survey\r\n".to_owned());
    loop {
        let given = coupon_claims::page(db, site, pool, before, PORTION).await?;
        text.extend(given.iter().map(row));
        if to.send_data(std::mem::take(&mut text).into()).await.is_err() {
            return Ok(());
        }
        match given.last() {
            Some(last) if given.len() as i64 == PORTION => before = last.id,
            _ => return Ok(()),
        }
    }
}

/// A survey's name may begin like a formula.
fn row(given: &Given) -> String {
    let at = uuid7_millis(given.id).map(format::machine).unwrap_or_default();
    let cells = [given.code.as_str(), &at, &given.purpose, given.survey.as_deref().unwrap_or("")];
    table::row(cells)
}
