//! The export of spans by OTLP over HTTP, which the variables `OTEL_…` configure.

use opentelemetry::{KeyValue, trace::TracerProvider};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tracing::{Metadata, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};

use super::spans::SpanQueue;
use crate::{REVISION, http_client, trace};

/// The default of `OTEL_BSP_MAX_QUEUE_SIZE`.
const QUEUE_SIZE: usize = 2048;

/// Returns the exporter, or `None` if no variable configures an exporter. The exporter has a
/// separate thread and a bounded queue, and counts the spans that it drops.
pub(super) fn provider(
    environment: &[(String, String)],
) -> Result<Option<SdkTracerProvider>, ExporterBuildError> {
    let value = |name: &str| {
        let mut values = environment.iter().filter(|(known, _)| known == name);
        values.next().map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    };
    let is_disabled =
        value("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let is_wanted = match value("OTEL_TRACES_EXPORTER") {
        Some(exporter) => exporter == "otlp",
        None => ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]
            .iter()
            .any(|name| value(name).is_some()),
    };
    if is_disabled || !is_wanted {
        return Ok(None);
    }
    http_client::install_tls_provider();
    let exporter = SpanExporter::builder().with_http().build()?;
    let mut resource = Resource::builder();
    let attributes = value("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default();
    if value("OTEL_SERVICE_NAME").is_none() && !attributes.contains("service.name=") {
        resource = resource.with_service_name("vestibule");
    }
    let resource = resource
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .with_attribute(KeyValue::new("vcs.ref.head.revision", REVISION));
    let queue_size = value("OTEL_BSP_MAX_QUEUE_SIZE").and_then(|size| size.parse().ok());
    let queue = SpanQueue::new(exporter, queue_size.unwrap_or(QUEUE_SIZE).max(1));
    let provider = SdkTracerProvider::builder()
        .with_span_processor(queue)
        .with_resource(resource.build())
        .with_id_generator(trace::Ids::default());
    trace::enable();
    Ok(Some(provider.build()))
}

/// Returns the layer that exports the spans of requests and of their calls, and no events.
pub(super) fn layer<S>(provider: &SdkTracerProvider) -> impl Layer<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("vestibule"))
        // The parent of a span is the span around it, also in a separate task.
        .with_context_activation(false)
        .with_location(false)
        .with_threads(false)
        .with_level(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .with_filter(filter_fn(is_exported).with_max_level_hint(LevelFilter::INFO))
}

fn is_exported(metadata: &Metadata<'_>) -> bool {
    let is_request = metadata.name() == "request" && metadata.target().starts_with("vestibule::");
    metadata.is_span() && (is_request || metadata.target() == trace::TARGET)
}
