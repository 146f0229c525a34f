//! Just enough of a browser for server-rendered pages: cookies, hidden fields, no scripts.

use std::collections::BTreeMap;

use reqwest::StatusCode;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use scraper::{Html, Selector};

use super::TestApp;

pub struct Browser<'a> {
    app: &'a TestApp,
    cookies: BTreeMap<String, String>,
}

pub struct Page {
    pub status: StatusCode,
    /// Where a redirect leads.
    pub location: Option<String>,
    pub headers: reqwest::header::HeaderMap,
    pub html: String,
}

impl Page {
    /// The text of everything that a selector finds.
    pub fn text(&self, selector: &str) -> String {
        let html = Html::parse_document(&self.html);
        let texts = html.select(&Selector::parse(selector).unwrap()).flat_map(|e| e.text()).collect::<String>();
        texts.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The text of a snippet with its lines.
    pub fn code(&self, id: &str) -> String {
        let html = Html::parse_document(&self.html);
        let wanted = Selector::parse(&format!("code#{id}")).unwrap();
        html.select(&wanted).flat_map(|e| e.text()).collect()
    }

    /// What a form would send as it stands: names and values.
    pub fn fields(&self, form: &str) -> Vec<(String, String)> {
        let html = Html::parse_document(&self.html);
        let form = html.select(&Selector::parse(form).unwrap()).next().unwrap();
        let of = |e: scraper::ElementRef<'_>| {
            let (name, kind) = (e.attr("name")?, e.attr("type").unwrap_or("text"));
            let unticked = matches!(kind, "checkbox" | "radio") && e.attr("checked").is_none();
            let value =
                if e.value().name() == "textarea" { e.text().collect() } else { e.attr("value").unwrap_or("on").to_owned() };
            (!unticked).then(|| (name.to_owned(), value))
        };
        form.select(&Selector::parse("input, textarea").unwrap()).filter_map(of).collect()
    }

    pub fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let html = Html::parse_document(&self.html);
        html.select(&Selector::parse(selector).unwrap()).next()?.attr(name).map(str::to_owned)
    }
}

impl<'a> Browser<'a> {
    pub fn new(app: &'a TestApp) -> Self {
        Self { app, cookies: BTreeMap::new() }
    }

    pub async fn get(&mut self, path: &str) -> Page {
        let request = self.app.get(path);
        self.send(request).await
    }

    /// Fills in a form of the page at `page` and sends it to `action`.
    pub async fn submit(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Page {
        let form = self.get(page).await;
        let csrf = form.attribute("input[name=csrf]", "value").unwrap_or_else(|| panic!("{page} has no form: {}", form.html));
        let mut all = fields.to_vec();
        all.push(("csrf", &csrf));
        self.post(action, &all).await
    }

    /// Sends a form as it is, without looking at a page first.
    pub async fn post(&mut self, action: &str, fields: &[(&str, &str)]) -> Page {
        let request = self.app.form(action, encode(fields));
        self.send(request).await
    }

    /// Sends a form with a file; its parts are parted by `--x`.
    pub async fn post_file(&mut self, action: &str, body: String) -> Page {
        let request = self.app.request(reqwest::Method::POST, action).body(body);
        self.send(request.header("content-type", "multipart/form-data; boundary=x")).await
    }

    /// The same from a page of another site.
    pub async fn post_from(&mut self, origin: &str, action: &str, fields: &[(&str, &str)]) -> Page {
        let request = self.app.form(action, encode(fields)).header("origin", origin);
        self.send(request).await
    }

    pub async fn log_in(&mut self, email: &str, password: &str) -> Page {
        self.submit("/login", "/login", &[("email", email), ("password", password)]).await
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Page {
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        let response = request.header(COOKIE, cookies).send().await.unwrap();
        for line in response.headers().get_all(SET_COOKIE) {
            let (name, rest) = line.to_str().unwrap().split_once('=').unwrap();
            match rest.split(';').next().unwrap() {
                "" => self.cookies.remove(name),
                value => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        let (status, headers) = (response.status(), response.headers().clone());
        let location = headers.get(LOCATION).map(|l| l.to_str().unwrap().to_owned());
        Page { status, location, headers, html: response.text().await.unwrap() }
    }
}

fn encode(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
