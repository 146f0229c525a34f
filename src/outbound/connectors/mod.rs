//! Connectors: services that are told what happens in their own words. Each is one file that makes requests of what is told, without
//! calling anybody; the dispatcher sends them.
//!
//! ```text
//! told      what happened, as every connector reads it      call      one request, and what is kept of its answer
//! field     what an owner enters, and what they entered     verdict   what an answer means
//! ```

mod activecampaign;
mod call;
mod field;
mod ga4;
mod http;
mod hubspot;
mod klaviyo;
mod mailchimp;
mod omnisend;
mod shopify;
mod slack;
mod told;
mod verdict;

pub use call::Call;
pub use field::{Field, Given, Input};
pub use told::{Told, Unreadable};
pub use verdict::{Seen, Verdict, of_webhook};

use crate::clock::Millis;
use crate::domain::connector::{Kind, Mapped};
use crate::domain::webhook::EventType;

/// What the owner reads of a service, and what is asked of them.
pub struct About {
    pub kind: Kind,
    /// `Klaviyo`
    pub label: &'static str,
    /// One sentence: what it does there.
    pub sentence: &'static str,
    /// Where the owner finds what is asked for, in one or two sentences.
    pub help: &'static str,
    pub fields: &'static [Field],
    /// What it can be told; the first `chosen` are ticked at first.
    pub events: &'static [EventType],
    pub chosen: usize,
    /// What a mapped answer becomes there (`profile property`); `None`: it knows no such thing.
    pub property: Option<&'static str>,
    /// The pause between two calls that the service asks for, in ms; 0: none.
    pub pace: Millis,
}

/// What follows in telling something.
#[derive(Debug)]
pub enum Next {
    Call(Call),
    /// Everything is told.
    Done,
    /// Nothing of it concerns the service: nobody is known, for example.
    Nothing,
    /// It cannot be made, and why.
    Impossible(String),
}

/// A service. All of it is pure: the same request comes of the same event at every try, and in the owner's preview.
pub trait Vendor: Sync {
    fn about(&self) -> &'static About;

    /// What is wrong beyond what [`Field`]s say, by field.
    fn problems(&self, _given: &Given) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Where its calls go, without a slash at the end: what the owner entered, or the vendor's own address.
    fn base(&self, given: &Given) -> String;

    /// The field that the address comes of, for a fault of it.
    fn address_field(&self) -> &'static str {
        "base_url"
    }

    /// The call that shows whether the credentials are right. It changes nothing there, if the service has such a call.
    fn probe(&self, given: &Given) -> Call;

    /// What an answer to the probe means. Some say 200 to everything.
    fn passed(&self, seen: &Seen<'_>) -> bool {
        self.judge(seen) == Verdict::Delivered
    }

    /// The call that follows those whose answers are in `before`, by what [`Call::keep`] kept of each. `mapping` turns answers into
    /// properties of the service's.
    fn next(&self, given: &Given, mapping: &[Mapped], told: &Told, before: &[String]) -> Next;

    /// What an answer means.
    fn judge(&self, seen: &Seen<'_>) -> Verdict {
        verdict::usual(seen)
    }
}

/// Who a kind of endpoint is; `None` for webhooks, which are signed and need no translation.
pub fn vendor(kind: Kind) -> Option<&'static dyn Vendor> {
    VENDORS.iter().copied().find(|vendor| vendor.about().kind == kind)
}

/// Every service there is a connector for, in the order they are offered.
pub const VENDORS: &[&dyn Vendor] = &[
    &klaviyo::Klaviyo,
    &hubspot::HubSpot,
    &mailchimp::Mailchimp,
    &slack::Slack,
    &shopify::Shopify,
    &omnisend::Omnisend,
    &activecampaign::ActiveCampaign,
    &ga4::Ga4,
    &http::Http,
];

/// More calls than any event needs: a vendor that never says [`Next::Done`] is stopped.
pub const MOST_CALLS: usize = 8;

/// All calls that telling something comes to, if each is answered with nothing worth keeping: what an owner's preview shows.
pub fn calls(vendor: &dyn Vendor, given: &Given, mapping: &[Mapped], told: &Told) -> Vec<Call> {
    let (mut calls, mut before) = (Vec::new(), Vec::new());
    while let Next::Call(call) = vendor.next(given, mapping, told, &before)
        && calls.len() < MOST_CALLS
    {
        before.push(call.placeholder.to_owned());
        calls.push(call);
    }
    calls
}

/// What happened, for people: what was asked and answered, and what it was about.
fn line_by_line(told: &Told) -> Vec<(String, String)> {
    let mut lines: Vec<(String, String)> = Vec::new();
    if let Some(name) = told.person().and_then(|person| person.name.clone()) {
        lines.push(("Who".to_owned(), name));
    }
    let said = told.answers().iter().filter(|answer| !answer.text.is_empty() && answer.kind != "email");
    lines.extend(said.map(|answer| (answer.prompt.clone(), answer.text.clone())));
    if let Some(number) = told.order().map(|order| order.number.clone().unwrap_or_else(|| order.id.clone())) {
        lines.push(("Order".to_owned(), number));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_vendor_and_every_event_its_end() {
        let kinds = Kind::WORDS.iter().filter_map(|word| Kind::parse(word)).filter(|kind| *kind != Kind::Webhook);
        assert!(kinds.clone().all(|kind| vendor(kind).is_some_and(|vendor| vendor.about().kind == kind)));
        for vendor in VENDORS {
            let about = vendor.about();
            assert!(about.chosen <= about.events.len() && !about.events.is_empty(), "{}", about.label);
            for kind in EventType::ALL {
                let told = Told::sample(kind, Vec::new());
                assert!(calls(*vendor, &Given::default(), &[], &told).len() < MOST_CALLS, "{} of {kind}", about.label);
            }
            let names: std::collections::BTreeSet<_> = about.fields.iter().map(|field| field.key).collect();
            assert_eq!(names.len(), about.fields.len(), "{}", about.label);
            assert!(!names.contains("name") && !names.contains("key"), "the form has these already");
        }
    }
}
