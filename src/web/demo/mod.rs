//! The toy store of `exitpoll demo`: a shop like any other, which knows nothing of us but the script tag.

mod catalog;
mod clock;
mod pages;

pub use clock::advance as advance_clock;
pub use pages::routes;
