//! Rate limits, each named after what it protects, by the address of the sender or the key it shows.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;

use axum::http::HeaderMap;
use governor::clock::Reference as _;
use governor::nanos::Nanos;
use governor::{Quota, RateLimiter};
use ipnet::IpNet;

use crate::clock::Clock;
use crate::config::Limits;
use crate::id::ApiKeyId;
use crate::id::SiteId;

impl governor::clock::Clock for Clock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(self.now().max(0) as u64 * 1_000_000)
    }
}

type Keyed<K> =
    RateLimiter<K, governor::state::keyed::DefaultKeyedStateStore<K>, Clock, governor::middleware::NoOpMiddleware<Nanos>>;

/// Calls a minute: a service tells of many mails at once, and comes again with what was refused.
const FEEDBACK: u32 = 600;
/// Mails an hour.
const TRIALS: u32 = 30;

pub struct Limiters {
    pub decide: Limiter,
    pub events: Limiter,
    pub coupon: Limiter,
    pub login: Limiter,
    /// By site, too: a stranger's rubbish must not use up what a shop may send.
    pub hooks: Limiter<(SiteId, IpAddr)>,
    /// By key of the management interface.
    pub api: Limiter<ApiKeyId>,
    /// Whoever shows keys that are none.
    pub wrong_keys: Limiter,
    /// Bounces and complaints.
    pub feedback: Limiter,
    /// Mails that try a template out.
    pub trial: Limiter,
}

impl Limiters {
    pub fn new(limits: Limits, clock: &Clock) -> Self {
        let count = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let minute = |n| Limiter::new(Quota::per_minute(count(n)), clock);
        Self {
            decide: minute(limits.decide),
            events: minute(limits.events),
            coupon: Limiter::new(Quota::per_hour(count(limits.coupon)), clock),
            login: minute(limits.login),
            api: Limiter::new(Quota::per_minute(count(limits.api)), clock),
            wrong_keys: minute(limits.login),
            feedback: minute(FEEDBACK),
            trial: Limiter::new(Quota::per_hour(count(TRIALS)), clock),
            hooks: Limiter::new(Quota::per_minute(count(limits.hooks)), clock),
        }
    }
}

pub struct Limiter<K: Hash + Eq + Clone = IpAddr> {
    keyed: Keyed<K>,
    clock: Clock,
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    fn new(quota: Quota, clock: &Clock) -> Self {
        Self { keyed: RateLimiter::new(quota, Default::default(), clock.clone()), clock: clock.clone() }
    }

    /// Counts a request; `Err` holds the seconds to wait.
    pub fn check(&self, from: K) -> Result<(), u64> {
        // Forgets senders that have been quiet, before a stranger with many fills the memory.
        // Forgets addresses that have been quiet, before a stranger with many fills the memory.
        if self.keyed.len() > 50_000 {
            self.keyed.retain_recent();
        }
        self.keyed.check_key(&from).map_err(|until| {
            let wait = until.earliest_possible().duration_since(governor::clock::Clock::now(&self.clock));
            std::time::Duration::from(wait).as_secs().max(1)
        })
    }
}

/// Who sent the request: the last hop that is not a trusted proxy. An IPv6 address stands for its /64.
pub fn client(peer: SocketAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|net| net.contains(ip));
    let mut ip = peer.ip().to_canonical();
    let hops = headers.get_all("x-forwarded-for").iter().rev().filter_map(|v| v.to_str().ok()).flat_map(|v| v.rsplit(','));
    for hop in hops {
        if !is_trusted(&ip) {
            break;
        }
        match hop.trim().parse::<IpAddr>() {
            Ok(before) => ip = before.to_canonical(),
            Err(_) => break,
        }
    }
    match ip {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(peer: &str, forwarded: &[&str], trusted: &str) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        let trusted: Vec<IpNet> = trusted.split_terminator(',').map(|net| net.parse().unwrap()).collect();
        client(format!("{peer}:1").parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(from("203.0.113.9", &["1.2.3.4"], ""), "203.0.113.9");
        assert_eq!(from("10.0.0.1", &["6.6.6.6, 1.2.3.4"], "10.0.0.0/8"), "1.2.3.4");
        assert_eq!(from("10.0.0.1", &["6.6.6.6, 1.2.3.4, 10.0.0.2"], "10.0.0.0/8"), "1.2.3.4");
        assert_eq!(from("10.0.0.1", &["6.6.6.6", "1.2.3.4"], "10.0.0.0/8"), "1.2.3.4");
        assert_eq!(from("10.0.0.1", &["nonsense"], "10.0.0.0/8"), "10.0.0.1");
        assert_eq!(from("[2001:db8:1:2:3:4:5:6]", &[], ""), "2001:db8:1:2::");
    }
}
