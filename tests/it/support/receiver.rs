//! An HTTP server that answers webhooks as a test tells it: well, badly, slowly, for ever, or not at all.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

/// What it does with a call.
#[derive(Clone, Debug)]
pub enum Reply {
    Status(u16),
    /// With a header.
    With(u16, &'static str, String),
    /// With a body.
    Says(u16, String),
    /// Reads the call and says nothing, ever.
    SlowHeaders,
    /// Says 200, and then nothing more.
    SlowBody,
    /// Says 200 and writes for ever.
    Endless,
    /// Hangs up in the midst of the call.
    Reset,
}

/// What it was told.
#[derive(Clone, Debug)]
pub struct Call {
    /// `POST /hooks`
    pub line: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Call {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}: {:?}", self.headers)).to_str().unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }
}

type Script = Arc<dyn Fn(usize, &Call) -> Reply + Send + Sync>;

/// The server; it stops when it is dropped.
pub struct Receiver {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Call>>>,
    count: watch::Receiver<usize>,
    accepting: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Receiver {
    /// Answers each call as the script says, which is told how many there were before.
    pub async fn start(script: impl Fn(usize, &Call) -> Reply + Send + Sync + 'static) -> Self {
        Self::listen("127.0.0.1", None, Arc::new(script)).await
    }

    pub async fn always(reply: Reply) -> Self {
        Self::start(move |_, _| reply.clone()).await
    }

    /// On another address of this machine.
    pub async fn at(ip: &str, reply: Reply) -> Self {
        Self::listen(ip, None, Arc::new(move |_, _| reply.clone())).await
    }

    /// Behind a certificate that nobody vouches for.
    pub async fn with_tls() -> Self {
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        let config = rustls::ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(vec![made.cert.der().clone()], key).unwrap();
        Self::listen("127.0.0.1", Some(Arc::new(config).into()), Arc::new(|_, _| Reply::Status(200))).await
    }

    async fn listen(ip: &str, tls: Option<TlsAcceptor>, script: Script) -> Self {
        let listener = TcpListener::bind((ip, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::default());
        let (counting, count) = watch::channel(0);
        let accepting = tokio::spawn(accept(listener, tls, script, seen.clone(), Arc::new(counting)));
        Self { address, seen, count, accepting }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hooks", self.address)
    }

    /// Where it is, without a path.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was told so far.
    pub fn calls(&self) -> Vec<Call> {
        self.seen.lock().unwrap().clone()
    }

    /// Waits until it was called so often.
    pub async fn reached(&self, calls: usize) {
        self.count.clone().wait_for(|n| *n >= calls).await.unwrap();
    }
}

async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    script: Script,
    seen: Arc<Mutex<Vec<Call>>>,
    count: Arc<watch::Sender<usize>>,
) {
    // The set stops its conversations when it is dropped with this task.
    let mut conversations = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, script, seen, count) = (tls.clone(), script.clone(), seen.clone(), count.clone());
        conversations.spawn(async move {
            // An error is a client that left: what it saw is what the test looks at.
            let _left = match tls {
                Some(tls) => match tls.accept(stream).await {
                    Ok(stream) => converse(stream, script, seen, count).await,
                    Err(_) => Ok(()),
                },
                None => converse(stream, script, seen, count).await,
            };
        });
    }
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    script: Script,
    seen: Arc<Mutex<Vec<Call>>>,
    count: Arc<watch::Sender<usize>>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut headers = HeaderMap::new();
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(());
    }
    let asked = line.rsplit_once(' ').map_or_else(String::new, |(asked, _version)| asked.to_owned());
    loop {
        line.clear();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value.trim()).unwrap());
    }
    let length = headers.get("content-length").map_or(0, |value| value.to_str().unwrap().parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let call = Call { line: asked, headers, body: String::from_utf8(body).unwrap() };
    let reply = {
        let mut seen = seen.lock().unwrap();
        let reply = script(seen.len(), &call);
        seen.push(call);
        count.send_replace(seen.len());
        reply
    };
    let head = |status: u16, more: &str| format!("HTTP/1.1 {status} Whatever\r\nconnection: close\r\n{more}\r\n");
    match reply {
        Reply::Status(status) => stream.write_all(head(status, "content-length: 0\r\n").as_bytes()).await?,
        Reply::With(status, name, value) => {
            stream.write_all(head(status, &format!("content-length: 0\r\n{name}: {value}\r\n")).as_bytes()).await?;
        }
        Reply::Says(status, text) => {
            let head = head(status, &format!("content-length: {}\r\n", text.len()));
            stream.write_all(format!("{head}{text}").as_bytes()).await?;
        }
        Reply::SlowHeaders => std::future::pending().await,
        Reply::SlowBody => {
            stream.write_all(format!("{}begun", head(200, "content-length: 10\r\n")).as_bytes()).await?;
            stream.flush().await?;
            std::future::pending::<()>().await;
        }
        Reply::Endless => {
            stream.write_all(head(200, "").as_bytes()).await?;
            loop {
                stream.write_all(&[b'x'; 1024]).await?;
            }
        }
        Reply::Reset => return Ok(()),
    }
    stream.flush().await?;
    stream.shutdown().await
}
