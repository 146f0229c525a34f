//! What the server does, against an echo of the same requests by the same process: ratios, because absolute figures are the
//! machine's. `scripts/bench` runs it on both databases.
//!
//! The server is a process of its own; this one sends. Both share the machine, for the echo as for the rest.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use exitpoll::boot::{self, App, Role};
use exitpoll::clock::Clock;
use exitpoll::collect::offer::{Offer, visitor_hash};
use exitpoll::config::{Config, Limits, Secret};
use exitpoll::domain::survey::Survey;
use exitpoll::id::{SiteId, SurveyId, uuid7};
use exitpoll::keys::Key;
use exitpoll::manage::sites::NewSite;
use exitpoll::manage::{sites, surveys};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SECRET: &str = "a secret that is only good for benchmarks";
const SITE: &str = "st_bench";
/// So many times more connections, for a crowd.
const CROWD: u64 = 4;

fn main() {
    // `cargo test --benches` and the like call it with arguments of their own.
    let args: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    match args.get(1).map(String::as_str) {
        Some("serve") => runtime.block_on(serve(&args[2])),
        _ => runtime.block_on(measure()),
    }
}

/// The server: the application as it is, and an echo beside it.
async fn serve(url: &str) {
    let config = Config {
        database_url: url.to_owned(),
        public_url: "http://localhost:8080".parse().expect("an address"),
        secret: Secret::resolve(Some(SECRET), "").expect("long enough"),
        trusted_proxies: Vec::new(),
        smtp_url: None,
        mail_from: None,
        allow_private_targets: false,
        metrics_token: None,
        limits: Limits { decide: u32::MAX, events: u32::MAX, coupon: u32::MAX, login: u32::MAX, hooks: u32::MAX, api: u32::MAX },
    };
    let app = App::build(config, Clock::system(), false).await.expect("a database");
    let (site, survey) = prepare(&app).await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let echo = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    println!("{} {} {} {}", listener.local_addr().expect("bound"), echo.local_addr().expect("bound"), site.0, survey.0);
    let router = axum::Router::new().route("/echo", axum::routing::any(|body: axum::body::Bytes| async move { body }));
    tokio::spawn(async move { axum::serve(echo, router).await });
    boot::serve(app, listener, &[Role::Web], CancellationToken::new()).await.expect("a server");
}

async fn prepare(app: &App) -> (SiteId, SurveyId) {
    let now = app.clock.now();
    let new = NewSite { name: "Bench", origins: vec!["*"], time_zone: "Europe/Berlin", currency: "EUR" };
    let site = new.check(Some(SITE), now).expect("valid");
    let document = Survey::parse(&serde_json::json!({
        "key": "s", "kind": "exit_intent", "name": "Bench", "trigger": {"type": "exit_intent"},
        "frequency": {"show": "until_answered"},
        "targeting": {"all": [{"field": "page.path", "op": "glob", "value": "/cart*"}]},
        "questions": [
            {"key": "reason", "type": "single_choice", "prompt": "Why?", "choices": [
                {"key": "shipping", "label": "Shipping"}, {"key": "price", "label": "Price"}, {"key": "look", "label": "Looking"}]},
            {"key": "score", "type": "nps", "prompt": "How likely?"},
            {"key": "more", "type": "short_text", "prompt": "More?"}],
        "endings": [{"key": "bye", "title": "Thanks"}]
    }))
    .expect("valid");
    let mut tx = app.db.begin().await.expect("a transaction");
    sites::create(&mut tx, &site, "bench", now).await.expect("a site");
    let (id, _) = surveys::save(&mut tx, site.id, &document, "bench", now).await.expect("a survey");
    surveys::publish(&mut tx, site.id, id, &document, "bench", now).await.expect("published");
    tx.commit().await.expect("committed");
    (site.id, id)
}

struct Server {
    process: Child,
    address: SocketAddr,
    echo: SocketAddr,
    site: SiteId,
    survey: SurveyId,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _reaped = self.process.wait();
    }
}

impl Server {
    fn start(url: &str) -> Self {
        use std::io::BufRead as _;
        let me = std::env::current_exe().expect("a path");
        let mut process = Command::new(me).args(["serve", url]).stdout(Stdio::piped()).spawn().expect("started");
        let mut line = String::new();
        let out = process.stdout.take().expect("piped");
        std::io::BufReader::new(out).read_line(&mut line).expect("its addresses");
        let parts: Vec<&str> = line.split_whitespace().collect();
        Self {
            process,
            address: parts[0].parse().expect("an address"),
            echo: parts[1].parse().expect("an address"),
            site: SiteId(parts[2].parse().expect("a number")),
            survey: SurveyId(parts[3].parse().expect("a number")),
        }
    }

    /// Resident memory in MB.
    fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap_or_default();
        let line = status.lines().find(|l| l.starts_with("VmRSS")).unwrap_or("VmRSS: 0 kB");
        line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
    }
}

type Make = Arc<dyn Fn(u64) -> Vec<u8> + Send + Sync>;

/// Requests answered each second, by so many connections at once. Every answer must have the status.
async fn rate(to: SocketAddr, connections: u64, time: Duration, status: &'static str, make: Make) -> f64 {
    let done = Arc::new(AtomicU64::new(0));
    let number = Arc::new(AtomicU64::new(0));
    let began = Instant::now();
    let tasks: Vec<_> = (0..connections)
        .map(|_| {
            let (done, number, make) = (done.clone(), number.clone(), make.clone());
            tokio::spawn(async move {
                let stream = TcpStream::connect(to).await.expect("connected");
                stream.set_nodelay(true).expect("an option");
                let mut stream = BufReader::new(stream);
                while began.elapsed() < time {
                    let request = make(number.fetch_add(1, Ordering::Relaxed));
                    stream.get_mut().write_all(&request).await.expect("sent");
                    let found = answer(&mut stream).await;
                    assert!(found.contains(status), "{found}");
                    done.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    done.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64()
}

/// Reads one answer; its status line.
async fn answer(stream: &mut BufReader<TcpStream>) -> String {
    let (mut first, mut line, mut length) = (String::new(), String::new(), 0usize);
    stream.read_line(&mut first).await.expect("an answer");
    loop {
        line.clear();
        stream.read_line(&mut line).await.expect("a header");
        if line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().expect("a number");
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.expect("a body");
    if !first.contains(" 20") {
        first.push_str(&String::from_utf8_lossy(&body));
    }
    first
}

/// How long the body is that a request is answered with.
async fn length_of(to: SocketAddr, request: Vec<u8>) -> usize {
    let mut stream = BufReader::new(TcpStream::connect(to).await.expect("connected"));
    stream.get_mut().write_all(&request).await.expect("sent");
    let mut line = String::new();
    loop {
        line.clear();
        stream.read_line(&mut line).await.expect("a header");
        if let Some(length) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            return length.trim().parse().expect("a number");
        }
    }
}

fn post(path: &str, body: &str) -> Vec<u8> {
    format!("POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: bench\r\naccept-encoding: br\r\n\r\n").into_bytes()
}

/// One shopper's whole answer: shown, three answers, completed.
fn events(key: &Key, site: SiteId, survey: SurveyId, n: u64) -> String {
    let now = Clock::system().now();
    let visitor = visitor(n);
    let offer = Offer {
        site,
        survey,
        revision: 1,
        variant: None,
        question: None,
        id: uuid7(now),
        visitor: visitor_hash(site, &visitor),
        withhold: false,
        manual: false,
        hosted: false,
        order: None,
    };
    let token = offer.seal(key);
    let choice = ["shipping", "price", "look"][(n % 3) as usize];
    let mut body = format!(r#"{{"visitor":"{visitor}","session":"session {n}","sent_at":{now},"events":["#);
    let id = || uuid7(now);
    body += &format!(
        r#"{{"id":"{}","type":"survey.shown","at":{now},"offer":"{token}","page":{{"url":"https://shop.example/cart"}},"trigger":"exit_intent","device":"mobile","locale":"en"}}"#,
        id()
    );
    for answer in [
        format!(r#""reason":{{"choice":"{choice}"}}"#),
        format!(r#""score":{{"number":{}}}"#, n % 11),
        r#""more":{"text":"The shipping costs more than the toy"}"#.to_owned(),
    ] {
        body += &format!(r#",{{"id":"{}","type":"survey.answered","at":{now},"offer":"{token}","answers":{{{answer}}}}}"#, id());
    }
    body += &format!(r#",{{"id":"{}","type":"survey.completed","at":{now},"offer":"{token}"}}]}}"#, id());
    body
}

/// As our script makes them: a UUIDv7 of the first visit, here one visitor every five milliseconds.
fn visitor(n: u64) -> String {
    uuid::Builder::from_unix_timestamp_millis(1_795_000_000_000 + n * 5, &[n as u8; 10]).into_uuid().to_string()
}

fn ask(n: u64) -> String {
    let visitor = visitor(n);
    format!(
        r#"{{"visitor":"{visitor}","session":"later {n}","candidates":["s"],"page":{{"url":"https://shop.example/cart?x=1","referrer":""}},"device":"mobile","locale":"de-DE","cart":{{"token":"c","value":4990,"currency":"EUR","items":2}}}}"#
    )
}

async fn measure() {
    let seconds = |name: &str, default| std::env::var(name).ok().and_then(|s| s.parse().ok()).unwrap_or(default);
    let time = Duration::from_secs_f64(seconds("BENCH_SECONDS", 4.0));
    let connections = seconds("BENCH_CONNECTIONS", 64.0) as u64;
    let dir = tempfile::tempdir().expect("a directory");
    let mut databases = vec![("SQLite", format!("sqlite://{}/bench.db", dir.path().display()))];
    if let Ok(url) = std::env::var("BENCH_POSTGRES_URL") {
        databases.push(("Postgres", url));
    }
    println!("| database | what | requests/s | echo/s | ratio | bar |");
    println!("|---|---|---|---|---|---|");
    for (name, url) in &databases {
        measure_on(name, url, connections, time, dir.path()).await;
    }
    start_time(&databases[0].1).await;
}

async fn measure_on(name: &str, url: &str, connections: u64, time: Duration, dir: &std::path::Path) {
    let server = Server::start(url);
    let (site, survey) = (server.site, server.survey);
    let key = Key::derive(SECRET.as_bytes(), "offer");
    let idle = server.memory();
    let row = |what: &str, found: f64, echo: f64, bar: &str| {
        println!("| {name} | {what} | {found:.0} | {echo:.0} | {:.2} | {bar} |", found / echo);
    };

    let config: Make = Arc::new(|_| get(&format!("/v1/{SITE}/config")));
    let embed: Make = Arc::new(|_| get("/embed.js"));
    // An echo of what they answer: the same bytes go out.
    for (what, request) in [("GET config", config), ("GET embed.js", embed)] {
        let body = "x".repeat(length_of(server.address, request(0)).await);
        let plain: Make = Arc::new(move |_| post("/echo", &body));
        let echo = rate(server.echo, connections, time, " 200", plain).await;
        row(what, rate(server.address, connections, time, " 200", request).await, echo, "0.80");
    }

    let ingest_key = key.clone();
    let ingest: Make = Arc::new(move |n| post(&format!("/v1/{SITE}/events"), &events(&ingest_key, site, survey, n)));
    let ingest_echo: Make = Arc::new(move |n| post("/echo", &events(&key, site, survey, n)));
    let mut stored = 0.0;
    // Answers share a commit: the more shoppers send at once, the more of them.
    for connections in [connections, CROWD * connections] {
        let echo = rate(server.echo, connections, time, " 200", ingest_echo.clone()).await;
        let found = rate(server.address, connections, time, " 202", ingest.clone()).await;
        row(&format!("POST events (5, durable), {connections} connections"), found, echo, "0.25");
        stored += found * time.as_secs_f64();
    }
    let busy = server.memory();

    // Visitors that have a history, for the ingest ran before.
    let decide: Make = Arc::new(|n| post(&format!("/v1/{SITE}/decide"), &ask(n)));
    let decide_echo: Make = Arc::new(|n| post("/echo", &ask(n)));
    let echo = rate(server.echo, connections, time, " 200", decide_echo).await;
    let bar = if name == "SQLite" { "0.30" } else { "0.12" };
    row("POST decide", rate(server.address, connections, time, " 200", decide).await, echo, bar);

    println!("| {name} | memory idle / after ingest, MB | {idle:.0} | {busy:.0} | | 30 / 80 |");
    if name == "SQLite" {
        drop(server);
        // The last to close folds the write-ahead log into the file.
        exitpoll::store::Db::open(url).await.expect("a database").close().await;
        let bytes = std::fs::metadata(dir.join("bench.db")).map_or(0, |file| file.len());
        println!("| {name} | bytes on disk a response, indexes included | {:.0} | | | 800 |", bytes as f64 / stored.max(1.0));
    }
}

/// From the start of the real binary, on an existing database, to its first answer.
async fn start_time(url: &str) {
    let mut times = Vec::new();
    for _ in 0..5 {
        let port = std::net::TcpListener::bind(("127.0.0.1", 0)).and_then(|l| l.local_addr()).expect("a port").port();
        let began = Instant::now();
        let mut process = Command::new(env!("CARGO_BIN_EXE_exitpoll"))
            .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--database-url", url, "--log", "error"])
            .env("EXITPOLL_SECRET", SECRET)
            .stdout(Stdio::null())
            .spawn()
            .expect("started");
        loop {
            if let Ok(stream) = TcpStream::connect(("127.0.0.1", port)).await {
                let mut stream = BufReader::new(stream);
                stream.get_mut().write_all(&get(&format!("/v1/{SITE}/config"))).await.expect("sent");
                assert!(answer(&mut stream).await.contains(" 200"));
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        times.push(began.elapsed().as_secs_f64() * 1000.0);
        let _gone = process.kill();
        let _reaped = process.wait();
    }
    times.sort_by(f64::total_cmp);
    println!("| SQLite | start to first answer, ms (median of 5) | {:.0} | | | 100 |", times[2]);
}
