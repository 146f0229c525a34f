//! Keeps the figures of one application and writes them down as Prometheus reads them.

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder as _};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use super::table::{ALL, Kind, Metric};

/// The library asks where a metric comes from, and does nothing with it.
const FROM: Metadata<'static> = Metadata::new("exitpoll", Level::INFO, None);

pub(super) struct Recorder {
    inner: PrometheusRecorder,
    handle: PrometheusHandle,
}

impl Recorder {
    pub fn new() -> Self {
        let builder = ALL.iter().fold(PrometheusBuilder::new(), |builder, metric| match metric.kind {
            Kind::Histogram(buckets) => builder
                .set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), buckets)
                // Fails for none.
                .expect("a histogram has buckets"),
            Kind::Counter | Kind::Gauge => builder,
        });
        let inner = builder.build_recorder();
        for metric in ALL {
            match metric.kind {
                Kind::Counter => inner.describe_counter(metric.name.into(), None, metric.help.into()),
                Kind::Gauge => inner.describe_gauge(metric.name.into(), None, metric.help.into()),
                Kind::Histogram(_) => inner.describe_histogram(metric.name.into(), None, metric.help.into()),
            }
        }
        Self { handle: inner.handle(), inner }
    }

    pub fn counter(&self, metric: &Metric, values: &[&str]) -> Counter {
        self.inner.register_counter(&key(metric, values), &FROM)
    }

    pub fn gauge(&self, metric: &Metric, values: &[&str]) -> Gauge {
        self.inner.register_gauge(&key(metric, values), &FROM)
    }

    pub fn histogram(&self, metric: &Metric, values: &[&str]) -> Histogram {
        self.inner.register_histogram(&key(metric, values), &FROM)
    }

    /// Puts samples into their buckets; until then each is kept.
    pub fn sort_samples(&self) {
        self.handle.run_upkeep();
    }

    pub fn render(&self) -> String {
        self.handle.render()
    }
}

fn key(metric: &Metric, values: &[&str]) -> Key {
    debug_assert_eq!(metric.labels.len(), values.len(), "{}", metric.name);
    let labels = metric.labels.iter().zip(values).map(|(name, value)| Label::new(*name, (*value).to_owned()));
    Key::from_parts(metric.name, labels.collect::<Vec<_>>())
}
