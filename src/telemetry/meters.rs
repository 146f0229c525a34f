//! Handles for those who count, made once.

use std::collections::HashMap;
use std::sync::Arc;

use metrics::{Counter, Histogram};

use super::http::HttpMeter;
use super::recorder::Recorder;
use super::table::*;
use crate::clock::{Millis, SECOND};
use crate::domain::denial::Reason;

/// The figures of one application.
pub struct Meters {
    recorder: Arc<Recorder>,
    pub http: HttpMeter,
    pub ingest: IngestMeter,
    pub decide: DecideMeter,
    pub jobs: JobMeter,
    pub deliveries: DeliveryMeter,
    pub mail: MailMeter,
}

#[derive(Clone)]
pub struct IngestMeter {
    pub batch: Histogram,
    pub wait: Histogram,
    /// The queue was full.
    pub full: Counter,
    /// The database was unavailable.
    pub unavailable: Counter,
}

#[derive(Clone)]
pub struct DecideMeter {
    pub offers: Counter,
    denials: Arc<[Counter]>,
}

impl DecideMeter {
    pub fn denied(&self, reason: Reason) {
        // One for each reason, in the order of the reasons.
        self.denials[reason as usize].increment(1);
    }
}

/// What came of the work of one kind.
#[derive(Clone)]
pub struct Tries {
    pub done: Counter,
    pub retried: Counter,
    pub given_up: Counter,
}

#[derive(Clone)]
pub struct JobMeter {
    kinds: Arc<HashMap<&'static str, Tries>>,
    /// Of kinds that this version does not know.
    unknown: Tries,
}

impl JobMeter {
    pub fn of(&self, kind: &str) -> &Tries {
        self.kinds.get(kind).unwrap_or(&self.unknown)
    }
}

#[derive(Clone)]
pub struct DeliveryMeter {
    pub delivered: Counter,
    pub retried: Counter,
    pub given_up: Counter,
}

#[derive(Clone)]
pub struct MailMeter {
    pub sent: Counter,
    pub captured: Counter,
    /// The server said: not now.
    pub deferred: Counter,
    pub refused: Counter,
    pub not_sent: Counter,
    pub uncertain: Counter,
}

impl MailMeter {
    /// Counts nowhere: for whoever sends no mail.
    pub const fn silent() -> Self {
        Self {
            sent: Counter::noop(),
            captured: Counter::noop(),
            deferred: Counter::noop(),
            refused: Counter::noop(),
            not_sent: Counter::noop(),
            uncertain: Counter::noop(),
        }
    }
}

impl Meters {
    /// `kinds`: of jobs. `started`: when the process began.
    pub fn new(kinds: &[&'static str], started: Millis) -> Self {
        let recorder = Arc::new(Recorder::new());
        let counter = |metric, values: &[&str]| recorder.counter(metric, values);
        let tries = |kind: &str| Tries {
            done: counter(&JOB_TRIES, &[kind, "done"]),
            retried: counter(&JOB_TRIES, &[kind, "retried"]),
            given_up: counter(&JOB_TRIES, &[kind, "given_up"]),
        };
        let mail = |result| counter(&MAILS, &[result]);
        let delivery = |result| counter(&DELIVERY_TRIES, &[result]);
        recorder.gauge(&BUILD_INFO, &[env!("CARGO_PKG_VERSION")]).set(1.0);
        recorder.gauge(&START_TIME, &[]).set(started as f64 / SECOND as f64);
        Self {
            http: HttpMeter::new(recorder.clone()),
            ingest: IngestMeter {
                batch: recorder.histogram(&INGEST_BATCH, &[]),
                wait: recorder.histogram(&INGEST_WAIT, &[]),
                full: counter(&INGEST_REFUSED, &["full"]),
                unavailable: counter(&INGEST_REFUSED, &["unavailable"]),
            },
            decide: DecideMeter {
                offers: counter(&DECIDE_OFFERS, &[]),
                denials: Reason::WORDS.iter().map(|reason| counter(&DECIDE_DENIALS, &[reason])).collect(),
            },
            jobs: JobMeter {
                kinds: Arc::new(kinds.iter().map(|kind| (*kind, tries(kind))).collect()),
                unknown: tries("unknown"),
            },
            deliveries: DeliveryMeter {
                delivered: delivery("delivered"),
                retried: delivery("retried"),
                given_up: delivery("given_up"),
            },
            mail: MailMeter {
                sent: mail("sent"),
                captured: mail("captured"),
                deferred: mail("deferred"),
                refused: mail("refused"),
                not_sent: mail("not_sent"),
                uncertain: mail("uncertain"),
            },
            recorder,
        }
    }

    /// How many jobs of a kind are in a state. What nobody knows is NaN, here and below.
    pub fn job_queue(&self, kind: &str, state: &str, jobs: f64) {
        self.recorder.gauge(&JOB_QUEUE, &[kind, state]).set(jobs);
    }

    /// In milliseconds.
    pub fn job_lag(&self, kind: &str, lag: f64) {
        self.recorder.gauge(&JOB_LAG, &[kind]).set(lag / SECOND as f64);
    }

    pub fn delivery_queue(&self, state: &str, deliveries: f64) {
        self.recorder.gauge(&DELIVERY_QUEUE, &[state]).set(deliveries);
    }

    /// In milliseconds.
    pub fn delivery_lag(&self, lag: f64) {
        self.recorder.gauge(&DELIVERY_LAG, &[]).set(lag / SECOND as f64);
    }

    pub fn database_up(&self, up: bool) {
        self.recorder.gauge(&DATABASE_UP, &[]).set(if up { 1.0 } else { 0.0 });
    }

    pub fn ingest_waiting(&self, requests: usize) {
        self.recorder.gauge(&INGEST_WAITING, &[]).set(requests as f64);
    }

    /// To be called every second or so: a sample takes memory until it is in its bucket.
    pub fn sort_samples(&self) {
        self.recorder.sort_samples();
    }

    /// In Prometheus' text format.
    pub fn render(&self) -> String {
        if let Some(bytes) = resident_memory() {
            self.recorder.gauge(&MEMORY, &[]).set(bytes as f64);
        }
        self.recorder.render()
    }
}

/// Bytes; `None` where there is no `/proc`.
fn resident_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
