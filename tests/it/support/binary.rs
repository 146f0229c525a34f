//! The real binary, as a process of its own.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// Longer than anything takes that ends well.
const PATIENCE: Duration = Duration::from_secs(20);

pub const SECRET: &str = "a secret that is only good for tests";

/// The binary with these arguments, and with nothing of this process's environment: the machine's settings do not count.
pub fn exitpoll(database: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_exitpoll"));
    command.env_clear().env("DATABASE_URL", database).env("EXITPOLL_SECRET", SECRET).args(args);
    command
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ended {
    /// What it printed, after it was found to have done well.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self.out
    }

    /// What it complained of, after it was found to have failed.
    #[track_caller]
    pub fn failed(self) -> String {
        assert_eq!(self.code, Some(1), "{self:#?}");
        self.err
    }
}

/// Runs a command to its end.
pub fn run(command: &mut Command, stdin: &str) -> Ended {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that reads nothing may have closed it.
    let _unread = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// A process that runs until it is told to end.
pub struct Server {
    pub base: String,
    child: Child,
    lines: Receiver<String>,
    printed: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails for one that has ended, which is as good.
        let _ended = self.child.kill();
        let _code = self.child.wait();
    }
}

impl Server {
    /// `exitpoll serve` on a port of its own; it answers when this returns.
    pub fn serve(database: &str, args: &[&str]) -> Self {
        let mut command = exitpoll(database, &["serve", "--listen", "127.0.0.1:0", "--log-format", "json"]);
        Self::start(command.args(args), |line| {
            let entry: Value = serde_json::from_str(line).ok()?;
            Some(format!("http://{}", entry["fields"]["address"].as_str()?))
        })
    }

    /// Starts a command that says in one of its lines where it listens.
    pub fn start(command: &mut Command, address: impl Fn(&str) -> Option<String>) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        forward(child.stdout.take().unwrap(), sender.clone());
        forward(child.stderr.take().unwrap(), sender);
        let mut server = Self { base: String::new(), child, lines, printed: String::new() };
        while server.base.is_empty() {
            let line = server.line().unwrap_or_else(|| panic!("it ended before it listened:\n{}", server.printed));
            server.base = address(&line).unwrap_or_default();
        }
        server
    }

    /// The next line it prints, or `None` once it has ended.
    fn line(&mut self) -> Option<String> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => {
                self.printed += &line;
                self.printed.push('\n');
                Some(line)
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("it is silent:\n{}", self.printed),
        }
    }

    /// Returns once it has printed a line with this in it, or has done so before.
    pub fn wait_for(&mut self, text: &str) {
        while !self.printed.contains(text) {
            assert!(self.line().is_some(), "it ended without {text:?}:\n{}", self.printed);
        }
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, as a service manager does. The code with which it ends and everything it has printed.
    pub fn terminate(mut self) -> (Option<i32>, String) {
        // The shell's own `kill` is there even where the program of that name is not.
        let kill = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        while self.line().is_some() {}
        let code = self.child.wait().unwrap().code();
        (code, std::mem::take(&mut self.printed))
    }
}

/// Hands on a stream line by line, so that the process never waits for its reader.
fn forward(stream: impl Read + Send + 'static, to: Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if to.send(line).is_err() {
                return;
            }
        }
    });
}
