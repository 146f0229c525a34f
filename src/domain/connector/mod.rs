//! Services that are told what happens in their own way: which there are, and which answer goes where.

mod mapping;

pub use mapping::{Mapped, properties};

use super::words::words;

words! {
    /// Whom an endpoint belongs to, and so how it is called.
    pub enum Kind {
        /// Anybody who reads Standard Webhooks.
        Webhook = "webhook",
        Klaviyo = "klaviyo",
        HubSpot = "hubspot",
        Mailchimp = "mailchimp",
        Slack = "slack",
        Shopify = "shopify",
        Omnisend = "omnisend",
        ActiveCampaign = "activecampaign",
        Ga4 = "ga4",
        /// Anybody who takes JSON of the owner's own making.
        Http = "http",
    }
}

words! {
    /// Why we paused an endpoint ourselves: what happens is kept until the owner has seen to it.
    pub enum Trouble {
        /// It refused who we said we are.
        Credentials = "credentials",
    }
}
