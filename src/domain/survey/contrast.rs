//! Whether a theme's colours can be read, by WCAG 2.2: text needs 4.5:1, what is pressed or marked 3:1; both with some room, as the
//! page demands it (`widget/src/ui/theme.ts`): help texts are set at 70 % of the text colour. The page mends colours
//! that fall short, so these are warnings: the store's owner should know that shoppers see another colour.

use super::{Scheme, Theme};
use crate::domain::report::Problem;

/// The page's own colours where a theme has none: accent, then background and text, light and dark.
pub(super) const ACCENT: &str = "#1f5fd0";
pub(super) const LIGHT: [&str; 2] = ["#ffffff", "#17191d"];
pub(super) const DARK: [&str; 2] = ["#1d1f24", "#f1f2f4"];

/// What the page will mend. Colours are judged on the ground they were chosen for: dark if the scheme is, else light.
pub fn warnings(theme: &Theme) -> Vec<Problem> {
    let [paper, ink] = if theme.scheme == Some(Scheme::Dark) { DARK } else { LIGHT };
    let background = theme.background.as_deref().unwrap_or(paper);
    let pairs = [("text", &theme.text, ink, 7.5, "text needs"), ("accent", &theme.accent, ACCENT, 3.2, "buttons and marks need")];
    let mut problems = Vec::new();
    // What the store chose none of is our affair.
    for (field, own, ours, needed, purpose) in
        pairs.into_iter().filter(|(_, own, ..)| own.is_some() || theme.background.is_some())
    {
        let colour = own.as_deref().unwrap_or(ours);
        let Some(found) = ratio(colour, background) else { continue };
        if found < needed {
            problems.push(Problem {
                path: format!("theme.{field}"),
                message: format!(
                    "The {field} {colour} on {background} has a contrast of {:.1}:1; {purpose} {needed}:1. The page will mend it \
                     until it can be read.",
                    // Rounded up, 4.49 would look as if it were enough.
                    (found * 10.0).floor() / 10.0
                ),
            });
        }
    }
    problems
}

/// Contrast of two colours such as `#0b6e4f`, 1 to 21; `None` if one is no colour.
fn ratio(a: &str, b: &str) -> Option<f64> {
    Some(between(rgb(a)?, rgb(b)?))
}

/// Red, green and blue, 0 to 255 each.
pub(super) type Rgb = [f64; 3];

/// Contrast of two colours, 1 to 21.
pub(super) fn between(a: Rgb, b: Rgb) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// `None` for what is no colour such as `#abc` or `#aabbcc`.
pub(super) fn rgb(colour: &str) -> Option<Rgb> {
    let digits: Vec<u32> = colour.strip_prefix('#')?.chars().map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let channels = match digits[..] {
        [r, g, b] => [r * 17, g * 17, b * 17],
        [r, s, g, h, b, c] => [r * 16 + s, g * 16 + h, b * 16 + c],
        _ => return None,
    };
    Some(channels.map(f64::from))
}

/// Relative luminance, 0 to 1.
fn luminance(colour: Rgb) -> f64 {
    let [red, green, blue] = colour.map(|channel| {
        let part = channel / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn agrees_with_reference_values() {
        for (a, b, expected) in
            [("#000", "#fff", 21.0), ("#777777", "#fff", 4.48), ("#767676", "#ffffff", 4.54), ("#abc", "#abc", 1.0)]
        {
            assert!((ratio(a, b).unwrap() - expected).abs() < 0.005, "{a} {b}: {:?}", ratio(a, b));
            assert_eq!(ratio(a, b), ratio(b, a));
        }
        assert_eq!((ratio("green", "#fff"), ratio("#12345", "#fff")), (None, None));
    }

    #[test]
    fn what_is_hard_to_read_is_told() {
        let told = |theme: serde_json::Value| {
            let theme: Theme = serde_json::from_value(theme).unwrap();
            warnings(&theme).into_iter().map(|problem| problem.path).collect::<Vec<_>>()
        };
        assert!(told(json!({})).is_empty() && told(json!({"scheme": "dark"})).is_empty());
        assert!(told(json!({"accent": "#0b6e4f", "text": "#333"})).is_empty());
        assert_eq!(told(json!({"accent": "#ffe680"})), ["theme.accent"]);
        assert!(told(json!({"accent": "#ffe680", "scheme": "dark"})).is_empty());
        assert_eq!(told(json!({"text": "#777777"})), ["theme.text"]);
        assert_eq!(told(json!({"background": "#17191d"})), ["theme.text", "theme.accent"]);
        let theme = Theme { text: Some("#777777".into()), ..Theme::default() };
        assert!(warnings(&theme)[0].message.contains("contrast of 4.4:1; text needs 7.5:1"), "{:?}", warnings(&theme));
    }
}
