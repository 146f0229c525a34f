//! The survey document: shape, checks, languages and variants.

mod check;
/// Whether a theme's colours can be read.
pub mod contrast;
mod display;
mod document;
mod edition;
mod localize;
mod page_words;
mod palette;
mod phrases;
mod question;
mod texts;
mod trigger;

pub use super::{report::Problem, schedule::Schedule};
pub use display::{Form, Frequency, Placement, Position, Show};
pub use document::{Kind, Quota, Scheme, Survey, Theme, Variant};
pub use edition::Edition;
pub use localize::{dir, locale_of, localize, only};
pub use page_words::PageWords;
pub use palette::stylesheet;
pub use phrases::words;
pub use question::{Button, Choice, Condition, Coupon, Ending, Jump, OTHER, Question, QuestionType, ScaleStyle};
pub use trigger::{ExitIntent, MobileSign, Trigger};
