//! The root span of a request, and the log line at its end.

use std::{net::IpAddr, rc::Rc, time::Instant};

use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::Method,
    web,
};
use tracing::Span;
use tracing_actix_web::RootSpanBuilder;

use super::request_id::RequestId;
use crate::{
    config::AddressLogging,
    connection::Progress,
    http::{State, extract::client_ip::ClientIp},
};

#[derive(Clone, Copy, Debug)]
struct Started(Instant);

/// The code of the problem, or the `status` of the success.
#[derive(Clone, Copy, Debug)]
pub(in crate::http) struct ResponseCode(pub(in crate::http) &'static str);

#[derive(Clone, Copy, Debug)]
pub(in crate::http) struct Outcome(pub(in crate::http) &'static str);

/// Builds the span of a request. The default one of tracing-actix-web trusts any
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
        tracing::info_span!("request", request_id = id)
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let Ok(response) = outcome else { return };
        let _entered = span.enter();
        log(response);
    }
}

fn client_address(request: &ServiceRequest) -> Option<IpAddr> {
    let state = request.app_data::<web::Data<State>>()?;
    let peer = request.conn_data::<Rc<Progress>>()?.peer();
    Some(state.client_address.observe(peer, request.headers(), &state.metrics))
}

fn log<B>(response: &ServiceResponse<B>) {
    let request = response.request();
    let Some(state) = request.app_data::<web::Data<State>>() else {
        return;
    };
    let route = crate::http::route(request.match_pattern().as_deref());
    let status = response.status().as_u16();
    let extensions = request.extensions();
    let code = extensions.get::<ResponseCode>().map_or("", |code| code.0);
    let outcome = extensions.get::<Outcome>().map_or("", |outcome| outcome.0);
    let seconds =
        extensions.get::<Started>().map_or(0.0, |started| started.0.elapsed().as_secs_f64());
    let address = extensions
        .get::<ClientIp>()
        .and_then(|address| shown(address.0, state.address_logging))
        .map(|address| address.to_string());
    state.metrics.request(route, status, code, seconds);
    tracing::info!(
        method = method(request.method()),
        route,
        status,
        code,
        outcome,
        duration_ms = (seconds * 1e6).round() / 1e3,
        client_address = address,
        "answered"
    );
}

/// Returns a standard method or `other`, because a client chooses the text of any other method.
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
