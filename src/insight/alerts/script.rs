//! Mistakes inside the script on the store's pages: more than usual, or new ones.

use std::collections::BTreeSet;

use super::{Found, zone_of};
use crate::clock::Millis;
use crate::domain::alert::{level, usual_count};
use crate::domain::schedule::local_day;
use crate::outbound::alert::Alert;
use crate::store::sites::Site;
use crate::store::{Db, StoreError, widget_errors};

pub const CAUSE: &str = "script.errors";

/// Days before today; older ones are not kept.
const DAYS: i32 = 28;

pub async fn look(db: &Db, site: &Site, now: Millis) -> Result<Option<Found>, StoreError> {
    let rules = &site.settings.alerts;
    let today = local_day(now, &zone_of(site));
    let counts = widget_errors::by_day(db, site.id, today - DAYS).await?;
    let on = |day: i32| counts.iter().filter(move |(d, ..)| *d == i64::from(day));
    let days: Vec<i64> = (today - DAYS..today).map(|day| on(day).map(|(.., n)| n).sum()).collect();
    let known: BTreeSet<&str> =
        counts.iter().filter(|(day, ..)| *day < i64::from(today)).map(|(_, message, _)| &**message).collect();
    let all: i64 = on(today).map(|(.., n)| n).sum();
    let new: i64 = on(today).filter(|(_, message, _)| !known.contains(&**message)).map(|(.., n)| n).sum();
    let (least, most) = (i64::from(rules.least_errors.max(1)), usual_count(&days, rules.sensitivity.deviations()));
    let figures = if new >= least {
        format!("Today pages reported {all} mistakes, {new} of them of a kind not seen in four weeks.")
    } else if all >= least && all as f64 > most {
        format!("Today pages reported {all} mistakes; on a usual day it is at most {most:.0}.")
    } else {
        return Ok(None);
    };
    Ok(Some(Found {
        alert: Alert {
            cause: CAUSE,
            subject: "script".to_owned(),
            title: "The survey script fails on the store’s pages".to_owned(),
            detail: format!(
                "{figures} Often another script of the page is in the way, or the theme was changed. The list of surveys shows the messages \
                 and where they come from."
            ),
            path: String::new(),
        },
        level: level(all as f64, most.max(least as f64)),
    }))
}
