//! One request to a service.

use serde_json::Value;

use super::Given;

/// A request. Its parts may hold credentials: what is shown of it goes through [`Call::masked`].
#[derive(Clone, Debug)]
pub struct Call {
    /// What it does, for the log of tries: `profile`, `event`.
    pub name: &'static str,
    /// `POST`, `PUT`, …
    pub method: &'static str,
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    /// Headers of the owner's own.
    pub own_headers: Vec<(String, String)>,
    /// `None`: no body, no content type.
    pub body: Option<String>,
    /// A status that is as good as success.
    pub also: Option<u16>,
    /// What later calls need of the answer's body.
    pub keep: fn(&str) -> String,
    /// What stands for it in a preview.
    pub placeholder: &'static str,
}

fn nothing(_: &str) -> String {
    String::new()
}

impl Call {
    pub fn new(name: &'static str, method: &'static str, url: String) -> Self {
        let (headers, own_headers) = (Vec::new(), Vec::new());
        Self { name, method, url, headers, own_headers, body: None, also: None, keep: nothing, placeholder: "" }
    }

    /// A call with a JSON body.
    pub fn json(name: &'static str, method: &'static str, url: String, body: &Value) -> Self {
        Self { body: Some(body.to_string()), ..Self::new(name, method, url) }.header("content-type", "application/json")
    }

    /// Replaces one that is there already.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.into()));
        self
    }

    /// Takes one more status for success.
    pub fn or_status(self, status: u16) -> Self {
        Self { also: Some(status), ..self }
    }

    /// Keeps a part of the answer for the calls that follow; `placeholder` stands for it where nothing was answered.
    pub fn keeping(self, keep: fn(&str) -> String, placeholder: &'static str) -> Self {
        Self { keep, placeholder, ..self }
    }

    /// The same for people to read: without credentials, with its JSON set out in lines.
    pub fn masked(&self, given: &Given) -> Self {
        let masked = |text: &str| given.mask(text);
        let headers = self.headers.iter().map(|(name, value)| {
            let secret = matches!(*name, "authorization" | "api-token" | "x-shopify-access-token");
            (*name, if secret { "••••".to_owned() } else { masked(value) })
        });
        let body = self.body.as_deref().map(|body| match serde_json::from_str::<Value>(body) {
            Ok(json) => masked(&format!("{json:#}")),
            Err(_) => masked(body),
        });
        Self {
            url: masked(&self.url),
            headers: headers.collect(),
            own_headers: self.own_headers.iter().map(|(name, _)| (name.clone(), "••••".to_owned())).collect(),
            body,
            ..self.clone()
        }
    }
}
