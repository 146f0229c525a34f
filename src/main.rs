use std::process::ExitCode;

/// What one thread reads another often answers, and the system's allocator then makes them wait for each other.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    exitpoll::cli::run()
}
