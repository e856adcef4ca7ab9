//! Validation of responses: their size, their ids, and successes that contain an error.

use aws_sdk_cognitoidentityprovider::config::{
    ConfigBag, Intercept, RuntimeComponents,
    interceptors::{
        AfterDeserializationInterceptorContextRef, BeforeDeserializationInterceptorContextMut,
    },
};
use aws_smithy_runtime_api::{
    box_error::BoxError, client::interceptors::dyn_dispatch_hint,
    client::orchestrator::HttpResponse,
};
use aws_smithy_types::body::SdkBody;
use http_body_util::Limited;
use secrecy::SecretString;
use serde::{Deserialize, de::IgnoredAny};

/// Maximum size of a body, which the SDK does not limit. A pool's description with all its email
/// templates is smaller.
const MAX_BODY: usize = 1 << 20;

/// An interceptor that validates each response before and after its deserialization.
#[derive(Debug)]
pub(super) struct ValidateResponse;

#[dyn_dispatch_hint]
impl Intercept for ValidateResponse {
    fn name(&self) -> &'static str {
        "ValidateResponse"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response_mut().body_mut();
        let whole = std::mem::replace(body, SdkBody::taken());
        *body = SdkBody::from_body_1_x(Limited::new(whole, MAX_BODY));
        Ok(())
    }

    /// Rejects a success that contains an error. Some proxies and emulators send such a response,
    /// and the SDK accepts it if the operation has no output.
    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let body = response.body().bytes().unwrap_or_default();
        let is_named = exception_in_header(response).is_some() || contains_an_error(body);
        if response.status().is_success() && is_named {
            return Err("the response has a success status, but contains an error".into());
        }
        Ok(())
    }
}

/// Returns the exception that `x-amzn-errortype` names. The SDK reads this header only if the body
/// is JSON.
pub(super) fn exception_in_header(response: &HttpResponse) -> Option<&str> {
    let value = response.headers().get("x-amzn-errortype")?;
    let name = value.split(':').next().unwrap_or(value);
    let name = name.rsplit('#').next().unwrap_or(name).trim();
    (!name.is_empty()).then_some(name)
}

/// Returns `true` if the body would show an exception. A truncated or compressed body, or malformed
/// JSON, may hide an exception.
pub(super) fn is_readable(response: &HttpResponse) -> bool {
    let encoding = response.headers().get("content-encoding").unwrap_or("identity");
    let Some(body) = response.body().bytes() else { return false };
    let body = body.trim_ascii_start();
    let is_json = || serde_json::from_slice::<IgnoredAny>(body).is_ok();
    encoding.eq_ignore_ascii_case("identity") && (!body.starts_with(b"{") || is_json())
}

/// Returns `true` if a request id is safe to log and to store.
pub(super) fn is_request_id(id: &str) -> bool {
    is_short_and_plain(id, 64)
}

/// Returns `true` if an account's `sub` is safe to store. At AWS, each `sub` is a UUID.
pub(super) fn is_user_sub(sub: &str) -> bool {
    is_short_and_plain(sub, 128)
}

/// Returns a session of Cognito, or `None` if `ConfirmSignUp` would not accept its length.
pub(super) fn session(session: Option<String>) -> Option<SecretString> {
    session.filter(|session| (20..=4096).contains(&session.len())).map(SecretString::from)
}

fn is_short_and_plain(text: &str, max_length: usize) -> bool {
    (1..=max_length).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn contains_an_error(body: &[u8]) -> bool {
    /// Members that no success has.
    #[derive(Deserialize)]
    struct Members {
        #[serde(rename = "__type")]
        kind: Option<IgnoredAny>,
        #[serde(alias = "Message")]
        message: Option<IgnoredAny>,
        #[serde(alias = "Error")]
        error: Option<IgnoredAny>,
    }
    serde_json::from_slice::<Members>(body).is_ok_and(|members| {
        members.kind.is_some() || members.message.is_some() || members.error.is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_an_error_in_a_success() {
        for (body, expected) in [
            ("", false),
            ("{}", false),
            (r#"{"Session":"AYABeF…"}"#, false),
            (r#"{"UserSub":"x","Surprise":{"message":"x"}}"#, false),
            (r#"{"__type":"CodeMismatchException"}"#, true),
            (r#"{"Message":"no"}"#, true),
            (r#"{"error":{"code":7}}"#, true),
            ("[1]", false),
            ("<html>", false),
        ] {
            assert_eq!(contains_an_error(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn reads_the_exception_from_every_variant_of_the_header() {
        for (value, expected) in [
            ("LimitExceededException", Some("LimitExceededException")),
            ("LimitExceededException:", Some("LimitExceededException")),
            (
                "com.amazonaws.cognito#LimitExceededException:http://x/#y",
                Some("LimitExceededException"),
            ),
            (" ", None),
            (":", None),
        ] {
            let mut response = HttpResponse::new(400.try_into().unwrap(), SdkBody::empty());
            response.headers_mut().insert("x-amzn-errortype", value);

            assert_eq!(exception_in_header(&response), expected, "{value}");
        }
    }
}
