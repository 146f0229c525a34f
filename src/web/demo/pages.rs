//! The toy store's pages. Cart and orders live in the browser, so the server only shows what is for sale.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{any, get};

use super::catalog::{self, CATEGORIES, Category, Product};
use super::clock::ClockBar;
use crate::boot::App;
use crate::demo::SITE_KEY;

/// What every page needs.
struct Shop {
    site_key: &'static str,
    categories: &'static [Category],
    clock: ClockBar,
}

impl FromRequestParts<Arc<App>> for Shop {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, StatusCode> {
        Ok(Self { site_key: SITE_KEY, categories: &CATEGORIES, clock: ClockBar::from_request_parts(parts, app).await? })
    }
}

/// The store's routes, all below `/demo`, with the tag of the demo's site on every page.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/demo", get(|| async { Redirect::permanent("/demo/") }))
        .route("/demo/", get(home))
        .route("/demo/c/{category}", get(listing))
        .route("/demo/p/{slug}", get(product))
        .route("/demo/cart", get(cart))
        .route("/demo/checkout", get(checkout))
        .route("/demo/order/thanks", get(thanks))
        .route("/demo/{*rest}", any(missing))
}

#[derive(Template)]
#[template(path = "demo/home.html")]
struct Home {
    shop: Shop,
    loved: Vec<&'static Product>,
}

async fn home(shop: Shop) -> Response {
    let loved = catalog::products().iter().filter(|product| product.loved).collect();
    page(Home { shop, loved })
}

#[derive(Template)]
#[template(path = "demo/listing.html")]
struct Listing {
    shop: Shop,
    category: &'static Category,
    products: Vec<&'static Product>,
}

async fn listing(shop: Shop, Path(slug): Path<String>) -> Response {
    match catalog::category(&slug) {
        Some(category) => page(Listing { shop, category, products: catalog::in_category(&slug).collect() }),
        None => missing(shop).await,
    }
}

#[derive(Template)]
#[template(path = "demo/product.html")]
struct ProductPage {
    shop: Shop,
    product: &'static Product,
    category: &'static Category,
    others: Vec<&'static Product>,
}

async fn product(shop: Shop, Path(slug): Path<String>) -> Response {
    let found = catalog::product(&slug).and_then(|product| Some((product, catalog::category(product.category)?)));
    let Some((product, category)) = found else {
        return missing(shop).await;
    };
    let same_shelf = catalog::in_category(category.slug).filter(|other| other.slug != slug);
    let elsewhere = catalog::products().iter().filter(|other| other.category != category.slug && other.loved);
    let others = same_shelf.chain(elsewhere).take(4).collect();
    page(ProductPage { shop, product, category, others })
}

#[derive(Template)]
#[template(path = "demo/cart.html")]
struct Cart {
    shop: Shop,
    products: &'static [Product],
}

async fn cart(shop: Shop) -> Response {
    page(Cart { shop, products: catalog::products() })
}

#[derive(Template)]
#[template(path = "demo/checkout.html")]
struct Checkout {
    shop: Shop,
}

async fn checkout(shop: Shop) -> Response {
    page(Checkout { shop })
}

#[derive(Template)]
#[template(path = "demo/thanks.html")]
struct Thanks {
    shop: Shop,
}

async fn thanks(shop: Shop) -> Response {
    page(Thanks { shop })
}

#[derive(Template)]
#[template(path = "demo/not_found.html")]
struct NotFound {
    shop: Shop,
}

async fn missing(shop: Shop) -> Response {
    (StatusCode::NOT_FOUND, page(NotFound { shop })).into_response()
}

fn page(template: impl Template) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page of the demo store could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
