//! Requests by route, method and class of status. Each series is looked for once and kept with its route.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use metrics::{Counter, Histogram};

use super::recorder::Recorder;
use super::table::{HTTP_REQUESTS, HTTP_SECONDS};

/// Whatever else a stranger sends is one series.
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"];
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

pub struct HttpMeter {
    recorder: Arc<Recorder>,
    routes: RwLock<HashMap<String, Arc<Route>>>,
}

/// A route's series, made when first needed.
struct Route([OnceLock<Series>; METHODS.len() * CLASSES.len()]);

struct Series {
    requests: Counter,
    seconds: Histogram,
}

impl HttpMeter {
    pub(super) fn new(recorder: Arc<Recorder>) -> Self {
        Self { recorder, routes: RwLock::default() }
    }

    /// Counts an answer. `route` is a pattern of the route table, never a path: there must be few of them.
    pub fn answered(&self, route: &str, method: &str, status: u16, took: Duration) {
        let method = METHODS.iter().position(|known| *known == method).unwrap_or(METHODS.len() - 1);
        let class = usize::from(status / 100).clamp(1, CLASSES.len()) - 1;
        let known = self.route(route);
        let series = known.0[method * CLASSES.len() + class].get_or_init(|| {
            let labels = [route, METHODS[method], CLASSES[class]];
            Series {
                requests: self.recorder.counter(&HTTP_REQUESTS, &labels),
                seconds: self.recorder.histogram(&HTTP_SECONDS, &labels),
            }
        });
        series.requests.increment(1);
        series.seconds.record(took);
    }

    fn route(&self, route: &str) -> Arc<Route> {
        // A route is added whole: a panic elsewhere cannot have left the table half changed.
        if let Some(known) = self.routes.read().unwrap_or_else(PoisonError::into_inner).get(route) {
            return known.clone();
        }
        let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        routes.entry(route.to_owned()).or_insert_with(|| Arc::new(Route([const { OnceLock::new() }; _]))).clone()
    }
}
