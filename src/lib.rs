//! Exitpoll: a self-hosted survey engine for online stores.
//!
//! A module may use only what stands below it; `tests/it/architecture.rs` reads the imports and fails on an arrow upward.
//!
//! ```text
//! main → cli          flags in, exit code out
//! web                 HTTP only; web/mod.rs is the whole route table
//! demo                the toy store's data
//! boot                builds App from config and clock; starts and stops web and workers
//! collect             decide and ingest: the hot path
//! inbound             what shops' webhooks say, as reports
//! manage              what owners and operators do
//! insight             results
//! commerce            people, carts and orders, whoever tells of them
//! flows               follow-ups: who enters, what is sent, what is not
//! outbound            signed webhooks and connectors to other services
//! jobs                the durable queue and the work done at night
//! mail                templates, messages, the mail server, bounces and complaints
//! store               the only SQL; one text for SQLite and Postgres
//! telemetry           figures for Prometheus, and a log without addresses
//! domain              the rules: pure, no I/O, no clock, no randomness
//! password keys config id clock
//! ```

pub mod boot;
pub mod cli;
pub mod clock;
pub mod collect;
pub mod commerce;
pub mod config;
pub mod demo;
pub mod domain;
pub mod flows;
pub mod id;
pub mod inbound;
pub mod insight;
pub mod jobs;
pub mod keys;
pub mod mail;
pub mod manage;
pub mod outbound;
pub mod password;
pub mod store;
pub mod telemetry;
pub mod web;
