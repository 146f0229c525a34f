//! `/api/v1/site`: the store that a key is of.

use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Json;
use super::caller::Caller;
use crate::domain::scope::Scope;
use crate::web::error::Problem;

/// A store, and what the key may do in it.
#[derive(Serialize, ToSchema)]
pub struct Site {
    /// Public: what the tag names.
    #[schema(examples("st_0c9kq3v8m2x4t"))]
    key: String,
    name: String,
    /// Whose pages may show its surveys.
    origins: Vec<String>,
    /// IANA name; days in reports begin there.
    #[schema(examples("Europe/Berlin"))]
    time_zone: String,
    /// ISO 4217.
    #[schema(examples("EUR"))]
    currency: String,
    /// What this key may do.
    scopes: Vec<&'static str>,
}

/// The key’s store
///
/// Any key may ask: a good way to see whether it works.
#[utoipa::path(
    get, path = "/api/v1/site", tag = "Store", security(("key" = [])),
    responses((status = 200, description = "The store", body = Site))
)]
pub async fn get(caller: Caller) -> Result<Json<Site>, Problem> {
    let site = &caller.site;
    Ok(Json(Site {
        key: site.key.clone(),
        name: site.name.clone(),
        origins: site.origins.clone(),
        time_zone: site.time_zone.clone(),
        currency: site.currency.clone(),
        scopes: caller.key.scopes.iter().copied().map(Scope::as_str).collect(),
    }))
}
