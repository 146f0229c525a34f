//! Everything that is held of a person, as one document: the answer to "what do you know about me?" (GDPR, articles 15 and 20).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::said::{Said, said};
use crate::clock::Millis;
use crate::domain::consent::Preference;
use crate::domain::coupon::Purpose;
use crate::id::{CustomerId, uuid7_millis};
use crate::mail::sender::Keys;
use crate::store::carts::Cart;
use crate::store::customers::{Consent, Customer};
use crate::store::enrollments::{Enrollment, StepRecord};
use crate::store::impressions::Impression;
use crate::store::messages::Message;
use crate::store::orders::Order;
use crate::store::sites::Site;
use crate::store::{
    On, StoreError, carts, coupon_claims, custom_events, customers, enrollments, flows, impressions, messages, orders,
    suppressions, surveys,
};

/// All of them: no cap lets somebody be shown this many.
const EVERY: usize = i64::MAX as usize;

/// The person's record, with times in RFC 3339 and money in minor units; `null` if there is no such person.
pub async fn record(on: impl Into<On<'_>>, keys: &Keys, site: &Site, customer: CustomerId) -> Result<Value, StoreError> {
    let mut on = on.into();
    let Some(person) = customers::by_id(on.again(), site.id, customer).await? else { return Ok(Value::Null) };
    let names: BTreeMap<_, _> =
        surveys::list(on.again(), site.id).await?.into_iter().map(|survey| (survey.id, survey.name)).collect();
    let suppressed = match &person.address {
        Some(address) => suppressions::find(on.again(), site.id, &keys.hash(&address.email)).await?,
        None => None,
    };
    let ties = customers::ties(on.again(), site.id, customer).await?;
    let (mut shows, mut events, mut codes) = (Vec::new(), Vec::new(), Vec::new());
    for tie in &ties {
        shows.extend(impressions::of_visitor(on.again(), site.id, tie.visitor, EVERY).await?);
        events.extend(custom_events::of_visitor(on.again(), site.id, tie.visitor).await?);
        let name = tie.visitor.simple().to_string();
        codes.extend(coupon_claims::of_claimant(on.again(), site.id, Purpose::Survey, &name).await?);
    }
    shows.sort_unstable_by_key(|show| show.id);
    let answered = shows.iter().filter(|show| show.answered_at.or(show.completed_at).is_some());
    let answered: Vec<Uuid> = answered.map(|show| show.id).collect();
    let mut follow_ups = Vec::new();
    for enrollment in enrollments::every_of_customer(on.again(), site.id, customer).await? {
        let steps = enrollments::steps(on.again(), site.id, enrollment.id).await?;
        let flow = flows::revision(on.again(), site.id, enrollment.flow, enrollment.revision).await?;
        follow_ups.push(follow_up(&enrollment, flow.and_then(|flow| flow.document.name), &steps));
        let name = enrollment.id.to_string();
        codes.extend(coupon_claims::of_claimant(on.again(), site.id, Purpose::Mail, &name).await?);
    }
    Ok(json!({
        "about": "Times are in UTC. Amounts are in the smallest unit of their currency: 4990 EUR is 49.90 EUR.",
        "shop": site.name,
        "profile": profile(&person, site),
        "do_not_mail": suppressed.map(|s| json!({"reason": s.reason, "at": time(s.at)})),
        "browsers": ties.iter().map(|t| json!({"id": t.visitor, "known_by": t.proof, "at": time(t.at)})).collect::<Value>(),
        "consents": customers::every_consent(on.again(), site.id, customer).await?.iter().map(consent).collect::<Value>(),
        "carts": carts::every_of_customer(on.again(), site.id, customer).await?.iter().map(cart).collect::<Value>(),
        "orders": orders::every_of_customer(on.again(), site.id, customer).await?.iter().map(order).collect::<Value>(),
        "events": events
            .iter()
            .map(|event| json!({"name": event.name, "properties": event.properties.0, "at": time(event.at)}))
            .collect::<Value>(),
        "shows": shows.iter().map(|i| show(i, names.get(&i.survey_id).map(String::as_str))).collect::<Value>(),
        "responses": said(on.again(), site.id, &answered).await?.iter().map(response).collect::<Value>(),
        "coupons": codes
            .iter()
            .map(|(id, code)| json!({"code": code, "given_at": uuid7_millis(*id).map(time)}))
            .collect::<Value>(),
        "mails": messages::every_of_customer(on.again(), site.id, customer).await?.iter().map(mail).collect::<Value>(),
        "follow_ups": follow_ups,
    }))
}

/// RFC 3339; empty for a moment that no calendar has.
fn time(at: Millis) -> String {
    Timestamp::from_millisecond(at).map_or_else(|_| String::new(), |at| at.to_string())
}

fn profile(person: &Customer, site: &Site) -> Value {
    let address = person.address.as_ref();
    json!({
        "id": person.id,
        "shop_id": person.external_id,
        "email": address.map(|a| &a.email),
        "email_known_by": address.map(|a| a.proof),
        "email_since": address.map(|a| time(a.at)),
        "name": person.name,
        "locale": person.locale,
        "time_zone": person.time_zone,
        "attributes": person.attributes,
        "marketing": person.consent.map(|said| json!({"granted": said.granted, "at": time(said.at)})),
        "wants_mail": match person.preference {
            Preference::All => json!("all"),
            Preference::OrdersOnly => json!("orders_only"),
            Preference::PausedUntil(until) => json!({"paused_until": time(until)}),
        },
        "orders": person.orders,
        "spent": {"value": person.spent, "currency": site.currency},
        "first_order_at": person.first_order_at.map(time),
        "last_order_at": person.last_order_at.map(time),
        "known_since": time(person.created_at),
        "changed_at": time(person.updated_at),
    })
}

fn consent(c: &Consent) -> Value {
    json!({"granted": c.granted, "at": time(c.at), "source": c.source, "wording": c.wording, "page": c.page})
}

fn cart(c: &Cart) -> Value {
    json!({
        "token": c.token, "status": c.status, "value": c.value, "currency": c.currency, "items": c.items, "email": c.email,
        "checkout_url": c.checkout_url, "source": c.source, "created_at": time(c.created_at), "updated_at": time(c.updated_at),
    })
}

fn order(o: &Order) -> Value {
    json!({
        "id": o.id, "number": o.number, "status": o.status, "value": o.value, "refunded": o.refunded, "currency": o.currency,
        "items": o.items, "email": o.email, "new_customer": o.new_customer, "coupon": o.coupon, "source": o.source, "at": time(o.at),
    })
}

fn show(i: &Impression, survey: Option<&str>) -> Value {
    json!({
        "id": i.id, "survey": survey, "trigger": i.fired_by, "page": i.page, "device": i.device, "locale": i.locale,
        "order": i.order_id, "withheld": i.withheld, "shown_at": time(i.shown_at), "answered_at": i.answered_at.map(time),
        "completed_at": i.completed_at.map(time), "dismissed_at": i.dismissed_at.map(time), "dismissed_by": i.dismissed_by,
    })
}

fn response(said: &Said) -> Value {
    let Said { response: r, survey, answers } = said;
    json!({
        "id": r.id, "survey": survey, "started_at": time(r.started_at), "completed_at": r.completed_at.map(time), "page": r.page,
        "order": r.order_id,
        "answers": answers.iter().map(|(question, answer)| json!({"question": question, "answer": answer})).collect::<Value>(),
    })
}

fn mail(m: &Message) -> Value {
    json!({
        "id": m.id, "template": m.template, "to": m.recipient, "subject": m.subject, "status": m.status, "detail": m.detail,
        "text": m.raw, "created_at": time(m.created_at), "sent_at": m.sent_at.map(time), "clicked_at": m.clicked_at.map(time),
    })
}

fn follow_up(e: &Enrollment, flow: Option<String>, steps: &[StepRecord]) -> Value {
    let step = |s: &StepRecord| json!({"step": s.step + 1, "result": s.result, "reason": s.reason, "at": time(s.at)});
    json!({
        "flow": flow, "about": e.subject, "status": e.status, "entered_at": time(e.enrolled_at), "ended_at": e.ended_at.map(time),
        "ended_by": e.ended_by, "steps": steps.iter().map(step).collect::<Value>(),
    })
}
