//! Identifiers and secrets: the only place that draws randomness.
//!
//! Small things (sites, surveys, users) carry a 63-bit number, time-ordered, stored as BIGINT and shown with a prefix that
//! names its kind (`srv_0c9k…`). Things that come by the million (impressions, jobs) carry a UUIDv7.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicI64, Ordering};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Millis;

/// 2024-01-01: 41 bits of milliseconds from here last until 2093.
const EPOCH: Millis = 1_704_067_200_000;
const RANDOM_BITS: u32 = 22;
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 13 digits of 5 bits hold 63 bits.
const DIGITS: usize = 13;

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a valid id")]
pub struct BadId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type)]
        #[sqlx(transparent)]
        pub struct $name(pub i64);

        impl $name {
            pub const PREFIX: &'static str = $prefix;

            pub fn new(now: Millis) -> Self {
                Self(next(now))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), encode(self.0))
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(s: &str) -> Result<Self, BadId> {
                let digits = s.strip_prefix(concat!($prefix, "_")).ok_or(BadId)?;
                decode(digits).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(/** One store. Its public name is the site key, `st_…`; this is the number inside. */ SiteId, "sit");
id!(/** One survey of a site. */ SurveyId, "srv");
id!(/** One person who can log in. */ UserId, "usr");
id!(/** One line of the audit log. */ AuditId, "aud");
id!(/** One person who shops at a site. */ CustomerId, "cus");
id!(/** One flow of a site. */ FlowId, "flw");
id!(/** One key of the management interface. */ ApiKeyId, "key");
id!(/** One file of orders or persons that is brought in. */ ImportId, "imp");
id!(/** One pool of coupons. */ PoolId, "cpl");
id!(/** One service that is told what happens. */ EndpointId, "end");

/// Strictly increasing in one process; between processes 22 random bits a millisecond keep ids apart.
fn next(now: Millis) -> i64 {
    static LAST: AtomicI64 = AtomicI64::new(0);
    let fresh = ((now - EPOCH).max(0) << RANDOM_BITS) | i64::from(rng().random_range(0..1u32 << RANDOM_BITS));
    let mut last = LAST.load(Ordering::Relaxed);
    loop {
        let candidate = fresh.max(last + 1);
        match LAST.compare_exchange_weak(last, candidate, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return candidate,
            Err(seen) => last = seen,
        }
    }
}

fn encode(n: i64) -> String {
    (0..DIGITS).rev().map(|i| ALPHABET[(n >> (5 * i)) as usize & 31] as char).collect()
}

fn decode(s: &str) -> Result<i64, BadId> {
    if s.len() != DIGITS {
        return Err(BadId);
    }
    s.bytes().try_fold(0i64, |n, b| {
        let digit = ALPHABET.iter().position(|&a| a == b).ok_or(BadId)? as i64;
        n.checked_mul(32).map(|n| n | digit).ok_or(BadId)
    })
}

/// A time-ordered UUID; its first 48 bits are `now`.
pub fn uuid7(now: Millis) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(now.max(0) as u64, &rng().random()).into_uuid()
}

/// A UUIDv7 of a moment whose other bits are given: the same of the same.
pub fn uuid7_of(at: Millis, bits: [u8; 10]) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(at).unwrap_or(0), &bits).into_uuid()
}

/// The milliseconds in a UUIDv7.
pub fn uuid7_millis(id: Uuid) -> Option<Millis> {
    (id.get_version_num() == 7).then(|| (id.as_u128() >> 80) as Millis)
}

/// Random bytes, fit for nonces and keys.
pub fn random<const N: usize>() -> [u8; N] {
    rng().random()
}

/// An unguessable token of `bytes` random bytes, URL-safe.
pub fn secret(bytes: usize) -> String {
    let mut buffer = vec![0u8; bytes];
    rng().fill(&mut buffer[..]);
    BASE64_URL_SAFE_NO_PAD.encode(buffer)
}

/// The public key of a new site.
pub fn site_key() -> String {
    let n: u64 = rng().random();
    format!("st_{}", encode((n >> 1) as i64))
}

#[expect(clippy::disallowed_methods, reason = "this is the place")]
fn rng() -> rand::rngs::ThreadRng {
    rand::rng()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_trip_and_grow() {
        let a = SurveyId::new(EPOCH + 1);
        let b = SurveyId::new(EPOCH + 1);
        assert!(a < b);
        assert_eq!(a.to_string().parse(), Ok(a));
        assert_eq!("usr_0000000000000".parse::<SurveyId>(), Err(BadId));
        assert_eq!("srv_zzzzzzzzzzzzz".parse::<SurveyId>(), Err(BadId), "more than 63 bits");
        assert_eq!("srv_é".parse::<SurveyId>(), Err(BadId));
    }

    #[test]
    fn a_uuid_knows_its_time() {
        assert_eq!(uuid7_millis(uuid7(1_732_400_000_123)), Some(1_732_400_000_123));
        assert_eq!(uuid7_millis(Uuid::nil()), None);
    }
}
