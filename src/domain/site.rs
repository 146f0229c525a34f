//! What a store decides for all its surveys.

use serde::{Deserialize, Serialize};

use super::alert::AlertRules;
use super::cart::CartRules;
use super::flow::MailRules;
use super::frequency::SiteCaps;
use super::privacy::Storage;
use super::sending::Sending;
use super::survey::Theme;
use super::weekly::WeeklyReport;

/// Settings of a site; a missing field has its default, so that old rows stay readable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// How often one person may be asked, by all surveys together.
    pub caps: SiteCaps,
    /// How far pages are believed when they say who somebody is.
    pub identity: Identity,
    /// When a cart counts as abandoned, and as recovered.
    pub carts: CartRules,
    /// Whom it writes to, when, and how often.
    pub mail: MailRules,
    /// What its mail says of the sender.
    pub sending: Sending,
    /// When its people are told of its week.
    pub weekly: WeeklyReport,
    /// What its people are told of, and when.
    pub alerts: AlertRules,
    /// What the page may keep in the browser.
    pub storage: Storage,
    /// Whether a browser that sends Global Privacy Control is left alone. Asking is lawful either way: no one is followed.
    pub respect_gpc: bool,
    /// Looks of every survey that does not bring its own.
    pub theme: Theme,
    /// For how many days after a survey an order counts as of somebody who saw it.
    pub attribution_days: u32,
    /// After how many days answers are forgotten; roll-ups stay. Never, when absent.
    pub retention_days: Option<u32>,
    /// Paths of pages where nothing opens by itself, except after an order; `*` stands for any run of characters.
    pub blocked_paths: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            caps: SiteCaps::default(),
            identity: Identity::default(),
            carts: CartRules::default(),
            mail: MailRules::default(),
            sending: Sending::default(),
            weekly: WeeklyReport::default(),
            alerts: AlertRules::default(),
            storage: Storage::default(),
            respect_gpc: false,
            theme: Theme::default(),
            attribution_days: 7,
            retention_days: None,
            // Nobody who is about to pay should be asked anything.
            blocked_paths: vec!["*/payment*".to_owned(), "*/order-pay*".to_owned()],
        }
    }
}

/// Longest pattern of a path, in characters.
const MAX_PATTERN: usize = 200;

/// A pattern of paths as a store owner may write it → as pages compare it: `*/payment*`, `/checkout`.
pub fn parse_path_pattern(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.contains("://") || text.starts_with("//") {
        return Err(format!("{text:?} is a whole address: write its path only, such as /checkout*"));
    }
    if text.contains(['?', '#']) {
        return Err(format!("{text:?} goes beyond the path, which ends before ? and #"));
    }
    let plain = !text.contains(|c: char| c.is_whitespace() || c.is_control()) && text.chars().count() <= MAX_PATTERN;
    if !plain || !text.starts_with(['/', '*']) {
        return Err(format!("{text:?} is not a path such as /checkout* or */payment*"));
    }
    match text.trim_matches(['/', '*']).is_empty() && text.contains('*') {
        true => Err(format!("{text:?} is every page: pause your surveys instead")),
        false => Ok(text.to_owned()),
    }
}

/// Signed identities.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Identity {
    /// Refuses who somebody is said to be unless the shop's server signed it.
    pub demand_signature: bool,
    /// Grows when the owner wants another secret.
    pub round: u32,
}

/// Whether a page of `origin` may speak for a site. An entry may be `*`, or begin with `https://*.` for every subdomain.
pub fn origin_allowed(allowed: &[String], origin: &str) -> bool {
    allowed.iter().any(|entry| match entry.split_once("*.") {
        _ if entry == "*" => true,
        Some((scheme, domain)) => origin
            .strip_prefix(scheme)
            .and_then(|host| host.strip_suffix(domain))
            .is_some_and(|sub| sub.len() > 1 && sub.ends_with('.') && !sub.contains('/')),
        None => entry.eq_ignore_ascii_case(origin),
    })
}

/// An origin as a store owner may write it → as browsers send it: `https://shop.example`, without a path.
pub fn parse_origin(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text == "*" {
        return Ok(text.to_owned());
    }
    let refusal = || format!("{text:?} is not an origin such as https://shop.example");
    let (scheme, rest) = text.split_once("://").ok_or_else(refusal)?;
    let (star, host) = match rest.strip_prefix("*.") {
        Some(domain) => ("*.", domain),
        None => ("", rest),
    };
    let url = url::Url::parse(&format!("{scheme}://{host}")).map_err(|_| refusal())?;
    let plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !matches!(scheme, "http" | "https") || !plain || host.contains('*') {
        return Err(refusal());
    }
    let origin = url.origin().ascii_serialization();
    Ok(match star {
        "" => origin,
        _ => origin.replacen("://", "://*.", 1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_compared_whole() {
        let allowed = ["https://shop.example".to_owned(), "https://*.shop.example".to_owned()];
        for good in ["https://shop.example", "https://www.shop.example", "https://a.b.shop.example"] {
            assert!(origin_allowed(&allowed, good), "{good}");
        }
        for bad in
            ["http://shop.example", "https://evilshop.example", "https://shop.example.evil", "https://.shop.example", "null", ""]
        {
            assert!(!origin_allowed(&allowed, bad), "{bad}");
        }
        assert!(origin_allowed(&["*".to_owned()], "https://any.example"));
    }

    #[test]
    fn origins_are_read_as_browsers_send_them() {
        assert_eq!(parse_origin(" https://Shop.Example/ "), Ok("https://shop.example".into()));
        assert_eq!(parse_origin("http://localhost:8080"), Ok("http://localhost:8080".into()));
        assert_eq!(parse_origin("https://*.shop.example"), Ok("https://*.shop.example".into()));
        assert_eq!(parse_origin("*"), Ok("*".into()));
        for bad in ["shop.example", "https://shop.example/path", "ftp://shop.example", "https://a*b.example", "https://", ""] {
            assert!(parse_origin(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn patterns_of_paths_are_paths() {
        for good in ["/checkout", "*/payment*", " /zahlung/* ", "/", "/übersicht"] {
            assert_eq!(parse_path_pattern(good), Ok(good.trim().to_owned()));
        }
        let long = format!("/{}", "a".repeat(MAX_PATTERN));
        for bad in [
            "",
            "checkout",
            "https://shop.example/pay",
            "//shop.example/pay",
            "/pay?step=2",
            "/pay#2",
            "/a b",
            "*",
            "/*",
            "/**/",
            &long,
        ] {
            assert!(parse_path_pattern(bad).is_err(), "{bad}");
        }
        assert!(Settings::default().blocked_paths.iter().all(|path| parse_path_pattern(path).as_ref() == Ok(path)));
    }

    #[test]
    fn settings_of_an_older_version_are_still_read() {
        assert_eq!(serde_json::from_str::<Settings>("{}").unwrap(), Settings::default());
    }
}
