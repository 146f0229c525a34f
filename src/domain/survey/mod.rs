//! The survey document: shape, checks, languages and variants.

mod check;
/// Whether a theme's colours can be read.
pub mod contrast;
mod display;
mod document;
mod localize;
mod phrases;
mod question;
mod texts;
mod trigger;

pub use super::{report::Problem, schedule::Schedule};
pub use display::{Form, Frequency, Placement, Position, Show};
pub use document::{Kind, Quota, Scheme, Survey, Theme, Variant};
pub use localize::localize;
pub use phrases::words;
pub use question::{Button, Choice, Condition, Coupon, Ending, Jump, OTHER, Question, QuestionType, ScaleStyle};
pub use trigger::{ExitIntent, MobileSign, Trigger};
