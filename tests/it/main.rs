//! Everything through the public door: HTTP and the command line, on SQLite and on Postgres alike.

mod architecture;
mod catalog;
mod jobs;
mod schema;
mod support;
mod widget;
