//! A receiver of spans by OTLP over HTTP.

use std::{
    net::TcpListener,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use actix_web::{App, HttpResponse, HttpServer, rt, web};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::any_value::Value as AnyValue,
    trace::v1::{Span, status::StatusCode},
};
use prost::Message;

/// A receiver, with the bodies that it got, also those that it rejected.
pub(crate) struct Receiver {
    pub(crate) url: String,
    bodies: Arc<Mutex<Vec<web::Bytes>>>,
    rejects: Arc<AtomicBool>,
}

/// A span in words.
#[derive(Clone, Debug)]
pub(crate) struct Exported {
    pub(crate) name: String,
    /// `internal`, `server` or `client`.
    pub(crate) kind: &'static str,
    pub(crate) trace_id: String,
    pub(crate) span_id: String,
    pub(crate) parent: String,
    pub(crate) is_error: bool,
    pub(crate) attributes: Vec<(String, String)>,
}

impl Receiver {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let bodies: Arc<Mutex<Vec<web::Bytes>>> = Arc::default();
        let rejects: Arc<AtomicBool> = Arc::default();
        let (received, is_rejected) = (Arc::clone(&bodies), Arc::clone(&rejects));
        let server = HttpServer::new(move || {
            let (received, is_rejected) = (Arc::clone(&received), Arc::clone(&is_rejected));
            let receive = move |body: web::Bytes| {
                received.lock().unwrap_or_else(PoisonError::into_inner).push(body);
                let mut response = if is_rejected.load(Ordering::SeqCst) {
                    HttpResponse::ServiceUnavailable()
                } else {
                    HttpResponse::Ok()
                };
                async move { response.content_type("application/x-protobuf").finish() }
            };
            App::new()
                .app_data(web::PayloadConfig::new(16 << 20))
                .route("/v1/traces", web::post().to(receive))
        });
        let server = server.workers(1).disable_signals().listen(listener).expect("it listens");
        rt::spawn(server.run());
        Self { url, bodies, rejects }
    }

    /// Makes the receiver respond with 503 from now on, or with 200.
    pub(crate) fn reject(&self, rejects: bool) {
        self.rejects.store(rejects, Ordering::SeqCst);
    }

    /// Returns everything that was received, as text with all strings in it.
    pub(crate) fn text(&self) -> String {
        let bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
        bodies.iter().map(|body| String::from_utf8_lossy(body).into_owned()).collect()
    }

    pub(crate) fn spans(&self) -> Vec<Exported> {
        let bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
        let requests = bodies.iter().map(|body| {
            ExportTraceServiceRequest::decode(body.as_ref()).expect("the body is a request")
        });
        requests
            .flat_map(|request| request.resource_spans)
            .flat_map(|resource| resource.scope_spans)
            .flat_map(|scope| scope.spans)
            .map(Exported::new)
            .collect()
    }

    /// Returns the attributes of the resource.
    pub(crate) fn resource(&self) -> Vec<(String, String)> {
        let bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
        let body = bodies.first().expect("something was received");
        let request = ExportTraceServiceRequest::decode(body.as_ref()).expect("it is a request");
        let resource = request.resource_spans[0].resource.clone().expect("it has a resource");
        resource.attributes.into_iter().map(|pair| (pair.key, text(pair.value))).collect()
    }
}

impl Exported {
    fn new(span: Span) -> Self {
        let kind = match span.kind {
            2 => "server",
            3 => "client",
            _ => "internal",
        };
        let is_error =
            span.status.as_ref().is_some_and(|status| status.code == StatusCode::Error as i32);
        Self {
            kind,
            trace_id: hex(&span.trace_id),
            span_id: hex(&span.span_id),
            parent: hex(&span.parent_span_id),
            is_error,
            attributes: span
                .attributes
                .into_iter()
                .map(|pair| (pair.key, text(pair.value)))
                .collect(),
            name: span.name,
        }
    }

    /// Returns an attribute, or an empty text.
    pub(crate) fn attribute(&self, key: &str) -> &str {
        let found = self.attributes.iter().find(|(known, _)| known == key);
        found.map_or("", |(_, value)| value)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<String>>().concat()
}

fn text(value: Option<opentelemetry_proto::tonic::common::v1::AnyValue>) -> String {
    match value.and_then(|value| value.value) {
        Some(AnyValue::StringValue(text)) => text,
        Some(AnyValue::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    }
}
