//! A person's moments in a store owner's words.

use jiff::tz::TimeZone;

use super::money;
use crate::insight::person::{Moment, What};
use crate::store::customers::Consent;
use crate::store::enrollments::{StepRecord, StepResult};
use crate::store::impressions::Impression;
use crate::store::messages::{Message, MessageStatus};
use crate::web::admin::format;

/// One line of the timeline.
pub struct Line {
    pub at: String,
    pub datetime: String,
    pub kind: &'static str,
    pub title: String,
    pub detail: Option<String>,
    /// Question and answer.
    pub answers: Vec<(String, String)>,
}

impl Line {
    pub fn new(Moment { at, what }: Moment, zone: &TimeZone) -> Self {
        let mut answers = Vec::new();
        let (kind, title, detail) = match what {
            What::Show { show, survey, answers: said } => {
                answers = said;
                ("Survey", survey, Some(shown(&show)))
            }
            What::Cart(cart) => {
                let value = money(cart.value, &cart.currency);
                ("Cart", format!("Cart of {value}"), Some(cart_status(cart.status.as_str()).to_owned()))
            }
            What::Order(order) => {
                let number = order.number.as_deref().unwrap_or(&order.id);
                let coupon = order.coupon.as_ref().map(|code| format!("with the coupon {code}"));
                let status = match order.status.as_str() {
                    "cancelled" => Some("cancelled".to_owned()),
                    "refunded" => Some("paid back".to_owned()),
                    _ if order.refunded > 0 => Some(format!("{} paid back", money(order.refunded, &order.currency))),
                    _ => None,
                };
                let details: Vec<_> = coupon.into_iter().chain(status).collect();
                let detail = (!details.is_empty()).then(|| sentence(&details.join(", ")));
                ("Order", format!("Order {number} of {}", money(order.value, &order.currency)), detail)
            }
            What::Mail(mail) => ("Mail", format!("“{}”", mail.subject), Some(sent(&mail, zone))),
            What::Consent(consent) => {
                let said = if consent.granted { "Agreed to marketing mail" } else { "Declined marketing mail" };
                ("Consent", said.to_owned(), Some(proof(&consent)))
            }
            What::Entered { flow } => ("Follow-up", format!("Entered “{flow}”"), None),
            What::Step { flow, record } => ("Follow-up", format!("“{flow}”, step {}", record.step + 1), Some(step(&record))),
            What::Stopped { flow, by } => ("Follow-up", format!("Left “{flow}”"), by.map(|code| sentence(because(&code)))),
        };
        Self { at: format::moment(at, zone), datetime: format::machine(at), kind, title, detail, answers }
    }
}

fn sentence(text: &str) -> String {
    crate::web::admin::fields::sentence(text)
}

fn shown(show: &Impression) -> String {
    let trigger = match (&show.fired_by, show.manual) {
        (_, true) => "opened on purpose".to_owned(),
        (Some(trigger), _) => trigger.replace('_', " "),
        (None, _) => "shown".to_owned(),
    };
    let outcome = match (show.completed_at, show.answered_at, show.dismissed_at) {
        _ if show.withheld => "withheld, to measure what surveys change",
        (Some(_), ..) => "answered to the end",
        (_, Some(_), _) => "answered in part",
        (_, _, Some(_)) => "closed without an answer",
        _ => "no reaction",
    };
    // The store's own address says nothing new.
    let path = |page: &str| url::Url::parse(page).map_or_else(|_| page.to_owned(), |url| url.path().to_owned());
    let page = show.page.as_deref().map(|page| format!(" on {}", path(page))).unwrap_or_default();
    sentence(&format!("{trigger}{page}: {outcome}"))
}

fn cart_status(status: &str) -> &'static str {
    match status {
        "active" => "Being filled.",
        "checkout" => "Checkout was begun.",
        "abandoned" => "Abandoned.",
        "recovered" => "Abandoned, and ordered afterwards.",
        "ordered" => "Ordered.",
        "emptied" => "Emptied.",
        _ => "",
    }
}

fn sent(mail: &Message, zone: &TimeZone) -> String {
    let status = match mail.status {
        MessageStatus::Sending => "on its way",
        MessageStatus::Sent => "sent",
        MessageStatus::Captured => "kept here: no mail server is set up",
        MessageStatus::Failed => "not taken by the mail server",
        MessageStatus::Uncertain => "perhaps sent: the server stopped in the midst of it",
        MessageStatus::Bounced => "bounced",
        MessageStatus::Complained => "called spam",
    };
    match mail.clicked_at {
        Some(at) => sentence(&format!("{status}, clicked {}", format::moment(at, zone))),
        None => sentence(status),
    }
}

fn proof(consent: &Consent) -> String {
    let source = match consent.source.as_str() {
        "page" => "on a page of your shop",
        "survey" => "in a survey",
        "shopify" => "told by Shopify",
        "woocommerce" => "told by WooCommerce",
        "api" => "told by the API",
        "import" => "imported",
        "link" => "by a link in a mail",
        other => other,
    };
    let wording = consent.wording.as_deref().map(|words| format!(", to “{words}”")).unwrap_or_default();
    let page = consent.page.as_deref().map(|page| format!(", at {page}")).unwrap_or_default();
    sentence(&format!("{source}{wording}{page}"))
}

fn step(record: &StepRecord) -> String {
    let because = record.reason.as_deref().map(|code| format!(": {}", because(code))).unwrap_or_default();
    sentence(&match record.result {
        StepResult::Done => "done".to_owned(),
        StepResult::Skipped => format!("skipped{because}"),
        StepResult::Failed => format!("failed{because}"),
        StepResult::Uncertain => "perhaps done: the server stopped in the midst of it".to_owned(),
    })
}

/// The codes of `domain::flow` and of steps that fail; one unknown here is told as it is.
fn because(code: &str) -> &str {
    match code {
        "already_done" => "was done already",
        "too_late" => "came too late to be of use",
        "condition_not_met" => "its condition did not hold",
        "no_address" => "no address is known that may be written to",
        "suppressed" => "the address is on “Do not mail”",
        "no_consent" => "did not agree to marketing mail",
        "paused" => "asked for a pause from mails",
        "orders_only" => "only wants mails about orders",
        "mail_cap" => "was sent as many mails as are allowed",
        "attention_budget" => "was asked and written to as often as is allowed",
        "no_endpoint" => "there is nowhere to send it to",
        "refused" => "the mail server refused it",
        "no_template" => "its template is gone",
        "template" => "its template has a mistake",
        "no_coupon" => "there was no coupon to give",
        "message" | "address" => "no mail could be made of it",
        "switched_off" => "the follow-up was switched off",
        "erased" => "asked to be forgotten",
        "ordered" => "ordered",
        "cart_emptied" => "emptied the cart",
        "cart_gone" => "the cart is not known any more",
        "answered" => "answered a survey",
        "unsubscribed" => "unsubscribed",
        other => other,
    }
}
