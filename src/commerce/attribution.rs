//! Whether an order came from somebody who had seen a survey shortly before. Asked only where somebody is told of it.

use crate::clock::{DAY, Millis};
use crate::domain::webhook::EventType;
use crate::outbound::{self, Event, What};
use crate::store::impressions::{self, Past};
use crate::store::orders::Order;
use crate::store::sites::Site;
use crate::store::{StoreError, Tx, customers};

/// Shows that are looked through.
const SHOWS: usize = 200;

/// Tells of an order that a survey may have led to.
pub(super) async fn announce(tx: &mut Tx, site: &Site, order: &Order, now: Millis) -> Result<(), StoreError> {
    if !outbound::listens(tx, site.id, EventType::OrderAttributed).await? {
        return Ok(());
    }
    let mut visitors = match order.customer {
        Some(customer) => customers::visitors_of(&mut *tx, site.id, customer).await?,
        None => Vec::new(),
    };
    visitors.extend(order.visitor.filter(|visitor| !visitors.contains(visitor)));
    if visitors.is_empty() {
        return Ok(());
    }
    let past = impressions::histories(&mut *tx, site.id, visitors, SHOWS).await?;
    let window = i64::from(site.settings.attribution_days) * DAY;
    let Some(seen) = led_to(&past, order.at, window) else { return Ok(()) };
    let what = What::OrderAttributed { order: order.id.clone(), impression: seen.id };
    outbound::emit(tx, site.id, Event { what, customer: order.customer, visitor: order.visitor }, now).await
}

/// The survey that an order counts for: the last that was answered within the window before it, else the last that was seen. The
/// holdout saw nothing.
fn led_to(past: &[Past], ordered_at: Millis, window: Millis) -> Option<&Past> {
    let within = |at: Millis| at <= ordered_at && ordered_at.saturating_sub(at) <= window;
    let answered = |past: &Past| past.answered_at.or(past.completed_at).filter(|at| within(*at));
    let seen = past.iter().filter(|past| !past.withheld && (within(past.shown_at) || answered(past).is_some()));
    seen.max_by_key(|past| (answered(past), past.shown_at, past.id))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::SurveyId;

    fn past(id: u128, shown_at: Millis, answered_at: Option<Millis>) -> Past {
        Past {
            id: Uuid::from_u128(id),
            visitor: Uuid::nil(),
            survey_id: SurveyId(1),
            session: 0,
            shown_at,
            answered_at,
            completed_at: None,
            dismissed_at: None,
            order_id: None,
            withheld: false,
            manual: false,
        }
    }

    #[test]
    fn an_answer_counts_more_than_a_look_and_the_last_of_each_most() {
        let led = |past: &[Past]| led_to(past, 100, 50).map(|past| past.id.as_u128());
        assert_eq!(led(&[]), None);
        assert_eq!(led(&[past(1, 49, None), past(2, 101, None)]), None, "too early, or after the order");
        assert_eq!(led(&[past(1, 50, None), past(2, 60, None)]), Some(2));
        assert_eq!(led(&[past(1, 50, Some(55)), past(2, 60, None)]), Some(1));
        assert_eq!(led(&[past(1, 50, Some(55)), past(2, 51, Some(56)), past(3, 90, None)]), Some(2));
        assert_eq!(led(&[past(1, 40, Some(60))]), Some(1), "seen before the window, answered in it");
        assert_eq!(led(&[Past { withheld: true, ..past(1, 90, None) }]), None);
    }
}
