//! A request to a service, as owners read it.

use crate::outbound::connectors::{Call, Given, Told, Vendor, calls};
use crate::store::endpoints::Endpoint;

pub struct Request {
    pub name: &'static str,
    /// `POST https://…`
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
}

/// All requests that an event comes to, without credentials.
pub fn requests(vendor: &dyn Vendor, given: &Given, endpoint: &Endpoint, told: &Told) -> Vec<Request> {
    calls(vendor, given, &endpoint.mapping, told).iter().map(|call| request(&call.masked(given))).collect()
}

fn request(call: &Call) -> Request {
    let headers = call.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    Request {
        name: call.name,
        line: format!("{} {}", call.method, call.url),
        headers: headers.chain(call.own_headers.iter().cloned()).collect(),
        body: call.body.clone(),
    }
}
