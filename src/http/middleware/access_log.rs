//! The root span of a request, and the log line at its end.

use std::{net::IpAddr, rc::Rc, time::Instant};

use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{HeaderMap, HeaderName},
    },
    web,
};
use tracing::{Span, field::Empty};
use tracing_actix_web::RootSpanBuilder;

use super::request_id::RequestId;
use crate::{
    config::AddressLogging,
    current_request::{Call, CurrentRequest},
    http::{State, extract::client_ip::ClientIp},
    trace::{self, TraceContext},
};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const AMZN_TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");

#[derive(Clone, Copy, Debug)]
struct Started(Instant);

/// The code of a problem, or the `status` of a success.
#[derive(Clone, Copy, Debug)]
pub(in crate::http) struct ResponseCode(pub(in crate::http) &'static str);

/// The outcome of a use case.
#[derive(Debug)]
pub(in crate::http) struct Outcome {
    pub(in crate::http) name: &'static str,
    pub(in crate::http) request: Rc<CurrentRequest>,
}

/// The builder of a request's span. The default builder of tracing-actix-web trusts any
/// `X-Forwarded-For` and logs paths as clients write them.
pub(in crate::http) struct RootSpan;

impl RootSpanBuilder for RootSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let address = client_address(request);
        let mut extensions = request.extensions_mut();
        extensions.insert(Started(Instant::now()));
        if let Some(address) = address {
            extensions.insert(ClientIp(address));
        }
        let id = extensions.get::<RequestId>().map_or("", RequestId::as_str);
        let span = new_span(id);
        let parent = parent(request.headers());
        if let Some(context) = trace::begin(&span, parent) {
            span.record("trace_id", format!("{:032x}", context.trace_id));
            if let Some(id) = context.span_id {
                span.record("span_id", format!("{id:016x}"));
            }
        }
        if let Some(parent) = parent {
            extensions.insert(parent);
        }
        span
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let Ok(response) = outcome else { return };
        let _entered = span.enter();
        log(response, &span);
    }
}

fn new_span(request_id: &str) -> Span {
    if trace::is_exported() {
        let kind = "server";
        tracing::info_span!(
            "request",
            otel.kind = kind,
            request_id,
            trace_id = Empty,
            span_id = Empty
        )
    } else {
        tracing::info_span!("request", request_id, trace_id = Empty, span_id = Empty)
    }
}

/// Returns the span that a header names, or `None` if no header names a valid span.
fn parent(headers: &HeaderMap) -> Option<TraceContext> {
    let header = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    header(&TRACEPARENT)
        .and_then(TraceContext::from_traceparent)
        .or_else(|| header(&AMZN_TRACE_ID).and_then(TraceContext::from_amzn_trace_id))
}

fn client_address(request: &ServiceRequest) -> Option<IpAddr> {
    let state = request.app_data::<web::Data<State>>()?;
    Some(state.client_address.observe(State::peer(request)?, request.headers(), &state.metrics))
}

fn log<B>(response: &ServiceResponse<B>, span: &Span) {
    let request = response.request();
    let Some(state) = request.app_data::<web::Data<State>>() else {
        return;
    };
    // Most paths equal their pattern. This comparison is faster than the search for a pattern.
    let route = match crate::http::route(Some(request.path())) {
        "other" => crate::http::route(request.match_pattern().as_deref()),
        route => route,
    };
    let status = response.status().as_u16();
    let extensions = request.extensions();
    let code = extensions.get::<ResponseCode>().map_or("", |code| code.0);
    let outcome = extensions.get::<Outcome>();
    let time_in = |call| outcome.and_then(|outcome| outcome.request.time_in(call));
    let seconds =
        extensions.get::<Started>().map_or(0.0, |started| started.0.elapsed().as_secs_f64());
    let address = extensions
        .get::<ClientIp>()
        .and_then(|address| shown(address.0, state.address_logging))
        .map(|address| address.to_string());
    let [cognito_ms, queue_ms, database_ms] = [Call::Cognito, Call::Queue, Call::Database]
        .map(|call| time_in(call).map(|time| milliseconds(time.as_secs_f64())));
    state.metrics.request(route, status, code, cognito_ms.is_some(), seconds);
    let method = method(request.method());
    let outcome = outcome.map_or("", |outcome| outcome.name);
    let client_address = address.as_deref();
    trace::end(span, &trace::Response { method, route, status, code, outcome, client_address });
    tracing::info!(
        method,
        route,
        status,
        code,
        outcome,
        duration_ms = milliseconds(seconds),
        cognito_ms,
        queue_ms,
        database_ms,
        client_address,
        "answered"
    );
}

fn milliseconds(seconds: f64) -> f64 {
    (seconds * 1e6).round() / 1e3
}

/// Returns the name of a common method, or `other`. The log must not contain a name that a client
/// invents.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn shown(address: IpAddr, logging: AddressLogging) -> Option<IpAddr> {
    match (logging, address) {
        (AddressLogging::None, _) => None,
        (AddressLogging::Full, _) => Some(address),
        (AddressLogging::Truncated, IpAddr::V4(v4)) => {
            Some(IpAddr::from((v4.to_bits() & !0xff).to_be_bytes()))
        }
        (AddressLogging::Truncated, IpAddr::V6(v6)) => {
            Some(IpAddr::from((v6.to_bits() & (u128::MAX << 80)).to_be_bytes()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_only_the_allowed_part_of_an_address() {
        for (address, logging, expected) in [
            ("203.0.113.77", AddressLogging::Full, Some("203.0.113.77")),
            ("203.0.113.77", AddressLogging::Truncated, Some("203.0.113.0")),
            ("2001:db8:1:2:3:4:5:6", AddressLogging::Truncated, Some("2001:db8:1::")),
            ("203.0.113.77", AddressLogging::None, None),
        ] {
            let shown = shown(address.parse().unwrap(), logging).map(|address| address.to_string());

            assert_eq!(shown.as_deref(), expected, "{address}, {logging:?}");
        }
    }
}
