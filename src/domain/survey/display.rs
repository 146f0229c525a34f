//! How, and how often, a survey appears.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::domain::{duration::Span, words::words};

/// How a survey appears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// The form of it.
    #[serde(rename = "type")]
    pub form: Form,
    /// Where, for a slide-in or a bar; the first of [`Form::positions`] when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
}

words! {
    /// The form in which a survey appears.
    pub enum Form {
        /// Over the page, which waits.
        Modal = "modal",
        /// A card in a corner.
        SlideIn = "slide_in",
        /// A strip along an edge.
        Bar = "bar",
        /// In an element of the page.
        Inline = "inline",
    }
}

words! {
    /// A place on the screen.
    pub enum Position {
        BottomRight = "bottom-right",
        BottomLeft = "bottom-left",
        TopRight = "top-right",
        TopLeft = "top-left",
        Bottom = "bottom",
        Top = "top",
    }
}

impl Form {
    /// Where it may stand; the first is the default.
    pub const fn positions(self) -> &'static [Position] {
        match self {
            Self::Modal | Self::Inline => &[],
            Self::SlideIn => &[Position::BottomRight, Position::BottomLeft, Position::TopRight, Position::TopLeft],
            Self::Bar => &[Position::Bottom, Position::Top],
        }
    }
}

impl Placement {
    /// The usual one for this kind of survey.
    pub fn default_for(kind: Kind) -> Self {
        let form = match kind {
            Kind::ExitIntent => Form::Modal,
            Kind::PostPurchase | Kind::OnSite => Form::SlideIn,
            Kind::Link => Form::Inline,
        };
        Self { form, position: None }
    }
}

words! {
    /// How often a survey is shown to one person.
    #[derive(Default)]
    pub enum Show {
        /// Once; for a post-purchase survey, once per order.
        #[default]
        Once = "once",
        /// At most `max_shows` times.
        Times = "times",
        /// Until it was answered, then again after `after_answer`.
        UntilAnswered = "until_answered",
        /// Again after each `gap`.
        Every = "every",
        /// Whenever the site's own rules allow it.
        Always = "always",
    }
}

/// How often one person may be asked this survey; the rules are in [`crate::domain::frequency`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Frequency {
    /// The basic rule.
    pub show: Show,
    /// Never more shows than this, whatever the basic rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_shows: Option<u32>,
    /// Time between two shows of this survey.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap: Option<Span>,
    /// Rest after an answer.
    pub after_answer: Span,
    /// Rest after a dismissal.
    pub after_dismiss: Span,
    /// Factor for each further dismissal in a row.
    pub backoff: f64,
}

impl Default for Frequency {
    fn default() -> Self {
        Self {
            show: Show::Once,
            max_shows: None,
            gap: None,
            after_answer: Span::days(90),
            after_dismiss: Span::days(30),
            backoff: 2.0,
        }
    }
}
