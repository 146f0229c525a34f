//! Bots, the global privacy signal, and what a browser may store.

use super::words::words;

words! {
    /// What a site lets the script keep in the browser.
    #[derive(Default)]
    pub enum Storage {
        /// The visitor's id and what was closed or answered, for caps only.
        #[default]
        Functional = "functional",
        /// The same, but only after consent; until then nothing outlives the page.
        Consent = "consent",
        /// Nothing, ever.
        None = "none",
    }
}

impl Storage {
    /// Whether anything may be kept in this browser. Consent given or refused says more than the global privacy signal,
    /// which is set once for all sites.
    pub fn may_keep(self, consent: Option<bool>, gpc: bool) -> bool {
        match self {
            Self::Functional => consent.unwrap_or(!gpc),
            Self::Consent => consent.unwrap_or(false),
            Self::None => false,
        }
    }
}

/// Parts of the user agents with which crawlers, previews and monitors declare themselves.
///
/// Programming languages' clients are not among them: an app or a headless shop asks for its shopper. A headless browser that
/// moves like a shopper is left to the page, whose triggers wait for a real interaction.
const BOTS: &[&str] = &[
    "bot/",
    "bot;",
    "bot)",
    "-bot",
    "googlebot",
    "crawler",
    "crawling",
    "spider",
    "slurp",
    "lighthouse",
    "pagespeed",
    "pingdom",
    "statuscake",
    "gtmetrix",
    "uptime",
    "facebookexternalhit",
    "meta-externalagent",
    "whatsapp/",
    "bingpreview",
    "google-inspectiontool",
    "googleother",
    "mediapartners-google",
    "feedfetcher",
    "archiver",
    "scrapy",
];

/// Whether the user agent declares a crawler.
pub fn is_bot(user_agent: &str) -> bool {
    let lower = user_agent.trim().to_ascii_lowercase();
    lower.ends_with("bot") || BOTS.iter().any(|part| lower.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_told_from_browsers() {
        for bot in [
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
            "SomethingBot",
        ] {
            assert!(is_bot(bot), "{bot}");
        }
        for browser in [
            "",
            "okhttp/4.12.0",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/130.0.0.0 Safari/537.36",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
            "Mozilla/5.0 (Linux; Android 14; CUBOT X30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
        ] {
            assert!(!is_bot(browser), "{browser}");
        }
    }

    #[test]
    fn consent_says_more_than_the_signal() {
        use Storage::{Consent, Functional, None as Nothing};
        for (storage, consent, gpc, keeps) in [
            (Functional, None, false, true),
            (Functional, None, true, false),
            (Functional, Some(true), true, true),
            (Functional, Some(false), false, false),
            (Consent, None, false, false),
            (Consent, Some(true), false, true),
            (Nothing, Some(true), false, false),
        ] {
            assert_eq!(storage.may_keep(consent, gpc), keeps, "{storage} {consent:?} {gpc}");
        }
    }
}
