//! Addresses of mail: checked before anything is sent to them.

use std::fmt;
use std::str::FromStr;

use lettre::Address;

/// A name and an address. The domain is in ASCII; names may be in any script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// As it is shown, if at all.
    pub name: Option<String>,
    address: Address,
}

/// Why nothing can be sent to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// Not `local@domain`, or longer than mail allows.
    #[error("this is not an e-mail address")]
    Malformed,
    /// Letters beyond ASCII before the `@` need SMTPUTF8, which few servers have end to end.
    #[error("only the part after the @ may have letters beyond ASCII")]
    InternationalLocalPart,
    /// `localhost`, `[127.0.0.1]`: not a name that mail is sent to.
    #[error("the part after the @ is not a domain")]
    Domain,
}

impl Mailbox {
    /// An address without a name. An international domain is turned into its ASCII form.
    ///
    /// # Errors
    /// [`BadAddress`] says what is wrong.
    pub fn new(address: &str) -> Result<Self, BadAddress> {
        let (local, domain) = address.trim().rsplit_once('@').ok_or(BadAddress::Malformed)?;
        if local.is_empty() || local.len() > 64 || local.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(BadAddress::Malformed);
        }
        if !local.is_ascii() {
            return Err(BadAddress::InternationalLocalPart);
        }
        let domain = match url::Host::parse(domain) {
            Ok(url::Host::Domain(name)) if name.contains('.') && !name.ends_with('.') => name,
            _ => return Err(BadAddress::Domain),
        };
        let address = Address::new(local, &domain).map_err(|_| BadAddress::Malformed)?;
        match AsRef::<str>::as_ref(&address).len() > 254 {
            true => Err(BadAddress::Malformed),
            false => Ok(Self { name: None, address }),
        }
    }

    /// The same with a name; control characters are taken out of it, and an empty one is none.
    pub fn named(self, name: &str) -> Self {
        let name: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).take(120).collect();
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        Self { name: (!name.is_empty()).then_some(name), ..self }
    }

    /// `local@domain`.
    pub fn address(&self) -> &str {
        self.address.as_ref()
    }

    /// What follows the `@`.
    pub fn domain(&self) -> &str {
        self.address.domain()
    }

    pub(super) fn to_lettre(&self) -> lettre::message::Mailbox {
        lettre::message::Mailbox::new(self.name.clone(), self.address.clone())
    }

    pub(super) fn envelope_address(&self) -> Address {
        self.address.clone()
    }
}

/// `Hazelmouse <hello@shop.example>` or `hello@shop.example`, as settings are written.
impl FromStr for Mailbox {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        match text.trim().strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
            Some((name, address)) => Ok(Self::new(address)?.named(name.trim().trim_matches('"'))),
            None => Self::new(text),
        }
    }
}

/// For people; headers are encoded elsewhere.
impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => write!(f, "{}", self.address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked() {
        for (text, address) in [
            ("mia@example.com", "mia@example.com"),
            (" mia@example.com ", "mia@example.com"),
            ("mia+toys@Example.COM", "mia+toys@example.com"),
            ("o'brien@example.com", "o'brien@example.com"),
            ("mia@bücher.example", "mia@xn--bcher-kva.example"),
            ("\"mia albers\"@example.com", ""),
        ] {
            match (Mailbox::new(text), address) {
                (Err(_), "") => {}
                (found, address) => assert_eq!(found.unwrap().address(), address),
            }
        }
        for (text, why) in [
            ("", BadAddress::Malformed),
            ("mia", BadAddress::Malformed),
            ("@example.com", BadAddress::Malformed),
            ("a b@example.com", BadAddress::Malformed),
            ("a@b@example.com", BadAddress::Malformed),
            ("mia@example.com\r\nBcc: all@example.com", BadAddress::Malformed),
            ("mia\r\nBcc: x@example.com", BadAddress::Malformed),
            ("jörg@example.com", BadAddress::InternationalLocalPart),
            ("mia@localhost", BadAddress::Domain),
            ("mia@[127.0.0.1]", BadAddress::Domain),
            ("mia@10.0.0.1", BadAddress::Domain),
            ("mia@example.com.", BadAddress::Domain),
            ("mia@", BadAddress::Domain),
            ("mia@exa mple.com", BadAddress::Domain),
        ] {
            assert_eq!(Mailbox::new(text).map(|m| m.address().to_owned()), Err(why), "{text:?}");
        }
        assert_eq!(Mailbox::new(&format!("{}@example.com", "a".repeat(65))), Err(BadAddress::Malformed));
        assert!(Mailbox::new(&format!("a@{}.example", "b.".repeat(130).trim_end_matches('.'))).is_err());
    }

    #[test]
    fn settings_name_a_sender() {
        let mailbox: Mailbox = "\"Hazelmouse Toys\" <hello@shop.example>".parse().unwrap();
        assert_eq!(mailbox.to_string(), "Hazelmouse Toys <hello@shop.example>");
        assert_eq!("hello@shop.example".parse::<Mailbox>().unwrap().name, None);
        assert_eq!("<hello@shop.example>".parse::<Mailbox>().unwrap().name, None);
        assert!("Hazelmouse <>".parse::<Mailbox>().is_err());
        assert_eq!(mailbox.named("A\r\nBcc: b@c.d").name.unwrap(), "A Bcc: b@c.d");
    }
}
