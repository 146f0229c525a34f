//! Every night: logins that ran out and jobs that are long finished.

use serde::{Deserialize, Serialize};

use super::{Context, Job, JobError, Outcome};
use crate::clock::DAY;
use crate::store::{jobs, sessions};

/// A login ends after this long without use
pub const SESSION_IDLE: i64 = DAY / 2;
/// and at the latest after this long.
pub const SESSION_ABSOLUTE: i64 = 14 * DAY;

#[derive(Serialize, Deserialize)]
pub struct Housekeeping {}

impl Job for Housekeeping {
    const KIND: &'static str = "housekeeping";

    async fn run(self, context: &Context) -> Result<Outcome<Self>, JobError> {
        let now = context.clock.now();
        let mut tx = context.db.begin().await?;
        let logins = sessions::purge(&mut tx, now - SESSION_IDLE, now - SESSION_ABSOLUTE).await?;
        let finished = jobs::purge(&mut tx, now - 3 * DAY, now - 90 * DAY).await?;
        tracing::debug!(logins, jobs = finished, "swept");
        Ok(Outcome::Again(tx, self, now + DAY))
    }
}
