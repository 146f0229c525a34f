//! The three topics that Shopify's rules demand of whoever holds its customers' data.

use crate::inbound::fields::Fields;
use crate::inbound::{Meaning, Privacy, Unreadable, Who, Why};

pub(super) fn request(fields: &Fields<'_>) -> Result<Meaning, Unreadable> {
    let reference = match fields.object("data_request") {
        Some(request) => request.id("id")?,
        None => None,
    };
    Ok(about(fields)?.map_or(Meaning::Nothing(Why::Nameless), |who| Meaning::Privacy(Privacy::Request { who, reference })))
}

pub(super) fn redact(fields: &Fields<'_>) -> Result<Meaning, Unreadable> {
    Ok(about(fields)?.map_or(Meaning::Nothing(Why::Nameless), |who| Meaning::Privacy(Privacy::Redact(who))))
}

pub(super) const fn redact_shop() -> Meaning {
    Meaning::Privacy(Privacy::RedactShop)
}

/// A customer may be an address only.
fn about(fields: &Fields<'_>) -> Result<Option<Who>, Unreadable> {
    let customer = fields.object("customer").ok_or_else(|| fields.missing("customer"))?;
    let who = Who { external_id: customer.id("id")?, email: customer.email("email") };
    Ok((who != Who::default()).then_some(who))
}
