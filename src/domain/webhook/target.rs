//! Where a call may go. An owner names any address; it must not lead into the network that the server stands in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Longest address, in characters.
const MAX_URL: usize = 2000;

/// Why an address is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTarget {
    #[error("is not an address such as https://crm.example/hooks")]
    Malformed,
    #[error("has more than {MAX_URL} characters")]
    Long,
    #[error("begins with neither https:// nor http://")]
    Scheme,
    #[error("holds a name and password: write them into a header instead")]
    Credentials,
    #[error("leads to a private, local or reserved address")]
    Private,
}

/// Reads an address. What its name leads to is only known when it is called; one that names a number is judged here already.
/// `private`: the operator allows addresses of the own network.
pub fn parse_target(text: &str, private: bool) -> Result<Url, BadTarget> {
    let text = text.trim();
    if text.chars().count() > MAX_URL {
        return Err(BadTarget::Long);
    }
    let mut url = Url::parse(text).map_err(|_| BadTarget::Malformed)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(BadTarget::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(BadTarget::Credentials);
    }
    let public = match url.host() {
        None => return Err(BadTarget::Malformed),
        // As RFC 6761 has it, and whatever is looked up.
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name != "localhost" && !name.ends_with(".localhost")
        }
        Some(Host::Ipv4(ip)) => is_public(ip.into()),
        Some(Host::Ipv6(ip)) => is_public(ip.into()),
    };
    if !public && !private {
        return Err(BadTarget::Private);
    }
    url.set_fragment(None);
    Ok(url)
}

/// Networks that are not part of the public Internet: IANA's special-purpose registries, and multicast.
const V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    // Behind a provider's address translation; some clouds keep their metadata here.
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Link-local: 169.254.169.254 gives a cloud's keys to whoever asks.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
    // The metadata service of one cloud, on a public number.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
];

/// The same for IPv6. Only 2000::/3 is handed out at all; of that, these are not the Internet.
const V6: [(Ipv6Addr, u32); 5] = [
    // Protocol assignments: Teredo, ORCHID, benchmarking.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    // 6to4 leads to the IPv4 address within.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
    // Lookups of a site's own addresses, long given back.
    (Ipv6Addr::new(0x3ffe, 0, 0, 0, 0, 0, 0, 0), 16),
];

/// Whether an address is one of the public Internet. Those of IPv4 written as IPv6 (mapped, compatible, NAT64) are not: nobody has to
/// write them so.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !V4.iter().any(|(net, bits)| (ip.to_bits() ^ net.to_bits()) >> (32 - bits) == 0),
        IpAddr::V6(ip) => {
            let within = |net: &Ipv6Addr, bits: u32| (ip.to_bits() ^ net.to_bits()) >> (128 - bits) == 0;
            within(&Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3) && !V6.iter().any(|(net, bits)| within(net, *bits))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_of_the_own_network_are_told_from_public_ones() {
        let private = [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "168.63.129.16",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ];
        for ip in private {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
        for ip in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450::1",
            "2001:4860:4860::8888",
        ] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn addresses_are_read_as_they_would_be_called() {
        assert_eq!(parse_target(" https://crm.example/hooks?a=1#top ", false).unwrap().as_str(), "https://crm.example/hooks?a=1");
        assert_eq!(parse_target("http://crm.example:8443", false).unwrap().port(), Some(8443));
        for (text, why) in [
            ("crm.example/hooks", BadTarget::Malformed),
            ("", BadTarget::Malformed),
            ("https://", BadTarget::Malformed),
            ("ftp://crm.example", BadTarget::Scheme),
            ("file:///etc/passwd", BadTarget::Scheme),
            ("gopher://127.0.0.1", BadTarget::Scheme),
            ("https://me:secret@crm.example", BadTarget::Credentials),
            ("https://me@crm.example", BadTarget::Credentials),
            ("http://localhost:5432", BadTarget::Private),
            ("http://LOCALHOST.", BadTarget::Private),
            ("http://a.localhost", BadTarget::Private),
            ("http://127.0.0.1", BadTarget::Private),
            // The many ways of writing 127.0.0.1 and 169.254.169.254.
            ("http://127.1", BadTarget::Private),
            ("http://0x7f000001", BadTarget::Private),
            ("http://2130706433", BadTarget::Private),
            ("http://0177.0.0.1", BadTarget::Private),
            ("http://１２７.0.0.1", BadTarget::Private),
            ("http://169.254.169.254/latest/meta-data", BadTarget::Private),
            ("http://2852039166", BadTarget::Private),
            ("http://[::1]", BadTarget::Private),
            ("http://[::ffff:169.254.169.254]", BadTarget::Private),
            ("http://[fd00:ec2::254]", BadTarget::Private),
        ] {
            assert_eq!(parse_target(text, false), Err(why), "{text:?}");
        }
        assert_eq!(parse_target(&format!("https://crm.example/{}", "a".repeat(MAX_URL)), false), Err(BadTarget::Long));
        assert!(parse_target("http://127.0.0.1:9", true).is_ok() && parse_target("http://localhost", true).is_ok());
        assert_eq!(parse_target("file:///etc/passwd", true), Err(BadTarget::Scheme));
    }

    proptest! {
        #[test]
        fn no_ipv4_address_hides_in_ipv6(bits: u32) {
            let ip = Ipv4Addr::from_bits(bits);
            prop_assert!(!is_public(ip.to_ipv6_mapped().into()));
            prop_assert!(!is_public(ip.to_ipv6_compatible().into()));
            let [a, b, c, d] = ip.octets().map(u16::from);
            prop_assert!(!is_public(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, a << 8 | b, c << 8 | d).into()));
            prop_assert!(!is_public(Ipv6Addr::new(0x2002, a << 8 | b, c << 8 | d, 0, 0, 0, 0, 1).into()));
        }

        #[test]
        fn any_text_is_survived(text in ".{0,60}") {
            if let Ok(url) = parse_target(&text, false) {
                prop_assert!(matches!(url.scheme(), "http" | "https") && url.username().is_empty());
            }
        }
    }
}
