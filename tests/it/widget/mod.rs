mod config;
mod coupon;
mod decide;
mod errors;
mod events;
mod preview;
