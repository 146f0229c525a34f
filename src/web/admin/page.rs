//! What surrounds every page.

use askama::Template;
use axum::response::{Html, IntoResponse as _, Response};

use super::error::PageError;
use crate::web::assets;

/// The frame of a page: who looks at it, and where in the admin it is.
#[derive(Default)]
pub struct Page {
    /// Name of the person; nobody is logged in when absent.
    pub user: Option<String>,
    /// Whether they run the installation.
    pub operator: bool,
    pub csrf: String,
    pub site: Option<Nav>,
}

/// The store's own navigation.
pub struct Nav {
    pub key: String,
    pub name: String,
    pub tab: Tab,
    /// Alerts that are open.
    pub alerts: i64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Surveys,
    Flows,
    People,
    Mail,
    Coupons,
    Connections,
    Alerts,
    Install,
    Settings,
    Log,
}

impl Nav {
    /// Label, address and whether it is the page one is on.
    pub fn tabs(&self) -> [(&'static str, String, bool); 10] {
        let tabs = [
            (Tab::Surveys, "Surveys", ""),
            (Tab::Flows, "Follow-ups", "/flows"),
            (Tab::People, "People", "/people"),
            (Tab::Mail, "Mail", "/mail"),
            (Tab::Coupons, "Coupons", "/coupons"),
            (Tab::Connections, "Connections", "/connections"),
            (Tab::Alerts, "Alerts", "/alerts"),
            (Tab::Install, "Install", "/install"),
            (Tab::Settings, "Settings", "/settings"),
            (Tab::Log, "Activity", "/audit"),
        ];
        tabs.map(|(tab, label, path)| (label, format!("/admin/{}{path}", self.key), tab == self.tab))
    }

    /// What the badge beside a label says, if it has one.
    pub fn badge(&self, label: &str) -> Option<i64> {
        (label == "Alerts" && self.alerts > 0).then_some(self.alerts)
    }
}

impl Page {
    /// Address of a file below `static/admin`.
    pub fn asset(&self, name: &str) -> String {
        assets::url(&format!("admin/{name}"))
    }
}

/// Draws a page.
pub fn render(template: impl Template) -> Result<Response, PageError> {
    Ok(Html(template.render()?).into_response())
}
