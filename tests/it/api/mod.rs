//! The management interface, through HTTP.

mod endpoints;
mod fuzz;
mod keys;
mod lists;
mod managed;
mod openapi;
mod told;

use exitpoll::domain::scope::Scope;
use exitpoll::manage::api_keys::{create, new_key, new_secret};
use exitpoll::store::sites::Site;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::support::{TestApp, json_of};

/// A key of a site, with some scopes.
pub async fn key_of(app: &TestApp, site: &Site, scopes: impl IntoIterator<Item = Scope>) -> String {
    let secret = new_secret();
    let key = new_key(site.id, "Test", scopes.into_iter().collect(), &secret, app.now()).unwrap();
    let mut tx = app.app.db.begin().await.unwrap();
    create(&mut tx, &key, &secret, "test", app.now()).await.unwrap();
    tx.commit().await.unwrap();
    secret
}

/// A caller with a key, and what it is answered.
pub struct Api<'a> {
    pub app: &'a TestApp,
    pub key: String,
}

impl<'a> Api<'a> {
    /// One that may do everything.
    pub async fn new(app: &'a TestApp) -> Self {
        Self { app, key: key_of(app, &app.site, Scope::all()).await }
    }

    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method: Method = method.parse().unwrap();
        self.app.request(method, &format!("/api/v1/{path}")).bearer_auth(&self.key)
    }

    pub async fn get(&self, path: &str) -> Value {
        json_of(self.request("GET", path).send().await.unwrap(), StatusCode::OK).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Value {
        json_of(self.send("PUT", path, &body).await, StatusCode::OK).await
    }

    pub async fn send(&self, method: &str, path: &str, body: &Value) -> reqwest::Response {
        let request = self.request(method, path).header("content-type", "application/json");
        request.body(body.to_string()).send().await.unwrap()
    }

    /// The problem that a call is refused with; its shape is checked.
    pub async fn refused(&self, method: &str, path: &str, body: Option<&Value>, status: u16) -> Value {
        let response = match body {
            Some(body) => self.send(method, path, body).await,
            None => self.request(method, path).send().await.unwrap(),
        };
        problem(response, status).await
    }
}

/// A refusal as RFC 9457 has it.
pub async fn problem(response: reqwest::Response, status: u16) -> Value {
    let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
    let problem = json_of(response, StatusCode::from_u16(status).unwrap()).await;
    assert_eq!(kind.as_deref(), Some("application/problem+json"), "{problem}");
    assert_eq!(problem["status"], status);
    assert!(["title", "code", "detail"].iter().all(|field| problem[field].is_string()), "{problem}");
    problem
}

/// Paths of a problem's problems.
pub fn paths(problem: &Value) -> Vec<&str> {
    problem["problems"].as_array().into_iter().flatten().filter_map(|p| p["path"].as_str()).collect()
}
