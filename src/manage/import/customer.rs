//! A person of a file, as reports.

use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::read::{Record, moment, written, yes_or_no};
use crate::clock::Millis;
use crate::commerce::{Person, Report, Source, What, YesOrNo};
use crate::store::imports::Flaw;

/// What is said without a date counts as said before everything else: a file of last year must not undo yesterday's "unsubscribe".
const UNDATED: Millis = 0;

/// Attributes of one person; the longest of their texts, in characters.
const MOST_ATTRIBUTES: usize = 50;
const LONGEST_ATTRIBUTE: usize = 500;

pub fn reports(record: &Record, zone: &TimeZone) -> Result<Vec<Report>, Flaw> {
    let id = record.text("id", 128)?.filter(|id| id != "0");
    let (email, name) = (record.email("email")?, record.name()?);
    if id.is_none() && email.is_none() {
        return Err(record.flaw("email", "is missing, and so is an id"));
    }
    // What only a page ever claimed stays a claim, and is not written to.
    let claimed = record.written("email_proof").is_some_and(|proof| proof == "claimed");
    let source = if claimed { Source::Page } else { Source::Import };
    let time_zone = record.text("time_zone", 64)?;
    if time_zone.as_ref().is_some_and(|name| TimeZone::get(name).is_err()) {
        return Err(record.flaw("time_zone", "is not an IANA time zone such as Europe/Berlin"));
    }
    let updated_at = record.moment("updated_at", zone)?.or(record.moment("created_at", zone)?);
    let consent = consent(record, zone)?;
    let known = Person { external_id: id, email, ..Person::default() };
    let person = Person { name, locale: record.text("locale", 35)?, time_zone, attributes: attributes(record)?, ..known.clone() };
    let report = |at, person| Report { source, visitor: None, at, what: What::Person { person, signed: false } };
    let mut reports = vec![report(updated_at.unwrap_or(UNDATED), person)];
    // Of its own moment, so that both find their place among what is known.
    if let Some((at, said)) = consent {
        reports.push(report(at, Person { marketing: Some(said), ..known }));
    }
    Ok(reports)
}

/// Yes or no to marketing mail, and since when. Nothing, where a program says that a person was never asked.
fn consent(record: &Record, zone: &TimeZone) -> Result<Option<(Millis, YesOrNo)>, Flaw> {
    let wording = record.text("consent_wording", 500)?;
    let dated = record.moment("consent_at", zone)?;
    let said = record.written("consent").unwrap_or_default();
    let (granted, at) = match (yes_or_no(&said), moment(&said, zone)) {
        (Some(granted), _) => (Some(granted), dated),
        // Older exports have the moment of the yes in its place.
        (None, Some(at)) => (Some(true), Some(at)),
        _ if said.is_empty() || said.eq_ignore_ascii_case("never_subscribed") => (None, dated),
        _ => return Err(record.flaw("consent", format!("{said:?} should be yes or no"))),
    };
    // Who was silenced elsewhere, or wants mail about orders only, has not agreed to marketing.
    let silenced = record.written("suppressed").is_some_and(|why| yes_or_no(&why) != Some(false) && why != "[]");
    let some_mail_only = record.written("mail").is_some_and(|mail| mail != "all");
    let granted = if silenced || some_mail_only { Some(false) } else { granted };
    Ok(granted.map(|granted| (at.unwrap_or(UNDATED), YesOrNo { granted, wording, page: None })))
}

fn attributes(record: &Record) -> Result<Option<Value>, Flaw> {
    let mut found = Map::new();
    match record.fields.get("attributes") {
        Some(Value::Object(fields)) => found.extend(fields.clone()),
        Some(value) => {
            if let Some(text) = written(value) {
                let fields = serde_json::from_str(&text).map_err(|_| record.flaw("attributes", "is not a JSON object"))?;
                found.extend::<Map<String, Value>>(fields);
            }
        }
        None => {}
    }
    for (field, value) in &record.fields {
        if let (Some(name), Some(text)) = (field.strip_prefix("attributes."), written(value)) {
            found.insert(name.to_owned(), if value.is_string() { text.into() } else { value.clone() });
        }
    }
    if found.len() > MOST_ATTRIBUTES {
        return Err(record.flaw("attributes", format!("are {}, at most {MOST_ATTRIBUTES} are possible", found.len())));
    }
    let too_long = |value: &Value| value.to_string().chars().count() > LONGEST_ATTRIBUTE;
    if let Some((name, _)) = found.iter().find(|(_, value)| too_long(value)) {
        return Err(record.flaw(&format!("attributes.{name}"), format!("has more than {LONGEST_ATTRIBUTE} characters")));
    }
    Ok((!found.is_empty()).then_some(Value::Object(found)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(fields: Value) -> Result<Vec<Report>, Flaw> {
        let record = Record { line: 1, fields: fields.as_object().unwrap().clone(), items: Vec::new() };
        reports(&record, &TimeZone::UTC)
    }

    fn person(report: &Report) -> &Person {
        let What::Person { person, .. } = &report.what else { panic!("{report:?}") };
        person
    }

    #[test]
    fn a_person_and_their_consent_have_moments_of_their_own() {
        let told = read(json!({"id": "7", "email": "Mia@Example.com ", "first_name": "Mia", "attributes.size": "M",
            "updated_at": "2026-02-01", "consent": "yes", "consent_at": "2025-05-01T00:00:00Z", "consent_wording": "News, please"}));
        let [about, consent] = &told.unwrap()[..] else { panic!() };
        assert_eq!((about.at, consent.at), (1_769_904_000_000, 1_746_057_600_000));
        let who = person(about);
        assert_eq!((who.external_id.as_deref(), who.email.as_deref()), (Some("7"), Some("mia@example.com")));
        assert_eq!((who.name.as_deref(), &who.attributes), (Some("Mia"), &Some(json!({"size": "M"}))));
        assert!(who.marketing.is_none());
        let said = person(consent).marketing.as_ref().unwrap();
        assert_eq!((said.granted, said.wording.as_deref()), (true, Some("News, please")));
    }

    #[test]
    fn programs_say_yes_and_no_in_their_own_ways() {
        for (fields, expected) in [
            (json!({"consent": "SUBSCRIBED"}), Some((true, UNDATED))),
            (json!({"consent": "2026-01-01 00:00:00"}), Some((true, 1_767_225_600_000))),
            (json!({"consent": "NEVER_SUBSCRIBED"}), None),
            (json!({"consent": ""}), None),
            (json!({"consent": "no"}), Some((false, UNDATED))),
            (json!({"consent": true, "suppressed": "['HARD_BOUNCE']"}), Some((false, UNDATED))),
            (json!({"consent": true, "suppressed": "[]"}), Some((true, UNDATED))),
            (json!({"consent": "yes", "mail": "orders_only"}), Some((false, UNDATED))),
            (json!({"consent": "yes", "mail": "all"}), Some((true, UNDATED))),
        ] {
            let mut fields = fields;
            fields["email"] = json!("mia@example.com");
            let told = read(fields.clone()).unwrap();
            let found = told.get(1).map(|report| (person(report).marketing.as_ref().unwrap().granted, report.at));
            assert_eq!(found, expected, "{fields}");
        }
    }

    #[test]
    fn what_cannot_be_believed_names_its_field() {
        let many: Map<String, Value> = (0..51).map(|n| (n.to_string(), json!(n))).collect();
        for (fields, field) in [
            (json!({"name": "Mia"}), "email"),
            (json!({"email": "mia"}), "email"),
            (json!({"email": "mia@example.com", "consent": "perhaps"}), "consent"),
            (json!({"email": "mia@example.com", "time_zone": "Mars/Olympus"}), "time_zone"),
            (json!({"email": "mia@example.com", "attributes": "[1]"}), "attributes"),
            (json!({"email": "mia@example.com", "attributes": many}), "attributes"),
            (json!({"email": "mia@example.com", "attributes.note": "x".repeat(600)}), "attributes.note"),
            (json!({"email": "mia@example.com", "created_at": "01/02/2026"}), "created_at"),
        ] {
            assert_eq!(read(fields.clone()).unwrap_err().field, field, "{fields}");
        }
    }
}
