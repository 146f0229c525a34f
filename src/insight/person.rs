//! One person's life with a store: what they saw and said, what lay in their carts, what they bought, and what was sent to them.

use std::collections::BTreeMap;

use crate::clock::Millis;
use crate::commerce::said;
use crate::id::{CustomerId, SiteId};
use crate::store::carts::Cart;
use crate::store::customers::Consent;
use crate::store::enrollments::StepRecord;
use crate::store::impressions::Impression;
use crate::store::messages::Message;
use crate::store::orders::Order;
use crate::store::{Db, StoreError, carts, customers, enrollments, flows, impressions, messages, orders, surveys};

/// The most that is told; the record has everything.
const MOMENTS: usize = 200;
/// Browsers that are looked at, and shows of each.
const BROWSERS: usize = 50;
const SHOWS: usize = 50;
/// Mails that are looked at.
const MAILS: i64 = 100;

pub struct Moment {
    pub at: Millis,
    pub what: What,
}

pub enum What {
    /// A survey was shown, or withheld; question and answer in words.
    Show {
        show: Impression,
        survey: String,
        answers: Vec<(String, String)>,
    },
    /// At the moment its content is of.
    Cart(Cart),
    Order(Order),
    Mail(Message),
    Consent(Consent),
    /// They entered a flow.
    Entered {
        flow: String,
    },
    /// A step that left no mail.
    Step {
        flow: String,
        record: StepRecord,
    },
    /// A flow was stopped for them; a code of [`crate::domain::flow::StopReason`].
    Stopped {
        flow: String,
        by: Option<String>,
    },
}

pub struct Life {
    /// Newest first.
    pub moments: Vec<Moment>,
    /// There are more than are told.
    pub cut: bool,
}

pub async fn life(db: &Db, site: SiteId, customer: CustomerId) -> Result<Life, StoreError> {
    let mut moments = shows(db, site, customer).await?;
    let mut tell = |at, what| moments.push(Moment { at, what });
    for cart in carts::of_customer(db, site, customer).await? {
        tell(cart.updated_at, What::Cart(cart));
    }
    for order in orders::of_customer(db, site, customer).await? {
        tell(order.at, What::Order(order));
    }
    for mail in messages::of_customer(db, site, customer, MAILS).await? {
        tell(mail.sent_at.unwrap_or(mail.created_at), What::Mail(mail));
    }
    for consent in customers::consents(db, site, customer).await? {
        tell(consent.at, What::Consent(consent));
    }
    let names: BTreeMap<_, _> = flows::list(db, site).await?.into_iter().map(|flow| (flow.id, flow.name)).collect();
    for enrollment in enrollments::of_customer(db, site, customer).await? {
        let flow = names.get(&enrollment.flow).cloned().unwrap_or_else(|| enrollment.flow.to_string());
        tell(enrollment.enrolled_at, What::Entered { flow: flow.clone() });
        for record in enrollments::steps(db, site, enrollment.id).await?.into_iter().filter(|step| step.message.is_none()) {
            tell(record.at, What::Step { flow: flow.clone(), record });
        }
        if let (Some(at), true) = (enrollment.ended_at, enrollment.ended_by.is_some()) {
            tell(at, What::Stopped { flow, by: enrollment.ended_by });
        }
    }
    moments.sort_by_key(|moment| std::cmp::Reverse(moment.at));
    let cut = moments.len() > MOMENTS;
    moments.truncate(MOMENTS);
    Ok(Life { moments, cut })
}

async fn shows(db: &Db, site: SiteId, customer: CustomerId) -> Result<Vec<Moment>, StoreError> {
    let names: BTreeMap<_, _> = surveys::list(db, site).await?.into_iter().map(|survey| (survey.id, survey.name)).collect();
    let mut shows = Vec::new();
    for tie in customers::ties(db, site, customer).await?.iter().rev().take(BROWSERS) {
        shows.extend(impressions::of_visitor(db, site, tie.visitor, SHOWS).await?);
    }
    shows.sort_unstable_by_key(|show| std::cmp::Reverse(show.id));
    shows.truncate(MOMENTS);
    let answered = shows.iter().filter(|show| show.answered_at.or(show.completed_at).is_some());
    let ids: Vec<_> = answered.map(|show| show.id).collect();
    let mut answers: BTreeMap<_, _> =
        said(db, site, &ids).await?.into_iter().map(|said| (said.response.id, said.answers)).collect();
    let moment = |show: Impression| Moment {
        at: show.shown_at,
        what: What::Show {
            survey: names.get(&show.survey_id).cloned().unwrap_or_else(|| show.survey_id.to_string()),
            answers: answers.remove(&show.id).unwrap_or_default(),
            show,
        },
    };
    Ok(shows.into_iter().map(moment).collect())
}
