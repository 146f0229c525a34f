//! Sites: one store each.

use serde_json::json;
use sqlx::types::Json;

use super::{Db, On, StoreError, Tx, exactly_one, q};
use crate::clock::Millis;
use crate::domain::site::Settings;
use crate::id::{SiteId, UserId};
use crate::sql;

#[derive(Clone, Debug)]
pub struct Site {
    pub id: SiteId,
    /// Public: `st_…`.
    pub key: String,
    pub name: String,
    /// Origins whose pages may speak for this site; `*` in place of the first label allows every subdomain.
    pub origins: Vec<String>,
    /// IANA name.
    pub time_zone: String,
    /// ISO 4217.
    pub currency: String,
    pub settings: Settings,
    /// Grows with every change that a page must see.
    pub version: i64,
}

#[derive(sqlx::FromRow)]
struct SiteRow {
    id: SiteId,
    key: String,
    name: String,
    origins: Json<Vec<String>>,
    time_zone: String,
    currency: String,
    settings: Json<serde_json::Value>,
    version: i64,
}

impl TryFrom<SiteRow> for Site {
    type Error = StoreError;
    fn try_from(row: SiteRow) -> Result<Self, StoreError> {
        let settings = serde_json::from_value(row.settings.0).map_err(|e| StoreError::Corrupt {
            table: "sites",
            column: "settings",
            row: row.id.to_string(),
            cause: e.to_string(),
        })?;
        Ok(Self {
            id: row.id,
            key: row.key,
            name: row.name,
            origins: row.origins.0,
            time_zone: row.time_zone,
            currency: row.currency,
            settings,
            version: row.version,
        })
    }
}

fn settings_json(settings: &Settings) -> serde_json::Value {
    // A struct of plain values: it cannot fail to become JSON.
    serde_json::to_value(settings).expect("plain values")
}

/// A new site; its key must be new too.
pub async fn insert(tx: &mut Tx, site: &Site, now: Millis) -> Result<(), StoreError> {
    let query = q(sql!(
        "insert into sites (id, key, name, origins, time_zone, currency, settings, version, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    ));
    let rows = query
        .bind(site.id)
        .bind(&*site.key)
        .bind(&*site.name)
        .bind(json!(site.origins))
        .bind(&*site.time_zone)
        .bind(&*site.currency)
        .bind(settings_json(&site.settings))
        .bind(site.version)
        .bind(now)
        .execute(tx)
        .await?;
    exactly_one(rows)
}

/// Stores everything but id and key, and makes pages look again.
pub async fn update(tx: &mut Tx, site: &Site) -> Result<(), StoreError> {
    let query = q(sql!(
        "update sites set name = $2, origins = $3, time_zone = $4, currency = $5, settings = $6, version = version + 1
         where id = $1"
    ));
    let rows = query
        .bind(site.id)
        .bind(&*site.name)
        .bind(json!(site.origins))
        .bind(&*site.time_zone)
        .bind(&*site.currency)
        .bind(settings_json(&site.settings))
        .execute(tx)
        .await?;
    exactly_one(rows)
}

/// Makes every node load the site's live surveys again.
pub async fn touch(tx: &mut Tx, site: SiteId) -> Result<(), StoreError> {
    exactly_one(q(sql!("update sites set version = version + 1 where id = $1")).bind(site).execute(tx).await?)
}

pub async fn by_key(on: impl Into<On<'_>>, key: &str) -> Result<Option<Site>, StoreError> {
    let query = q(sql!("select id, key, name, origins, time_zone, currency, settings, version from sites where key = $1"));
    query.bind(key).optional::<SiteRow>(on).await?.map(Site::try_from).transpose()
}

pub async fn by_id(on: impl Into<On<'_>>, id: SiteId) -> Result<Option<Site>, StoreError> {
    let query = q(sql!("select id, key, name, origins, time_zone, currency, settings, version from sites where id = $1"));
    query.bind(id).optional::<SiteRow>(on).await?.map(Site::try_from).transpose()
}

/// The sites a person may see, by name; `None` means all of them.
pub async fn visible_to(on: impl Into<On<'_>>, user: Option<UserId>) -> Result<Vec<Site>, StoreError> {
    let query = q(sql!(
        "select id, key, name, origins, time_zone, currency, settings, version from sites
         where cast($1 as bigint) is null or id in (select site_id from memberships where user_id = $1)
         order by name, id"
    ));
    query.bind(user).all::<SiteRow>(on).await?.into_iter().map(Site::try_from).collect()
}

/// What every node compares with what it has in memory.
pub async fn versions(db: &Db) -> Result<Vec<(SiteId, i64)>, StoreError> {
    q(sql!("select id, version from sites")).all(db).await
}

pub async fn add_member(tx: &mut Tx, site: SiteId, user: UserId) -> Result<(), StoreError> {
    q(sql!("insert into memberships (site_id, user_id) values ($1, $2) on conflict (site_id, user_id) do nothing"))
        .bind(site)
        .bind(user)
        .execute(tx)
        .await?;
    Ok(())
}
