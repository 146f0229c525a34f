//! Every metric there is. `docs/operations.md` shows the same table; a test compares them.

/// What may be done with a metric's values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Only grows.
    Counter,
    Gauge,
    /// With the upper bounds of its buckets.
    Histogram(&'static [f64]),
}

impl Kind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram(_) => "histogram",
        }
    }
}

#[derive(Debug)]
pub struct Metric {
    pub name: &'static str,
    pub kind: Kind,
    pub labels: &'static [&'static str],
    pub help: &'static str,
}

/// Seconds, from a look into memory to a request that is given up.
const SECONDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// Requests, up to the largest batch.
const REQUESTS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

macro_rules! metrics {
    ($($id:ident: $kind:expr, $name:literal, [$($label:literal),*], $help:literal;)+) => {
        $(pub(super) const $id: Metric = Metric { name: $name, kind: $kind, labels: &[$($label),*], help: $help };)+

        /// In the order of the documentation.
        pub const ALL: &[Metric] = &[$($id),+];
    };
}

metrics! {
    HTTP_REQUESTS: Kind::Counter, "exitpoll_http_requests_total", ["route", "method", "status"],
        "Requests answered, by the pattern of their path and the class of their status";
    HTTP_SECONDS: Kind::Histogram(SECONDS), "exitpoll_http_request_duration_seconds", ["route", "method", "status"],
        "Time until the answer began";
    INGEST_BATCH: Kind::Histogram(REQUESTS), "exitpoll_ingest_batch_requests", [],
        "Requests stored in one transaction";
    INGEST_WAIT: Kind::Histogram(SECONDS), "exitpoll_ingest_wait_seconds", [],
        "Time of a request in the queue, until its commit";
    INGEST_WAITING: Kind::Gauge, "exitpoll_ingest_waiting_requests", [],
        "Requests that wait to be stored";
    INGEST_REFUSED: Kind::Counter, "exitpoll_ingest_refused_total", ["reason"],
        "Requests not stored because the queue was full or the database unavailable; their senders keep them";
    DECIDE_OFFERS: Kind::Counter, "exitpoll_decide_offers_total", [],
        "Surveys offered to visitors";
    DECIDE_DENIALS: Kind::Counter, "exitpoll_decide_denials_total", ["reason"],
        "Surveys not offered, by the rule that said no";
    JOB_QUEUE: Kind::Gauge, "exitpoll_job_queue", ["kind", "state"],
        "Jobs that are due, scheduled for later, running or dead; counted up to 10,000 of each";
    JOB_LAG: Kind::Gauge, "exitpoll_job_lag_seconds", ["kind"],
        "For how long the longest waiting job has been due";
    JOB_TRIES: Kind::Counter, "exitpoll_job_tries_total", ["kind", "result"],
        "Jobs worked, by whether they were done, are tried again, or were given up";
    DELIVERY_QUEUE: Kind::Gauge, "exitpoll_delivery_queue", ["state"],
        "Deliveries to webhooks that are due or scheduled for later; counted up to 10,000 for each webhook";
    DELIVERY_LAG: Kind::Gauge, "exitpoll_delivery_lag_seconds", [],
        "For how long the longest waiting delivery has been due";
    DELIVERY_TRIES: Kind::Counter, "exitpoll_delivery_tries_total", ["result"],
        "Calls of webhooks, by whether they were delivered, are tried again, or were given up";
    MAILS: Kind::Counter, "exitpoll_mails_total", ["result"],
        "Mails handed over, by what the mail server said";
    DATABASE_UP: Kind::Gauge, "exitpoll_database_up", [],
        "Whether the database answered while these figures were read; without it the queues' figures are NaN";
    BUILD_INFO: Kind::Gauge, "exitpoll_build_info", ["version"],
        "Always 1";
    START_TIME: Kind::Gauge, "process_start_time_seconds", [],
        "When the process began, in seconds since 1970";
    MEMORY: Kind::Gauge, "process_resident_memory_bytes", [],
        "Memory of the process; on Linux only";
}
