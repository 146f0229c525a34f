//! The plain text of a mail that has only HTML.

use html2text::config;

/// Columns; RFC 2822 advises no more than 78.
const WIDTH: usize = 76;

/// What the HTML says, with its links as footnotes. Layout tables become plain lines.
pub(super) fn from_html(html: &str) -> String {
    let reader = config::plain_no_decorate().link_footnotes(true).no_link_wrapping().raw_mode(true).allow_width_overflow();
    // Reading from memory cannot fail and overflow is allowed: what is left is nothing worth losing a mail for.
    let text = reader.string_from_read(html.as_bytes(), WIDTH).unwrap_or_default();
    tidy(&text)
}

/// No trailing spaces, no more than one empty line in a row, none of the invisible letters that pad a preview.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = true;
    for line in text.lines() {
        let line: String =
            line.chars().filter(|c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{34f}' | '\u{ad}' | '\u{feff}')).collect();
        let line = line.trim_end_matches([' ', '\u{a0}']);
        let line = if line.trim_matches([' ', '\u{a0}']).is_empty() { "" } else { line };
        if !(line.is_empty() && empty) {
            out.push_str(line);
            out.push('\n');
        }
        empty = line.is_empty();
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_text_with_its_links() {
        let link = format!("https://polls.example/u/{}", "t".repeat(120));
        let text = from_html(&format!(
            "<html><head><title>T</title><style>p {{}}</style></head><body><div style=\"display:none\">Preview\u{200b}\u{200c}</div>\
             <table role=presentation><tr><td><h1>Still &amp; there</h1></td></tr><tr><td><p>One</p><p><a href=\"{link}\">Stop</a></p></td></tr></table></body></html>"
        ));
        assert!(text.contains("Still & there"), "{text}");
        assert!(text.contains("Stop"), "{text}");
        assert!(text.lines().any(|line| line.ends_with(&link)), "a link is never broken:\n{text}");
        assert!(!text.contains("p {"), "{text}");
        assert!(!text.contains("\n\n\n"), "{text}");
    }

    #[test]
    fn odd_html_is_no_reason_to_fail() {
        for html in ["", "<", "<table><tr><td>", "<p>a", "\0", &"<div>".repeat(5_000)] {
            assert!(from_html(html).ends_with('\n'));
        }
    }
}
