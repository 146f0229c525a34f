mod config;
mod decide;
mod events;
