//! The way of every line of the log to standard error: no address gets past it, whoever wrote the line.

use std::io::{self, Write};

use tracing_subscriber::fmt::MakeWriter;

use super::mask::mask;

/// Standard error behind [`mask`].
#[derive(Clone, Copy, Debug)]
pub struct Masked;

impl MakeWriter<'_> for Masked {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}

impl Write for Masked {
    /// The log hands over a line at a time.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        io::stderr().write_all(mask(&String::from_utf8_lossy(line)).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Lets panics go the way of the log: with the request or job they happened in, and masked.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, message = panic.payload_as_str(), "a panic");
    }));
}
