//! `/admin/{site}/audit`: who did what.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::boot::App;
use crate::store::audit;
use crate::web::admin::access::SiteAccess;
use crate::web::admin::error::PageError;
use crate::web::admin::format;
use crate::web::admin::page::{Page, Tab, render};

/// Entries on the page.
const SHOWN: i64 = 200;

#[derive(Template)]
#[template(path = "admin/sites/audit.html")]
struct AuditPage {
    page: Page,
    lines: Vec<Line>,
    zone: String,
    shown: i64,
}

struct Line {
    at: String,
    datetime: String,
    actor: String,
    action: String,
    subject: String,
}

pub async fn show(State(app): State<Arc<App>>, access: SiteAccess) -> Result<Response, PageError> {
    let zone = access.zone();
    let line = |entry: audit::Entry| Line {
        at: format::moment(entry.at, &zone),
        datetime: format::machine(entry.at),
        action: words(&entry.action),
        actor: entry.actor,
        subject: entry.subject,
    };
    let lines = audit::recent(&app.db, access.site.id, SHOWN).await?.into_iter().map(line).collect();
    render(AuditPage { page: access.page(Tab::Log), lines, zone: access.site.time_zone, shown: SHOWN })
}

/// `survey.publish` as a store owner says it; an action unknown here keeps its name.
fn words(action: &str) -> String {
    let known = match action {
        "site.create" => "Created the store",
        "site.update" => "Changed the settings",
        "survey.create" => "Created a survey",
        "survey.save" => "Saved a draft",
        "survey.publish" => "Published a survey",
        "survey.pause" => "Paused a survey",
        "survey.resume" => "Resumed a survey",
        "flow.create" => "Created a follow-up",
        "flow.save" => "Saved a follow-up’s draft",
        "flow.publish" => "Published a follow-up",
        "flow.pause" => "Paused a follow-up",
        "flow.resume" => "Resumed a follow-up",
        "coupon.create" => "Created a coupon pool",
        "coupon.update" => "Changed a coupon pool",
        "coupon.retire" => "Retired a coupon pool",
        "coupon.restore" => "Brought back a coupon pool",
        "coupon.add" => "Added coupon codes",
        "coupon.drop" => "Took out a coupon code",
        "coupon.export" => "Downloaded given coupon codes",
        "shop.connect" => "Connected a shop",
        "shop.secret" => "Changed a shop’s secret",
        "shop.old_secret" => "Ended the use of a shop’s old secret",
        "shop.disconnect" => "Disconnected a shop",
        "shop.redact" => "The shop asked that everybody be forgotten",
        "customer.erase" => "Forgot a person",
        "customer.export" => "Downloaded what is held about a person",
        "privacy.answer" => "Answered a privacy request",
        "api_key.create" => "Made an API key",
        "api_key.revoke" => "Revoked an API key",
        "suppression.add" => "Added an address not to be mailed",
        "suppression.remove" => "Took an address off “Do not mail”",
        "suppression.import" => "Imported addresses not to be mailed",
        "suppression.export" => "Downloaded “Do not mail”",
        "service.connect" => "Connected a service",
        "service.update" => "Changed a service",
        "service.map" => "Changed where answers go",
        "alert.settings" => "Changed the alert settings",
        "alert.mute" => "Muted an alert",
        "alert.unmute" => "Ended the mute of an alert",
        "alert.test" => "Sent a test alert",
        "webhook.create" => "Created a webhook",
        "webhook.update" => "Changed a webhook",
        "webhook.rotate" => "Made a new secret for a webhook",
        "webhook.resume" => "Let a webhook go on",
        "webhook.pause" => "Paused a webhook",
        "webhook.disable" => "Switched off a webhook",
        "webhook.switch_off" => "Webhook switched off by itself",
        "webhook.delete" => "Deleted a webhook",
        "webhook.test" => "Sent a test to a webhook",
        "webhook.replay" => "Sent webhooks again",
        "job.retry" => "Let given-up work be tried again",
        "job.discard" => "Discarded given-up work",
        "weekly.update" => "Changed the weekly report",
        "weekly.send" => "Had the weekly report sent to themselves",
        other => other,
    };
    known.to_owned()
}
