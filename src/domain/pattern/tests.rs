use super::*;
use proptest::prelude::*;

#[test]
fn the_common_part_compiles() {
    for pattern in [
        r"^/cart(?:/|$)",
        r"[a-z0-9_-]+",
        r"a{2}b{2,}c{2,5}?",
        r"\d+\.\d{2}",
        r"[\w.-]+",
        r"[^\s\]]",
        r"(a|b)*?",
        r"a\/b",
        "",
        "a|",
        r"[\d-]",
        "[a^]",
        r"[&~]",
        "[-a]",
        "ü+",
    ] {
        assert!(compile(pattern).is_ok(), "{pattern}: {:?}", compile(pattern));
    }
}

#[test]
fn the_rest_is_refused_in_plain_words() {
    for pattern in [
        "(?=a)",
        "(?!a)",
        "(?<=a)",
        "(?<n>a)",
        "(?P<n>a)",
        "(?i)a",
        r"(a)\1",
        r"\k<n>",
        r"\p{L}",
        r"\u0041",
        r"\x41",
        r"\B",
        r"\A",
        r"\-",
        "a**",
        "a+?+",
        "^*",
        r"\b+",
        "*a",
        "a{,3}",
        "a{x}",
        "{",
        "a}",
        "]",
        "[]",
        "[^]",
        "[[a]]",
        "[a&&b]",
        "[a--b]",
        r"[\w-z]",
        r"[a-\w]",
        "[a",
        "a)",
        "(a",
        r"a\",
        "[z-a]",
        "((a{1000}){1000}){1000}",
    ] {
        let message = compile(pattern).expect_err(pattern);
        assert!(!message.is_empty() && !message.contains('\n'), "{pattern}: {message:?}");
    }
    assert!(compile(&"a".repeat(MAX_LEN + 1)).is_err());
}

#[test]
fn classes_are_ascii_and_case_is_ignored() {
    let found = |pattern: &str, text: &str| Compiled::default().found(pattern, text);
    assert!(found("^[a-c]+$", "ABC"));
    assert!(!found(r"\d", "٣"));
    assert!(found(r"[^\D]", "7"));
    assert!(found(r"[\Dx]", "a"));
    assert!(!found(r"^\W$", "_"));
    assert!(!found("a.b", "a\u{2028}b"));
    assert!(!found("(", "("), "a broken pattern matches nothing");
}

proptest! {
    #[test]
    fn what_is_accepted_never_fails_to_compile_by_surprise(pattern in r"[ab\\dws\[\]\(\)\{\}\|\^\$\.\*\+\?:=!,0-9&~-]{0,16}") {
        let _ = compile(&pattern);
    }
}
