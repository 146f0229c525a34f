//! Which addresses may be called. It answers the HTTP client's question for a name's addresses, so what was checked is what is
//! connected to: a name that leads elsewhere a moment later gains nothing.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::Url;

use crate::domain::webhook::{BadTarget, is_public, parse_target};

type Answering = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Where names are looked up.
pub type Lookup = dyn Fn(String) -> Answering + Send + Sync;

#[derive(Clone)]
pub struct Guard {
    private: bool,
    allowed: fn(IpAddr) -> bool,
    lookup: Arc<Lookup>,
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("private", &self.private).finish_non_exhaustive()
    }
}

/// Every address of the name is one that must not be called.
#[derive(Debug, thiserror::Error)]
#[error("leads to a private, local or reserved address")]
pub struct Forbidden;

impl Guard {
    /// Looks names up as the system does. `private`: the operator lets calls reach the own network.
    pub fn new(private: bool) -> Self {
        let lookup = |host: String| -> Answering {
            Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect()) })
        };
        Self { private, allowed: is_public, lookup: Arc::new(lookup) }
    }

    /// One with names and rules of its own.
    pub fn with(allowed: fn(IpAddr) -> bool, lookup: Arc<Lookup>) -> Self {
        Self { private: false, allowed, lookup }
    }

    /// Reads an address and judges what can be judged without looking it up.
    pub fn check(&self, url: &str) -> Result<Url, BadTarget> {
        parse_target(url, self.private)
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, host) = (self.clone(), name.as_str().to_owned());
        Box::pin(async move {
            let found = (guard.lookup)(host).await?;
            let none = found.is_empty();
            let allowed: Vec<_> = found.into_iter().filter(|ip| guard.private || (guard.allowed)(*ip)).collect();
            if allowed.is_empty() && !none {
                return Err(Forbidden.into());
            }
            // The client puts the URL's port in place of 0.
            Ok(Box::new(allowed.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs)
        })
    }
}
