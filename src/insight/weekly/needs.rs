//! What somebody should look at.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::surveys::SurveyWeek;
use crate::clock::Millis;
use crate::domain::survey::Kind;
use crate::domain::webhook::EndpointStatus;
use crate::store::sites::Site;
use crate::store::surveys::{self, Status};
use crate::store::{Db, StoreError, endpoints, privacy_requests};

/// Names in one sentence.
const NAMED: usize = 3;

pub struct Need {
    pub sentence: String,
    /// Where to look, after `/admin/{site}/`.
    pub path: String,
}

pub async fn load(db: &Db, site: &Site, shown: &[SurveyWeek], zone: &TimeZone) -> Result<Vec<Need>, StoreError> {
    let mut needs = Vec::new();
    let mut tell = |sentence, path| needs.push(Need { sentence, path });
    if let (n @ 1.., due) = privacy_requests::open(db, site.id).await? {
        let people = if n == 1 { "1 person waits".into() } else { format!("{n} people wait") };
        let due = due.map(|at| format!(", due by {}", date(at, zone))).unwrap_or_default();
        tell(format!("{people} for an answer about their data{due}."), "connections/privacy".into());
    }
    for endpoint in endpoints::list(db, site.id).await? {
        let what = match (endpoint.status, endpoint.failing_since) {
            (EndpointStatus::Disabled, _) if endpoint.reason.is_some() => "was switched off, for it did not answer".to_owned(),
            (EndpointStatus::Active, Some(since)) => format!("has failed since {}", date(since, zone)),
            _ => continue,
        };
        tell(format!("The webhook “{}” {what}.", endpoint.name), format!("connections/webhooks/{}", endpoint.id));
    }
    for survey in shown.iter().filter(|s| s.live && s.shown[0] == 0 && s.kind != Kind::Link.as_str()) {
        let sentence = format!("The survey “{}” is live, but nobody saw it.", survey.name);
        tell(sentence, format!("surveys/{}/why", survey.id));
    }
    let all = surveys::list(db, site.id).await?;
    let paused: Vec<_> = all.iter().filter(|survey| survey.status == Status::Paused).collect();
    let names: Vec<_> = paused.iter().map(|survey| &*survey.name).collect();
    match &paused[..] {
        [] => {}
        [one] => tell(format!("The survey “{}” is paused.", one.name), format!("surveys/{}", one.id)),
        many => tell(format!("{} surveys are paused: {}.", many.len(), listed(&names)), String::new()),
    }
    Ok(needs)
}

/// `“A”, “B” and 3 more`.
fn listed(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("“{name}”")).collect();
    match quoted.split_at(quoted.len().min(NAMED)) {
        (named, []) => match named.split_last() {
            Some((last, rest @ [_, ..])) => format!("{} and {last}", rest.join(", ")),
            _ => named.concat(),
        },
        (named, more) => format!("{} and {} more", named.join(", "), more.len()),
    }
}

fn date(at: Millis, zone: &TimeZone) -> String {
    Timestamp::from_millisecond(at).map_or_else(|_| String::new(), |at| zone.to_datetime(at).strftime("%-d %B").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_as_one_says_them() {
        assert_eq!(listed(&["A"]), "“A”");
        assert_eq!(listed(&["A", "B"]), "“A” and “B”");
        assert_eq!(listed(&["A", "B", "C"]), "“A”, “B” and “C”");
        assert_eq!(listed(&["A", "B", "C", "D", "E"]), "“A”, “B”, “C” and 2 more");
    }
}
