//! `customer.*`: accounts. WooCommerce itself does not ask them about marketing mail.

use super::{account, at, name, told};
use crate::commerce::{Person, What};
use crate::inbound::fields::Fields;
use crate::inbound::{Meaning, Reading, Unreadable, Why};

pub(super) fn read(fields: &Fields<'_>, reading: &Reading<'_>) -> Result<Meaning, Unreadable> {
    let billing = fields.object("billing");
    let person = Person {
        external_id: account(fields, "id")?,
        email: fields.email("email").or_else(|| billing.as_ref()?.email("email")),
        name: name(fields).or_else(|| name(billing.as_ref()?)),
        ..Person::default()
    };
    if person.external_id.is_none() && person.email.is_none() {
        return Ok(Meaning::Nothing(Why::Nameless));
    }
    let at = at(fields, reading);
    Ok(Meaning::Reports(vec![told(reading, fields, at, What::Person { person, signed: true })]))
}
