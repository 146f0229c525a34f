//! On which line of a JSON text something stands, so that a problem can be shown at its place.

use std::collections::HashMap;

/// Lines, from 1, by path: `questions[2].choices[0].key`. The text must be valid JSON.
pub struct Lines(HashMap<String, usize>);

enum Level {
    /// The object's path, and its current field.
    Object(String, Option<String>),
    /// The array's path, and the index of its next element.
    Array(String, usize),
}

impl Lines {
    pub fn of(text: &str) -> Self {
        let mut found = HashMap::from([(String::new(), 1)]);
        let mut levels: Vec<Level> = Vec::new();
        let (mut line, mut at, bytes) = (1, 0, text.as_bytes());
        while let Some(&byte) = bytes.get(at) {
            let start = at;
            at += 1;
            match byte {
                b'\n' => line += 1,
                b'}' | b']' => {
                    levels.pop();
                }
                b',' => {
                    if let Some(Level::Object(_, field)) = levels.last_mut() {
                        *field = None;
                    }
                }
                b'"' => {
                    at = end_of_string(bytes, at);
                    match levels.last_mut() {
                        Some(Level::Object(path, field @ None)) => {
                            let name: String = serde_json::from_str(&text[start..at]).unwrap_or_default();
                            let path = if path.is_empty() { name } else { format!("{path}.{name}") };
                            found.insert(path.clone(), line);
                            *field = Some(path);
                        }
                        _ => _ = value(&mut levels, &mut found, line),
                    }
                }
                b'{' | b'[' => {
                    let path = value(&mut levels, &mut found, line);
                    levels.push(if byte == b'{' { Level::Object(path, None) } else { Level::Array(path, 0) });
                }
                b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
                    value(&mut levels, &mut found, line);
                    while bytes.get(at).is_some_and(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b)) {
                        at += 1;
                    }
                }
                _ => {}
            }
        }
        Self(found)
    }

    /// The line of a path, or, if it is missing in the text, of what should hold it.
    pub fn at(&self, path: &str) -> usize {
        let mut path = path;
        loop {
            match self.0.get(path) {
                Some(line) => return *line,
                None => path = path.rfind(['.', '[']).map_or("", |end| &path[..end]),
            }
        }
    }
}

/// A value begins; answers with its path.
fn value(levels: &mut [Level], found: &mut HashMap<String, usize>, line: usize) -> String {
    match levels.last_mut() {
        None => String::new(),
        Some(Level::Object(_, field)) => field.clone().unwrap_or_default(),
        Some(Level::Array(path, next)) => {
            let path = format!("{path}[{next}]");
            *next += 1;
            found.insert(path.clone(), line);
            path
        }
    }
}

/// Just after the closing quotation mark.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{
  "key": "a \" {",
  "questions": [
    {"key": "x", "next": [-1.5e3, true,
      {"go": "é"}]},
    [[null,
      "deep"]]
  ],
  "empty": {},
  "translations": {"de": {"questions.x.prompt": "X"}}
}"#;

    #[test]
    fn finds_every_place() {
        let lines = Lines::of(TEXT);
        for (path, line) in [
            ("", 1),
            ("key", 2),
            ("questions", 3),
            ("questions[0].key", 4),
            ("questions[0].next[1]", 4),
            ("questions[0].next[2].go", 5),
            ("questions[1][0][1]", 7),
            ("empty", 9),
            ("translations.de.questions.x.prompt", 10),
        ] {
            assert_eq!(lines.at(path), line, "{path}");
        }
    }

    #[test]
    fn what_is_missing_stands_where_it_belongs() {
        let lines = Lines::of(TEXT);
        assert_eq!(lines.at("questions[0].type"), 4);
        assert_eq!(lines.at("questions[9].key"), 3);
        assert_eq!(lines.at("kind"), 1);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[\\[\\]{}\",:\\\\a1é\n-]{0,40}") {
            Lines::of(&text);
        }
    }
}
