//! One question's answers, in words.

use jiff::tz::TimeZone;

use super::summary::{SummaryView, summary_view};
use crate::domain::survey::QuestionType;
use crate::insight::results::QuestionResult;
use crate::insight::summary::Summary;
use crate::store::reports::Text;
use crate::web::admin::format;

pub struct QuestionView {
    pub key: String,
    pub prompt: String,
    pub kind: &'static str,
    pub answered: i64,
    pub answered_count: String,
    pub summary: SummaryView,
    /// The newest few texts, and the others.
    pub texts: Vec<TextView>,
    pub more: Vec<TextView>,
}

pub struct TextView {
    pub body: String,
    pub at: String,
    pub datetime: String,
    pub page: String,
}

/// Texts that are seen at once.
const FIRST: usize = 6;

impl QuestionView {
    pub fn new(question: QuestionResult, zone: &TimeZone) -> Self {
        let mut texts: Vec<TextView> = question.texts.into_iter().map(|text| text_view(text, zone)).collect();
        let more = texts.split_off(FIRST.min(texts.len()));
        Self {
            kind: kind(question.kind, &question.summary),
            answered_count: format::count(question.answered),
            answered: question.answered,
            summary: summary_view(question.summary),
            texts,
            more,
            key: question.key,
            prompt: question.prompt,
        }
    }

    /// Whether more than texts is shown.
    pub fn has_figure(&self) -> bool {
        !matches!(self.summary, SummaryView::Texts)
    }
}

fn text_view(text: Text, zone: &TimeZone) -> TextView {
    // The store is known; what tells pages apart is the path.
    let page = text.page.map(|page| url::Url::parse(&page).map_or(page, |url| url.path().to_owned()));
    TextView {
        body: text.body,
        at: format::moment(text.at, zone),
        datetime: format::machine(text.at),
        page: page.unwrap_or_default(),
    }
}

fn kind(kind: QuestionType, summary: &Summary) -> &'static str {
    match kind {
        _ if matches!(summary, Summary::Choices { several: true, .. }) => "Several choices possible",
        QuestionType::SingleChoice | QuestionType::MultiChoice | QuestionType::Dropdown => "One choice",
        QuestionType::ImageChoice => "One picture",
        QuestionType::Nps => "How likely to recommend, 0 to 10",
        QuestionType::Csat => "Satisfaction, 1 to 5",
        QuestionType::Ces => "Ease, 1 to 7",
        QuestionType::Rating => "Rating",
        QuestionType::ShortText | QuestionType::LongText => "Free text",
        QuestionType::Email => "E-mail address",
        QuestionType::Ranking => "Ranking",
        QuestionType::Matrix => "One choice a row",
        QuestionType::Statement => "Statement",
    }
}
