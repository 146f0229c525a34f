//! What shops send: the signature is checked on the raw body, and 200 is answered only once it is on disk.

mod delivery;
mod shopify;
mod woocommerce;

pub use shopify::shopify;
pub use woocommerce::woocommerce;
