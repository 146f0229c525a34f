//! Follow-ups: what is done after a shopper left, answered or bought, for whom, when, and when not.

mod check;
mod contact;
mod document;
mod enroll;
mod facts;
mod low_score;
mod quiet;
mod step;
mod verdict;

pub use contact::{MailCaps, MailRules};
pub use document::{Action, Flow, ReEntry, Step, StopEvent, Trigger};
pub use enroll::{Candidate, Entry, Past, Refusal, enroll};
pub use facts::{CartFacts, CustomerFacts, Known, OrderFacts};
pub use low_score::{LowScore, low_scores, threshold};
pub use quiet::{QuietHours, TimeOfDay};
pub use step::{Enrollment, EnrollmentStatus, Happened, Moment, next};
pub use verdict::{SkipReason, StepVerdict, StopReason, WaitReason};

#[cfg(test)]
mod tests;
