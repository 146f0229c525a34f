//! Shown and answered by day, as bars. The drawing stretches to the page's width, so its words stand beside it as text.

use crate::insight::results::Day;
use crate::web::admin::format;

/// Width of a day's place, of the bar in it, and height of the drawing, in its own units.
const STEP: usize = 10;
const BAR: usize = 8;
const HEIGHT: i64 = 100;

pub struct Chart {
    pub width: usize,
    pub bars: Vec<Bar>,
    /// From the top: largest, half, none.
    pub scale: [String; 3],
    /// First, middle and last day.
    pub days: [String; 3],
}

pub struct Bar {
    pub x: usize,
    pub shown: Column,
    pub answered: Column,
    /// ISO.
    pub date: String,
    pub day: String,
    pub shown_count: String,
    pub answered_count: String,
    pub rate: String,
}

pub struct Column {
    pub y: String,
    pub height: String,
}

impl Chart {
    pub const BAR: usize = BAR;

    pub fn new(days: &[Day]) -> Self {
        let top = round_up(days.iter().map(|day| day.shown.max(day.answered)).max().unwrap_or(0));
        let name = |at: usize| days.get(at).map_or_else(String::new, |day| format::short_day(&day.date));
        let last = days.len().saturating_sub(1);
        Self {
            width: days.len().max(1) * STEP,
            bars: days.iter().enumerate().map(|(at, day)| bar(at, day, top)).collect(),
            scale: [format::count(top), format::count(top / 2), "0".into()],
            days: [name(0), name(last / 2), name(last)],
        }
    }
}

fn bar(at: usize, day: &Day, top: i64) -> Bar {
    let rate = match day.shown {
        0 => "–".into(),
        shown => format::percent(day.answered as f64 / shown as f64),
    };
    Bar {
        x: at * STEP + (STEP - BAR) / 2,
        shown: column(day.shown, top),
        answered: column(day.answered, top),
        date: day.date.clone(),
        day: format::short_day(&day.date),
        shown_count: format::count(day.shown),
        answered_count: format::count(day.answered),
        rate,
    }
}

fn column(n: i64, top: i64) -> Column {
    let height = HEIGHT as f64 * n as f64 / top as f64;
    Column { y: format!("{:.2}", HEIGHT as f64 - height), height: format!("{height:.2}") }
}

/// The next number that is easy to halve: 2, 4, 6, 8, 10, 12, 16, 20 … 80, 100, 120 …
fn round_up(n: i64) -> i64 {
    let (mut size, tops) = (1, [10, 12, 16, 20, 24, 30, 40, 50, 60, 80, 100]);
    while n > 100 * size {
        size *= 10;
    }
    [2, 4, 6, 8].into_iter().filter(|_| size == 1).chain(tops.map(|top| top * size)).find(|top| *top >= n).unwrap_or(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_ends_at_a_round_number() {
        for (n, top) in
            [(0, 2), (1, 2), (3, 4), (9, 10), (10, 10), (11, 12), (22, 24), (41, 50), (99, 100), (101, 120), (812, 1000)]
        {
            assert_eq!(round_up(n), top, "{n}");
        }
    }

    #[test]
    fn bars_are_as_high_as_their_numbers() {
        let day = |date: &str, shown, answered| Day { date: date.into(), shown, answered };
        let chart = Chart::new(&[day("2026-11-23", 10, 5), day("2026-11-24", 0, 0)]);
        assert_eq!((chart.width, chart.bars[1].x), (20, 11));
        assert_eq!((&*chart.bars[0].shown.height, &*chart.bars[0].answered.y), ("100.00", "50.00"));
        assert_eq!((&*chart.bars[0].rate, &*chart.bars[1].rate), ("50%", "–"));
        assert_eq!(chart.days, ["23 Nov", "23 Nov", "24 Nov"]);
        assert_eq!(Chart::new(&[]).bars.len(), 0);
    }
}
