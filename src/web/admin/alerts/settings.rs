//! `/admin/{site}/alerts/settings`: of what a store's people are told, when, and from which figures on.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::words::{self, Number};
use crate::boot::App;
use crate::domain::alert::{AlertRules, Kind, Sensitivity, Telling, parse_keyword};
use crate::domain::flow::{QuietHours, TimeOfDay};
use crate::store::{audit, sites};
use crate::web::admin::access::SiteAccess;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::{Faults, email, number, sentence};
use crate::web::admin::page::{Page, Tab, render};

const MOST_RECIPIENTS: usize = 20;
const MOST_KEYWORDS: usize = 50;

#[derive(Template)]
#[template(path = "admin/alerts/settings.html")]
struct SettingsPage {
    page: Page,
    key: String,
    time_zone: String,
    entered: Entered,
    faults: Faults,
    notice: Option<&'static str>,
    groups: Vec<Group>,
}

/// A kind with its thresholds.
struct Group {
    name: String,
    label: &'static str,
    about: &'static str,
    /// Word, label, chosen.
    telling: Vec<(&'static str, &'static str, bool)>,
    numbers: &'static [Number],
    is_keyword: bool,
}

/// What was entered, by field.
#[derive(Deserialize)]
pub struct Entered {
    #[serde(flatten)]
    fields: BTreeMap<String, String>,
}

impl From<&AlertRules> for Entered {
    fn from(rules: &AlertRules) -> Self {
        let mut rules = rules.clone();
        let quiet = |time: TimeOfDay| if rules.quiet.from == rules.quiet.until { String::new() } else { time.to_string() };
        let mut fields = BTreeMap::from([
            ("recipients".to_owned(), rules.recipients.join("\n")),
            ("keywords".to_owned(), rules.keywords.join("\n")),
            ("quiet_from".to_owned(), quiet(rules.quiet.from)),
            ("quiet_until".to_owned(), quiet(rules.quiet.until)),
            ("sensitivity".to_owned(), rules.sensitivity.to_string()),
        ]);
        for kind in Kind::ALL {
            fields.insert(format!("tell_{kind}"), rules.telling(kind).to_string());
        }
        for number in numbers() {
            fields.insert(number.name.to_owned(), (number.of)(&mut rules).to_string());
        }
        Self { fields }
    }
}

fn numbers() -> impl Iterator<Item = &'static Number> {
    Kind::ALL.into_iter().flat_map(words::numbers).chain(&words::TELLING)
}

impl Entered {
    /// Empty where the form sent nothing.
    fn of(&self, field: &str) -> &str {
        self.fields.get(field).map_or("", String::as_str)
    }

    /// Changes what could be read.
    fn read(&self, rules: &mut AlertRules, faults: &mut Faults) {
        if let Some(recipients) = faults.take("recipients", lines(self.of("recipients"), MOST_RECIPIENTS, email)) {
            rules.recipients = recipients;
        }
        for number in &words::TELLING {
            self.number(number, rules, faults);
        }
        self.quiet(rules, faults);
        let choose = || "Please choose one of these.".to_owned();
        if let Some(sensitivity) = faults.take("sensitivity", Sensitivity::parse(self.of("sensitivity")).ok_or_else(choose)) {
            rules.sensitivity = sensitivity;
        }
        for kind in Kind::ALL {
            let field = format!("tell_{kind}");
            let telling = Telling::parse(self.of(&field)).ok_or_else(choose);
            if let Some(telling) = faults.take(field, telling) {
                rules.tell.insert(kind, telling);
            }
            for number in words::numbers(kind) {
                self.number(number, rules, faults);
            }
        }
        // What nobody has changed follows the defaults of later versions.
        rules.tell.retain(|kind, telling| *telling != kind.usually_told());
        let keyword = |line: &str| parse_keyword(line).map_err(|message| sentence(&message));
        if let Some(keywords) = faults.take("keywords", lines(self.of("keywords"), MOST_KEYWORDS, keyword)) {
            rules.keywords = keywords;
        }
    }

    fn number(&self, wanted: &Number, rules: &mut AlertRules, faults: &mut Faults) {
        if let Some(n) = faults.take(wanted.name, number(self.of(wanted.name), wanted.range.clone())) {
            *(wanted.of)(rules) = n;
        }
    }

    fn quiet(&self, rules: &mut AlertRules, faults: &mut Faults) {
        let (from, until) = (self.of("quiet_from").trim(), self.of("quiet_until").trim());
        if from.is_empty() && until.is_empty() {
            rules.quiet = QuietHours::none();
            return;
        }
        let time = |text: &str| {
            text.parse::<TimeOfDay>().map_err(|_| "Please enter a time such as 21:00, or leave both empty.".to_owned())
        };
        let (from, until) = (faults.take("quiet_from", time(from)), faults.take("quiet_until", time(until)));
        if let Some((from, until)) = from.zip(until) {
            rules.quiet = QuietHours { from, until };
        }
    }
}

/// Entries, one a line; none is fine.
fn lines(entered: &str, most: usize, read: impl Fn(&str) -> Result<String, String>) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    for line in entered.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let one = read(line)?;
        if !all.contains(&one) {
            all.push(one);
        }
    }
    if all.len() > most { Err(format!("Those are {} entries, {most} at most are possible.", all.len())) } else { Ok(all) }
}

#[derive(Deserialize)]
pub struct After {
    done: Option<String>,
}

pub async fn form(access: SiteAccess, Query(after): Query<After>) -> Result<Response, PageError> {
    let notice = match after.done.as_deref() {
        Some("saved") => Some("Saved. It holds for every alert from now on."),
        Some("test") => Some("A test alert is on its way: by mail, and to every webhook that is told of alerts."),
        _ => None,
    };
    show(&access, (&access.site.settings.alerts).into(), Faults::default(), notice)
}

pub async fn submit(State(app): State<Arc<App>>, access: SiteAccess, form: CsrfForm<Entered>) -> Result<Response, PageError> {
    let (entered, mut faults, mut site) = (form.into_inner(), Faults::default(), access.site.clone());
    entered.read(&mut site.settings.alerts, &mut faults);
    if !faults.is_empty() {
        return show(&access, entered, faults, None);
    }
    let mut tx = app.db.begin().await?;
    sites::update(&mut tx, &site).await?;
    audit::record(&mut tx, site.id, access.actor(), "alert.settings", &site.name, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/admin/{}/alerts/settings?done=saved", site.key)).into_response())
}

fn show(access: &SiteAccess, entered: Entered, faults: Faults, notice: Option<&'static str>) -> Result<Response, PageError> {
    let group = |kind: Kind| {
        let (name, (label, about)) = (format!("tell_{kind}"), words::kind(kind));
        let options = [("now", "At once"), ("daily", "In the daily mail"), ("off", "Not at all")];
        let telling = options.map(|(word, label)| (word, label, word == entered.of(&name))).into();
        Group { name, label, about, telling, numbers: words::numbers(kind), is_keyword: kind == Kind::Keyword }
    };
    let groups = Kind::ALL.map(group).into();
    let status = faults.status();
    let page = render(SettingsPage {
        page: access.page(Tab::Alerts),
        key: access.site.key.clone(),
        time_zone: access.site.time_zone.clone(),
        entered,
        faults,
        notice,
        groups,
    })?;
    Ok((status, page).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_their_own_form() {
        let mut changed = AlertRules {
            tell: BTreeMap::from([(Kind::Mail, Telling::Off), (Kind::Rate, Telling::Now)]),
            recipients: vec!["ops@shop.example".into()],
            keywords: vec!["refund*".into(), "gift wrap".into()],
            quiet: QuietHours::none(),
            sensitivity: Sensitivity::High,
            ..AlertRules::default()
        };
        for (at, number) in numbers().enumerate() {
            *(number.of)(&mut changed) = (number.range.start() + at as u32).min(*number.range.end());
        }
        for rules in [AlertRules::default(), changed] {
            let (mut read, mut faults) = (AlertRules::default(), Faults::default());
            Entered::from(&rules).read(&mut read, &mut faults);
            assert!(faults.is_empty(), "{:?}", faults.all());
            assert_eq!(read, rules);
        }
    }

    #[test]
    fn every_number_of_the_rules_is_in_the_form_once() {
        let value = serde_json::to_value(AlertRules::default()).unwrap();
        let mut wanted: Vec<&String> =
            value.as_object().unwrap().iter().filter(|(_, value)| value.is_number()).map(|(name, _)| name).collect();
        let mut found: Vec<&str> = numbers().map(|number| number.name).collect();
        wanted.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, wanted);
    }
}
