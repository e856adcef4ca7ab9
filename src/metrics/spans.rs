//! Metrics of the spans that the export of the process dropped.

use std::sync::LazyLock;

use prometheus_client::{
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

type Dropped = Family<[(&'static str, &'static str); 1], Counter>;

/// The counters of dropped spans. The export begins before the service creates its metrics.
static DROPPED: LazyLock<Dropped> = LazyLock::new(|| {
    let dropped = Dropped::default();
    for reason in ["queue_full", "export_failed"] {
        drop(dropped.get_or_create(&[("reason", reason)]));
    }
    dropped
});

/// Counts spans that no collector receives. `reason` is `queue_full` or `export_failed`.
#[cfg(feature = "otlp")]
pub(crate) fn count_dropped_spans(reason: &'static str, spans: usize) {
    DROPPED.get_or_create(&[("reason", reason)]).inc_by(spans as u64);
}

pub(super) fn register(registry: &mut Registry) {
    let help = "Spans that the service dropped, because the queue was full or the export failed";
    registry.register("trace_spans_dropped", help, DROPPED.clone());
}
