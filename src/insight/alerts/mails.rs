//! Mail that does not go out, and mail that comes back.

use super::{Found, words};
use crate::clock::{DAY, HOUR, Millis};
use crate::domain::alert::level;
use crate::outbound::alert::Alert;
use crate::store::messages::{self, MessageStatus};
use crate::store::sites::Site;
use crate::store::{Db, StoreError, feedback};

const FAILING: &str = "mail.failing";
const BOUNCES: &str = "mail.bounces";
const BLOCKED: &str = "mail.blocked";
const COMPLAINTS: &str = "mail.complaints";
pub const CAUSES: [&str; 4] = [FAILING, BOUNCES, BLOCKED, COMPLAINTS];

/// One reader's opinion is no share.
const LEAST_RETURNED: i64 = 2;

pub async fn look(db: &Db, site: &Site, now: Millis) -> Result<Vec<Found>, StoreError> {
    let mut found = Vec::new();
    found.extend(failing(db, site, now).await?);
    found.extend(returned(db, site, now).await?);
    Ok(found)
}

async fn failing(db: &Db, site: &Site, now: Millis) -> Result<Option<Found>, StoreError> {
    let rules = &site.settings.alerts;
    let in_a_row = i64::from(rules.mails_in_a_row);
    let latest = messages::latest(db, site.id, now - DAY, in_a_row).await?;
    let row_failed = latest.len() as i64 == in_a_row && latest.iter().all(|status| *status == MessageStatus::Failed);
    let outcomes = messages::outcomes(db, site.id, now - HOUR).await?;
    let all: i64 = outcomes.iter().map(|(_, n)| n).sum();
    let failed: i64 = outcomes.iter().filter(|(status, _)| *status == MessageStatus::Failed).map(|(_, n)| n).sum();
    let figures = if row_failed {
        format!("The last {in_a_row} mails were not taken by the mail server.")
    } else if all >= 2 * in_a_row && failed * 100 >= all * i64::from(rules.failed_percent) {
        format!("Of the last hour’s {all} mails {failed} were not taken by the mail server.")
    } else {
        return Ok(None);
    };
    let next = "They are tried again for a while. The outbox shows what the server said; whoever runs Exitpoll can check the \
                connection with “exitpoll doctor”.";
    Ok(Some(Found {
        alert: Alert {
            cause: FAILING,
            subject: "server".to_owned(),
            title: "Mails do not go out".to_owned(),
            detail: format!("{figures} {next}"),
            path: "mail".to_owned(),
        },
        level: level(failed as f64, in_a_row as f64),
    }))
}

async fn returned(db: &Db, site: &Site, now: Millis) -> Result<Vec<Found>, StoreError> {
    let rules = &site.settings.alerts;
    let outcomes = messages::outcomes(db, site.id, now - DAY).await?;
    let left = |status: MessageStatus| !matches!(status, MessageStatus::Captured | MessageStatus::Sending);
    let mails: i64 = outcomes.iter().filter(|(status, _)| left(*status)).map(|(_, n)| n).sum();
    if mails < i64::from(rules.least_mails.max(1)) {
        return Ok(Vec::new());
    }
    let kinds = feedback::kinds(db, site.id, now - DAY).await?;
    let of = |kind: &str| kinds.iter().find(|(found, _)| found == kind).map_or(0, |(_, n)| *n);
    let bounces = f64::from(rules.bounce_percent) / 100.0;
    let all = [
        (
            BOUNCES,
            of("hard_bounce"),
            bounces,
            "Many mails come back",
            "came back because there is no such mailbox",
            "These addresses are not written to again. Look at where they come from: providers take such senders for careless.",
        ),
        (
            BLOCKED,
            of("blocked"),
            bounces,
            "Mails are refused because of their sender",
            "were refused for what the sender is or the mail says",
            "Check that the domain is signed for (DKIM), and consider pausing follow-ups until it is settled.",
        ),
        (
            COMPLAINTS,
            of("complaint"),
            f64::from(rules.complaint_permille) / 1000.0,
            "Readers call the mails spam",
            "were called spam by their readers",
            "Write less often, or only to those who asked for it: beyond 0.3 % providers stop delivering.",
        ),
    ];
    let unusual = |(cause, n, most, title, what, next): (&'static str, i64, f64, &str, &str, &str)| {
        let share = n as f64 / mails as f64;
        (n >= LEAST_RETURNED && share > most).then(|| Found {
            alert: Alert {
                cause,
                subject: "sender".to_owned(),
                title: title.to_owned(),
                detail: format!(
                    "Of the last day’s {mails} mails {n} {what}: {}, where at most {} is usual. {next}",
                    words::percent(share),
                    words::percent(most)
                ),
                path: "mail".to_owned(),
            },
            level: level(share, most),
        })
    };
    Ok(all.into_iter().filter_map(unusual).collect())
}
