//! A theme's colours for a page without a script: the same as the script's (`widget/src/ui/theme.ts`), mended in the same way until
//! text and controls can be read.

use super::contrast::{ACCENT, DARK, LIGHT, Rgb, between, rgb};
use super::{Scheme, Theme};

const WHITE: Rgb = [255.0; 3];
const BLACK: Rgb = [0.0; 3];
/// The roundest corners that a page can bear, in pixels, and those of a theme that says nothing.
const RADIUS: (u8, u8) = (28, 14);

/// The theme as custom properties of `:root`. Holds nothing of the store's but colours, a number and names of fonts, which the
/// document's checks keep from ending their declarations.
pub fn stylesheet(theme: &Theme) -> String {
    let (most, usual) = RADIUS;
    let radius = theme.radius.unwrap_or(usual).min(most);
    let font = theme.font.as_deref().filter(|font| *font != "inherit").map(|font| format!("{font},"));
    let font = font.unwrap_or_default();
    let shape = format!(":root{{--radius:{radius}px;--font:{font}system-ui,sans-serif}}");
    let root = |dark| format!(":root{{{}}}", properties(theme, dark));
    match theme.scheme.unwrap_or(Scheme::Auto) {
        Scheme::Light => shape + &root(false),
        Scheme::Dark => shape + &root(true),
        Scheme::Auto => format!("{shape}{}@media(prefers-color-scheme:dark){{{}}}", root(false), root(true)),
    }
}

fn properties(theme: &Theme, dark: bool) -> String {
    let [paper, text] = if dark { DARK } else { LIGHT };
    // A store's own paper belongs to the scheme it was chosen for, which is the light one unless it says otherwise.
    let own = !dark || theme.scheme == Some(Scheme::Dark);
    let colour = |chosen: &Option<String>, ours: &str| {
        // Ours are colours.
        chosen.as_deref().filter(|_| own).and_then(rgb).or_else(|| rgb(ours)).unwrap_or(BLACK)
    };
    let bg = colour(&theme.background, paper);
    let wanted = colour(&theme.text, text);
    let ink = if between(wanted, bg) >= 7.5 { wanted } else { readable(bg) };
    let mut accent = theme.accent.as_deref().and_then(rgb).or_else(|| rgb(ACCENT)).unwrap_or(ink);
    for _ in 0..20 {
        if between(accent, bg) >= 3.2 {
            break;
        }
        accent = mix(accent, ink, 0.9);
    }
    let names = [
        ("bg", bg),
        ("ink", ink),
        ("soft", mix(ink, bg, 0.7)),
        ("edge", mix(ink, bg, 0.5)),
        ("line", mix(ink, bg, 0.15)),
        ("ground", mix(ink, bg, 0.05)),
        ("tint", mix(accent, bg, 0.09)),
        ("accent", accent),
        ("on", readable(accent)),
    ];
    let colours: String = names.into_iter().map(|(name, colour)| format!("--{name}:{};", css(colour))).collect();
    let (bad, scheme) = if dark { ("#ff8a80", "dark") } else { ("#c62828", "light") };
    format!("{colours}--bad:{bad};color-scheme:{scheme}")
}

/// Black or white, whichever reads; white on a tie of taste.
fn readable(on: Rgb) -> Rgb {
    let white = between(WHITE, on);
    if white >= 4.5 || white > between(BLACK, on) { WHITE } else { BLACK }
}

/// Rounded as it will be seen, so that what is decided by it holds.
fn mix(a: Rgb, b: Rgb, share: f64) -> Rgb {
    std::array::from_fn(|at| (a[at] * share + b[at] * (1.0 - share)).round())
}

fn css(colour: Rgb) -> String {
    let [r, g, b] = colour.map(|channel| channel as u8);
    format!("#{r:02x}{g:02x}{b:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value<'a>(sheet: &'a str, name: &str) -> &'a str {
        let (_, rest) = sheet.split_once(&format!("--{name}:")).unwrap();
        rest.split([';', '}']).next().unwrap()
    }

    #[test]
    fn follows_the_scheme_and_keeps_what_can_be_read() {
        let theme = Theme { accent: Some("#0b6e4f".into()), radius: Some(40), font: Some("Inter".into()), ..Theme::default() };
        let sheet = stylesheet(&theme);
        assert!(sheet.contains("prefers-color-scheme:dark") && sheet.contains("--font:Inter,system-ui"), "{sheet}");
        assert_eq!((value(&sheet, "accent"), value(&sheet, "radius")), ("#0b6e4f", "28px"));
        for (scheme, word) in [(Scheme::Light, "light"), (Scheme::Dark, "dark")] {
            let sheet = stylesheet(&Theme { scheme: Some(scheme), ..theme.clone() });
            assert!(!sheet.contains("@media") && sheet.contains(&format!("color-scheme:{word}")), "{sheet}");
        }
        let pale = Theme { accent: Some("#ffe680".into()), ..Theme::default() };
        assert_ne!(value(&stylesheet(&pale), "accent"), "#ffe680");
    }

    #[test]
    fn a_mended_accent_is_judged_as_it_is_seen() {
        // Before it was rounded white could just be read on it, and then not any more.
        let [accent, background, text] = ["#42ba2a", "#e0e10a", "#00aaaa"].map(|colour| Some(colour.into()));
        let sheet = stylesheet(&Theme { accent, background, text, scheme: Some(Scheme::Light), ..Theme::default() });
        let [on, accent] = ["on", "accent"].map(|name| rgb(value(&sheet, name)).unwrap());
        assert!(between(on, accent) >= 4.5, "{sheet}");
    }

    proptest! {
        #[test]
        fn whatever_the_colours_it_can_be_read(colours in prop::array::uniform3("#[0-9a-f]{6}"), scheme in 0..2) {
            let [accent, background, text] = colours.map(Some);
            let scheme = Some(if scheme == 0 { Scheme::Light } else { Scheme::Dark });
            let sheet = stylesheet(&Theme { accent, background, text, scheme, ..Theme::default() });
            let contrast = |a, b| between(rgb(value(&sheet, a)).unwrap(), rgb(value(&sheet, b)).unwrap());
            prop_assert!(contrast("ink", "bg") >= 4.5, "{sheet}");
            prop_assert!(contrast("accent", "bg") >= 3.0, "{sheet}");
            prop_assert!(contrast("on", "accent") >= 4.5, "{sheet}");
        }
    }
}
