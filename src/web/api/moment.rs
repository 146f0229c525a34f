//! Times as answers write them: RFC 3339, to the millisecond.

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::clock::Millis;

/// A moment, such as `2026-11-24T12:00:00.000Z`.
#[derive(Clone, Copy, ToSchema)]
#[schema(value_type = String, format = DateTime, examples("2026-11-24T12:00:00.000Z"))]
pub struct Moment(pub Millis);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Everything stored is within the range: moments are checked when they come in.
        let at = Timestamp::from_millisecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH);
        serializer.collect_str(&at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"))
    }
}
