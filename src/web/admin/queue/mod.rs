//! `/admin/queue`: the work that is not done in a request, for whoever runs the installation.

pub mod settle;
pub mod show;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::access::CurrentUser;
use super::error::PageError;
use crate::boot::App;

/// Somebody who may see every store. For anybody else the page does not exist.
pub struct OperatorAccess(pub CurrentUser);

impl FromRequestParts<Arc<App>> for OperatorAccess {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, PageError> {
        let current = CurrentUser::from_request_parts(parts, app).await?;
        if current.user.admin { Ok(Self(current)) } else { Err(PageError::NotFound) }
    }
}

/// A kind of job as people say it; one unknown here keeps its name.
fn label(kind: &str) -> &str {
    match kind {
        "cart.deadline" => "Carts that may be abandoned",
        "customers.erase_all" => "Forgetting a store’s people",
        "data.import" => "Import of a file",
        "flow.enter" => "Entering a follow-up",
        "flow.step" => "Step of a follow-up",
        "housekeeping" => "Nightly housekeeping",
        "mail.trial" => "Test mail",
        "repair_rollups" => "Nightly count of results",
        "retention" => "Forgetting old answers",
        "notice" => "Mail to a store’s people",
        "alert.mail" => "Mail of alerts",
        "alerts.watch" => "Looking for faults",
        "alerts.review" => "Looking for what is unusual",
        "weekly_rounds" => "Looking for reports that are due",
        "weekly_report" => "Weekly report",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_name_that_people_understand() {
        for kind in crate::boot::job_kinds() {
            assert_ne!(label(kind), kind);
        }
    }
}
