//! Strangers' texts before they are stored: bounded, and without U+0000, which Postgres cannot hold.

use serde_json::Value;

/// At most `max` characters, without control characters and blanks around it; `None` if nothing is left.
pub fn text(raw: &str, max: usize) -> Option<String> {
    let text: String = raw.trim().chars().filter(|c| !c.is_control()).take(max).collect();
    (!text.is_empty()).then_some(text)
}

/// The same of a text that may have several lines: they become one.
pub fn line(raw: &str, max: usize) -> Option<String> {
    text(&raw.split_whitespace().collect::<Vec<_>>().join(" "), max)
}

/// An address without its query and fragment, which may hold what nobody meant to tell.
pub fn page(raw: &str) -> Option<String> {
    let end = raw.find(['?', '#']).unwrap_or(raw.len());
    text(&raw[..end], 500)
}

/// Removes U+0000 from every text in a document.
pub fn json(value: &mut Value) {
    match value {
        Value::String(s) if s.contains('\0') => *s = s.replace('\0', ""),
        Value::Array(items) => items.iter_mut().for_each(json),
        Value::Object(fields) => {
            if fields.keys().any(|k| k.contains('\0')) {
                *fields = std::mem::take(fields).into_iter().map(|(k, v)| (k.replace('\0', ""), v)).collect();
            }
            fields.values_mut().for_each(json);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_texts_are_bounded_and_plain() {
        assert_eq!(text("  a\0b\nc  ", 10).as_deref(), Some("abc"));
        assert_eq!(text("ähnlich", 2).as_deref(), Some("äh"));
        assert_eq!(text(" \0 ", 10), None);
        assert_eq!(line(" a\n  b\tc\0 ", 10).as_deref(), Some("a b c"));
        assert_eq!(page("https://shop.example/cart?email=a@b.c#x").as_deref(), Some("https://shop.example/cart"));
        let mut value = serde_json::json!({"a\u{0}": ["b\u{0}", {"c": "\u{0}"}], "n": 1});
        json(&mut value);
        assert_eq!(value, serde_json::json!({"a": ["b", {"c": ""}], "n": 1}));
    }
}
