//! The headers of unsigned calls.
//!
//! For each call, the SDK writes a user agent with its settings, an invocation id and the number of
//! the try. Cognito does not need these headers. To write them takes a tenth of the time of a
//! sign-up.

use aws_runtime::{
    invocation_id::InvocationIdInterceptor, request_info::RequestInfoInterceptor,
    service_clock_skew::ServiceClockSkewInterceptor, user_agent::UserAgentInterceptor,
};
use aws_sdk_cognitoidentityprovider::config::{
    ConfigBag, Intercept, RuntimeComponents,
    interceptors::{BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextMut},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::interceptors::{disable_interceptor, dyn_dispatch_hint},
};

use crate::current_request::outgoing_trace;

/// The user agent of unsigned calls. Some firewalls reject requests without a user agent.
const USER_AGENT: &str = concat!("vestibule/", env!("CARGO_PKG_VERSION"), " aws-sdk-rust");

const CAUSE: &str = "Cognito needs no such header";

/// An interceptor that replaces the SDK's headers with a constant user agent. The interceptor
/// also adds the trace of the request.
#[derive(Debug)]
pub(super) struct RequestHeaders;

#[dyn_dispatch_hint]
impl Intercept for RequestHeaders {
    fn name(&self) -> &'static str {
        "RequestHeaders"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let state = bag.interceptor_state();
        state.store_put(disable_interceptor::<UserAgentInterceptor>(CAUSE));
        state.store_put(disable_interceptor::<InvocationIdInterceptor>(CAUSE));
        state.store_put(disable_interceptor::<RequestInfoInterceptor>(CAUSE));
        state.store_put(disable_interceptor::<ServiceClockSkewInterceptor>(CAUSE));
        Ok(())
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let headers = context.request_mut().headers_mut();
        headers.insert("user-agent", USER_AGENT);
        if let Some(trace) = outgoing_trace() {
            headers.insert("x-amzn-trace-id", trace.amzn_trace_id());
            if let Some(parent) = trace.traceparent() {
                headers.insert("traceparent", parent);
            }
        }
        Ok(())
    }
}
