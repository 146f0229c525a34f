//! The management interface: for stores' servers, scripts and other services. One resource, one file.
//!
//! Who calls is settled at the [`door`]; each handler demands its scope before it looks at anything else.

mod answer;
mod batch;
mod caller;
mod carts;
mod coupons;
mod customers;
mod docs;
mod door;
mod endpoints;
mod extract;
mod flows;
mod idempotency;
mod moment;
mod openapi;
mod orders;
mod page;
mod reports;
mod responses;
mod schema;
mod shape;
mod site;
mod suppressions;
mod surveys;
mod told;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::boot::App;
use crate::web::error::Problem;

pub use caller::bearer;
pub use docs::page as docs_page;
pub use openapi::json as openapi_json;

/// Every call, with the document that describes it.
fn documented() -> (Router<Arc<App>>, OpenApi) {
    OpenApiRouter::default()
        .routes(routes!(site::get))
        .routes(routes!(carts::list))
        .routes(routes!(carts::get, carts::put))
        .routes(routes!(batch::carts))
        .routes(routes!(orders::list))
        .routes(routes!(orders::get, orders::put))
        .routes(routes!(batch::orders))
        .routes(routes!(customers::list))
        .routes(routes!(customers::get, customers::put, customers::delete))
        .routes(routes!(customers::export))
        .routes(routes!(batch::customers))
        .routes(routes!(surveys::list))
        .routes(routes!(surveys::get, surveys::put))
        .routes(routes!(surveys::publish))
        .routes(routes!(surveys::pause))
        .routes(routes!(surveys::resume))
        .routes(routes!(responses::list))
        .routes(routes!(responses::get))
        .routes(routes!(reports::summary))
        .routes(routes!(flows::list))
        .routes(routes!(flows::get, flows::put))
        .routes(routes!(flows::publish))
        .routes(routes!(flows::pause))
        .routes(routes!(flows::resume))
        .routes(routes!(suppressions::list, suppressions::post))
        .routes(routes!(suppressions::delete))
        .routes(routes!(coupons::list))
        .routes(routes!(coupons::add_codes))
        .routes(routes!(endpoints::list))
        .routes(routes!(endpoints::get, endpoints::put, endpoints::delete))
        .routes(routes!(endpoints::pause))
        .routes(routes!(endpoints::resume))
        .routes(routes!(endpoints::deliveries))
        .routes(routes!(endpoints::replay))
        .split_for_parts()
}

/// Every call, behind the door.
pub fn routes(app: Arc<App>) -> Router<Arc<App>> {
    documented()
        .0
        .method_not_allowed_fallback(wrong_method)
        .route_layer(from_fn_with_state(app, door::enter))
        .layer(DefaultBodyLimit::max(door::MAX_BODY))
}

/// Below `/api/`, where nothing is.
pub async fn not_found(uri: Uri) -> Problem {
    extract::not_found(format!("there is nothing at {}: /api/docs lists what there is", uri.path()))
}

async fn wrong_method(method: Method, uri: Uri) -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", format!("{} takes no {method}", uri.path()))
}
