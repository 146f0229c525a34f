//! What the server tells of itself: figures for Prometheus, and a log without anybody's address in it.
//!
//! Figures belong to an application, not to the process: whoever counts is given a handle when the application is built, and
//! counting is one atomic addition.

mod http;
mod log;
mod mask;
mod meters;
mod recorder;
mod table;

pub use log::{Masked, log_panics};
pub use mask::mask;
pub use meters::{DecideMeter, DeliveryMeter, IngestMeter, JobMeter, MailMeter, Meters};
pub use table::{ALL, Kind, Metric};
