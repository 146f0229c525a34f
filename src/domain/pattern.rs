//! Regular expressions that mean the same to the server and to a browser.
//!
//! The page evaluates targeting with JavaScript's `RegExp` (flags `iu`), the server with the `regex` crate. Both know
//! this common part, which is all that a survey may use:
//!
//! - literals, `.`, `^`, `$`, `|`, groups `( )` and `(?: )`
//! - classes `[a-z]` and `[^…]`, and the ASCII classes `\d \D \w \W \s \S`, the boundary `\b`, and `\n \r \t`
//! - `* + ? {2} {2,} {2,5}` and their lazy forms; a backslash before any of `^$.*+?()[]{}|/\` and, in a class, `-`
//!
//! Look-around, back-references, named groups and inline flags are refused: the server's engine has none of the first
//! two (which is what keeps it linear in time), and browsers differ on the rest. Case is ignored. One difference is left:
//! browsers count U+017F and U+212A, which fold to s and k, as word letters at a `\b`.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

/// Longest pattern that a document may hold.
pub const MAX_LEN: usize = 500;

const DOT: &str = r"[^\n\r\u{2028}\u{2029}]";
const PUNCTUATION: &str = r"^$.*+?()[]{}|/\";

/// Compiles a pattern of the common part, or says what is wrong with it.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    if pattern.len() > MAX_LEN {
        return Err(format!("the pattern is longer than {MAX_LEN} characters"));
    }
    RegexBuilder::new(&translate(pattern)?).case_insensitive(true).size_limit(1 << 20).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "the pattern repeats too much".to_owned(),
        // The library draws the pattern with a marker; its last line says what is wrong.
        other => other.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
    })
}

/// A pattern compiled at its first use: a document is parsed once and evaluated for every visitor.
#[derive(Debug, Clone, Default)]
pub struct Compiled(OnceLock<Option<Regex>>);

impl Compiled {
    /// Whether the pattern is found in the text. A pattern that does not compile is found nowhere.
    pub fn found(&self, pattern: &str, text: &str) -> bool {
        self.0.get_or_init(|| compile(pattern).ok()).as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

impl PartialEq for Compiled {
    /// A cache is no part of what its owner means.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// What a quantifier may follow.
#[derive(Clone, Copy, PartialEq)]
enum Last {
    /// Start, `^`, `$`, `\b`, `(` or `|`: nothing to repeat.
    Nothing,
    /// Something that can be repeated.
    Atom,
    /// A quantifier: only `?` may follow, once.
    Quantifier,
}

/// Rewrites the few constructs on which the two engines differ, and refuses what is not common to both.
fn translate(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut chars = pattern.chars().peekable();
    let mut last = Last::Nothing;
    while let Some(c) = chars.next() {
        last = match c {
            '\\' => {
                let escape = chars.next().ok_or("a backslash stands at the end")?;
                out.push_str(&escaped(escape, false)?);
                if escape == 'b' { Last::Nothing } else { Last::Atom }
            }
            '[' => {
                class(&mut chars, &mut out)?;
                Last::Atom
            }
            '(' => {
                out.push('(');
                if chars.next_if_eq(&'?').is_some() {
                    chars.next_if_eq(&':').ok_or("of the groups that start with (? only (?: ) may be used")?;
                    out.push_str("?:");
                }
                Last::Nothing
            }
            ')' | '^' | '$' | '|' => {
                out.push(c);
                if c == ')' { Last::Atom } else { Last::Nothing }
            }
            '.' => {
                out.push_str(DOT);
                Last::Atom
            }
            '?' if last == Last::Quantifier => {
                out.push('?');
                Last::Nothing
            }
            '*' | '+' | '?' | '{' => {
                if last != Last::Atom {
                    return Err(format!("{c} has nothing to repeat"));
                }
                out.push(c);
                if c == '{' {
                    count(&mut chars, &mut out)?;
                }
                Last::Quantifier
            }
            ']' | '}' => return Err(format!("write \\{c} for the character {c}")),
            _ => {
                out.push(c);
                Last::Atom
            }
        };
    }
    Ok(out)
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// The rest of `{2}`, `{2,}` or `{2,5}`.
fn count(chars: &mut Chars, out: &mut String) -> Result<(), String> {
    let body: String = std::iter::from_fn(|| chars.next_if(|c| c.is_ascii_digit() || *c == ',')).collect();
    let closed = chars.next_if_eq(&'}').is_some();
    let well_formed = body.starts_with(|c: char| c.is_ascii_digit()) && body.matches(',').count() <= 1;
    if !closed || !well_formed {
        return Err("a count is written {2}, {2,} or {2,5}; write \\{ for the character {".to_owned());
    }
    out.push_str(&body);
    out.push('}');
    Ok(())
}

/// The rest of a character class.
fn class(chars: &mut Chars, out: &mut String) -> Result<(), String> {
    out.push('[');
    if chars.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    let mut empty = true;
    let mut after_shorthand = false;
    while let Some(c) = chars.next() {
        let mut shorthand = false;
        match c {
            ']' if empty => return Err("a class needs at least one character".to_owned()),
            ']' => {
                out.push(']');
                return Ok(());
            }
            '[' => return Err("write \\[ for the character [ in a class".to_owned()),
            '\\' => {
                let escape = chars.next().ok_or("a backslash stands at the end")?;
                shorthand = "dDwWsS".contains(escape);
                out.push_str(&escaped(escape, true)?);
            }
            // A range with a whole class as one end is read differently by the two engines.
            '-' if after_shorthand && chars.peek() != Some(&']') => {
                return Err("write \\- for the character - in a class".to_owned());
            }
            '-' if !empty && ends_in_shorthand(chars) => return Err("write \\- for the character - in a class".to_owned()),
            // Doubled, these are set operations to one of the engines.
            '&' | '~' | '-' if chars.peek() == Some(&c) => return Err(format!("write a single {c} in a class")),
            '&' | '~' | '^' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
        empty = false;
        after_shorthand = shorthand;
    }
    Err("a class is not closed: ] is missing".to_owned())
}

fn ends_in_shorthand(chars: &Chars) -> bool {
    let mut ahead = chars.clone();
    ahead.next() == Some('\\') && ahead.next().is_some_and(|c| "dDwWsS".contains(c))
}

/// What stands for a backslash and this character in the server's engine.
fn escaped(escape: char, in_class: bool) -> Result<String, String> {
    Ok(match escape {
        'd' => "[0-9]".to_owned(),
        'D' => "[^0-9]".to_owned(),
        'w' => "[0-9A-Za-z_]".to_owned(),
        'W' => "[^0-9A-Za-z_]".to_owned(),
        'b' if !in_class => r"(?-u:\b)".to_owned(),
        's' | 'S' | 'n' | 'r' | 't' => format!("\\{escape}"),
        '-' if in_class => r"\-".to_owned(),
        _ if PUNCTUATION.contains(escape) => format!("\\{escape}"),
        _ => return Err(format!("\\{escape} cannot be used: browsers and the server do not agree on it")),
    })
}

#[cfg(test)]
mod tests;
