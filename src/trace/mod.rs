//! Traces: the context in the headers of a request, the exported spans, and the context in the
//! headers of calls.
//!
//! Spans with the target [`TARGET`] are only for the export. Without an export, the service does
//! not create these spans.

mod context;
#[cfg(feature = "otlp")]
mod export;

use tracing::Span;

pub(crate) use self::context::TraceContext;
#[cfg(feature = "otlp")]
pub(crate) use self::export::{Ids, enable};

/// The target of spans for the export only. The log does not show these spans.
pub(crate) const TARGET: &str = "otel";

/// The response to a request, for the attributes of its span.
#[cfg_attr(not(feature = "otlp"), expect(dead_code, reason = "only an export reads it"))]
pub(crate) struct Response<'a> {
    pub(crate) method: &'static str,
    pub(crate) route: &'static str,
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) outcome: &'static str,
    /// The part of the address that `log.client_address` allows.
    pub(crate) client_address: Option<&'a str>,
}

/// Returns `true` if the service exports spans.
pub(crate) fn is_exported() -> bool {
    #[cfg(feature = "otlp")]
    {
        export::is_enabled()
    }
    #[cfg(not(feature = "otlp"))]
    {
        false
    }
}

/// Begins the span of a request as a child of `parent`. Returns the context for the log, or `None`
/// if the request belongs to no trace.
pub(crate) fn begin(span: &Span, parent: Option<TraceContext>) -> Option<TraceContext> {
    #[cfg(feature = "otlp")]
    if export::is_enabled() {
        return export::begin(span, parent);
    }
    let _ = span;
    parent
}

/// Adds the response to the span of its request.
pub(crate) fn end(span: &Span, response: &Response<'_>) {
    #[cfg(feature = "otlp")]
    if export::is_enabled() {
        export::end(span, response);
    }
    let _ = (span, response);
}

/// Returns the context of the current span, or `None` if the service exports no spans.
pub(crate) fn current() -> Option<TraceContext> {
    #[cfg(feature = "otlp")]
    if export::is_enabled() {
        return export::context(&Span::current());
    }
    None
}
