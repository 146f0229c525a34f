//! One question's answers, in words.

use jiff::tz::TimeZone;

use crate::domain::score::ENOUGH;
use crate::domain::survey::QuestionType;
use crate::insight::results::{Bar, QuestionResult, ScoreResult};
use crate::store::reports::Text;
use crate::web::admin::format;

pub struct QuestionView {
    pub key: String,
    pub prompt: String,
    pub kind: &'static str,
    pub answered: i64,
    pub answered_count: String,
    pub score: Option<ScoreView>,
    pub bars: Vec<BarView>,
    /// The newest few texts, and the others.
    pub texts: Vec<TextView>,
    pub more: Vec<TextView>,
}

pub struct ScoreView {
    pub name: &'static str,
    pub value: String,
    /// From where to where it plausibly lies.
    pub range: Option<String>,
    pub count: String,
    /// Whether so few answers deserve a warning.
    pub is_thin: bool,
    pub enough: u64,
}

pub struct BarView {
    pub label: String,
    pub count: String,
    pub share: String,
    pub range: String,
    /// In thousandths of the whole.
    pub width: u32,
    /// Where the interval begins, and its length, in thousandths.
    pub low: u32,
    pub span: u32,
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
            kind: kind(question.kind),
            answered_count: format::count(question.answered),
            answered: question.answered,
            score: question.score.map(|score| score_view(&score)),
            bars: question.bars.into_iter().map(bar_view).collect(),
            texts,
            more,
            key: question.key,
            prompt: question.prompt,
        }
    }
}

fn score_view(score: &ScoreResult) -> ScoreView {
    let n = |value: f64| match (score.name, score.unit) {
        // An NPS without its sign is easily misread.
        ("NPS", _) if value.round() > 0.0 => format!("+{value:.0}"),
        ("NPS", _) if value.round() < 0.0 => format!("−{:.0}", -value),
        ("NPS", _) => "0".into(),
        (_, "%") => format!("{value:.0}%"),
        (_, unit) => format!("{value:.1}{unit}"),
    };
    ScoreView {
        name: score.name,
        value: n(score.value),
        range: score.interval.map(|interval| format!("{} to {}", n(interval.low), n(interval.high))),
        count: format::count(i64::try_from(score.n).unwrap_or(i64::MAX)),
        is_thin: !score.enough,
        enough: ENOUGH,
    }
}

fn bar_view(bar: Bar) -> BarView {
    let thousandths = |share: f64| (share.clamp(0.0, 1.0) * 1000.0).round() as u32;
    let share = bar.share;
    let (low, high) = share.map_or((0, 0), |s| (thousandths(s.interval.low), thousandths(s.interval.high)));
    BarView {
        label: bar.label,
        count: format::count(bar.n),
        share: share.map_or_else(|| "–".into(), |s| format::percent(s.value)),
        range: share.map_or_else(String::new, |s| format::percent_range(s.interval)),
        width: share.map_or(0, |s| thousandths(s.value)),
        low,
        span: high.saturating_sub(low),
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

fn kind(kind: QuestionType) -> &'static str {
    match kind {
        QuestionType::SingleChoice | QuestionType::Dropdown | QuestionType::ImageChoice => "One choice",
        QuestionType::MultiChoice => "Several choices possible",
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::stats::Interval;

    #[test]
    fn scores_are_written_with_sign_or_unit() {
        let view = |name, unit, value, n| {
            let interval = Some(Interval { low: value - 5.0, high: value + 5.0 });
            score_view(&ScoreResult { name, value, interval, n, enough: n >= ENOUGH, unit })
        };
        let nps = view("NPS", "", -2.0, 29);
        assert_eq!((&*nps.value, nps.range.as_deref(), nps.is_thin), ("−2", Some("−7 to +3"), true));
        let csat = view("CSAT", "%", 80.0, 30);
        assert_eq!((&*csat.value, csat.range.as_deref(), csat.is_thin), ("80%", Some("75% to 85%"), false));
        assert_eq!(view("CES", "", 5.84, 30).value, "5.8");
    }
}
