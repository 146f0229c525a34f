//! What other services can be told.

use crate::domain::words::words;

words! {
    /// A type of event. Each has one shape for ever: fields are added, never taken away.
    pub enum EventType {
        ResponseCreated = "response.created",
        ResponseCompleted = "response.completed",
        CartAbandoned = "cart.abandoned",
        CartRecovered = "cart.recovered",
        OrderAttributed = "order.attributed",
        CustomerIdentified = "customer.identified",
        CustomerUnsubscribed = "customer.unsubscribed",
        AlertRaised = "alert.raised",
        /// A step of a follow-up that calls an endpoint.
        FlowStep = "flow.step",
        Ping = "ping",
    }
}

impl EventType {
    /// Those an endpoint chooses from. A step and a ping are sent to one endpoint, whatever it chose.
    pub const CHOICE: [Self; 8] = [
        Self::ResponseCreated,
        Self::ResponseCompleted,
        Self::CartAbandoned,
        Self::CartRecovered,
        Self::OrderAttributed,
        Self::CustomerIdentified,
        Self::CustomerUnsubscribed,
        Self::AlertRaised,
    ];

    /// Every type, in the order they are listed.
    pub const ALL: [Self; 10] = [
        Self::ResponseCreated,
        Self::ResponseCompleted,
        Self::CartAbandoned,
        Self::CartRecovered,
        Self::OrderAttributed,
        Self::CustomerIdentified,
        Self::CustomerUnsubscribed,
        Self::AlertRaised,
        Self::FlowStep,
        Self::Ping,
    ];

    /// When it is sent, in a sentence for a store owner.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::ResponseCreated => "Somebody gave the first answer of a survey.",
            Self::ResponseCompleted => "Somebody answered a survey to its end.",
            Self::CartAbandoned => "A cart was left behind. Carries the cart and the answers given.",
            Self::CartRecovered => "A cart that was left behind was ordered after all.",
            Self::OrderAttributed => "An order came from somebody who had seen or answered a survey shortly before.",
            Self::CustomerIdentified => "A shopper became known, by an address or by your shop’s own id.",
            Self::CustomerUnsubscribed => "A customer wants no more marketing mail.",
            Self::AlertRaised => "Something needs your attention, such as a webhook that keeps failing.",
            Self::FlowStep => "A follow-up reached a step that calls this endpoint.",
            Self::Ping => "A test that you sent yourself.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_listed() {
        assert_eq!(EventType::ALL.map(EventType::as_str).as_slice(), EventType::WORDS);
        assert!(EventType::CHOICE.iter().all(|kind| EventType::ALL.contains(kind)));
        // A part between dots holds letters, digits and underscores (Standard Webhooks 1.0.0).
        let fits = |word: &str| word.split('.').all(|part| part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
        assert!(EventType::WORDS.iter().all(|word| fits(word)));
    }
}
