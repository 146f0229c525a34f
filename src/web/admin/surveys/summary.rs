//! The figure of a question, as its template draws it. Lengths are in thousandths of the drawing.

use crate::domain::score::ENOUGH;
use crate::insight::summary::{Bar, Place, Row, Scale, ScoreResult, Share, Summary};
use crate::web::admin::format;

pub enum SummaryView {
    Choices {
        bars: Vec<BarView>,
        several: bool,
    },
    Scale(ScaleView),
    Ranking(Vec<PlaceView>),
    Matrix {
        columns: Vec<String>,
        rows: Vec<RowView>,
    },
    Texts,
    /// How many allowed marketing mail.
    Addresses {
        agreed: Option<BarView>,
    },
}

pub struct BarView {
    pub label: String,
    pub count: String,
    pub share: String,
    pub range: String,
    pub width: u32,
    /// Where the interval begins, and its length.
    pub low: u32,
    pub span: u32,
}

pub struct ScaleView {
    pub score: Option<ScoreView>,
    pub columns: Vec<Column>,
    /// Groups of an NPS, and where each begins.
    pub groups: Vec<(u32, BarView)>,
    pub low: String,
    pub high: String,
}

/// One number of a scale; the most frequent fills the height.
pub struct Column {
    pub number: String,
    pub count: String,
    pub share: String,
    pub height: u32,
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

pub struct PlaceView {
    pub label: String,
    pub mean: String,
    pub range: String,
    pub first: String,
    pub width: u32,
    pub low: u32,
    pub span: u32,
}

pub struct RowView {
    pub label: String,
    pub cells: Vec<Cell>,
    pub answered: String,
}

pub struct Cell {
    pub share: String,
    /// How strong its ground is, 0 to 5.
    pub heat: u32,
}

pub fn summary_view(summary: Summary) -> SummaryView {
    match summary {
        Summary::Choices { bars, several } => SummaryView::Choices { bars: bars.into_iter().map(bar).collect(), several },
        Summary::Scale(found) => SummaryView::Scale(scale(found)),
        Summary::Ranking(places) => SummaryView::Ranking(places.iter().map(place).collect()),
        Summary::Matrix { columns, rows } => SummaryView::Matrix { columns, rows: rows.into_iter().map(row).collect() },
        Summary::Texts => SummaryView::Texts,
        Summary::Addresses { agreed } => SummaryView::Addresses {
            agreed: agreed.map(|share| bar(Bar { label: "Allowed marketing mail".into(), n: share.n, share: Some(share) })),
        },
    }
}

fn thousandths(share: f64) -> u32 {
    (share.clamp(0.0, 1.0) * 1000.0).round() as u32
}

fn percent(share: Option<Share>) -> String {
    share.map_or_else(|| "–".into(), |share| format::percent(share.value))
}

fn bar(bar: Bar) -> BarView {
    let (low, high) = bar.share.map_or((0, 0), |s| (thousandths(s.interval.low), thousandths(s.interval.high)));
    BarView {
        label: bar.label,
        count: format::count(bar.n),
        share: percent(bar.share),
        range: bar.share.map_or_else(String::new, |s| format::percent_range(s.interval)),
        width: bar.share.map_or(0, |s| thousandths(s.value)),
        low,
        span: high.saturating_sub(low),
    }
}

fn scale(scale: Scale) -> ScaleView {
    let most = scale.points.iter().map(|point| point.n).max().unwrap_or(0).max(1);
    let column = |point: Bar| Column {
        number: point.label,
        count: format::count(point.n),
        // Eleven of them stand side by side on a phone.
        share: point.share.map_or_else(|| "–".into(), |share| format!("{:.0}%", share.value * 100.0)),
        height: thousandths(point.n as f64 / most as f64),
    };
    let mut from = 0;
    let group = |found: Bar| {
        let view = bar(found);
        let at = from;
        from += view.width;
        (at, view)
    };
    let [low, high] = scale.ends;
    ScaleView {
        score: scale.score.map(|found| score(&found)),
        columns: scale.points.into_iter().map(column).collect(),
        groups: scale.groups.into_iter().map(group).collect(),
        low,
        high,
    }
}

fn score(score: &ScoreResult) -> ScoreView {
    ScoreView {
        name: score.name,
        value: score.write(score.value),
        range: score.interval.map(|interval| format!("{} to {}", score.write(interval.low), score.write(interval.high))),
        count: format::count(i64::try_from(score.n).unwrap_or(i64::MAX)),
        is_thin: !score.enough,
        enough: ENOUGH,
    }
}

/// The better the place, the longer the bar: the first place fills it, the last leaves it empty.
fn place(place: &Place) -> PlaceView {
    let steps = place.last.saturating_sub(1).max(1) as f64;
    let length = |at: f64| thousandths((place.last as f64 - at) / steps);
    let (low, high) = place.interval.map_or((0, 0), |interval| (length(interval.high), length(interval.low)));
    PlaceView {
        label: place.label.clone(),
        mean: place.mean.map_or_else(|| "–".into(), |mean| format!("{mean:.1}")),
        range: place.interval.map_or_else(String::new, |i| format!("{:.1}–{:.1}", i.low, i.high)),
        first: percent(place.first),
        width: place.mean.map_or(0, length),
        low,
        span: high.saturating_sub(low),
    }
}

fn row(row: Row) -> RowView {
    let cell = |share: Option<Share>| Cell {
        share: percent(share),
        heat: share.map_or(0, |share| (share.value * 5.0).round().clamp(0.0, 5.0) as u32),
    };
    RowView { label: row.label, cells: row.cells.into_iter().map(cell).collect(), answered: format::count(row.answered) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::stats::Interval;

    #[test]
    fn scores_are_written_with_sign_or_unit() {
        let view = |name, unit, value, n| {
            let interval = Some(Interval { low: value - 5.0, high: value + 5.0 });
            score(&ScoreResult { name, value, interval, n, enough: n >= ENOUGH, unit })
        };
        let nps = view("NPS", "", -2.0, 29);
        assert_eq!((&*nps.value, nps.range.as_deref(), nps.is_thin), ("−2", Some("−7 to +3"), true));
        let csat = view("CSAT", "%", 80.0, 30);
        assert_eq!((&*csat.value, csat.range.as_deref(), csat.is_thin), ("80%", Some("75% to 85%"), false));
        assert_eq!(view("CES", "", 5.84, 30).value, "5.8");
    }

    #[test]
    fn the_first_place_fills_its_bar() {
        let view = |mean: Option<f64>, low, high| {
            let interval = mean.map(|_| Interval { low, high });
            let found = place(&Place { label: "A".into(), mean, interval, first: Share::new(1, 4), n: 4, last: 5 });
            (found.mean, found.width, found.low, found.span, found.first)
        };
        assert_eq!(view(Some(1.0), 1.0, 2.0), ("1.0".into(), 1000, 750, 250, "25%".into()));
        assert_eq!(view(Some(5.0), 4.0, 5.0), ("5.0".into(), 0, 0, 250, "25%".into()));
        assert_eq!(view(None, 0.0, 0.0), ("–".into(), 0, 0, 0, "25%".into()));
    }

    #[test]
    fn the_most_frequent_number_fills_the_height() {
        let point = |label: &str, n| Bar { label: label.into(), n, share: Share::new(n, 10) };
        let found = scale(Scale {
            score: None,
            points: vec![point("1", 2), point("2", 8)],
            groups: vec![point("low", 2), point("high", 8)],
            ends: ["bad".into(), "good".into()],
        });
        assert_eq!(found.columns.iter().map(|column| column.height).collect::<Vec<_>>(), [250, 1000]);
        assert_eq!(found.groups.iter().map(|(from, group)| (*from, group.width)).collect::<Vec<_>>(), [(0, 200), (200, 800)]);
    }

    #[test]
    fn a_cell_is_as_strong_as_its_share() {
        let found = row(Row { label: "R".into(), answered: 4, cells: vec![Share::new(4, 4), Share::new(0, 4), None] });
        let cells: Vec<_> = found.cells.iter().map(|cell| (&*cell.share, cell.heat)).collect();
        assert_eq!(cells, [("100%", 5), ("0%", 0), ("–", 0)]);
    }
}
