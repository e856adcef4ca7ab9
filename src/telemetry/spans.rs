//! The queue of spans to export, which counts the spans that it drops.
//!
//! The SDK counts only the spans that its full queue drops, and reports their number only at
//! shutdown. The service therefore never passes more spans to that queue than the queue can hold.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use opentelemetry::Context;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{BatchConfigBuilder, BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor},
};

use crate::metrics;

#[derive(Debug)]
pub(super) struct SpanQueue {
    processor: BatchSpanProcessor,
    capacity: usize,
    /// Upper bound of the number of spans in the queue of the SDK.
    waiting: Arc<AtomicUsize>,
    has_warned: AtomicBool,
}

impl SpanQueue {
    pub(super) fn new(exporter: impl SpanExporter + 'static, capacity: usize) -> Self {
        let waiting = Arc::new(AtomicUsize::new(0));
        let exporter = CountingExporter { exporter, waiting: Arc::clone(&waiting) };
        let config = BatchConfigBuilder::default().with_max_queue_size(capacity).build();
        let processor = BatchSpanProcessor::builder(exporter).with_batch_config(config).build();
        Self { processor, capacity, waiting, has_warned: AtomicBool::new(false) }
    }
}

impl SpanProcessor for SpanQueue {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.processor.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.waiting.fetch_add(1, Ordering::AcqRel) < self.capacity {
            self.processor.on_end(span);
            return;
        }
        self.waiting.fetch_sub(1, Ordering::AcqRel);
        metrics::count_dropped_spans("queue_full", 1);
        if !self.has_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                capacity = self.capacity,
                "queue of spans full, see vestibule_trace_spans_dropped_total"
            );
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.processor.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.processor.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.processor.set_resource(resource);
    }
}

/// An exporter that counts the spans of failed exports, and makes room in the queue.
#[derive(Debug)]
struct CountingExporter<E> {
    exporter: E,
    waiting: Arc<AtomicUsize>,
}

impl<E: SpanExporter> SpanExporter for CountingExporter<E> {
    async fn export(&self, spans: Vec<SpanData>) -> OTelSdkResult {
        let count = spans.len();
        self.waiting.fetch_sub(count, Ordering::AcqRel);
        let exported = self.exporter.export(spans).await;
        if exported.is_err() {
            metrics::count_dropped_spans("export_failed", count);
        }
        exported
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
