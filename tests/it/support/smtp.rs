//! A mail server that does what a test tells it: accepts, refuses at a stage, hangs, or hangs up. It speaks no TLS.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// When the server acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Connect,
    Ehlo,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// After the first line of the message.
    Middle,
    /// After the dot that ends it.
    End,
    Rset,
}

/// What it does instead of agreeing.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// Answers with this line.
    Say(&'static str),
    /// Answers and hangs up.
    SayAndLeave(&'static str),
    /// Answers nothing, ever.
    Hang,
    /// Hangs up.
    Leave,
}

/// A message that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    pub from: String,
    pub to: Vec<String>,
    /// With the dots that protect lines taken off.
    pub raw: Vec<u8>,
}

/// What a conversation notes and a test reads.
pub struct Noted<T>(Mutex<Vec<T>>);

impl<T> Default for Noted<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Noted<T> {
    fn push(&self, value: T) {
        self.0.lock().unwrap().push(value);
    }

    pub fn all(&self) -> Vec<T> {
        self.0.lock().unwrap().clone()
    }
}

#[derive(Default)]
pub struct Seen {
    pub received: Noted<Received>,
    /// Every line a client said, without the messages.
    pub lines: Noted<String>,
    connections: AtomicUsize,
    open: AtomicUsize,
    most_open: AtomicUsize,
}

/// The server; it stops when it is dropped.
pub struct SmtpPeer {
    pub address: SocketAddr,
    pub seen: Arc<Seen>,
    accepting: JoinHandle<()>,
}

impl Drop for SmtpPeer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl SmtpPeer {
    /// Agrees to everything that the script does not name.
    pub async fn start(script: impl Into<Arc<[(Stage, Act)]>>) -> Self {
        let script = script.into();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Seen::default());
        let accepting = tokio::spawn(accept(listener, script, seen.clone()));
        Self { address, seen, accepting }
    }

    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    pub fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    pub fn most_open(&self) -> usize {
        self.seen.most_open.load(Ordering::SeqCst)
    }
}

async fn accept(listener: TcpListener, script: Arc<[(Stage, Act)]>, seen: Arc<Seen>) {
    // The set stops its conversations when it is dropped with this task.
    let mut conversations = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (seen, script) = (seen.clone(), script.clone());
        seen.connections.fetch_add(1, Ordering::SeqCst);
        let open = seen.open.fetch_add(1, Ordering::SeqCst) + 1;
        seen.most_open.fetch_max(open, Ordering::SeqCst);
        conversations.spawn(async move {
            // An error is a client that left: what it saw is what the test looks at.
            let _left = converse(BufReader::new(stream), &script, &seen).await;
            seen.open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

/// `Err` ends the conversation.
async fn converse(mut stream: BufReader<TcpStream>, script: &[(Stage, Act)], seen: &Seen) -> std::io::Result<()> {
    let mut mail = Received { from: String::new(), to: Vec::new(), raw: Vec::new() };
    answer(&mut stream, script, Stage::Connect, "220 mx.example ready").await?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let line = line.trim_end().to_owned();
        seen.lines.push(line.clone());
        let word = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        let argument = || line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        match word.as_str() {
            "EHLO" => {
                answer(&mut stream, script, Stage::Ehlo, "250-mx.example\r\n250-ENHANCEDSTATUSCODES\r\n250 AUTH PLAIN").await?
            }
            "AUTH" => answer(&mut stream, script, Stage::Auth, "235 2.7.0 welcome").await?,
            "MAIL" => {
                mail = Received { from: argument(), to: Vec::new(), raw: Vec::new() };
                answer(&mut stream, script, Stage::Mail, "250 2.1.0 ok").await?;
            }
            "RCPT" => {
                mail.to.push(argument());
                answer(&mut stream, script, Stage::Rcpt, "250 2.1.5 ok").await?;
            }
            "DATA" => {
                answer(&mut stream, script, Stage::Data, "354 go on").await?;
                if !refuses(script, Stage::Data) {
                    mail.raw = message(&mut stream, script).await?;
                    if !refuses(script, Stage::End) {
                        seen.received.push(mail.clone());
                    }
                    answer(&mut stream, script, Stage::End, "250 2.0.0 queued as 7").await?;
                }
            }
            "RSET" => answer(&mut stream, script, Stage::Rset, "250 2.0.0 ok").await?,
            "NOOP" => stream.write_all(b"250 2.0.0 here\r\n").await?,
            "QUIT" => {
                stream.write_all(b"221 2.0.0 bye\r\n").await?;
                return Ok(());
            }
            _ => stream.write_all(b"502 5.5.2 what?\r\n").await?,
        }
    }
}

/// Reads up to the line that is a dot alone.
async fn message(stream: &mut BufReader<TcpStream>, script: &[(Stage, Act)]) -> std::io::Result<Vec<u8>> {
    let mut raw = Vec::new();
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if raw.is_empty() {
            perform(stream, script, Stage::Middle).await?;
        }
        match line.as_slice() {
            b".\r\n" => return Ok(raw),
            [b'.', rest @ ..] => raw.extend_from_slice(rest),
            whole => raw.extend_from_slice(whole),
        }
    }
}

fn acts(script: &[(Stage, Act)], stage: Stage) -> Option<Act> {
    script.iter().find(|(at, _)| *at == stage).map(|(_, act)| *act)
}

fn refuses(script: &[(Stage, Act)], stage: Stage) -> bool {
    matches!(acts(script, stage), Some(Act::Say(line) | Act::SayAndLeave(line)) if line.starts_with(['4', '5']))
}

/// The scripted answer, or the agreeable one.
async fn answer(stream: &mut BufReader<TcpStream>, script: &[(Stage, Act)], stage: Stage, agree: &str) -> std::io::Result<()> {
    if acts(script, stage).is_none() {
        return stream.write_all(format!("{agree}\r\n").as_bytes()).await;
    }
    perform(stream, script, stage).await
}

async fn perform(stream: &mut BufReader<TcpStream>, script: &[(Stage, Act)], stage: Stage) -> std::io::Result<()> {
    match acts(script, stage) {
        None => Ok(()),
        Some(Act::Say(line)) => stream.write_all(format!("{line}\r\n").as_bytes()).await,
        Some(Act::SayAndLeave(line)) => {
            stream.write_all(format!("{line}\r\n").as_bytes()).await?;
            Err(std::io::ErrorKind::ConnectionAborted.into())
        }
        Some(Act::Leave) => Err(std::io::ErrorKind::ConnectionAborted.into()),
        Some(Act::Hang) => std::future::pending().await,
    }
}
