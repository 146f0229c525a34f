//! The figures for Prometheus, as it reads them.

use std::collections::{BTreeMap, BTreeSet};

use exitpoll::clock::SECOND;
use exitpoll::domain::webhook::EventType;
use exitpoll::id::{secret, uuid7};
use exitpoll::jobs::ensure_nightly;
use exitpoll::manage::users::new_user;
use exitpoll::store::{jobs, users};
use exitpoll::telemetry::{ALL, Kind, Metric};
use regex::Regex;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::binary::Server;
use crate::support::receiver::{Receiver, Reply};
use crate::support::{Backend, Database, TestApp, client, event, survey};
use crate::webhooks::{identify, listen, start};

const OPERATIONS: &str = include_str!("../../docs/operations.md");

/// Series → value. A series is written as Prometheus writes it, its labels in the order of the table.
struct Scrape(BTreeMap<String, f64>);

impl Scrape {
    async fn of(app: &TestApp) -> Self {
        let response = app.get("/metrics").send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
        Self::parse(&response.text().await.unwrap())
    }

    /// Panics at the first line that is not as the format has it, or that the table does not know.
    fn parse(text: &str) -> Self {
        let sample = Regex::new(r"^([a-z_]+)(?:\{(.*)\})? (NaN|[0-9.e+-]+)$").unwrap();
        let label = Regex::new(r#"^([a-z]+)="((?:[^"\\]|\\.)*)"$"#).unwrap();
        let (mut series, mut families) = (BTreeMap::new(), BTreeSet::new());
        let (mut help, mut now): (Option<String>, Option<&Metric>) = (None, None);
        assert!(text.ends_with('\n'));
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, said) = rest.split_once(' ').unwrap();
                assert_eq!(said, known(name).help);
                help = Some(name.to_owned());
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').unwrap();
                assert_eq!(help.as_deref(), Some(name), "help comes first");
                assert_eq!(kind, known(name).kind.as_str(), "{name}");
                assert!(families.insert(name.to_owned()), "{name} comes twice");
                now = Some(known(name));
            } else {
                let found = sample.captures(line).unwrap_or_else(|| panic!("no sample: {line}"));
                let metric = now.unwrap_or_else(|| panic!("of no type: {line}"));
                let part = found[1].strip_prefix(metric.name).unwrap_or_else(|| panic!("of another type: {line}"));
                let mut labels = metric.labels.to_vec();
                match (metric.kind, part) {
                    (Kind::Histogram(_), "_bucket") => labels.push("le"),
                    (Kind::Histogram(_), "_sum" | "_count") | (Kind::Counter | Kind::Gauge, "") => {}
                    _ => panic!("{} is no {}", &found[1], metric.kind.as_str()),
                }
                let pairs = found.get(2).map_or(vec![], |all| all.as_str().split("\",").collect::<Vec<_>>());
                let names = pairs.iter().map(|pair| {
                    let pair = format!("{}\"", pair.trim_end_matches('"'));
                    label.captures(&pair).unwrap_or_else(|| panic!("no label: {pair} in {line}"))[1].to_owned()
                });
                assert_eq!(names.collect::<Vec<_>>(), labels, "{line}");
                let (name, _) = line.rsplit_once(' ').unwrap();
                let before = series.insert(name.to_owned(), found[3].parse().unwrap());
                assert_eq!(before, None, "twice: {line}");
            }
        }
        let scrape = Self(series);
        scrape.check_histograms();
        let all: BTreeSet<String> = ALL.iter().map(|metric| metric.name.to_owned()).collect();
        assert_eq!(families.difference(&all).count(), 0);
        scrape
    }

    /// Buckets grow up to the count.
    fn check_histograms(&self) {
        let le = Regex::new(r#",?le="([^"]+)""#).unwrap();
        let mut buckets: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
        for (series, n) in self.0.iter().filter(|(series, _)| series.contains("_bucket{")) {
            let bound = le.captures(series).unwrap()[1].replace("+Inf", "inf").parse().unwrap();
            let count = le.replace(series, "").replace("_bucket{}", "_count").replace("_bucket{", "_count{");
            buckets.entry(count).or_default().push((bound, *n));
        }
        for (count, mut of) in buckets {
            of.sort_by(|a, b| a.0.total_cmp(&b.0));
            assert!(of.is_sorted_by(|a, b| a.1 <= b.1), "{count}: {of:?}");
            assert_eq!(of.last().copied(), Some((f64::INFINITY, self[&count])), "{count}");
        }
    }

    /// Series of a metric that are not zero, without its name.
    fn not_zero(&self, name: &str) -> Vec<(String, f64)> {
        let of = self.0.iter().filter_map(|(series, n)| Some((series.strip_prefix(name)?.trim_matches(['{', '}']), *n)));
        of.filter(|(labels, n)| !labels.starts_with('_') && *n != 0.0).map(|(labels, n)| (labels.to_owned(), n)).collect()
    }
}

impl std::ops::Index<&str> for Scrape {
    type Output = f64;
    fn index(&self, series: &str) -> &f64 {
        self.0.get(series).unwrap_or_else(|| panic!("no {series} in {:#?}", self.0))
    }
}

#[track_caller]
fn known(name: &str) -> &'static Metric {
    ALL.iter().find(|metric| metric.name == name).unwrap_or_else(|| panic!("the table does not know {name}"))
}

fn pairs(list: &[(&str, f64)]) -> Vec<(String, f64)> {
    list.iter().map(|(series, n)| ((*series).to_owned(), *n)).collect()
}

async fn queue(app: &TestApp, kind: &str) {
    let mut tx = app.app.db.begin().await.unwrap();
    jobs::insert(&mut tx, uuid7(app.now()), kind, &json!({}), None, app.now(), app.now()).await.unwrap();
    tx.commit().await.unwrap();
}

crate::on_both_empty! {
    async fn what_happened_is_counted(database: Database) {
        let app = start(database).await;
        let mut tx = app.app.db.begin().await.unwrap();
        // Is mailed when a webhook is switched off.
        let owner = new_user("owner@example.com", "Olga", "correct horse battery", true, app.now()).await.unwrap().unwrap();
        users::insert(&mut tx, &owner, app.now()).await.unwrap();
        tx.commit().await.unwrap();
        let mut receivers = Vec::new();
        for (name, status) in [("Good", 200), ("Bad", 500), ("Gone", 410)] {
            let receiver = Receiver::always(Reply::Status(status)).await;
            listen(&app, name, &receiver.url(), &[EventType::CustomerIdentified]).await;
            receivers.push(receiver);
        }
        app.publish(survey("s")).await;
        let token = app.offer("anna", "s").await;
        app.decide(json!({"visitor": "ben", "session": "1", "candidates": ["s", "gone"]})).await;
        app.send("anna", json!([event(app.now(), "survey.answered", json!({"offer": token, "answers": {"score": {"number": 9}}}))])).await;
        identify(&app, "carl").await;
        for _ in 0..5 {
            app.get(&format!("/{}", secret(9))).send().await.unwrap();
            app.get(&format!("/v1/{}/config", secret(9))).send().await.unwrap();
            app.request(Method::from_bytes(secret(9).replace(['-', '_'], "X").as_bytes()).unwrap(), "/healthz").send().await.unwrap();
        }
        ensure_nightly(&app.app.db, app.now()).await.unwrap();
        queue(&app, "from_the_future").await;
        app.run_jobs().await;
        // Nobody works these two.
        queue(&app, "flow.step").await;
        queue(&app, "flow.step").await;
        app.advance(90 * SECOND);

        let scrape = Scrape::of(&app).await;
        let http = [
            (r#"route="/healthz",method="other",status="4xx""#, 5.0),
            (r#"route="/v1/{site}/config",method="GET",status="4xx""#, 5.0),
            (r#"route="/v1/{site}/decide",method="POST",status="2xx""#, 2.0),
            (r#"route="/v1/{site}/events",method="POST",status="2xx""#, 2.0),
            (r#"route="unmatched",method="GET",status="4xx""#, 5.0),
        ];
        assert_eq!(scrape.not_zero("exitpoll_http_requests_total"), pairs(&http));
        assert_eq!(scrape.not_zero("exitpoll_http_request_duration_seconds_count"), pairs(&http));
        assert_eq!((scrape["exitpoll_ingest_batch_requests_count"], scrape["exitpoll_ingest_batch_requests_sum"]), (2.0, 2.0));
        assert_eq!((scrape["exitpoll_ingest_wait_seconds_count"], scrape["exitpoll_ingest_waiting_requests"]), (2.0, 0.0));
        assert_eq!(scrape.not_zero("exitpoll_ingest_refused_total"), []);
        assert_eq!(scrape["exitpoll_decide_offers_total"], 2.0);
        assert_eq!(scrape.not_zero("exitpoll_decide_denials_total"), pairs(&[(r#"reason="not_live""#, 1.0)]));
        assert_eq!(scrape.not_zero("exitpoll_job_tries_total"), pairs(&[
            (r#"kind="alert.mail",result="done""#, 1.0),
            (r#"kind="housekeeping",result="done""#, 1.0),
            (r#"kind="notice",result="done""#, 1.0),
            (r#"kind="repair_rollups",result="done""#, 1.0),
            (r#"kind="retention",result="done""#, 1.0),
            (r#"kind="unknown",result="given_up""#, 1.0),
        ]));
        assert_eq!(scrape.not_zero("exitpoll_job_queue"), pairs(&[
            (r#"kind="flow.step",state="due""#, 2.0),
            (r#"kind="housekeeping",state="scheduled""#, 1.0),
            (r#"kind="repair_rollups",state="scheduled""#, 1.0),
            (r#"kind="retention",state="scheduled""#, 1.0),
        ]));
        assert_eq!(scrape.not_zero("exitpoll_job_lag_seconds"), pairs(&[(r#"kind="flow.step""#, 90.0)]));
        assert_eq!(scrape.not_zero("exitpoll_delivery_tries_total"), pairs(&[
            (r#"result="delivered""#, 1.0), (r#"result="given_up""#, 1.0), (r#"result="retried""#, 1.0),
        ]));
        assert_eq!(scrape.not_zero("exitpoll_delivery_queue"), pairs(&[(r#"state="due""#, 1.0)]));
        // The first pause is five seconds, more or less.
        assert!((84.0..=86.0).contains(&scrape["exitpoll_delivery_lag_seconds"]));
        assert_eq!(scrape.not_zero("exitpoll_mails_total"), pairs(&[(r#"result="captured""#, 1.0)]));
        assert_eq!((scrape["exitpoll_database_up"], scrape["process_start_time_seconds"]), (1.0, crate::support::NOON as f64 / 1000.0));
        let found: BTreeSet<&str> = ALL.iter().map(|m| m.name).filter(|name| scrape.0.keys().any(|s| s.starts_with(name))).collect();
        let missing: Vec<_> = ALL.iter().map(|m| m.name).filter(|name| !found.contains(name)).collect();
        assert!(missing.is_empty() || missing == ["process_resident_memory_bytes"], "{missing:?}");
    }
}

crate::on_both! {
    async fn strangers_add_no_series(app: TestApp) {
        let walk = async || {
            for _ in 0..20 {
                let word = secret(9).replace(['-', '_'], "x");
                for path in [format!("/{word}"), format!("/s/{word}"), format!("/u/{word}"), format!("/v1/{word}/config"), format!("/admin/{word}/{word}"),
                    format!("/api/{word}"), format!("/static/{word}.css"), format!("/hooks/{word}/mail/{word}/{word}"), format!("/setup/{word}")] {
                    app.get(&path).send().await.unwrap();
                    app.request(Method::from_bytes(word.as_bytes()).unwrap(), &path).send().await.unwrap();
                }
            }
        };
        walk().await;
        Scrape::of(&app).await;
        let before = Scrape::of(&app).await.0.into_keys().collect::<BTreeSet<_>>();
        walk().await;
        assert_eq!(Scrape::of(&app).await.0.into_keys().collect::<BTreeSet<_>>(), before);
    }
}

crate::on_both! {
    async fn without_its_database_the_queues_are_unknown(app: TestApp) {
        queue(&app, "flow.step").await;
        assert_eq!(Scrape::of(&app).await[r#"exitpoll_job_queue{kind="flow.step",state="due"}"#], 1.0);
        app.app.db.close().await;
        let scrape = Scrape::of(&app).await;
        assert_eq!(scrape["exitpoll_database_up"], 0.0);
        assert!(scrape[r#"exitpoll_job_queue{kind="flow.step",state="due"}"#].is_nan());
        assert!(scrape["exitpoll_delivery_lag_seconds"].is_nan());
    }
}

crate::on_both! {
    async fn each_application_counts_for_itself(app: TestApp) {
        let other = app.another_node().await;
        app.get("/healthz").send().await.unwrap();
        let series = r#"exitpoll_http_requests_total{route="/healthz",method="GET",status="2xx"}"#;
        assert_eq!(Scrape::of(&app).await[series], 1.0);
        assert!(!Scrape::of(&other).await.0.contains_key(series));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_token_it_is_asked_for() {
    let database = Database::create(Backend::Sqlite).await;
    let token = "a token of some length";
    let server = Server::serve(&database.url, &["--metrics-token", token, "--roles", "worker"]);
    let get = async |shown: Option<&str>| {
        let request = client().get(format!("{}/metrics", server.base));
        let request = if let Some(shown) = shown { request.bearer_auth(shown) } else { request };
        request.send().await.unwrap()
    };
    for wrong in [None, Some("another token of some length"), Some("")] {
        let refused = get(wrong).await;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(refused.headers()["www-authenticate"], "Bearer realm=\"exitpoll\"");
        assert_eq!(refused.text().await.unwrap(), "");
    }
    let shown = get(Some(token)).await;
    assert_eq!(shown.status(), StatusCode::OK);
    Scrape::parse(&shown.text().await.unwrap());
}

#[test]
fn the_documentation_lists_every_metric() {
    let row = Regex::new(r"(?m)^\| `((?:exitpoll|process)_\w+)` \| (.*) \|$").unwrap();
    let written: Vec<String> = row.captures_iter(OPERATIONS).map(|row| format!("{} | {}", &row[1], &row[2])).collect();
    let labels = |metric: &Metric| metric.labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ");
    let true_ones: Vec<String> =
        ALL.iter().map(|m| format!("{} | {} | {} | {}", m.name, m.kind.as_str(), labels(m), m.help)).collect();
    assert_eq!(written, true_ones);
}

#[test]
fn alerts_ask_for_what_there_is() {
    let blocks = Regex::new(r"(?s)```yaml\n(.*?)```").unwrap();
    let read = |block: regex::Captures<'_>| serde_saphyr::from_str::<Value>(&block[1]).unwrap();
    let all: Vec<Value> = blocks.captures_iter(OPERATIONS).map(read).collect();
    let rules: Vec<&Value> = all.iter().filter_map(|block| block["groups"][0]["rules"].as_array()).flatten().collect();
    assert_eq!(rules.len(), 3);
    let asked = Regex::new(r"((?:exitpoll|process)_\w+)(?:\{([^}]*)\})?").unwrap();
    let label = Regex::new(r#"(\w+)(?:=|!=|=~|!~)""#).unwrap();
    for rule in rules {
        let expr = rule["expr"].as_str().unwrap();
        assert!(rule["alert"].is_string() && rule["annotations"]["summary"].is_string() && rule["for"].is_string());
        assert!(asked.is_match(expr));
        for found in asked.captures_iter(expr) {
            let metric = known(&found[1]);
            let labels = found.get(2).map_or("", |labels| labels.as_str());
            for name in label.captures_iter(labels) {
                assert!(metric.labels.contains(&&name[1]), "{} has no {}", metric.name, &name[1]);
            }
        }
    }
}
