//! What becomes of a step, as a stable code and in a store owner's words.

use crate::domain::consent::Suppression;

/// What to do about a step now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepVerdict {
    /// Carry it out.
    Send,
    /// Ask again at that moment, in milliseconds; always later than now.
    Wait(i64, WaitReason),
    /// Leave it out and go on with the next.
    Skip(SkipReason),
    /// Nothing more of this enrollment.
    Stop(StopReason),
}

/// Why a step waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WaitReason {
    /// Its time has not come.
    #[error("is not due yet")]
    NotDue,
    /// It is night where the person lives.
    #[error("waits for the morning")]
    QuietHours,
    /// The cart is being looked at again.
    #[error("the shopper is back in the cart: waits until they have left it again")]
    ShopperIsBack,
}

/// Why a step is left out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SkipReason {
    /// It was carried out, or may have been.
    #[error("was done already")]
    AlreadyDone,
    /// The server was down, or could not reach anyone, for too long.
    #[error("came too late to be of use")]
    TooLate,
    /// The flow or the step is not for this person any more.
    #[error("the condition does not hold{}", because(.field))]
    ConditionNotMet {
        /// The fact to blame.
        field: Option<String>,
    },
    /// Nowhere to write to.
    #[error("no address is known that may be written to")]
    NoAddress,
    /// The address must not be written to.
    #[error("{}", suppressed(*.0))]
    Suppressed(Suppression),
    /// They did not say yes, or took it back.
    #[error("did not agree to marketing mail")]
    NoConsent,
    /// They asked for a rest.
    #[error("asked for a pause from mails")]
    Paused,
    /// They only want to hear of their orders.
    #[error("only wants mails about orders")]
    OrdersOnly,
    /// Enough mails.
    #[error("was sent {mails} mails in {days} days, which is as many as allowed")]
    MailCap {
        /// Allowed.
        mails: u32,
        /// In so many.
        days: i64,
    },
    /// Enough of everything.
    #[error("was asked or written to {contacts} times in {days} days, which is as often as allowed")]
    AttentionBudget {
        /// Allowed.
        contacts: u32,
        /// In so many.
        days: i64,
    },
}

/// Why an enrollment ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StopReason {
    /// It had ended before.
    #[error("had ended already")]
    Ended,
    /// Every step is behind it.
    #[error("went through every step")]
    Finished,
    /// The owner switched the flow off.
    #[error("the flow was switched off")]
    SwitchedOff,
    /// The person asked to be forgotten.
    #[error("asked to be forgotten")]
    Erased,
    /// What it was about was bought, or something else.
    #[error("ordered")]
    Ordered,
    /// Nothing is left in the cart.
    #[error("emptied the cart")]
    CartEmptied,
    /// Nothing is known of the cart any more.
    #[error("the cart is not known any more")]
    CartGone,
    /// They answered.
    #[error("answered a survey")]
    Answered,
    /// They do not want any more of this.
    #[error("unsubscribed")]
    Unsubscribed,
}

impl WaitReason {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotDue => "not_due",
            Self::QuietHours => "quiet_hours",
            Self::ShopperIsBack => "shopper_is_back",
        }
    }
}

impl SkipReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AlreadyDone => "already_done",
            Self::TooLate => "too_late",
            Self::ConditionNotMet { .. } => "condition_not_met",
            Self::NoAddress => "no_address",
            Self::Suppressed(_) => "suppressed",
            Self::NoConsent => "no_consent",
            Self::Paused => "paused",
            Self::OrdersOnly => "orders_only",
            Self::MailCap { .. } => "mail_cap",
            Self::AttentionBudget { .. } => "attention_budget",
        }
    }
}

impl StopReason {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Finished => "finished",
            Self::SwitchedOff => "switched_off",
            Self::Erased => "erased",
            Self::Ordered => "ordered",
            Self::CartEmptied => "cart_emptied",
            Self::CartGone => "cart_gone",
            Self::Answered => "answered",
            Self::Unsubscribed => "unsubscribed",
        }
    }
}

/// `: cart.value`, if there is a fact to blame.
pub(super) fn because(field: &Option<String>) -> String {
    field.as_ref().map_or_else(String::new, |field| format!(": {field}"))
}

pub(super) const fn suppressed(reason: Suppression) -> &'static str {
    match reason {
        Suppression::Unsubscribed => "unsubscribed",
        Suppression::Bounced => "mail to the address came back",
        Suppression::Complained => "called an earlier mail spam",
        Suppression::Erased => "asked to be forgotten",
    }
}
