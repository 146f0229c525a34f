//! Stores: the list, a new one, and the pages about one as a whole.

pub mod audit;
pub mod identity;
pub mod install;
pub mod list;
pub mod new;
pub mod settings;
pub mod shoppers;
pub mod weekly;

use crate::boot::App;

/// Lets this node's pages see a committed change at once. Should it fail, the catalog's next look, a second later, finds it.
pub async fn show_change(app: &App, key: &str) {
    if let Err(e) = app.catalog.refresh(key).await {
        tracing::warn!(error = %e, site = key, "a change will be seen a little later");
    }
}
