//! Lists: a page of them, and the cursor that leads to the next.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::clock::Millis;
use crate::web::error::Problem;

const DEFAULT_LIMIT: i64 = 50;
pub const MAX_LIMIT: i64 = 200;

/// One page of a list, newest first.
#[derive(Serialize, ToSchema)]
pub struct Page<T> {
    pub data: Vec<T>,
    /// `after` of the next page; `null` on the last one.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Of up to one row more than `limit`: whether there is one more says whether there is another page.
    pub fn new<R>(mut rows: Vec<R>, limit: i64, cursor: impl Fn(&R) -> String, show: impl FnMut(R) -> T) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| BASE64_URL_SAFE_NO_PAD.encode(cursor(row)));
        Self { data: rows.into_iter().map(show).collect(), next }
    }
}

/// Where a page begins and how long it is.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// `next` of the page before.
    after: Option<String>,
    /// How many, 1 to 200; 50 unless told otherwise.
    limit: Option<i64>,
}

impl Paging {
    pub fn limit(&self) -> Result<i64, Problem> {
        match self.limit.unwrap_or(DEFAULT_LIMIT) {
            limit @ 1..=MAX_LIMIT => Ok(limit),
            limit => {
                Err(Problem::bad_request("bad_query", format!("limit: {limit} should be a whole number from 1 to {MAX_LIMIT}")))
            }
        }
    }

    /// What the cursor holds; `None` for the first page.
    pub fn after<T>(&self, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Problem> {
        let Some(after) = &self.after else { return Ok(None) };
        let text = BASE64_URL_SAFE_NO_PAD.decode(after).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let found = text.filter(|text| !text.contains('\0')).and_then(|text| read(&text));
        let refusal = || Problem::bad_request("bad_query", "after: this is not the \"next\" of a page");
        found.map(Some).ok_or_else(refusal)
    }
}

/// A moment and a name: what is behind both comes next.
pub fn moment_and_name(text: &str) -> Option<(Millis, String)> {
    let (at, name) = text.split_once(' ')?;
    Some((at.parse().ok()?, name.to_owned()))
}
