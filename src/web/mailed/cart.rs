//! `/r/{token}`: back to the cart.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::page::Page;
use crate::boot::App;
use crate::flows::{self, Link, Purpose};
use crate::web::error::Problem;

pub async fn follow(State(app): State<Arc<App>>, Path(token): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let Some(link) = Link::open(&token, Purpose::Cart, &app.sender.keys.link) else { return Ok(Page::broken(&headers)) };
    let Some(to) = flows::back(&app.db, &link, app.clock.now()).await? else { return Ok(Page::broken(&headers)) };
    let headers =
        [(header::LOCATION, to.as_str()), (header::CACHE_CONTROL, "no-store"), (header::REFERRER_POLICY, "no-referrer")];
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}
