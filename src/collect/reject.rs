//! Why an event was not taken. The codes are public.

use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Not an event at all.
    BadEvent,
    /// The id is not a UUID.
    BadId,
    /// `at` is in no believable relation to now.
    BadTime,
    UnknownType,
    MissingOffer,
    ForgedOffer,
    ExpiredOffer,
    /// Made for another site or another visitor.
    ForeignOffer,
    /// Of the holdout arm: it may only be counted.
    WithheldOffer,
    UnknownSurvey,
    UnknownQuestion,
    UnknownChoice,
    WrongAnswerType,
    AnswerOutOfRange,
    /// A cart, order, customer or custom event that does not hold what it must.
    BadPayload,
    /// An identity that the shop's server did not sign, or not so.
    BadSignature,
    /// The database refused this event's data.
    Storage,
}

/// One event's refusal, as the page is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// The event's id as sent; empty when it had none.
    pub id: String,
    pub reason: Reason,
    pub detail: String,
}
