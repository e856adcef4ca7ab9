//! The parts that only an export of spans needs.

use std::{
    cell::Cell,
    sync::atomic::{AtomicBool, Ordering},
};

use opentelemetry::{
    Context, KeyValue,
    trace::{SpanContext, SpanId, Status, TraceContextExt, TraceFlags, TraceId, TraceState},
};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::{Response, TraceContext};

static IS_ENABLED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// The id of the next trace that this thread begins.
    static NEXT_TRACE: Cell<Option<u128>> = const { Cell::new(None) };
}

/// Enables the export of spans.
pub(crate) fn enable() {
    IS_ENABLED.store(true, Ordering::Relaxed);
}

pub(super) fn is_enabled() -> bool {
    IS_ENABLED.load(Ordering::Relaxed)
}

/// A generator of random ids, which keeps the id of a trace that a load balancer began.
#[derive(Debug, Default)]
pub(crate) struct Ids(RandomIdGenerator);

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        match NEXT_TRACE.take() {
            Some(id) => TraceId::from(id),
            None => self.0.new_trace_id(),
        }
    }

    fn new_span_id(&self) -> SpanId {
        self.0.new_span_id()
    }
}

pub(super) fn begin(span: &Span, parent: Option<TraceContext>) -> Option<TraceContext> {
    if let Some(TraceContext { trace_id, span_id, is_sampled }) = parent {
        if let Some(span_id) = span_id {
            // A parent without a decision does not prevent the spans of this service.
            let flags = TraceFlags::default().with_sampled(is_sampled != Some(false));
            let parent = SpanContext::new(
                TraceId::from(trace_id),
                SpanId::from(span_id),
                flags,
                true,
                TraceState::default(),
            );
            // `set_parent` fails only without the layer of the export.
            let _ = span.set_parent(Context::new().with_remote_span_context(parent));
        } else {
            NEXT_TRACE.set(Some(trace_id));
        }
    }
    // This look-up starts the span, which takes the id from `NEXT_TRACE`.
    let begun = context(span);
    NEXT_TRACE.set(None);
    begun
}

/// Adds the attributes of the semantic conventions for HTTP servers.
pub(super) fn end(span: &Span, response: &Response<'_>) {
    let context = span.context();
    let span = context.span();
    let Response { method, route, status, code, outcome, client_address } = *response;
    span.set_attribute(KeyValue::new(
        "http.request.method",
        if method == "other" { "_OTHER" } else { method },
    ));
    span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status)));
    if route == "other" {
        span.update_name(if method == "other" { "HTTP" } else { method });
    } else {
        span.update_name(format!("{method} {route}"));
        span.set_attribute(KeyValue::new("http.route", route));
    }
    if let Some(address) = client_address {
        span.set_attribute(KeyValue::new("client.address", address.to_owned()));
    }
    if !code.is_empty() {
        span.set_attribute(KeyValue::new("vestibule.code", code));
    }
    if !outcome.is_empty() {
        span.set_attribute(KeyValue::new("vestibule.outcome", outcome));
    }
    if status >= 500 {
        span.set_attribute(KeyValue::new("error.type", status.to_string()));
        span.set_status(Status::error(""));
    }
}

pub(super) fn context(span: &Span) -> Option<TraceContext> {
    let context = span.context();
    let span = context.span();
    let span = span.span_context();
    span.is_valid().then(|| TraceContext {
        trace_id: u128::from_be_bytes(span.trace_id().to_bytes()),
        span_id: Some(u64::from_be_bytes(span.span_id().to_bytes())),
        is_sampled: Some(span.is_sampled()),
    })
}
