use std::process::ExitCode;

fn main() -> ExitCode {
    exitpoll::cli::run()
}
