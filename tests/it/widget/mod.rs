mod config;
mod coupon;
mod decide;
mod events;
