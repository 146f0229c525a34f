//! Everything through the public door: HTTP and the command line, on SQLite and on Postgres alike.

mod admin;
mod admin_flows;
mod api;
mod architecture;
mod catalog;
mod cli;
mod commerce;
mod coupons;
mod data;
mod demo;
mod flows;
mod hooks;
mod hosted;
mod identity;
mod jobs;
mod kill;
mod mail;
mod mailing;
mod ops;
mod people;
mod schema;
mod services;
mod story;
mod support;
mod webhooks;
mod widget;
