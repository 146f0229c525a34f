//! Headers of the owner's own, such as `Authorization`, sent with every call to an endpoint.

/// Most of them for one endpoint.
const MOST: usize = 20;
/// Longest value, in bytes.
const MAX_VALUE: usize = 4096;

/// Name in lower case, and value.
pub type Header = (String, String);

/// Headers that are ours, or the connection's.
const TAKEN: [&str; 16] = [
    "host",
    "content-length",
    "content-type",
    "transfer-encoding",
    "content-encoding",
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authorization",
    "proxy-authenticate",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "user-agent",
    "accept-encoding",
];

/// Why headers are refused. Values are not repeated: they may be secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadHeader {
    #[error("line {0} is not written as Name: value")]
    Malformed(usize),
    #[error("{0:?} is not the name of a header: letters, digits and - only")]
    Name(String),
    #[error("{0:?} is set by us and cannot be replaced")]
    Taken(String),
    #[error("{0:?} is there twice")]
    Twice(String),
    #[error("the value of {0:?} is empty, longer than {MAX_VALUE} bytes, or holds letters that headers cannot carry")]
    Value(String),
    #[error("there are more than {MOST} headers")]
    Many,
}

/// Reads headers, one a line: `Authorization: Bearer …`.
pub fn parse_headers(text: &str) -> Result<Vec<Header>, BadHeader> {
    let mut headers: Vec<Header> = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let (name, value) = line.split_once(':').ok_or(BadHeader::Malformed(at + 1))?;
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        let plain = (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if !plain {
            return Err(BadHeader::Name(name.chars().take(64).collect()));
        }
        if TAKEN.contains(&name.as_str()) || name.starts_with("webhook-") || name.starts_with("proxy-") {
            return Err(BadHeader::Taken(name));
        }
        if headers.iter().any(|(known, _)| *known == name) {
            return Err(BadHeader::Twice(name));
        }
        let carried = (1..=MAX_VALUE).contains(&value.len()) && value.bytes().all(|b| b == b'\t' || (b' '..=b'~').contains(&b));
        if !carried {
            return Err(BadHeader::Value(name));
        }
        headers.push((name, value.to_owned()));
    }
    if headers.len() > MOST { Err(BadHeader::Many) } else { Ok(headers) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn headers_are_read_or_refused_by_name() {
        let read = parse_headers("Authorization: Bearer a:b\r\n\r\n  X-Shop :  Mugs \n").unwrap();
        assert_eq!(read, [("authorization".into(), "Bearer a:b".into()), ("x-shop".into(), "Mugs".into())]);
        assert_eq!(parse_headers(" \n"), Ok(vec![]));
        let taken = |name: &str| BadHeader::Taken(name.into());
        for (text, why) in [
            ("nonsense", BadHeader::Malformed(1)),
            ("\nnonsense", BadHeader::Malformed(2)),
            ("X Y: 1", BadHeader::Name("x y".into())),
            (": 1", BadHeader::Name(String::new())),
            ("Host: evil.example", taken("host")),
            ("Webhook-Signature: v1,x", taken("webhook-signature")),
            ("Transfer-Encoding: chunked", taken("transfer-encoding")),
            ("Connection: close", taken("connection")),
            ("Proxy-Foo: 1", taken("proxy-foo")),
            ("A: 1\na: 2", BadHeader::Twice("a".into())),
            ("A:", BadHeader::Value("a".into())),
            ("A: ä", BadHeader::Value("a".into())),
        ] {
            assert_eq!(parse_headers(text), Err(why), "{text:?}");
        }
        assert_eq!(parse_headers(&format!("A: {}", "x".repeat(MAX_VALUE + 1))), Err(BadHeader::Value("a".into())));
        assert_eq!(parse_headers(&(0..21).map(|n| format!("X-{n}: 1\n")).collect::<String>()), Err(BadHeader::Many));
    }

    proptest! {
        #[test]
        fn what_passes_can_be_sent(text in "(?s).{0,80}") {
            for (name, value) in parse_headers(&text).unwrap_or_default() {
                prop_assert!(name.bytes().chain(value.bytes()).all(|b| b == b'\t' || (b' '..=b'~').contains(&b)));
            }
        }
    }
}
