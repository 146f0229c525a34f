//! Kinds of alerts and their thresholds, as store owners read them.

use std::ops::RangeInclusive;

use crate::domain::alert::{AlertRules, Kind};

/// Label, and what it is about.
pub fn kind(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Webhook => ("Webhooks and connections", "One fails, or was switched off."),
        Kind::Mail => ("Mail", "Mails do not go out, come back, or are called spam."),
        Kind::Queue => ("Waiting work", "Mails, follow-ups or calls of webhooks are due and nobody does them."),
        Kind::Shows => ("Surveys that are not shown any more", "Mostly the tag is gone from the store’s pages."),
        Kind::Rate => (
            "Answer rates",
            "More or fewer answer than usual: yesterday against the same weekday, and a week against the weeks before.",
        ),
        Kind::Score => ("Scores", "An NPS, CSAT, CES or rating is out of its usual range."),
        Kind::Answer => ("One answer", "It is given much more often today."),
        Kind::Keyword => ("Words", "Words of yours are in what shoppers write."),
        Kind::Script => ("The script", "It fails on the store’s pages more than usual, or in a new way."),
    }
}

/// A number of the rules: its name in the form, its label, what it means, and where it is kept.
pub struct Number {
    pub name: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub range: RangeInclusive<u32>,
    pub of: fn(&mut AlertRules) -> &mut u32,
}

/// A number, short to write.
macro_rules! number {
    ($field:ident, $range:expr, $label:literal, $hint:literal) => {
        Number { name: stringify!($field), label: $label, hint: $hint, range: $range, of: |rules| &mut rules.$field }
    };
}

/// When and how often somebody is told.
pub const TELLING: [Number; 3] = [
    number!(digest_hour, 0..=23, "Hour of the daily mail", "0 to 23, on the store’s clock."),
    number!(cool_down_hours, 1..=720, "Hours until the same is told again", "Then after twice as long, and so on."),
    number!(urgent_per_hour, 1..=100, "Mails an hour at most", "What is more comes with the daily mail."),
];

/// The thresholds of a kind.
pub fn numbers(kind: Kind) -> &'static [Number] {
    match kind {
        Kind::Webhook => {
            &[number!(failing_minutes, 5..=10_080, "Minutes of nothing but failures", "And once more when it is a day.")]
        }
        Kind::Mail => &[
            number!(mails_in_a_row, 2..=100, "Mails not taken, one after the other", "By the mail server."),
            number!(failed_percent, 1..=100, "Or percent of the last hour’s mails", "Of at least twice as many as in a row."),
            number!(bounce_percent, 1..=100, "Percent of a day’s mails that come back", "5 is what providers put up with."),
            number!(complaint_permille, 1..=1000, "Of a thousand mails, called spam", "3 is what providers put up with."),
            number!(least_mails, 10..=100_000, "Mails a day, at least", "Below it no share says anything."),
        ],
        Kind::Queue => &[number!(queue_minutes, 1..=1440, "Minutes that work may wait", "At two looks one after the other.")],
        Kind::Shows => &[number!(missed_shows, 5..=100_000, "Shows that must be missing", "By what is usual at these hours.")],
        Kind::Rate => &[
            number!(least_shows, 20..=1_000_000, "Shows a day, at least", "Days and weeks with fewer do not count."),
            number!(rate_change_percent, 1..=100, "Percent of change, at least", "Of the usual rate: from 20 % to 16 % is 20."),
        ],
        Kind::Score => &[
            number!(least_answers, 10..=1_000_000, "Answers a day, at least", "For one answer’s share, too."),
            number!(score_change_percent, 1..=100, "Percent of the scale, at least", "5 are ten points of an NPS."),
        ],
        Kind::Answer => &[number!(share_change_points, 1..=100, "Points of a hundred, at least", "From 10 % to 20 % are 10.")],
        Kind::Keyword => {
            &[number!(least_mentions, 1..=10_000, "Times a day, at least", "And much more often than in the seven days before.")]
        }
        Kind::Script => &[number!(least_errors, 1..=1_000_000, "Mistakes a day, at least", "Fewer are no news.")],
    }
}
