//! Who a Shopify order, checkout or customer is about, and what they said about marketing mail.

use super::{at, told};
use crate::clock::Millis;
use crate::commerce::{Person, Report, What, YesOrNo};
use crate::inbound::fields::Fields;
use crate::inbound::{Meaning, Reading, Unreadable, Why};

const MOST_NAME: usize = 200;

/// The person of an order or a checkout, without what they said about mail: that was said at another time.
pub(super) fn of(fields: &Fields<'_>) -> Result<Person, Unreadable> {
    let customer = fields.object("customer");
    let email = ["email", "contact_email"].iter().find_map(|name| fields.email(name));
    let name = customer.as_ref().and_then(name).or_else(|| {
        let addresses = ["billing_address", "shipping_address"];
        addresses.iter().find_map(|address| name(&fields.object(address)?))
    });
    Ok(Person {
        external_id: customer.as_ref().map(|customer| customer.id("id")).transpose()?.flatten(),
        email: email.or_else(|| customer.as_ref()?.email("email")),
        name,
        locale: fields.text("customer_locale", 35).or_else(|| customer.as_ref()?.text("locale", 35)),
        ..Person::default()
    })
}

fn name(fields: &Fields<'_>) -> Option<String> {
    let parts = [fields.text("first_name", MOST_NAME), fields.text("last_name", MOST_NAME)];
    let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    if name.is_empty() { fields.text("name", MOST_NAME) } else { Some(name) }
}

/// What a customer said about marketing mail, dated when they said it: an order that repeats an old yes must not undo a later no.
/// A box that was never ticked says neither.
pub(super) fn consent(customer: &Fields<'_>, person: &Person, reading: &Reading<'_>) -> Option<Report> {
    let consent = customer.object("email_marketing_consent")?;
    let granted = match consent.text("state", 40)?.as_str() {
        "subscribed" => true,
        "unsubscribed" => false,
        _ => return None,
    };
    let at = consent.time("consent_updated_at").or_else(|| customer.time("created_at"))?;
    let wording = consent.text("opt_in_level", 40).map(|level| level.replace('_', " "));
    Some(said(customer, person, granted, wording, at, reading))
}

/// The box in the checkout of somebody who has no account yet. `at`: when the checkout last changed.
pub(super) fn ticked(fields: &Fields<'_>, person: &Person, at: Millis, reading: &Reading<'_>) -> Option<Report> {
    let ticked = fields.flag("buyer_accepts_marketing") == Some(true);
    let unknown = fields.object("customer").is_none_or(|customer| customer.object("email_marketing_consent").is_none());
    (ticked && unknown && person.email.is_some()).then(|| said(fields, person, true, Some("checkout".into()), at, reading))
}

fn said(
    fields: &Fields<'_>,
    person: &Person,
    granted: bool,
    wording: Option<String>,
    at: Millis,
    reading: &Reading<'_>,
) -> Report {
    let (external_id, email) = (person.external_id.clone(), person.email.clone());
    let marketing = Some(YesOrNo { granted, wording, page: None });
    let person = Person { external_id, email, marketing, ..Person::default() };
    told(reading, fields, at, What::Person { person, signed: true })
}

/// `customers/create` and `customers/update`: the customer is the body itself.
pub(super) fn read(fields: &Fields<'_>, reading: &Reading<'_>) -> Result<Meaning, Unreadable> {
    let person = Person {
        external_id: fields.id("id")?,
        email: fields.email("email"),
        name: name(fields),
        locale: fields.text("locale", 35),
        ..Person::default()
    };
    if person.external_id.is_none() && person.email.is_none() {
        return Ok(Meaning::Nothing(Why::Nameless));
    }
    let said = consent(fields, &person, reading);
    let about = told(reading, fields, at(fields, &["updated_at", "created_at"], reading), What::Person { person, signed: true });
    Ok(Meaning::Reports([Some(about), said].into_iter().flatten().collect()))
}
